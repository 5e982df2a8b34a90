"""What the router says, and which object it is."""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace

from console.elsewhere import Elsewhere, in_words
from console.identity import ClusterId, Identity
from console.plan.exposure import Percent
from console.release.about import About, By, Gravity
from console.release.causes import Unread
from console.release.changes import another_weight, come_into_force, known
from console.release.event import (
    Event,
    Generation,
    changes,
    says,
)
from console.release.state import (
    Release,
    Rollback,
    Stranger,
    Unreadable,
)
from console.release.words import stranger_in_words, unread_in_words


class RouterSeen(Event, frozen=True, kw_only=True, tag="router_seen"):
    """The router says a weight that is not the one last known: at the start, or changed under us."""

    about: ClassVar[About] = About(by=By.WORLD, gravity=Gravity.QUIET)

    weight: Percent
    changed_by: str = ""
    elsewhere: tuple[Elsewhere, ...] = ()
    """What the router's object sends besides what the release moves; told too where only this changed."""
    generation: Generation = 0
    """The object's; told too where something else of it was changed."""

    @property
    def in_force(self) -> Percent | None:
        """The weight that it says."""
        return self.weight


@changes(RouterSeen)
def _router_seen(release: Release, event: RouterSeen, at: float) -> Release:
    # Taken over before the weight is looked at: this event is also written where only these have changed,
    # and then nothing below applies.
    release = known(replace(release, elsewhere=event.elsewhere, unread=None), event.generation)
    if event.weight == release.weight:
        return release  # nothing else has changed
    # The weight that we want is never somebody else's doing, also where its answer was lost and this read is
    # the first to show it: else a write that got through would hold the release for a person.
    # The first read is what the release found, whoever set it: it is nobody's change under us.
    first = release.weight is None
    ours = event.weight in (release.weight, release.wanted_weight)
    by = "" if first or ours else event.changed_by or "someone"
    seen = replace(
        release,
        weight=event.weight,
        changed_by=by,
        rollback=_taken_away(release.rollback, event, at),
    )
    # Only a weight that has just become the wanted one begins the stage's evidence.
    wanted = event.weight == release.wanted_weight != release.weight
    return come_into_force(seen, at) if wanted else another_weight(seen, at)


def _taken_away(rollback: Rollback | None, event: RouterSeen, at: float) -> Rollback | None:
    """Note that somebody has sent traffic to the canary again, behind the rollback's confirmation."""
    if rollback is None or rollback.confirmed_at is None or not event.weight:
        return rollback
    return replace(
        rollback,
        stayed_at=None,
        # The watch for users' recovery begins anew, and so does the one whether the rollback stays; when it
        # was first confirmed stays on record.
        clear_since=None,
        overwritten=rollback.overwritten + 1,
        overwritten_by=event.changed_by or "someone",
        overwritten_at=at,
    )


@says(RouterSeen)
def _router_seen_in_words(event: RouterSeen, release: Release) -> str:
    if release.drifted:
        return f"{release.changed_by} set the weight to {event.weight}%: holding"
    besides = f"; besides, {in_words(event.elsewhere)}" if event.elsewhere else ""
    return f"the router says {event.weight}%{besides}"


class RouterUnread(Event, frozen=True, kw_only=True, tag="router_unread"):
    """A look at the router failed that had worked before, or fails for another cause than until now."""

    about: ClassVar[About] = About(by=By.WORLD, gravity=Gravity.GRAVE, sign="?", means="blind")

    cause: Unread
    why: str


@changes(RouterUnread)
def _router_unread(release: Release, event: RouterUnread, at: float) -> Release:
    before = release.unread
    unread = Unreadable(
        cause=event.cause,
        why=event.why,
        since=before.since if before else at,
        # Another cause does not make a router readable: the count goes on, and only the words change.
        ticks=before.ticks if before else 0,
    )
    return replace(release, unread=unread)


@says(RouterUnread)
def _router_unread_in_words(event: RouterUnread, _release: Release) -> str:
    return f"the router can't be read, {unread_in_words(event.cause)}: {event.why}"


class RouterReadAgain(Event, frozen=True, kw_only=True, tag="router_read_again"):
    """The router can be read again."""

    about: ClassVar[About] = About(by=By.WORLD, gravity=Gravity.QUIET)


@changes(RouterReadAgain)
def _router_read_again(release: Release, _event: RouterReadAgain, _at: float) -> Release:
    return replace(release, unread=None)


says(RouterReadAgain)(lambda _event, _release: "the router is read again")


class RouterFound(Event, frozen=True, kw_only=True, tag="router_found"):
    """What a worker that goes on has found before it did anything: the release's object, or another's.

    Where the object does not bear this release's own mark any more somebody has been here since the last
    worker died, and only a person moves it, either way.
    """

    about: ClassVar[About] = About(by=By.WORLD)

    weight: Percent
    ours: bool = True
    by: str = ""
    """Who wrote the routes last (field manager), where it is not ours."""
    mark: str = ""
    """Whose release its marks name, where they are not ours; empty where it bears none."""
    replaced: bool = False
    """Whether it is another object of the same name."""
    uid: str = ""
    """That object's UID, where it is another one."""
    generation: Generation = 0
    since: bool = False
    """Whether its generation alone tells that it is not as it was left: its marks may be."""
    unlike_shown: bool = False
    """Whether it is another than the person was shown who rolls back by what stands in the cluster."""

    @property
    def gravity(self) -> Gravity:
        """What is not ours wants a person."""
        return self.about.gravity if self.ours else Gravity.GRAVE

    @property
    def in_force(self) -> Percent | None:
        """Another one's weight: ours is known already."""
        return None if self.ours else self.weight


@changes(RouterFound)
def _router_found(release: Release, event: RouterFound, at: float) -> Release:
    seen = replace(release, unseen=False, unread=None)
    if event.ours:
        return known(replace(seen, stranger=None), event.generation)
    stranger = Stranger(
        by=event.by,
        mark=event.mark,
        replaced=event.replaced,
        uid=event.uid,
        generation=event.generation,
        since=event.since,
        unlike_shown=event.unlike_shown,
    )
    # The weight that is there is taken for the one in force, although it is not ours: figures, arrivals and
    # the keys must go by what users get.
    found = replace(seen, weight=event.weight, stranger=stranger)
    return found if event.weight == release.weight else another_weight(found, at)


@says(RouterFound)
def _router_found_in_words(event: RouterFound, _release: Release) -> str:
    if event.ours:
        return f"the router is as the last worker left it, at {event.weight}%"
    return f"{stranger_in_words(event)}, at {event.weight}%: only a person moves it"


class Identified(Event, frozen=True, kw_only=True, tag="identified"):
    """The cluster and the object that this release is about: every later login is held against them."""

    about: ClassVar[About] = About(by=By.WORLD, gravity=Gravity.QUIET)

    cluster: ClusterId
    route: str = ""
    """The UID of the router's object; empty where the router gives none."""

    @property
    def identity(self) -> Identity:
        """Return both as one."""
        return Identity(cluster=self.cluster, route=self.route)


@changes(Identified)
def _identified(release: Release, event: Identified, _at: float) -> Release:
    return replace(release, identity=event.identity)


@says(Identified)
def _identified_in_words(event: Identified, _release: Release) -> str:
    route = f"; the router's object is {event.route}" if event.route else ""
    unnamed = "" if event.cluster.uid else "; the UID of its namespace kube-system may not be read"
    return f"this is {event.cluster.in_words}{unnamed}{route}"
