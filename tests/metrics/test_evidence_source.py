from __future__ import annotations

import asyncio
import math
import re

import pytest
from msgspec.structs import replace

from console.errors import EvidenceError
from console.evidence import Counts, Pods, Sample
from console.metrics.counters import REMEMBER_S
from console.metrics.evidence_source import FORGET_S, MEND, PrometheusSource
from console.metrics.range_answer import Track
from console.metrics.tally import WAITED_LOOKS
from console.plan.model import Plan, Version
from tests.metrics.scripted import V1, V2, Pod, ScriptedPrometheus, named, plan


class ViewState:
    """A source over two scripted pods, with time that the test moves."""

    def __init__(self, of: Plan | None = None) -> None:
        self.v1 = Pod(V1, "a", scraped_s=999, requests={"200": 1000}, below={"10": 900, "+Inf": 1000})
        self.v2 = Pod(V2, "b", scraped_s=999, requests={"200": 50}, below={"10": 40, "+Inf": 50})
        self.prometheus = ScriptedPrometheus(self.v1, self.v2)
        self.pods = named(self.v1, self.v2)
        self.source = PrometheusSource(
            of or plan(), self.prometheus, pods=self.pods, clock=lambda: self.prometheus.now_s
        )

    def look(self) -> Sample:
        return asyncio.run(self.source.sample(deadline_s=1))

    def wait(self, seconds: float = 5, *scraped: Pod) -> None:
        self.prometheus.now_s += seconds
        for pod in scraped:
            pod.scraped_s = self.prometheus.now_s - 1

    def tick(self) -> Sample:
        """Five seconds pass, both pods are scraped, and the source looks."""
        self.wait(5, self.v1, self.v2)
        return self.look()


def test_the_first_sample_is_only_where_the_counters_stand() -> None:
    sample = ViewState().look()
    assert sample.span_s == 0
    assert sample.stable.counts == sample.canary.counts == Counts()


def test_both_versions_are_counted_over_the_same_span() -> None:
    scene = ViewState()
    scene.look()
    scene.v1.requests |= {"200": 1090, "404": 3, "503": 7}
    scene.v1.below |= {"10": 980, "+Inf": 1100}
    scene.v2.requests |= {"200": 60}
    sample = scene.tick()
    assert (sample.span_s, sample.data_age_s, sample.bounds_ms) == (5, 1, (10.0,))
    assert sample.stable.counts == Counts(requests=100, errors_4xx=3, errors_5xx=7, latency=(80, 20))
    assert sample.canary.counts == Counts(requests=10, latency=(0, 0))


def test_a_tick_before_the_next_scrape_comes_with_the_one_after_it() -> None:
    scene = ViewState()
    scene.look()
    scene.v1.requests["200"] += 30
    scene.wait(5)
    early = scene.look()
    assert (early.span_s, early.stable.counts, early.trouble) == (0, Counts(), "")
    late = scene.tick()
    assert late.span_s == 10
    assert late.stable.counts is not None
    assert late.stable.counts.requests == 30


def test_a_version_that_was_scraped_waits_for_the_other() -> None:
    scene = ViewState()
    scene.look()
    scene.v1.requests["200"] += 30
    scene.wait(5, scene.v1)
    assert scene.look().span_s == 0
    scene.v2.requests["200"] += 3
    sample = scene.tick()
    assert sample.stable.counts is not None
    assert sample.canary.counts is not None
    assert (sample.span_s, sample.stable.counts.requests, sample.canary.counts.requests) == (10, 30, 3)


def test_a_canary_without_a_series_had_no_request_yet() -> None:
    scene = ViewState()
    scene.v2.scraped_s = None
    scene.look()
    scene.wait(5, scene.v1)
    sample = scene.look()
    assert sample.span_s == 5
    assert sample.canary.counts == Counts(latency=(0, 0))
    assert sample.trouble == ""


def test_the_first_requests_of_a_watched_canary_count_whole() -> None:
    scene = ViewState()
    scene.v2.scraped_s = None
    scene.prometheus.watched = [scene.v2]
    for _ in range(WAITED_LOOKS):
        scene.wait(5, scene.v1)
        scene.look()
    scene.v2.requests = {"500": 4}
    scene.v2.below = {}
    assert scene.tick().canary.counts == Counts(requests=4, errors_5xx=4, latency=(0, 0))


def test_what_was_scraped_once_before_is_no_reason_to_count_all_that_it_has() -> None:
    scene = ViewState()
    scene.v2.scraped_s = None
    scene.prometheus.watched = [scene.v2]
    scene.look()
    scene.v2.requests = {"200": 50_000}
    assert scene.tick().canary.counts == Counts(latency=(0, 0))


def test_a_pod_that_was_made_in_our_time_counts_from_zero_and_once() -> None:
    scene = ViewState()
    other = Pod(V2, "c", scraped_s=999, requests={"503": 40})
    scene.look()
    scene.prometheus.pods.append(other)
    scene.pods.young = frozenset({other.labels["pod"]})
    assert canary_errors(scene.tick()) == 40
    scene.prometheus.pods.remove(other)
    for _ in range(int(REMEMBER_S / 5) + 1):
        scene.tick()
    scene.prometheus.pods.append(other)
    assert canary_errors(scene.tick()) == 0, "it was lost from sight, and did not begin again"


def test_a_pod_that_nobody_saw_begin_counts_from_where_it_is_first_seen() -> None:
    scene = ViewState()
    scene.look()
    scene.prometheus.pods.append(Pod(V2, "c", scraped_s=999, requests={"503": 40}))
    assert canary_errors(scene.tick()) == 0


def canary_errors(sample: Sample) -> float:
    assert sample.canary.counts is not None
    return sample.canary.counts.errors_5xx


def test_a_canary_that_vanishes_is_blind_and_both_are_made_good_when_it_is_back() -> None:
    scene = ViewState()
    scene.look()
    scene.v1.requests["200"] += 30
    scene.v2.scraped_s = None
    scene.wait(5, scene.v1)
    blind = scene.look()
    assert (blind.span_s, blind.stable.counts, blind.canary.counts) == (0, Counts(), None)
    assert blind.trouble.startswith("v2 vanished from Prometheus 5 s ago; Prometheus' page Status > Targets")
    scene.v2.requests = {"200": 55, "500": 20}
    sample = scene.tick()
    assert sample.span_s == 10
    assert sample.stable.counts is not None
    assert sample.canary.counts is not None
    assert (sample.stable.counts.requests, sample.canary.counts.errors_5xx) == (30, 20)


def test_an_idle_version_that_vanished_long_ago_has_no_requests() -> None:
    scene = ViewState()
    scene.look()
    scene.v2.scraped_s = None
    scene.wait(FORGET_S + 1, scene.v1)
    sample = scene.look()
    assert sample.span_s == FORGET_S + 1
    assert sample.canary.counts == Counts(latency=(0, 0))


def test_a_version_that_vanished_while_it_had_requests_stays_blind() -> None:
    scene = ViewState()
    scene.look()
    scene.v2.requests["200"] += 10
    scene.tick()
    scene.v2.scraped_s = None
    scene.wait(FORGET_S + 1, scene.v1)
    assert scene.look().canary.counts is None


def test_a_version_whose_samples_stand_still_is_blind() -> None:
    scene = ViewState()
    scene.look()
    scene.tick()
    for _ in range(4):
        scene.wait(5, scene.v1)
        sample = scene.look()
    assert sample.canary.counts is None
    assert sample.trouble.startswith("v2: samples no longer move, the newest is 21 s old; ")


def test_samples_that_no_longer_move_are_an_error() -> None:
    scene = ViewState()
    scene.look()
    scene.tick()
    scene.wait(16)
    with pytest.raises(EvidenceError, match="v1: samples no longer move, the newest is 17 s old; v2: "):
        scene.look()


def test_an_old_answer_that_a_cache_repeats_is_an_error() -> None:
    scene = ViewState()
    now_s = 0.0
    source = PrometheusSource(plan(), scene.prometheus, clock=lambda: now_s)
    asyncio.run(source.sample(deadline_s=1))
    now_s = 61.0
    with pytest.raises(EvidenceError, match="the newest is 61 s old"):
        asyncio.run(source.sample(deadline_s=1))


def test_a_gap_is_made_good_by_the_sample_after_it() -> None:
    scene = ViewState()
    scene.look()
    scene.tick()
    scene.prometheus.errors["istio"] = "Prometheus can't be reached"
    scene.wait(120)
    with pytest.raises(EvidenceError, match="can't be reached"):
        scene.look()
    scene.prometheus.errors.clear()
    scene.v1.requests["200"] += 2400
    sample = scene.tick()
    assert sample.span_s == 125
    assert sample.stable.counts is not None
    assert sample.stable.counts.requests == 2400


def test_no_series_of_either_version_names_what_was_asked() -> None:
    scene = ViewState()
    scene.v1.scraped_s = scene.v2.scraped_s = None
    with pytest.raises(
        EvidenceError, match="no series for checkout-v1 or checkout-v2 in namespace"
    ) as caught:
        scene.look()
    assert 'destination_workload=~"checkout-v1|checkout-v2"' in caught.value.hint


def test_both_versions_gone_is_an_error_and_not_zero_requests() -> None:
    scene = ViewState()
    scene.look()
    scene.v1.scraped_s = scene.v2.scraped_s = None
    scene.wait(5)
    with pytest.raises(EvidenceError, match="v1 vanished from Prometheus 5 s ago; v2 vanished"):
        scene.look()


def test_a_clock_that_is_set_back_begins_anew() -> None:
    scene = ViewState()
    scene.look()
    scene.v1.requests["200"] += 30
    scene.v1.scraped_s = scene.v2.scraped_s = 500.0
    scene.prometheus.now_s = 501.0
    assert (scene.look().span_s, scene.look().stable.counts) == (0, Counts())
    scene.v1.requests["200"] += 10
    sample = scene.tick()
    assert sample.stable.counts is not None
    assert sample.stable.counts.requests == 10


@pytest.mark.parametrize(("set_s", "span_s"), [(180.0, 185.0), (-180.0, 5.0)])
def test_nothing_is_lost_when_the_clock_of_prometheus_is_set(set_s: float, span_s: float) -> None:
    scene = ViewState()
    ours = [0.0]
    scene.source = PrometheusSource(plan(), scene.prometheus, clock=lambda: ours[0])
    scene.look()
    scene.v2.requests["500"] = 20
    ours[0] += 5
    scene.prometheus.now_s += set_s
    sample = scene.tick()
    assert sample.canary.counts is not None
    assert (sample.canary.counts.errors_5xx, sample.span_s) == (20, span_s)


def test_usage_is_there_where_prometheus_has_it() -> None:
    scene = ViewState()
    scene.prometheus.numbers = {
        "container_cpu": (0.25,),
        f'memory_working_set_bytes{{namespace="shop",pod=~"{V1}': (5e6,),
    }
    sample = scene.look()
    assert (sample.stable.pods.cpu_cores, sample.stable.pods.memory_bytes) == (0.25, 5e6)
    assert (sample.canary.pods.cpu_cores, sample.canary.pods.memory_bytes) == (0.25, None)
    assert sample.trouble == ""


def test_requests_are_counted_by_the_workloads_name_and_pods_are_those_of_the_deployment() -> None:
    of = plan(business={"orders": 'orders{version="{{version}}"}'})
    canary = Version(name="v2", deployment="checkout-blue", workload=V2)
    scene = ViewState(replace(of, canary=canary))
    scene.pods.known = {V1: ("checkout-v1-abc-a",), "checkout-blue": ("checkout-blue-abc-b",)}
    scene.prometheus.numbers = {"container_cpu": (0.25,), 'orders{version="v2"}': (7.0,)}
    scene.look()
    scene.v2.requests |= {"200": 60}
    sample = scene.tick()
    assert sample.canary.counts == Counts(requests=10, latency=(0, 0))
    assert (sample.canary.pods.cpu_cores, sample.canary.business) == (0.25, {"orders": 7.0})
    assert sum("checkout-blue-abc-b" in asked for asked in scene.prometheus.asked) > 0


def asked_about_pods(prometheus: ScriptedPrometheus) -> list[str]:
    """Give the pods that the last look's questions named, each question's."""
    found = [re.search(r'pod=~"([^"]*)"', promql) for promql in prometheus.asked]
    prometheus.asked.clear()
    return [each[1] for each in found if each]


def test_what_is_asked_of_pods_names_those_that_there_are_now() -> None:
    scene = ViewState()
    stable, canary = "checkout-v1-abc-a", "checkout-v2-abc-b"
    scene.look()
    both = f"{stable}|{canary}"
    assert asked_about_pods(scene.prometheus) == [both, stable, stable, canary, canary]
    scene.pods.known = {V1: ("checkout-v1-abc-a", "checkout-v1-abc-d"), V2: ()}
    scene.look()
    assert set(asked_about_pods(scene.prometheus)) == {"checkout-v1-abc-(a|d)"}
    scene.pods.known = {}
    sample = scene.look()
    assert asked_about_pods(scene.prometheus) == []
    assert sample.stable.pods == sample.canary.pods == Pods()


def test_more_pods_than_a_question_can_name_are_left_out_and_said() -> None:
    scene = ViewState()
    scene.pods.known = {V1: tuple(f"checkout-v1-{number:06}-abcde" for number in range(600))}
    sample = scene.look()
    more = "600 pods are more than a question can name"
    assert sample.trouble == f"cpu: {more}; memory: {more}"


def test_business_metrics_are_asked_for_each_version() -> None:
    scene = ViewState(plan(business={"orders": 'sum(orders{v="{{version}}",ns="{{namespace}}"})'}))
    scene.prometheus.numbers = {
        'sum(orders{v="v1",ns="shop"})': (7.0,),
        'sum(orders{v="v2",ns="shop"})': (None,),
    }
    sample = scene.look()
    assert (sample.stable.business, sample.canary.business) == ({"orders": 7.0}, {})


def test_a_business_metric_that_fails_is_left_out_and_said_once() -> None:
    scene = ViewState(plan(business={"orders": "orders"}))
    scene.prometheus.errors = {"orders": "the query was refused"}
    scene.look()
    sample = scene.tick()
    assert sample.span_s == 5
    assert (sample.stable.business, sample.trouble) == ({}, "orders: the query was refused")


def test_several_series_are_no_business_metric() -> None:
    scene = ViewState(plan(business={"orders": "orders"}))
    scene.prometheus.numbers = {"orders": (1.0, 2.0)}
    assert scene.look().trouble == "orders: the query gives 2 series where one number is wanted"


def test_what_comes_with_a_warning_counts_and_is_partial() -> None:
    scene = ViewState()
    scene.look()
    scene.prometheus.warnings = ("a store is slow",)
    scene.v2.requests["200"] += 10
    sample = scene.tick()
    assert sample.canary.counts is not None
    assert (sample.canary.counts.requests, sample.partial, sample.blind) == (10, True, False)
    warned = "perhaps only a part was seen, Prometheus warns: a store is slow"
    assert sample.unsure.startswith(f"{warned}; {MEND}; cpu: {warned}")


def test_a_warning_counts_for_the_query_that_had_it() -> None:
    scene = ViewState(plan(business={"stock": "stock"}))
    scene.prometheus.numbers = {"stock": (5.0,), "container_cpu": (1.0,)}
    scene.prometheus.warned = {"stock": "a store is slow"}
    scene.look()
    sample = scene.tick()
    assert (sample.partial, sample.unsure) == (False, "")
    assert sample.trouble.startswith("stock: perhaps only a part was seen")
    assert (sample.canary.business, sample.canary.pods.cpu_cores) == ({}, 1.0)


@pytest.mark.parametrize("what", ["requests", "below"])
def test_a_pod_with_a_counter_that_is_no_number_makes_partial_samples_and_is_made_good(what: str) -> None:
    scene = ViewState()
    other = Pod(V2, "c", scraped_s=999, requests={"200": 50}, below={"10": 40, "+Inf": 50})
    scene.prometheus.pods.append(other)
    scene.look()
    counters = getattr(scene.v2, what)
    before, counters["+Inf"] = dict(counters), math.nan
    for pod in (scene.v2, other):
        pod.requests["200"] += 10
    sample = scene.tick()
    assert sample.partial
    assert sample.unsure == f"v2: a counter is NaN or infinite; {MEND}"
    counters.clear()
    counters.update(before)
    assert not scene.tick().partial


def test_samples_that_come_late_are_not_said_to_stand_still() -> None:
    scene = ViewState()
    scene.look()
    for _ in range(14):
        scene.wait(5, scene.v1, scene.v2)
        scene.v2.scraped_s = scene.prometheus.now_s - 180
        sample = scene.look()
    assert sample.trouble.startswith("v2: samples come late, the newest is 180 s old by Prometheus' clock; ")


def test_a_bucket_without_a_bound_is_left_out_and_the_tick_is_not_blind() -> None:
    scene = ViewState()
    for pod in (scene.v1, scene.v2):
        pod.below |= {"wide": 7.0, "0": 3.0, "-5": 3.0, "NaN": 1.0}
    scene.look()
    sample = scene.tick()
    assert sample.bounds_ms == (10.0,)
    assert sample.stable.counts is not None


@pytest.mark.parametrize("requests", [1e19, 1e300])
def test_a_number_that_no_journal_can_hold_is_no_evidence(requests: float) -> None:
    scene = ViewState()
    scene.look()
    scene.v1.requests["200"] = requests
    with pytest.raises(EvidenceError, match="a number that can't be"):
        scene.tick()


def test_a_late_store_blinds_nothing_while_its_series_are_too_young_to_tell_how_often_they_come() -> None:
    scene = ViewState()
    late_s = 30.0
    for _ in range(8):
        scene.prometheus.now_s += 5
        for pod in (scene.v1, scene.v2):
            pod.scraped_s = scene.prometheus.now_s - late_s
        sample = scene.look()
        assert sample.trouble == ""
    assert (sample.lag_s, sample.data_age_s) == (late_s, 0.0)


def test_before_the_lag_is_known_samples_that_are_older_than_a_minute_are_too_old_all_the_same() -> None:
    scene = ViewState()
    scene.wait(29)
    assert scene.look().trouble == ""
    scene.wait(31)
    with pytest.raises(EvidenceError, match="samples come late, the newest is 61 s old"):
        scene.look()


class Suspected(ViewState):
    """A canary of which all fails, with the raw samples of its pods."""

    def __init__(self) -> None:
        super().__init__()
        self.prometheus.raw = [_raw(self.v1, 1.0, "200"), _raw(self.v2, 3.0, "503")]
        self.look()

    def fail(self) -> Sample:
        self.v1.requests["200"] += 100
        self.v2.requests["503"] = self.v2.requests.get("503", 0) + 100
        return self.tick()


def _raw(pod: Pod, phase_s: float, code: str) -> Track:
    """A hundred requests between each two samples."""
    labels = {**pod.labels, "__name__": "istio_requests_total", "response_code": code}
    return Track(labels=labels, points=tuple((900 + phase_s + 5 * at, 100.0 * at) for at in range(23)))


def test_a_suspicious_look_is_told_from_sample_to_sample_and_so_are_those_behind_it() -> None:
    scene = Suspected()
    newest = scene.fail().stretches[-1]
    assert (newest.span_s, newest.canary) == (5.0, Counts(requests=100, errors_5xx=100))
    scene.wait(1)
    assert scene.look().stretches != ()
    scene.wait(100, scene.v1, scene.v2)
    scene.look()
    assert scene.tick().stretches == ()


def test_a_look_that_is_not_suspicious_asks_for_no_samples() -> None:
    scene = Suspected()
    assert scene.tick().stretches == ()
    assert not any(asked.startswith("{__name__=~") for asked in scene.prometheus.asked)


def test_where_the_samples_cannot_be_had_the_look_is_what_it_was() -> None:
    scene = Suspected()
    scene.prometheus.errors["__name__=~"] = "no"
    sample = scene.fail()
    assert sample.stretches == ()
    assert (sample.unsure, sample.canary.counts) == ("", Counts(requests=100, errors_5xx=100, latency=(0, 0)))
