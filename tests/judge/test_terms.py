"""What a release is judged by: taken from the plan, and from stable's past where that can tell it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from console.evidence import History, PodMinute
from console.judge.keys.channels import Kind
from console.judge.other_terms import terms_under
from console.judge.terms import limits_of, profile_again, terms_of
from console.plan.model import Alone, Judge, Slo
from tests.releases import BOUNDS_MS, counts

JUDGE = Judge(slo=Slo(error_rate=0.02, latency_ms=250.0, slower=0.05), tolerate=0.004, block_s=20.0)


def past(pods: int, *, minutes: int = 30, since_start: bool = False) -> History:
    minute = tuple(PodMinute(pod=f"pod-{pod}", counts=counts(6000, errors=6, slow=60)) for pod in range(pods))
    return History(bounds_ms=BOUNDS_MS, minutes=(minute,) * minutes, since_start=since_start)


def test_an_slo_with_a_latency_is_two_limits_and_one_without_is_one() -> None:
    errors, slow = limits_of(JUDGE)
    assert (errors.kind, errors.ratio) == (Kind.ERRORS, 0.02)
    assert (slow.name, slow.kind, slow.ratio, slow.edge_ms) == ("slow>250ms", Kind.SLOW, 0.05, 250.0)
    assert limits_of(Judge(slo=Slo(error_rate=0.02))) == (errors,)


@pytest.mark.parametrize(("scrape_s", "block_s"), [(None, 20.0), (5.0, 20.0), (60.0, 60.0)])
def test_a_block_is_no_shorter_than_what_prometheus_takes_to_see_again(
    scrape_s: float | None, block_s: float
) -> None:
    assert terms_of(JUDGE, past(1), scrape_s=scrape_s).settings.block_s == block_s


def test_series_that_are_too_young_for_minutes_are_not_rehearsed() -> None:
    young = terms_of(JUDGE, past(4, minutes=1, since_start=True), scrape_s=None)
    assert (young.rehearsal, young.tempered) == (None, 1.0)
    assert terms_of(JUDGE, past(4), scrape_s=None).rehearsal is not None


def test_noise_is_measured_again_only_where_two_pods_tell_it_by_the_minute() -> None:
    terms = terms_of(JUDGE, past(4), scrape_s=None)
    assert profile_again(terms, past(4)) == terms.profile
    assert profile_again(terms, past(1)) is None
    assert profile_again(terms, past(4, since_start=True)) is None


def test_under_another_judge_what_a_person_chose_changes_and_what_was_measured_stays() -> None:
    terms = terms_of(JUDGE, past(4), scrape_s=60.0)
    other = replace(JUDGE, slo=Slo(error_rate=0.1), tolerate=0.01, block_s=5.0, alone=Alone.ROLLBACK)
    under = terms_under(terms, other)
    assert (under.settings.delta, under.settings.alone) == (0.01, Alone.ROLLBACK)
    assert under.channels.limits == limits_of(other)
    assert under.profile.limits == terms.profile.limits[:1]
    assert under.profile.limits_past == terms.profile.limits_past[:1]
    assert (under.channels.judged, under.profile.judged) == (terms.channels.judged, terms.profile.judged)
    assert under.settings.block_s == 60.0
