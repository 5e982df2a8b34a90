"""The backtest over a real Prometheus, beside a live run over the same data."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from console.backtest.backtest import DryRunResult, canary_served, judgeable, tell_past
from console.backtest.cached import CachedRanges
from console.backtest.evidence import evidence, ticks_between
from console.errors import EvidenceError, ExitCode
from console.evidence import Sample
from console.journal import read_journal
from console.metrics.answer import Answer, decode
from console.metrics.evidence_source import PrometheusSource
from console.metrics.history import stable_history
from console.metrics.named import GivenNames
from console.metrics.prometheus import Prometheus
from console.plan.model import Metric, Plan, Rule
from console.release import events as ev
from console.release.fold import fold_all
from screens import cli
from tests.backtest.history_made import BAD_FROM_S, CANARY_FROM_S, LASTS_S, WEIGHT, remembering
from tests.metrics.scripted import V1, V2
from tests.metrics.scripted import plan as source_plan
from tests.releases import ANA, guard, stage

pytestmark = pytest.mark.real


class LivePrometheus(Prometheus):
    """A real Prometheus, asked with instant queries as a worker at that time would have."""

    now_s = 0.0

    async def query(self, promql: str, *, deadline_s: float) -> Answer:
        form = {"query": promql, "time": f"{self.now_s:.3f}"}
        reply = await self._ask("/api/v1/query", form=form, deadline_s=deadline_s)
        return decode(reply.body, status=reply.status, where=self.url)


class Ground:
    """The history, the Prometheus that has it, and a plan."""

    def __init__(self, url: str, begin_s: int) -> None:
        self.url = url
        self.begin_s = float(begin_s)
        self.end_s = self.begin_s + LASTS_S
        rule = guard(Metric.ERROR_RATE, Rule.MAX_INCREASE, 0.05, window_s=120.0, for_s=60.0)
        crashes = guard(Metric.CRASH_LOOPS, Rule.MAX, 0.0, name="crashes")
        self.plan: Plan = replace(
            source_plan(url=url, interval_s=60, business={"orders": "vector(7)"}),
            stages=(
                stage(WEIGHT, rule, crashes, hold_s=600.0),
                stage(50, rule, hold_s=600.0),
                stage(100, rule),
            ),
            patience_s=3600.0,
        )

    def ranges(self, folder: Path) -> CachedRanges:
        return CachedRanges(Prometheus(self.url), of=self.url, folder=folder, now=time.time)

    def told(self, folder: Path, *, assumed: bool = False) -> DryRunResult:
        of, _ = judgeable(self.plan, drawn=False)
        return asyncio.run(
            tell_past(
                of,
                self.ranges(folder),
                from_s=self.begin_s,
                to_s=self.end_s,
                person=ANA,
                assumed=assumed,
                fetched=lambda _done, _of: None,
            )
        )


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    begin_s = int(time.time() - 3 * 3600) // 60 * 60
    with remembering(begin_s, folder=tmp_path_factory.mktemp("prometheus")) as url:
        yield Ground(url, begin_s)


def lived(ground: Ground) -> list[tuple[float, Sample]]:
    """What a worker would have had, tick by tick."""
    live = LivePrometheus(ground.url)
    pods = GivenNames({V1: (f"{V1}-7d9f-aaaaa", f"{V1}-7d9f-bbbbb"), V2: (f"{V2}-7d9f-ccccc",)})
    source = PrometheusSource(ground.plan, live, pods=pods, clock=lambda: live.now_s)

    async def look() -> Sample:
        try:
            return await source.sample(deadline_s=10)
        except EvidenceError as error:
            return Sample(span_s=0.0, trouble=str(error))

    async def run() -> list[tuple[float, Sample]]:
        seen = []
        for live.now_s in ticks_between(ground.begin_s, ground.end_s, interval_s=ground.plan.interval_s):
            seen.append((live.now_s, await look()))
        return seen

    return asyncio.run(run())


def remembered(ground: Ground, folder: Path) -> tuple[list[tuple[float, Sample]], int]:
    """What the backtest has, and how many ranges it had to ask for."""
    ranges = ground.ranges(folder)

    async def run() -> list[tuple[float, Sample]]:
        ticks = evidence(ground.plan, ranges, from_s=ground.begin_s, to_s=ground.end_s)
        return [each async for each in ticks]

    return asyncio.run(run()), ranges.asked


def test_the_backtest_s_evidence_is_that_of_a_live_run(ground: Ground, tmp_path: Path) -> None:
    live = lived(ground)
    past, _ = remembered(ground, tmp_path)
    assert [at for at, _ in past] == [at for at, _ in live]
    for (at, had), (_, lives) in zip(past, live, strict=True):
        assert had == lives, at - ground.begin_s
    counted = [sample for _, sample in past if sample.span_s > 0]
    assert len(counted) > 90
    assert any(sample.blind for _, sample in past), "the gap between the scrapes is in there"
    assert sum(each.canary.counts.errors_5xx for each in counted if each.canary.counts) > 500


def test_a_query_of_the_plan_s_own_that_is_refused_is_trouble_and_no_end(
    ground: Ground, tmp_path: Path
) -> None:
    metrics = replace(ground.plan.metrics, business={"broken": "sum(("})
    ticks = evidence(
        replace(ground.plan, metrics=metrics),
        ground.ranges(tmp_path),
        from_s=ground.begin_s + 60,
        to_s=ground.begin_s + 120,
    )

    async def last() -> Sample:
        return [sample async for _, sample in ticks][-1]

    sample = asyncio.run(last())
    assert sample.stable.counts is not None
    assert "broken: " in sample.trouble
    assert "refused the query" in sample.trouble


def test_ticks_that_come_more_often_than_scrapes_lag_behind_nothing(ground: Ground, tmp_path: Path) -> None:
    ticks = evidence(
        replace(ground.plan, interval_s=4.0),
        ground.ranges(tmp_path),
        from_s=ground.begin_s + 128,
        to_s=ground.begin_s + 180,
    )

    async def seen() -> list[Sample]:
        return [sample async for _, sample in ticks]

    samples = asyncio.run(seen())
    assert {(sample.lag_s, sample.trouble) for sample in samples} == {(0.0, "")}
    assert max(sample.data_age_s for sample in samples) > 4.0


def test_a_backtest_that_was_broken_off_asks_for_nothing_twice(ground: Ground, tmp_path: Path) -> None:
    first, asked = remembered(ground, tmp_path)
    again, asked_again = remembered(ground, tmp_path)
    assert again == first
    assert asked > 0
    assert asked_again == 0
    for kept in list(tmp_path.iterdir())[:2]:
        kept.write_text("torn")
    assert remembered(ground, tmp_path)[0] == first


def test_the_stages_are_read_off_the_split_and_the_rollback_comes_after_the_damage(
    ground: Ground, tmp_path: Path
) -> None:
    told = ground.told(tmp_path)
    (entered,) = [record for record in told.records if isinstance(record.event, ev.StageEntered)]
    assert entered.event == ev.StageEntered(stage=0)
    assert 0 <= entered.at - (ground.begin_s + CANARY_FROM_S) <= 300
    assert told.pulled_back_at is not None
    assert 60 <= told.pulled_back_at - (ground.begin_s + BAD_FROM_S) <= 360


def test_assumed_stages_follow_each_other_whatever_the_split_was(ground: Ground, tmp_path: Path) -> None:
    told = ground.told(tmp_path, assumed=True)
    stages = [record.event.stage for record in told.records if isinstance(record.event, ev.StageEntered)]
    assert stages[0] == 0
    opened = told.records[0].event
    assert isinstance(opened, ev.ReleaseOpened)
    assert "assumed by the plan" in opened.backtest


def test_a_canary_is_found_where_it_had_requests_and_not_before(ground: Ground, tmp_path: Path) -> None:
    def served(from_s: float, to_s: float) -> bool:
        begin_s, ranges = ground.begin_s, ground.ranges(tmp_path)
        return asyncio.run(canary_served(ground.plan, ranges, from_s=begin_s + from_s, to_s=begin_s + to_s))

    assert served(0, LASTS_S)
    assert not served(0, CANARY_FROM_S - 60)


def test_stable_s_past_comes_pod_by_pod_from_the_real_program(ground: Ground) -> None:
    past = asyncio.run(
        stable_history(
            Prometheus(ground.url),
            ground.plan,
            deadline_s=10,
            until_s=ground.begin_s + CANARY_FROM_S - 60,
            back_s=1440,
        )
    )
    assert len(past.minutes) == 24
    assert {each.pod[-5:] for minute in past.minutes for each in minute} == {"aaaaa", "bbbbb"}
    assert {each.counts.requests for minute in past.minutes for each in minute} == {300.0}


PLAN = """\
pithead: 1
service: checkout
namespace: shop
stable: {{name: v1, deployment: checkout-v1}}
canary: {{name: v2, deployment: checkout-v2}}
router: {{istio: {{virtual_service: checkout, stable: {{subset: v1}}, canary: {{subset: v2}}}}}}
metrics: {{prometheus: "{url}"}}
interval: 30s
window: 2m
guards: [{{metric: error_rate, max_increase: 5pp, for: 1m, then: rollback}}, {{metric: crash_loops, max: 0}}]
stages: [{{weight: 20%, hold: 10m}}, {{weight: 100%}}]
"""


def pithead(*args: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("sys.argv", ["pithead", *args])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    return int(caught.value.code or 0)


def test_the_command_tells_the_release_or_draws_healthy_ones_and_leaves_a_recording(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PITHEAD_HOME", str(tmp_path))
    plan_file = tmp_path / "plan.yaml"
    plan_file.write_text(PLAN.format(url=ground.url))
    begin = time.strftime("%Y-%m-%dT%H:%M", time.gmtime(ground.begin_s))
    end = time.strftime("%Y-%m-%dT%H:%M", time.gmtime(ground.end_s))
    quiet = time.strftime("%Y-%m-%dT%H:%M", time.gmtime(ground.begin_s + CANARY_FROM_S - 60))

    assert pithead("backtest", str(plan_file), "--from", begin, "--to", end, monkeypatch=monkeypatch) == 0
    said = capsys.readouterr().out
    assert "left out, because the past says nothing of it: crash_loops max 0" in said
    assert "would have rolled back at" in said

    arguments = ("backtest", str(plan_file), "--from", begin, "--to", quiet, "--releases", "3")
    assert pithead(*arguments, monkeypatch=monkeypatch) == 0
    said = capsys.readouterr().out
    assert "3 healthy releases, begun at even distances" in said
    recording = Path(said.rpartition("pithead replay ")[2].strip())
    assert fold_all(read_journal(recording)).end is not None


@pytest.mark.full
def test_a_prometheus_that_is_not_there_ends_the_backtest_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plan_file = tmp_path / "plan.yaml"
    plan_file.write_text(PLAN.format(url="http://127.0.0.1:1"))
    assert pithead("backtest", str(plan_file), "--from", "-2h", monkeypatch=monkeypatch) == ExitCode.USAGE
    assert "pithead: Prometheus at http://127.0.0.1:1 can't be reached" in capsys.readouterr().err
