from __future__ import annotations

import pytest
from msgspec.structs import replace

from console.backtest.simulated import Service
from console.backtest.source_history import real_source_history, source_history_of
from console.errors import EvidenceError
from console.evidence import History
from console.plan.access import Access
from tests.backtest.histories import even
from tests.metrics.scripted import V1, Pod, ScriptedPrometheus
from tests.metrics.scripted import plan as source_plan

NOW_S = 86_400.0


def prometheus(*, minutes: int) -> ScriptedPrometheus:
    """Two pods, each with 60 requests a minute."""

    def pods(minute: int) -> list[Pod]:
        return [Pod(V1, name, scraped_s=NOW_S, requests={"200": 60.0 * minute}) for name in "ab"]

    api = ScriptedPrometheus(*pods(minutes), now_s=NOW_S)
    api.past = {NOW_S - 60.0 * (minutes - at): pods(at) for at in range(minutes + 1)}
    return api


def test_stable_s_own_day_is_taken_where_prometheus_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.metrics.prometheus.Prometheus.of", lambda _metrics: prometheus(minutes=600))
    source = source_history_of(source_plan(), Service(), asking=True, deadline_s=5)
    assert source.real
    assert source.words == "10h of checkout-v1 in Prometheus, 2 requests/s"


def test_a_past_that_can_not_be_had_is_assumed_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.metrics.prometheus.Prometheus.of", lambda _metrics: ScriptedPrometheus())
    source = source_history_of(source_plan(), Service(rps=5.0), asking=True, deadline_s=5)
    assert not source.real
    assert source.words.startswith(
        "a simulated service of 5 requests/s, 0.2% errors (Prometheus has no series"
    )


def test_what_keeps_us_out_of_the_past_is_said_with_its_mend() -> None:
    of = source_plan()
    access = Access(token="env:NOBODY_HAS_SET_THIS")  # noqa: S106 - its place
    of = replace(of, metrics=replace(of.metrics, access=access))
    assert source_history_of(of, Service(), asking=True, deadline_s=5).words.endswith(
        "(Prometheus can't be asked: NOBODY_HAS_SET_THIS is not set here; the plan finds a secret there: put"
        " it there again)"
    )


def test_offline_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.metrics.prometheus.Prometheus", None)
    assert source_history_of(source_plan(), Service(), asking=False, deadline_s=5).words.endswith("(offline)")


@pytest.mark.parametrize("past", [History(), even(minutes=9), even(requests=0.0)])
def test_a_past_that_is_too_short_or_quiet_says_nothing(past: History) -> None:
    with pytest.raises(EvidenceError, match=r"Prometheus has \d+ minutes with"):
        real_source_history(past, source_plan())
