"""A release's books, kept from its events alone: what the promises need to know without asking the fold."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from console.judge.memory import Memory
from console.plan.model import Guard, Stage
from console.plan.routed import SETTLE_S
from console.release import events as ev
from console.release.state import Release
from tests.model.oracle import (
    Glance,
    Says,
    asked_of_both,
    owed,
    says,
    silent_at_the_end,
    since,
    watched,
)
from tests.model.setups import Setup

FRESH_TICKS = 3
UNREAD_TICKS = 3
FULL = 100
SLACK_S = 0.01
"""Times are sums of floats."""


class Books:
    """What is known of one release."""

    own = ""
    """The UID of the object that this release is about."""
    stranger = False
    """Whether another object or another's mark was found, and no person has moved it since."""
    unseen = False
    """Whether nobody has looked at the router since a crash."""
    overtaken = False
    """Whether a newer release has promoted, and this one's record says otherwise."""
    outrun = False
    """Whether another driver has written since, and no person has asked this release for anything."""
    outrun_at = 0
    """The weight that it wrote."""
    cut_back = False
    """Whether all went back, and the record has lost it; that it has lost its end is said."""
    back_elsewhere = False
    """Whether another worker has rolled it back under the lease, and no person has gone on since."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.plan = setup.plan
        self.before: Release | None = None
        """The release before the record that is looked at, for what the judge said then."""
        self.count = 0
        """So many records were looked at."""
        self.now = 0.0

        self.index = -1
        self.entered_at = 0.0
        self.in_force = False
        """Whether the stage's weight has been in force."""
        self.began_at = 0.0
        """When it came into force, last."""
        self.held_from: float | None = None
        """When it first did: what was held before someone else changed it counts."""
        self.tick_at: float | None = None
        self.seen: list[Glance] = []
        """What was seen at this weight."""
        self.least_rps = inf
        """The fewest requests a second that both versions were seen to have, while stable had a share."""
        self.canary_ready: int | None = None
        self.overdue = False
        """Whether the weight should have been taken back upon the last look."""
        self.split_at = 0.0
        """When a weight came into force last, whoever set it."""

        self.weight: int | None = None
        self.pending: dict[int, int] = {}
        """Weights that were asked for and are not answered, by number."""
        self.orphans: set[int] = set()
        """What a worker had asked for that died: the next one finds out."""
        self.last_number = 0

        self.held = not setup.leased
        """Whether the lease is."""
        self.held_meanwhile = self.end_lost = False
        """Whether somebody else has held it since, and no person has gone on."""
        self.theirs = False
        """Whether another driver has written the router."""
        self.stuck = self.paused = self.taken_up = self.changed = False
        self.promoted = self.approved = self.advanced = self.retreated = self.asked_back = False
        self.altered, self.returns = False, 0
        """Whether a write came out otherwise, and nobody went on since; and retreats that calm has ended."""
        self.back_to: int | None = None
        self.withheld: ev.Cause | None = None
        """The cause of a rollback that is due."""
        self.stable_ready: int | None = None
        self.unread = False
        """Whether the last look at the router failed."""
        self.unread_ticks = 0
        self.rollback: ev.RollbackDecided | None = None
        self.ended: ev.ReleaseEnded | None = None

    @property
    def stage(self) -> Stage | None:
        return self.plan.stages[self.index] if self.index >= 0 else None

    @property
    def memory(self) -> Memory:
        """What the judge knew before this record."""
        return self.before.memory if self.before else Memory()

    @property
    def is_old(self) -> bool:
        """Whether nothing was seen for too long."""
        return self.tick_at is not None and self.now > self.tick_at + FRESH_TICKS * self.plan.interval_s

    @property
    def weights_to_ask_for(self) -> set[int]:
        """The plan's weights that can be meant now: behind a rollback, none but zero."""
        stage = self.stage
        if self.rollback is not None or stage is None:
            return {0}
        if self.back_to is not None:
            return {self.back_to}
        if self.retreated:
            return {self.plan.stages[self.index - 1].weight if self.index else 0}
        return {stage.weight}

    @property
    def whole(self) -> list[Glance]:
        """What was seen at this weight and of nothing else."""
        return since(self.seen, self.began_at)

    @property
    def is_sent_to_no_pod(self) -> bool:
        """Whether users are sent to a canary without pods."""
        return self.canary_ready == 0 and bool(self.weight or any(self.pending.values()))

    def is_silent(self, *, least: float, looks: int, settled: bool = False) -> bool:
        """Whether the canary has answered none of as many requests as this, in as many looks.

        Those that are `settled` came when every proxy must have had the weight.
        """
        from_at = self.split_at + (SETTLE_S if settled else 0.0)
        silent = silent_at_the_end(since(self.seen, from_at))
        rps = inf if self.weight == FULL else 0.0
        return len(silent) >= looks and owed(silent, self.weight or 0, rps=rps) >= least

    def note_rate(self, glance: Glance) -> None:
        """Note what both versions have together."""
        if glance.clear and glance.sample.span_s and (self.weight or 0) < FULL:
            self.least_rps = min(self.least_rps, asked_of_both(glance) / glance.sample.span_s)

    def who_say(self, what: Says) -> Iterator[Guard]:
        """Give the guards that say this of what was seen."""
        stage = self.stage
        guards = watched(stage) if stage and self.seen else ()
        return (guard for guard in guards if says(guard, self.seen) is what)

    def enter(self, index: int) -> None:
        """Begin a stage."""
        self.index, self.entered_at, self.began_at = index, self.now, self.now
        self.seen, self.held_from = [], None
        self.altered, self.back_to, self.returns = False, None, 0
        self.in_force = self.promoted = self.approved = self.advanced = self.retreated = False
        if self.weight == self.plan.stages[index].weight:
            self.come_into_force()

    def come_into_force(self) -> None:
        """Begin to look anew: what was seen at another weight says nothing about this one."""
        self.in_force, self.began_at, self.seen = True, self.now, []
        if self.held_from is None:
            self.held_from = self.now

    def answer(self, weight: int) -> None:
        """Wait for no write of this weight any longer: once it is in force, every try has its answer."""
        self.pending = {number: each for number, each in self.pending.items() if each != weight}

    def take_up(self, *, looks_first: bool) -> None:
        """Begin with what is certain when another worker goes on."""
        self.orphans |= set(self.pending)
        self.pending.clear()
        self.held = not self.setup.leased
        self.stuck = False
        self.taken_up = self.index >= 0
        self.unseen, self.stranger = self.taken_up and looks_first, False
        if self.index < 0:
            self.weight = None
