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
from console.release.event import Event
from console.release.event_words import stranger_in_words, unread_in_words
from console.release.numbers import Generation
from console.release.parts import Rollback, Stranger, Unreadable
from console.release.state import Release


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

    def change(self, release: Release, at: float, /) -> Release:
        # Taken over before the weight is looked at: this event is also written where only these have changed,
        # and then nothing below applies.
        release = known(replace(release, elsewhere=self.elsewhere, unread=None), self.generation)
        if self.weight == release.weight:
            return release  # nothing else has changed
        # The weight that we want is never somebody else's doing, also where its answer was lost and this read
        # is the first to show it: else a write that got through would hold the release for a person. The
        # first read is what the release found, whoever set it: it is nobody's change under us.
        first = release.weight is None
        ours = self.weight in (release.weight, release.wanted_weight)
        by = "" if first or ours else self.changed_by or "someone"
        seen = replace(
            release,
            weight=self.weight,
            changed_by=by,
            rollback=_taken_away(release.rollback, self, at),
        )
        # Only a weight that has just become the wanted one begins the stage's evidence.
        wanted = self.weight == release.wanted_weight != release.weight
        return come_into_force(seen, at) if wanted else another_weight(seen, at)

    def in_words(self, release: Release, /) -> str:
        if release.drifted:
            return f"{release.changed_by} set the weight to {self.weight}%: holding"
        besides = f"; besides, {in_words(self.elsewhere)}" if self.elsewhere else ""
        return f"the router says {self.weight}%{besides}"


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


class RouterUnread(Event, frozen=True, kw_only=True, tag="router_unread"):
    """A look at the router failed that had worked before, or fails for another cause than until now."""

    about: ClassVar[About] = About(by=By.WORLD, gravity=Gravity.GRAVE, sign="?", means="blind")

    cause: Unread
    why: str

    def change(self, release: Release, at: float, /) -> Release:
        before = release.unread
        unread = Unreadable(
            cause=self.cause,
            why=self.why,
            since=before.since if before else at,
            # Another cause does not make a router readable: the count goes on, and only the words change.
            ticks=before.ticks if before else 0,
        )
        return replace(release, unread=unread)

    def in_words(self, _release: Release, /) -> str:
        return f"the router can't be read, {unread_in_words(self.cause)}: {self.why}"


class RouterReadAgain(Event, frozen=True, kw_only=True, tag="router_read_again"):
    """The router can be read again."""

    about: ClassVar[About] = About(by=By.WORLD, gravity=Gravity.QUIET)

    def change(self, release: Release, _at: float, /) -> Release:
        return replace(release, unread=None)

    def in_words(self, _release: Release, /) -> str:
        return "the router is read again"


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

    def change(self, release: Release, at: float, /) -> Release:
        seen = replace(release, unseen=False, unread=None)
        if self.ours:
            return known(replace(seen, stranger=None), self.generation)
        stranger = Stranger(
            by=self.by,
            mark=self.mark,
            replaced=self.replaced,
            uid=self.uid,
            generation=self.generation,
            since=self.since,
            unlike_shown=self.unlike_shown,
        )
        # The weight that is there is taken for the one in force, although it is not ours: figures, arrivals
        # and the keys must go by what users get.
        found = replace(seen, weight=self.weight, stranger=stranger)
        return found if self.weight == release.weight else another_weight(found, at)

    def in_words(self, _release: Release, /) -> str:
        if self.ours:
            return f"the router is as the last worker left it, at {self.weight}%"
        return f"{stranger_in_words(self)}, at {self.weight}%: only a person moves it"


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

    def change(self, release: Release, _at: float, /) -> Release:
        return replace(release, identity=self.identity)

    def in_words(self, _release: Release, /) -> str:
        route = f"; the router's object is {self.route}" if self.route else ""
        unnamed = "" if self.cluster.uid else "; the UID of its namespace kube-system may not be read"
        return f"this is {self.cluster.in_words}{unnamed}{route}"
