"""What goes wrong in the lab, and when: a table of scenarios.

Times count from the moment when the canary's weight first goes above zero, as the lab's own mesh sees it.
"""

from __future__ import annotations

from msgspec import Struct

from console.lab.faults import HEALTHY, Faults

DEFAULT_RPS = 200.0
ERRORS_MORE = 0.08
"""This share of a bad canary's answers fails."""
FLAPS_FOR_S = 1200
BREAKS_AFTER_S = 34.0
"""The demo's plan has promoted once by then, and has shown the second stage's good seconds."""


class Turn(Struct, frozen=True, kw_only=True):
    """How things are from `after_s` on, until the next turn."""

    after_s: float
    stable: Faults = HEALTHY
    canary: Faults = HEALTHY
    prometheus: bool = True
    """Whether Prometheus runs; once stopped it stays away."""


class Scenario(Struct, frozen=True, kw_only=True):
    """One way that a release can go."""

    name: str
    summary: str
    """One sentence for people who choose."""
    turns: tuple[Turn, ...] = ()
    rps: float = DEFAULT_RPS
    plan: str = "demo"
    """The sample plan that the demo takes for it."""


_ERRORS = Faults(error_ratio=ERRORS_MORE)
_GRPC = Faults(grpc_ratio=ERRORS_MORE)
_UNANSWERED = Faults(unanswered_ratio=ERRORS_MORE)
_SLOW = Faults(latency_factor=4.0)
_CRASH = Faults(crash=True)
_UNSOLD = Faults(order_factor=0.4)
_SHARED = Faults(error_ratio=0.10, latency_factor=3.0)


def _breaks(name: str, summary: str, canary: Faults, *, plan: str = "demo") -> Scenario:
    """Give a scenario whose canary is good at first, and then has these faults for good."""
    return Scenario(
        name=name, summary=summary, turns=(Turn(after_s=BREAKS_AFTER_S, canary=canary),), plan=plan
    )


def _flaps(*, period_s: int) -> tuple[Turn, ...]:
    """Bad and good in turn."""
    starts = range(period_s, FLAPS_FOR_S, period_s)
    return tuple(
        Turn(after_s=after_s, canary=HEALTHY if count % 2 else _ERRORS)
        for count, after_s in enumerate(starts)
    )


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario(name="healthy", summary="The new version is as good as the old one."),
        _breaks("errors", "The new version begins to fail: 8% of its answers are 500s.", _ERRORS),
        _breaks(
            "grpc", "The new version's gRPC calls begin to fail: 8% are UNAVAILABLE, behind HTTP 200.", _GRPC
        ),
        _breaks(
            "unanswered",
            "8% of the requests to the new version get no answer, which only their callers see.",
            _UNANSWERED,
        ),
        _breaks("latency", "The new version becomes four times slower.", _SLOW),
        _breaks("crash", "The new version crashes, is restarted, and crashes again.", _CRASH),
        Scenario(
            name="flapping",
            summary="The new version is bad for 6 seconds, good for 6, and so on.",
            turns=_flaps(period_s=6),
        ),
        Scenario(
            name="outage",
            summary="Something that both versions need fails for 20 seconds, then is well again.",
            turns=(
                Turn(after_s=BREAKS_AFTER_S, stable=_SHARED, canary=_SHARED),
                Turn(after_s=BREAKS_AFTER_S + 20),
            ),
        ),
        _breaks(
            "drop",
            "The new version answers as well as the old one, but sells 60% fewer orders.",
            _UNSOLD,
            plan="demo_judged",
        ),
        Scenario(name="quiet", summary="Hardly anyone is there: 3 requests a second.", rps=3.0),
        Scenario(
            name="blind",
            summary="Prometheus goes away in the middle of the release.",
            turns=(Turn(after_s=BREAKS_AFTER_S, prometheus=False),),
        ),
    )
}
