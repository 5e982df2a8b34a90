"""What a judge says after a look, whichever judge it is: what to do, why, and what it still waits for."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Action(StrEnum):
    """What to do."""

    GO_ON = "go_on"
    PAUSE = "pause"
    """Hold the weight and tell someone."""
    RETREAT = "retreat"
    """Step back one weight."""
    ROLL_BACK = "roll_back"


class Why(StrEnum):
    """What the action is made from."""

    NOTHING = "nothing"
    WORSE = "worse"
    """The canary is worse, by more than is tolerated."""
    SHARED_BREACH = "shared_breach"
    """Both versions are beyond a hard limit."""
    BEYOND_LIMIT = "beyond_limit"
    """The canary is beyond a hard limit; whether more than stable is not proven."""
    SPLIT_OFF = "split_off"
    """The traffic split is not what was asked."""
    USES_MORE = "uses_more"
    """The canary needs more CPU or memory than is tolerated."""
    BLIND = "blind"
    """Nothing was compared for too long."""


class Wait(StrEnum):
    """What a judge lets the next step wait for."""

    STALE = "stale"
    """What it knows is too old to go on with."""
    DOUBT = "doubt"
    """It holds the release, or has a proof that the next look must confirm."""
    HIDDEN = "hidden"
    """The stage could still hide damage that it should show."""
    UNSCORED = "unscored"
    """It has not analysed this weight yet."""
    MARGINAL = "marginal"
    """What it has analysed neither fails the canary nor lets it pass."""


class Awaited(Struct, frozen=True, kw_only=True):
    """One thing that the next step waits for."""

    wait: Wait
    missing_s: float = 0.0
    """Seconds until it comes, where the judge knows them; else 0."""


class JudgeVerdict(Struct, frozen=True, kw_only=True):
    """What a judge says. The defaults are those of a judge that has nothing against the canary."""

    action: Action = Action.GO_ON
    why: Why = Why.NOTHING
    analyses: int = 0
    """Analyses of this weight, for a judge whose every analysis is news; 0 for one that speaks on changes."""
    holds: bool = False
    """It wants the weight left as it is, or taken back, until a person or calm lets the release go on."""
    doubts: bool = False
    """Nothing goes forward: it holds, or what it has seen is neither good nor confirmed."""
    confirming: bool = False
    """It has a proof, and one more look must confirm it."""
    sign: bool = False
    """There is evidence against the canary that chance alone rarely makes."""
    harmless: bool | None = None
    """Whether the canary is shown, at this weight, not to be worse than tolerated; None: not asked."""
    shared: bool = False
    """Both versions suffer: a rollback would not help."""
    stale: bool = False
    """What it knows is too old to go on with."""
    blind_s: float = 0.0
    """Seconds since both versions were last compared."""
    calm_s: float | None = None
    """Seconds since a version was last beyond a hard limit; None: it never was."""
    turned: tuple[float, ...] = ()
    """How far each of its proofs has come, 0..1, for a chart; empty for a judge that has none."""
