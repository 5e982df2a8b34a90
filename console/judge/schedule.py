"""Whether a plan's stages show damage within their holds at this traffic, and what would let them."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import TYPE_CHECKING

from msgspec import Struct

from console.judge.keys.horizon import CONFIRMED_BLOCKS
from console.plan.exposure import Compares
from console.plan.model import LowTraffic
from console.plan.units import words_duration, words_number, words_points
from console.preflight import Check

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.judge.outlook import Outlook
    from console.plan.model import Plan, Stage

ROUNDED_S = 15
"""A hold is proposed in steps of this: the time to a proof is a median, no appointment."""


class StageWait(Struct, frozen=True):
    """A stage, and for how long its weight must be in force until damage would show."""

    stage: Stage
    needed_s: float | None
    """None: it never would."""

    @property
    def is_longer(self) -> bool:
        """Whether the stage lasts longer than the plan says."""
        return self.needed_s is None or self.needed_s > self.stage.hold_s


def schedule_check(outlook: Outlook, *, plan: Plan) -> tuple[Check, ...]:
    """Say which stages wait longer than their hold, and what would do; nothing where none can compare."""
    uplift = outlook.uplift
    stages = [stage for stage in plan.stages if stage.exposure.compares is Compares.BOTH]
    waits = [StageWait(stage, outlook.blind_s(stage.weight, uplift)) for stage in stages]
    longer = [wait for wait in waits if wait.is_longer]
    if not waits or plan.judge is None:
        return ()
    more = f"+{words_points(uplift)}"
    if not longer:
        return (Check(name="schedule", ok=True, words=f"each stage shows {more} within its hold"),)
    if plan.judge.low_traffic is LowTraffic.PROCEED:
        words = f"goes on blind from {_named(longer)}, where {more} would not have shown"
        return (Check(name="schedule", ok=True, words=words, warning=True),)
    words = "; ".join((_lasts(longer, more, outlook), *_mends(longer, outlook), _fastest(waits)))
    return (Check(name="schedule", ok=True, words=words, warning=True),)


def _named(waits: Sequence[StageWait]) -> str:
    return " and ".join(f"{wait.stage.weight}%" for wait in waits)


def _lasts(longer: Sequence[StageWait], more: str, outlook: Outlook) -> str:
    traffic = f"at {words_number(outlook.rps, digits=2)} requests/s"
    never = [wait for wait in longer if wait.needed_s is None]
    if never:
        return f"{_named(never)} never shows {more} {traffic}, and the release waits there for a person"
    each = (
        f"{wait.stage.weight}% lasts {_nearly(wait.needed_s or 0.0)} and not "
        f"{words_duration(round(wait.stage.hold_s))}"
        for wait in longer
    )
    return f"{', '.join(each)}, until {more} would show {traffic}"


def _mends(longer: Sequence[StageWait], outlook: Outlook) -> list[str]:
    """Say what lets the first of them through in its hold: more traffic, more weight, or going on blind."""
    first = longer[0]
    ways = [
        *([f"{words_number(rps, digits=2)} requests/s"] if (rps := _enough_rps(first, outlook)) else []),
        *([f"{weight}% instead of {first.stage.weight}%"] if (weight := _enough(first, outlook)) else []),
        "low_traffic: proceed",
    ]
    return [f"what would do: {', or '.join(ways)}"]


def _enough_rps(wait: StageWait, outlook: Outlook) -> float | None:
    """Return the requests a second at which its hold is enough; None where none are."""
    fixed_s = CONFIRMED_BLOCKS * outlook.settings.block_s
    if wait.needed_s is None or wait.stage.hold_s <= fixed_s:
        return None
    # The blocks that confirm a proof take their time at any rate; the rest is inverse to the traffic.
    enough = outlook.rps * (wait.needed_s - fixed_s) / (wait.stage.hold_s - fixed_s)
    digit = 10.0 ** (floor(log10(enough)) - 1)  # two digits, never less than is needed
    return digit * ceil(enough / digit)


def _enough(wait: StageWait, outlook: Outlook) -> int | None:
    """Return the smallest weight, percent, at which its hold is enough."""
    uplift = outlook.uplift
    times = ((weight, outlook.blind_s(weight, uplift)) for weight in range(wait.stage.weight + 1, 100))
    return next(
        (weight for weight, time_s in times if time_s is not None and time_s <= wait.stage.hold_s), None
    )


def _fastest(waits: Sequence[StageWait]) -> str:
    """Say the shortest holds at which these weights show it."""
    shown = [f"{wait.stage.weight}% {_nearly(wait.needed_s)}" for wait in waits if wait.needed_s is not None]
    return f"the shortest holds that show it: {', '.join(shown) or 'none'}"


def _nearly(time_s: float) -> str:
    return words_duration(ROUNDED_S * ceil(time_s / ROUNDED_S))
