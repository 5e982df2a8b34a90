"""A release at an instant: what the fold of its events gives, and all that screens and policy read."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from console.elsewhere import Elsewhere
from console.identity import Identity, Resolved
from console.judge.judge_kind import Standing
from console.judge.memory import Memory
from console.judge.reading import Verdict
from console.judge.registry import judge_of
from console.judge.tally import Tally
from console.judge.verdict import JudgeVerdict, Wait
from console.person import Person
from console.plan.exposure import Exposure
from console.plan.model import Plan, Stage
from console.preflight import Check
from console.release.parts import (
    Altered,
    End,
    Failure,
    Lease,
    Rollback,
    Stranger,
    Unreadable,
    Withheld,
    Write,
)
from console.release.shown import Shown


class Phase(StrEnum):
    """Where a release is in its life."""

    PREPARING = "preparing"
    RUNNING = "running"
    ROLLING_BACK = "rolling_back"
    ENDED = "ended"


class Release(Struct, frozen=True, kw_only=True):
    """One release, from its journal's first line on."""

    name: str
    plan: Plan
    person: Person
    cluster: str
    attended: bool
    opened_at: float
    leased: bool = False
    """Whether nothing goes forward without the lease."""
    watches_back: bool = False
    """Whether a rollback ends with the users' recovery, and not with the router's confirmation."""
    failed_on_canary: float = 0.0
    """Requests that failed on the canary so far."""
    undoes: str = ""
    """The ended release whose traffic this one takes back."""
    in_place_of: str | None = None
    """The release without a record whose traffic this one takes back; None where it is one like others."""
    shown: Shown | None = None
    """What the person was shown who wants that; None where nothing was."""
    goes_back: bool = False
    """Whether it was taken up for its rollback alone, whatever is known of what was before."""
    resolved: Resolved | None = None
    """What the words of its command came to; None where that is not on record."""
    identity: Identity | None = None
    """The cluster and the object that it is about; None before the preflight has read them."""
    lease: Lease | None = None
    """None before it was asked for."""
    stint: str = ""
    """The holding of the lease that this release has had last; empty where that is not known."""
    held_meanwhile: bool = False
    """Whether somebody else has held the lease since this release did, and no person has let it go on."""
    end_lost: bool = False
    """Whether the lease tells of an end that the journal has lost, and no person has let it go on."""
    lost_records: int = 0
    """Records up to this number are not in its journal: it was cut, and begins with the state behind them."""
    phase: Phase = Phase.PREPARING
    checks: tuple[Check, ...] = ()
    metrics: str = ""
    """Which program gives the evidence; empty before the preflight."""

    index: int = -1
    """The stage, counted from 0; -1 before the first."""
    stage_at: float = 0.0
    """When the stage's weight was confirmed; the stage was entered a write earlier."""
    held_s: float = 0.0
    """Healthy time at the stage's weight: the hold's clock."""
    stalled_s: float = 0.0
    """Time in this stage without health or enough evidence: the patience's clock."""
    shown_harmless: tuple[int, ...] = ()
    """The weights, percent, that were left with the canary shown not to be worse there."""
    stage_starts: tuple[float, ...] = ()
    """When each stage so far was entered."""

    weight: int | None = None
    """The weight in force as last read; None before the first read."""
    generation: int = 0
    """The object's generation as last read and taken for this release's own; 0 where that is not known."""
    asked_since: tuple[int, ...] = ()
    """The weights that were asked for on top of that generation, where one is known: any of these writes may
    yet get through."""
    elsewhere: tuple[Elsewhere, ...] = ()
    """What the router's object sends besides what the release moves."""
    changed_by: str = ""
    """Who changed the weight under us; empty while it is as we left it."""
    unread: Unreadable | None = None
    """None while the router can be read."""
    just_read: bool = False
    """Whether this is the end of a tick that has read the router: only then a release is called promoted."""
    writes: tuple[Write, ...] = ()
    """Asked for and not yet answered."""
    last_number: int = 0
    failure: Failure | None = None
    """None once a write has been confirmed."""
    signed: bool = False
    """Whether the router has borne our mark."""
    signed_at: float = 0.0
    """When it was last written with it: another driver's mark from before that came with a manifest."""

    altered: Altered | None = None
    """The write that something in the cluster changed, until a person goes on."""
    back_to: int | None = None
    """The weight that is to be in force instead of one that came out too large."""

    paused_by: Person | None = None
    approved_by: Person | None = None
    """Who approved the step out of this stage."""
    promoted_by: Person | None = None
    """Who wants the next stage now."""
    advanced_blind_by: Person | None = None
    """Who takes the step out of this stage without the evidence for it."""
    overridden_by: Person | None = None
    """Who went on against the judge last."""
    retreated: bool = False
    """Whether the weight is one back because both versions suffered."""
    retreats: int = 0
    """How often the release has stepped back from this stage."""
    returns: int = 0
    """Retreats of this stage that calm ended: the weight went up again by itself."""
    rollback_asked: Person | None = None
    rollback_reason: str = ""

    taken_up_by: Person | None = None
    """Who went on with the release after its worker died, until somebody lets it go forward again."""
    unseen: bool = False
    """Whether a worker that goes on has yet to look at the router: until then nothing is done."""
    stranger: Stranger | None = None
    """What it found that is not this release's, until a person moves it one way or the other."""
    overruled: str = ""
    """Whose mark a person has seen on the router and overruled."""
    unmarked: bool = False
    """Whether a person wants the wanted weight written with our marks, also where it is in force."""
    unrecorded: str = ""
    """Why the journal's disk takes no record; empty while it does."""

    tick_at: float | None = None
    """When evidence was last looked for."""
    seen_at: float | None = None
    """When evidence was last found."""
    lag_s: float = 0.0
    """How far the store of the last evidence is always behind."""
    stable_ready: int | None = None
    """Stable's ready pods at the last tick; None where nobody could count them."""
    canary_ready: int | None = None
    """The canary's, alike."""
    withheld: Withheld | None = None
    """The rollback that is due and waits for them."""
    blind_because: str = ""
    """Why the last look found nothing; empty where it did."""
    memory: Memory = Memory()
    rollback: Rollback | None = None
    end: End | None = None

    @property
    def stage(self) -> Stage | None:
        """The stage that the release is in; None before the first."""
        return self.plan.stages[self.index] if self.index >= 0 else None

    @property
    def drifted(self) -> bool:
        """Whether someone else changed the weight."""
        return bool(self.changed_by)

    @property
    def left_to_a_person(self) -> bool:
        """Whether the router was not looked at since the last worker died, or is not as that one left it."""
        return self.unseen or self.stranger is not None

    @property
    def holds_lease(self) -> bool:
        """Whether nobody else can hold the lease, or there is none."""
        return not self.leased or (self.lease is not None and self.lease.held)

    @property
    def may_drive(self) -> bool:
        """Whether anything may go forward as far as the lease goes."""
        return self.holds_lease and not self.held_meanwhile and not self.end_lost

    @property
    def taken_by(self) -> str:
        """Who has taken the release over, in words; empty while nobody has."""
        return self.lease.taken_by if self.lease else ""

    @property
    def stands_still(self) -> bool:
        """Whether nothing may be written but a rollback, whatever the evidence says."""
        # Two lists, for a reader: what a person or the world put in the way, and what is due and waits. A
        # rollback heeds neither (`policy.forward.why_not_write`).
        kept = self.paused_by or self.drifted or self.taken_up_by or self.unrecorded or self.left_to_a_person
        due = self.altered or self.withheld
        return bool(kept or due) or not self.may_drive

    @property
    def exposure(self) -> Exposure:
        """What part of the traffic meets the canary, as far as it is known."""
        return Exposure(weight=self.weight or 0)

    @property
    def wanted_weight(self) -> int | None:
        """The weight that should be in force: the stage's, or what it was taken back to."""
        # A weight that came out too large goes back first (`policy.take_back`), whatever the judge has
        # retreated to.
        if self.back_to is not None:
            return self.back_to
        if self.stage is None or not self.retreated:
            return self.stage.weight if self.stage else None
        return self.weight_before_stage

    @property
    def weight_before_stage(self) -> int:
        """The weight of the stage before this one; 0 before the first."""
        return self.plan.stages[self.index - 1].weight if self.index > 0 else 0

    @property
    def stable_is_gone(self) -> bool:
        """Whether stable is known to have no ready pod: what is not known counts as there."""
        return self.stable_ready == 0

    @property
    def canary_is_gone(self) -> bool:
        """Whether the canary is known to have no ready pod, as above."""
        return self.canary_ready == 0

    @property
    def serves_canary(self) -> bool:
        """Whether users are sent to the canary, or are about to be."""
        return bool(self.weight) or any(write.weight for write in self.writes)

    @property
    def split_is_known(self) -> bool:
        """Whether stable's requests tell how many the weight asks for: another route may add to them."""
        return not any(each.stable for each in self.elsewhere)

    @property
    def none_came(self) -> bool:
        """Whether none of the requests to the canary was answered, where enough were expected to tell."""
        return self.split_is_known and self.memory.arrivals.none_came

    @property
    def wanted_answers(self) -> float:
        """Answered requests to the canary without which the stage is not left forward."""
        return self.memory.arrivals.wanted if self.split_is_known else 1.0

    @property
    def at_weight(self) -> bool:
        """Whether the wanted weight is in force and nothing is being written."""
        return self.stage is not None and not self.writes and self.weight == self.wanted_weight

    @property
    def judge_says(self) -> JudgeVerdict | None:
        """What the judge of the traffic says; None before it has said anything, or where there is none."""
        return judge_of(self.memory.judge).says(self.memory.judge)

    @property
    def judge_word(self) -> Verdict | None:
        """What the judge says as one of the four verdicts; None as above."""
        return judge_of(self.memory.judge).word(self.memory.judge, self.standing)

    @property
    def judge_compared(self) -> bool | None:
        """Whether the judge has compared both versions at this weight; None where it compares none."""
        return judge_of(self.memory.judge).compared(self.memory.judge, self.standing)

    def judge_left_s(self, wait: Wait, *, now: float) -> float | None:
        """Return the seconds until what the judge waits for comes; None where nobody knows."""
        return judge_of(self.memory.judge).left_s(self.memory.judge, self.standing, wait=wait, now=now)

    @property
    def standing(self) -> Standing:
        """Where the release stands, for a judge that is asked."""
        return Standing(
            plan=self.plan,
            stage=self.stage,
            weight=self.weight,
            shown_at=self.shown_at,
            looked_at=self.tick_at,
            retreated=self.retreated,
        )

    @property
    def judge_holds(self) -> bool:
        """Whether the judge wants the weight left as it is, or taken back."""
        said = self.judge_says
        return self.retreated or (said is not None and said.holds)

    @property
    def judge_doubts(self) -> bool:
        """Whether the judge lets nothing go forward."""
        said = self.judge_says
        return self.retreated or (said is not None and said.doubts)

    @property
    def shown_at(self) -> float:
        """When the store can first show the stage's weight."""
        return self.stage_at + self.lag_s

    def shown_s(self, at: float) -> float:
        """For how long the stage's weight has been in force, as far as the store can show it by then."""
        return max(0.0, at - self.shown_at)

    @property
    def evidence(self) -> Tally:
        """All evidence of the current stage."""
        return self.memory.stage
