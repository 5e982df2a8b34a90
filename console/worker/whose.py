"""Whose the router's object is: this release's as it was left, another driver's, or what only a person moves.

It goes by the object's UID, its generation and its marks, by who wrote it last, and by what the release's own
record says.
"""

from __future__ import annotations

from console.cluster.api import FIELD_MANAGER
from console.release import events as ev
from console.release.parts import Write
from console.release.shown import Shown
from console.release.state import Release
from console.traffic.router import Split
from console.worker.book import Book
from console.worker.lease import LeaseKeeper

ENDED = "a release that has ended"
"""Who has taken a route over, where no mark names them any more."""
BY_A_MANIFEST = "this release, put there by a manifest"


class Whose:
    """Reads it off the object, for one worker."""

    def __init__(self, book: Book, keeper: LeaseKeeper | None) -> None:
        self._book = book
        self._keeper = keeper
        self._met: Split | None = None
        """The object as it was read first: a mark of this release was a dead worker's."""
        self._asked_at = ""
        """The object's version when a person was asked last who moves it: they know what was there."""
        self._keeps_marks = True
        """Whether the object keeps our mark; a policy of the cluster may take off what it does not know."""

    @property
    def _release(self) -> Release:
        assert self._book.release is not None
        return self._book.release

    def meet(self, split: Split) -> None:
        """Remember the object as this worker has read it first."""
        if self._met is None:
            self._met = split

    def wrote(self, split: Split) -> None:
        """Note whether our own write has kept its mark."""
        if split.weight:
            self._keeps_marks = split.marked

    def is_as_left(self, split: Split, unanswered: tuple[Write, ...]) -> bool:
        """Whether it is this release's object as it was left: with its mark, or where a write left none."""
        if self._goes_by_what_was_shown:
            return not self.is_not_as_shown(split)
        if self.is_replaced(split) or self._was_moved_since(split):
            return False
        release = self._release
        left = (release.weight or 0) if release.stranger is None else None  # else the weight is another's
        went_to_zero = release.rollback is not None or any(write.weight == 0 for write in unanswered)
        without_mark = split.exposure.is_none and (went_to_zero or left == 0)
        never_marked = not release.signed and split.weight == left
        # Another worker of this release signs as we do, and goes further than our record.
        went_on = split.changed_by == FIELD_MANAGER and split.weight not in asked_for(release, unanswered)
        marked = split.marked and not _is_copied(split) and not went_on
        return marked or (not split.driver and (without_mark or never_marked))

    def stranger(self, split: Split) -> ev.RouterFound:
        """Tell what stands where this release's object, with its mark, should be: a person is asked."""
        self._asked_at = split.version
        replaced = self.is_replaced(split)
        since = self._is_told_by_its_generation(split)
        return ev.RouterFound(
            weight=split.weight,
            ours=False,
            by=_by(split) if since else split.changed_by,
            mark=self._other(split) or (BY_A_MANIFEST if _is_copied(split) else ""),
            replaced=replaced,
            uid=split.uid if replaced else "",
            generation=split.generation,
            since=since,
            unlike_shown=self.is_not_as_shown(split),
        )

    def is_a_strangers(self, split: Split) -> bool:
        """Whether only a person moves what is there now."""
        marked = self._release.rollback is None and self._bears_anothers(split)
        return marked or self._is_left_alone(split) or self.was_driven_by_another(split)

    def was_driven_by_another(self, split: Split) -> bool:
        """Whether another has driven it since and signs it no more, whatever weight it left there."""
        return self.was_ended_by_another(split) or self._was_left_alike(split) or self.is_not_as_shown(split)

    def taker(self, split: Split) -> str:
        """Name the driver who has taken the router over; empty where none has.

        Behind a confirmed rollback any later driver has the router for its own.
        """
        if driver := self.fences(split):
            return driver
        if not self._is_confirmed_back:
            return ""
        if self._was_driven_since(split):
            return self._other(split)
        return ENDED if self.was_ended_by_another(split) else ""

    def fences(self, split: Split) -> str:
        """Name another driver who has written the router since ours did; none that a person has overruled."""
        fenced = self._bears_anothers(split) and not self._is_alone and self._was_driven_since(split)
        return self._other(split) if fenced else ""

    def why_not_write(self, split: Split, weight: int) -> str:
        """Say why this object is not ours to write this weight into; empty where it is."""
        if self._is_left_alone(split) or (weight and self.is_replaced(split)):
            return "this is another object of the same name"
        if self.was_ended_by_another(split):
            return "another release has driven it since, and has ended"
        if self.is_not_as_shown(split):
            return "it is not what was shown when the rollback was confirmed"
        return ""

    def was_ended_by_another(self, split: Split) -> bool:
        """Whether another has driven it to its end since, and left a weight there.

        Each pithead signs the weight that it writes, and takes its mark off when it ends. What one wrote last
        and nobody has signed is neither ours nor any person's hand.
        """
        if split.marked or split.driver or not split.weight or split.changed_by != FIELD_MANAGER:
            return False
        if not self._keeps_marks or split.version in self._known_versions:
            return False
        if self._release.signed or split.weight != self._release.weight:
            return True
        return self._release.rollback is not None and self.was_changed(split)

    @property
    def _goes_by_what_was_shown(self) -> bool:
        """Whether a person wants back what they were shown, and no write of ours is confirmed yet."""
        return self._release.shown is not None and not self._is_confirmed_back

    def is_not_as_shown(self, split: Split) -> bool:
        """Whether it is another than a person was shown when they confirmed its rollback.

        The one who drove then may have gone on since: that is what they want back. Where stable has all
        and nobody's mark is left, there is nothing to take back.
        """
        shown = self._release.shown
        if shown is None or not self._goes_by_what_was_shown or not (split.weight or split.driver):
            return False
        if shown.uid and split.uid != shown.uid:
            return True
        if shown.mark and split.driver == shown.mark and split.driver_wrote is not False:
            return False
        there = Shown(weight=split.weight, uid=shown.uid, mark=split.driver, generation=split.generation)
        return there != shown

    def was_changed(self, split: Split) -> bool:
        """Whether what it wants was changed, and not by any write that this release has asked for.

        The API server counts each change. What our record knows is one count; a write that was asked for on
        top of that makes the next one, with its weight, whether or not we have heard of it. Annotations and
        status count nothing. In an older record, and where a router counts nothing, no change is known.
        """
        known = self._release.generation
        if not known or split.generation in (0, known):
            return False
        by_us = split.changed_by == FIELD_MANAGER and (split.marked or split.exposure.is_none)
        asked = split.weight in self._release.asked_since and by_us
        return not (asked and split.generation == known + 1)

    def is_replaced(self, split: Split) -> bool:
        """Whether it is another object of the same name than the one that this release began on."""
        identity = self._release.identity
        return bool(identity and identity.route and split.uid and split.uid != identity.route)

    def may_be_anothers(self, split: Split) -> bool:
        """Whether the traffic that a rollback finds on the canary may be what somebody else has sent there.

        Behind a confirmed rollback it is; before that our own mark tells that nobody has been there.
        """
        own = split.marked and not _is_copied(split) and not self.is_replaced(split)
        return not split.exposure.is_none and (self._is_confirmed_back or not own or self.was_changed(split))

    def _was_moved_since(self, split: Split) -> bool:
        """Whether somebody has changed it since this release's last record of it.

        A rollback goes on over what other hands have changed, and over no other driver's weight.
        """
        if self._release.rollback is not None and (split.exposure.is_none or _by(split) != FIELD_MANAGER):
            return False
        return self.was_changed(split)

    def _is_told_by_its_generation(self, split: Split) -> bool:
        """Whether nothing else tells that somebody has been there: its mark is as it was left."""
        lost_its_mark = self._release.signed and not split.marked
        return self.was_changed(split) and not (lost_its_mark or self.is_replaced(split))

    def _was_left_alike(self, split: Split) -> bool:
        """Whether another pithead has moved it and left the weight as it was, or as it should be.

        Nothing else tells it: any other weight holds the release as somebody's.
        """
        release = self._release
        at_ours = release.rollback is None and split.weight in (release.weight, release.wanted_weight)
        return at_ours and _by(split) == FIELD_MANAGER and self.was_changed(split)

    @property
    def _known_versions(self) -> tuple[str, str]:
        """What the object was when this worker came, and when a person was asked."""
        return self._asked_at, self._met.version if self._met else ""

    def _is_left_alone(self, split: Split) -> bool:
        """Whether it is another object, and no person wants all traffic back, whatever its name serves now.

        Where a rollback that nobody asked for finds nothing on the canary there is nothing to leave alone.
        """
        if not self.is_replaced(split) or self._release.rollback_asked is not None:
            return False
        return self._release.rollback is None or not split.exposure.is_none

    def _was_driven_since(self, split: Split) -> bool:
        """Whether another's mark is newer than our own last write: an older one came with a manifest.

        The API server says who wrote it. Where it does not the times that both have written down are
        compared, by two hosts' clocks. A mark of an older pithead has none: where the lease is not certain it
        may be the new holder's; who never had a lease leaves it to a person.
        """
        if not self._other(split):
            return False
        if split.driver_wrote is not None:
            return split.driver_wrote
        if split.driven_at is None:
            return self._keeper is not None
        return split.driven_at > max(self._release.signed_at, self._release.opened_at)

    def _bears_anothers(self, split: Split) -> bool:
        other = self._other(split)
        was_there = not self._release.signed and self._met is not None and split.driver == self._met.driver
        return bool(other) and not (split.driver and was_there) and other != self._release.overruled

    def _other(self, split: Split) -> str:
        """Say who else has marked it: another release, or a living worker of this one.

        The mark that a dead worker left is this release's own. Behind our confirmed rollback none is left, so
        that one which is there is of somebody who lives.
        """
        if split.driver:
            return split.driver
        left = self._met is not None and split.worker == self._met.worker
        if not split.worker or (left and not self._is_confirmed_back):
            return ""
        return f"{split.worker.partition('/')[0]} (another worker of this release)"

    @property
    def _is_confirmed_back(self) -> bool:
        """Whether our write has taken all marks off: one that is there now is of a later driver."""
        rollback = self._release.rollback
        return rollback is not None and rollback.confirmed_at is not None

    @property
    def _is_alone(self) -> bool:
        """Whether no other worker can drive now: then another's mark came with a manifest of another day."""
        return self._keeper is not None and self._keeper.covers()


def asked_for(release: Release, unanswered: tuple[Write, ...]) -> set[int | None]:
    """Return the weights, in percent, that may be in force by what this release has asked for."""
    stages = release.plan.stages[: release.index + 1]
    return {0, release.weight, *(write.weight for write in unanswered), *(stage.weight for stage in stages)}


def _by(split: Split) -> str:
    """Name who has changed last what the object wants."""
    return split.wanted_by or split.changed_by


def _is_copied(split: Split) -> bool:
    """Whether this release's mark came with a manifest: it tells who drove when that was saved."""
    return split.marked and split.driver_wrote is False
