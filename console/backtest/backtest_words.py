"""What came of a backtest, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from console.backtest.backtest import DryRunResult
from console.backtest.false_alarm_words import share_in_words
from console.backtest.instants import instant_in_words
from console.evidence import MINUTE_S, History
from console.plan.literal import literal
from console.plan.units import words_duration
from console.release.events import ReleaseOpened, SampleTaken

SHOWN = 10
"""So many of the rollbacks are listed."""


def past_in_words(result: DryRunResult) -> Iterator[str]:
    """Say what the plan would have done with the release that Prometheus saw."""
    opened = result.records[0].event
    assert isinstance(opened, ReleaseOpened)
    ticks = [record.event.sample for record in result.records if isinstance(record.event, SampleTaken)]
    blind = sum(sample.blind for sample in ticks)
    yield f"evidence {opened.backtest}: {len(ticks)} ticks, {blind} of them blind"
    release = result.release
    if release.index < 0:
        yield "the canary's share of the requests never came near one of the plan's weights"
        return
    if result.pulled_back_at is not None and release.rollback is not None:
        after = words_duration(round(result.pulled_back_at - release.stage_starts[0]))
        moment = instant_in_words(result.pulled_back_at)
        yield f"would have rolled back at {moment}, {after} after the canary's first traffic,{_where(result)}"
        yield f"because {literal(release.rollback.reason, longest=400)}"
        return
    assert release.end is not None
    yield f"would not have rolled back: {release.end.reason}{_where(result)}"


def healthy_in_words(results: Sequence[DryRunResult], history: History) -> Iterator[str]:
    """Say how often the plan would have rolled back a service that was healthy."""
    back = [each for each in results if each.pulled_back_at is not None]
    length = words_duration(MINUTE_S * len(history.minutes))
    yield f"{len(results)} healthy releases, begun at even distances over {length} of stable's own traffic"
    count = f"{len(back)}: " if back else ""
    yield f"would have rolled back {count}{share_in_words(len(back), len(results))}"
    for each in back[:SHOWN]:
        assert each.release.rollback is not None
        assert each.pulled_back_at is not None
        seen = literal(each.release.rollback.reason, longest=160)
        yield f"  {instant_in_words(each.pulled_back_at)}{_where(each)}: {seen}"
    if len(back) > SHOWN:
        yield f"  and {len(back) - SHOWN} more"


def _where(result: DryRunResult) -> str:
    release = result.release
    if release.stage is None:
        return ""
    return f" in stage {release.index + 1} of {len(release.plan.stages)} ({release.stage.weight}%)"
