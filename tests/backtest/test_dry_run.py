from __future__ import annotations

from collections.abc import Callable

import pytest

from console.backtest.backtest import judgeable, tell_healthy
from console.backtest.dry_run import Driven, Observed, opening
from console.backtest.split import SplitWatch
from console.plan.model import Metric, Plan, Rule
from console.release import events as ev
from console.release.fold import fold_all
from tests.backtest.histories import even
from tests.releases import ANA, counts, guard, plan, sample, stage

Teller = Callable[..., Driven | Observed]


def of() -> Plan:
    return plan(stage(10, guard()), stage(50, guard()), stage(100, guard()))


def told(kind: Teller, *shares: int, errors: float = 0.0) -> list[ev.Record]:
    """A tick a second, each with 1000 requests of which this percent are the canary's."""
    records: list[ev.Record] = []
    telling = kind(opening(of(), name="past", person=ANA, made_from="made up"), at=0.0, record=records.append)
    for at, share in enumerate(shares, start=1):
        canary = counts(10.0 * share, errors=10.0 * share * errors)
        telling.take(float(at), sample(counts(10.0 * (100 - share)), canary))
    telling.close(float(len(shares)))
    return records


def stages(records: list[ev.Record]) -> list[tuple[float, int]]:
    return [(each.at, each.event.stage) for each in records if isinstance(each.event, ev.StageEntered)]


def test_observed_stages_are_where_the_split_is() -> None:
    records = told(Observed, *[0] * 5, *[10] * 8, *[48] * 8, *[100] * 4)
    assert stages(records) == [(6.0, 0), (15.0, 1), (23.0, 2)]


def test_on_its_way_from_one_weight_to_another_a_release_is_in_no_stage_between() -> None:
    assert [stage for _, stage in stages(told(Observed, *[10] * 8, *[100] * 8))] == [0, 2]


def test_an_observed_release_is_pulled_back_by_the_plan_and_ends_there() -> None:
    records = told(Observed, *[10] * 30, errors=0.3)
    kinds = [type(each.event) for each in records]
    assert kinds[-2:] == [ev.RollbackDecided, ev.ReleaseEnded]
    assert records[-1].at < 10


def test_an_observed_release_is_never_driven_forward_by_the_plan() -> None:
    assert stages(told(Observed, *[10] * 100)) == [(3.0, 0)]


def test_a_canary_whose_traffic_ends_was_pulled_back_by_others() -> None:
    end = told(Observed, *[10] * 8, *[0] * 8)[-1].event
    assert isinstance(end, ev.ReleaseEnded)
    assert end.reason == "the canary's traffic ended, pulled back by others"


def test_a_driven_release_goes_the_plan_s_way() -> None:
    records = told(Driven, *[10] * 11, *[50] * 11, *[100] * 20)
    assert [stage for _, stage in stages(records)] == [0, 1, 2]
    end = records[-1].event
    assert isinstance(end, ev.ReleaseEnded)
    assert end.outcome is ev.Outcome.PROMOTED


@pytest.mark.parametrize("kind", [Driven, Observed])
def test_a_recording_folds_like_any_journal_and_says_what_it_is(kind: Teller) -> None:
    records = told(kind, *[10] * 20)
    assert [each.n for each in records] == list(range(1, len(records) + 1))
    assert fold_all(records).end is not None
    opened = records[0].event
    assert isinstance(opened, ev.ReleaseOpened)
    assert opened.backtest == "made up"


def test_too_few_requests_say_nothing_of_the_split() -> None:
    watch = SplitWatch(of())
    for _ in range(10):
        watch = watch.saw(sample(counts(20), counts(10)))
    assert watch.stage is None


def test_healthy_releases_are_promoted_by_a_sound_plan_and_rolled_back_by_a_foolish_one() -> None:
    foolish = guard(Metric.ERROR_RATE, Rule.MAX, 0.0001, name="foolish")

    def back(of: Plan) -> list[bool]:
        releases = tell_healthy(of, even(errors=6.0), from_s=0.0, releases=4, person=ANA)
        return [each.pulled_back_at is not None for each in releases]

    assert back(plan(stage(20, guard(limit=0.5), hold_s=60.0), stage(100))) == [False] * 4
    assert back(plan(stage(20, foolish, hold_s=60.0), stage(100))) == [True] * 4


def test_guards_that_the_past_says_nothing_of_are_left_out_by_name() -> None:
    pods = guard(Metric.CRASH_LOOPS, Rule.MAX, 0.0, name="crashes")
    cpu = guard(Metric.CPU, Rule.MAX, 2.0, name="cpu")
    whole = plan(stage(20, guard(name="errors"), pods, cpu))
    _, observed = judgeable(whole, drawn=False)
    left, drawn = judgeable(whole, drawn=True)
    assert observed == ("crashes",)
    assert drawn == ("crashes", "cpu")
    assert [each.name for each in left.stages[0].guards] == ["errors"]
