"""What a release is run with: a number gives a plan, who watches, and whether there is a lease."""

from __future__ import annotations

from functools import cache
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from console.command import ANSWERABLE
from console.evidence import Counts, History, PodMinute
from console.judge.terms import Terms, terms_of
from console.plan.canary_config import Kayenta, MetricConfig
from console.plan.model import (
    Alone,
    Guard,
    Judge,
    LowTraffic,
    OnSharedBreach,
    Plan,
    Rule,
    Slo,
    Stage,
    Then,
)
from tests.releases import guard, plan, stage

Thing = TypeVar("Thing")

PAST = History(minutes=((PodMinute(pod="a", counts=Counts(requests=60_000.0, errors_5xx=60.0)),),) * 5)
"""Without latency: one channel is judged, and that is four times as fast."""

WEIGHTS = ((10, 50, 100), (5, 25, 75), (0, 20, 60), (40, 100))
GUARDS: tuple[tuple[Guard, ...], ...] = (
    (guard(window_s=2.0),),
    (guard(window_s=3.0, for_s=2.0),),
    (guard(window_s=3.0), guard(rule=Rule.MAX_INCREASE, limit=0.02, window_s=3.0)),
    (guard(window_s=2.0, then=Then.HOLD),),
    (
        guard(window_s=2.0, limit=0.01, then=Then.HOLD),
        guard(window_s=2.0, limit=0.2, for_s=1.0, name="worse"),
    ),
    (),
)
BESIDE_A_JUDGE = ((), (), GUARDS[0], GUARDS[2])
_KEEN = Judge(slo=Slo(error_rate=0.05), block_s=1.0)
JUDGES = (
    _KEEN,
    replace(_KEEN, low_traffic=LowTraffic.PROCEED),
    replace(_KEEN, on_shared_breach=OnSharedBreach.PAUSE, alone=Alone.ROLLBACK),
)
_JUDGED_OF = 5
"""One plan of so many has a judge."""
KAYENTA = Kayenta(metrics=(MetricConfig(name="error_rate", groups=("errors",)),), every_s=60.0)
SCORED_TICK_S = 30.0
_SCORED_OF = 8


class Setup(Struct, frozen=True, kw_only=True):
    """One release to be run."""

    plan: Plan
    attended: bool
    leased: bool
    passes: bool
    """Whether its preflight passes."""


class Digits:
    """Takes choices out of a number, the plainest for 0."""

    def __init__(self, number: int) -> None:
        self._left = number

    def of(self, things: tuple[Thing, ...]) -> Thing:
        self._left, at = divmod(self._left, len(things))
        return things[at]

    def one_of(self, many: int) -> bool:
        self._left, at = divmod(self._left, many)
        return at == many - 1


def setup_of(number: int) -> Setup:
    """Give the setup of that number; 0 is the plainest."""
    digits = Digits(number)
    judge = digits.of(JUDGES) if digits.one_of(_JUDGED_OF) else None
    scored = judge is None and digits.one_of(_SCORED_OF)
    of = plan(
        *_stages(digits, GUARDS if judge is None else BESIDE_A_JUDGE),
        patience_s=digits.of((8.0, 4.0, 200.0) if judge is None else (200.0, 200.0, 8.0)),
        after_patience=digits.of((Then.ROLLBACK, Then.HOLD)),
    )
    if scored:
        of = _in_minutes(of)
    return Setup(
        plan=replace(of, judge=judge, reasons=ANSWERABLE if digits.one_of(4) else ()),
        attended=not digits.one_of(4),
        leased=not digits.one_of(6),
        passes=not digits.one_of(60),
    )


def _in_minutes(of: Plan) -> Plan:
    """Let Kayenta's judge watch: it takes a sample a minute, so everything takes longer."""
    stages = tuple(replace(stage, hold_s=stage.hold_s * SCORED_TICK_S) for stage in of.stages)
    patience_s = of.patience_s * SCORED_TICK_S
    return replace(of, stages=stages, interval_s=SCORED_TICK_S, patience_s=patience_s, kayenta=KAYENTA)


def _stages(digits: Digits, of: tuple[tuple[Guard, ...], ...]) -> tuple[Stage, ...]:
    weights, guards = digits.of(WEIGHTS), digits.of(of)
    hold_s = digits.of((4.0, 3.0, 6.0))
    wanted = digits.of((0, 0, 2500))
    approved = digits.of(((), (), (0,), (0, 1, 2)))
    return tuple(
        stage(weight, *guards, hold_s=hold_s, min_requests=wanted if weight else 0, approve=at in approved)
        for at, weight in enumerate(weights)
    )


@cache
def terms_for(judge: Judge) -> Terms:
    """Give what the judge is begun with, made once for all releases."""
    return terms_of(judge, PAST, scrape_s=None)
