from __future__ import annotations

from random import Random

import pytest

from console.evidence import Counts, Stretch
from console.metrics.presets import preset_of
from console.metrics.range_answer import RangeAnswer, Track
from console.metrics.stretches import RECENT, YOUNG_S, RawSamples, is_suspicious, raw_samples
from tests.metrics.scripted import V1, V2, plan

REQUESTS, BUCKETS = "istio_requests_total", "istio_request_duration_milliseconds_bucket"
AT_S = 200.0


class Pod:
    """What one pod served at which time, and when it was scraped."""

    def __init__(self, workload: str, name: str, *, phase_s: float = 0.0, every_s: float = 5.0) -> None:
        self.workload, self.name = workload, name
        self.scrapes_s = [phase_s + every_s * at for at in range(int((AT_S - phase_s) / every_s) + 1)]
        self.served: list[tuple[float, bool]] = []
        self.began_s = 0.0
        """When its counters began anew."""
        self.buckets_late_s = 0.0

    def serve(self, at_s: float, *, failed: bool = False) -> None:
        self.served.append((at_s, failed))

    def steady(self, *, rps: float = 10, failing: tuple[float, float] = (0, 0)) -> Pod:
        """Serve evenly, and fail all requests between two times."""
        for at in range(int(AT_S * rps)):
            at_s = at / rps
            self.serve(at_s, failed=failing[0] < at_s <= failing[1])
        return self

    def count(self, *, from_s: float, until_s: float, failed: bool | None = None) -> int:
        return sum(from_s < at_s <= until_s and failed in (None, bad) for at_s, bad in self.served)

    def tracks(self) -> list[Track]:
        labels = {"destination_workload": self.workload, "pod": self.name}
        series = {
            (REQUESTS, "response_code", "200"): (False, 0.0),
            (REQUESTS, "response_code", "503"): (True, 0.0),
            (BUCKETS, "le", "100"): (None, self.buckets_late_s),
            (BUCKETS, "le", "+Inf"): (None, self.buckets_late_s),
        }
        return [
            Track(
                labels={**labels, "__name__": name, label: text},
                points=tuple(
                    (at_s, self.shown(at_s, failed=failed, late_s=late_s)) for at_s in self.scrapes_s
                ),
            )
            for (name, label, text), (failed, late_s) in series.items()
        ]

    def shown(self, at_s: float, *, failed: bool | None, late_s: float) -> float:
        began_s = self.began_s if at_s >= self.began_s > 0 else -1.0
        return float(self.count(from_s=began_s, until_s=at_s - late_s, failed=failed))


def read(*pods: Pod) -> RawSamples:
    return raw_samples(
        RangeAnswer(tracks=tuple(track for pod in pods for track in pod.tracks())),
        preset=preset_of(plan().metrics),
        stable=V1,
        canary=V2,
        began_s=0.0,
    )


def stretches(*pods: Pod) -> tuple[Stretch, ...]:
    return read(*pods).stretches(at_s=AT_S)


def pair() -> tuple[Pod, Pod]:
    return Pod(V1, "a", phase_s=1.0).steady(), Pod(V2, "b", phase_s=3.0).steady()


@pytest.mark.parametrize("seed", range(20))
def test_bounds_are_on_the_safe_side_of_the_truth(seed: int) -> None:
    chance = Random(seed)
    began_s = chance.uniform(150, 190)
    outage = (began_s, began_s + chance.choice((1, 3, 8, 20)))
    stable, canary = (
        [Pod(of, f"{of}-{at}", phase_s=chance.uniform(0, 5)).steady(failing=outage) for at in range(3)]
        for of in (V1, V2)
    )
    for each in stretches(*stable, *canary):
        if each.stable is not None:
            assert each.stable.errors >= each.canary.errors, "a bound on the wrong side looks like damage"
    counted = sum(each.canary.requests for each in stretches(*stable, *canary))
    assert counted <= sum(len(pod.served) for pod in canary)


def test_each_interval_of_the_canary_is_in_one_stretch() -> None:
    _, canary = pods = pair()
    found = stretches(*pods)
    assert len(found) == RECENT + 1
    assert sum(each.canary.requests for each in found) == canary.count(
        from_s=canary.scrapes_s[0], until_s=canary.scrapes_s[-1]
    )
    assert [each.span_s for each in found[1:]] == [5.0] * RECENT


def test_what_stables_samples_do_not_reach_is_not_compared() -> None:
    newest = stretches(*pair())[-1]
    assert (newest.ago_s, newest.stable, newest.odds) == (2.0, None, 0.0)
    assert stretches(*pair())[-2].stable == Counts(requests=100, latency=(100, 0))


def test_a_stable_pod_that_is_not_scraped_any_more_leaves_nothing_to_compare() -> None:
    stable, canary = pair()
    gone = Pod(V1, "gone").steady()
    gone.scrapes_s = gone.scrapes_s[:-6]
    assert all(each.stable is None for each in stretches(stable, gone, canary)[-4:])


def test_what_stable_lost_by_beginning_anew_is_not_compared() -> None:
    stable, canary = pair()
    stable.began_s = 180.0
    assert [each.stable is not None for each in stretches(stable, canary)][:3] == [False] * 3
    assert stretches(stable, canary)[-2].stable is not None


def test_the_first_seconds_of_a_pod_of_the_canary_are_its_start() -> None:
    stable, canary = pair()
    canary.began_s = 170.0
    first = AT_S - max(each.ago_s + each.span_s for each in stretches(stable, canary))
    assert first >= 170.0 + YOUNG_S


def test_the_first_failure_ever_is_counted_whole() -> None:
    stable, canary = pair()
    for _ in range(30):
        canary.serve(196.0, failed=True)
    assert stretches(stable, canary)[-1].canary.errors == 30


def test_counters_that_are_exported_more_seldom_than_they_are_scraped_tell_no_times() -> None:
    stable, canary = pair()
    canary.served = [(20.0 * (at_s // 20), failed) for at_s, failed in canary.served]
    assert stretches(stable, canary) == ()


def test_buckets_that_lag_behind_the_requests_are_left_out() -> None:
    stable, canary = (Pod(V1, "a").steady(rps=30), Pod(V2, "b").steady(rps=30))
    assert stretches(stable, canary)[-1].canary.latency != ()
    canary.buckets_late_s = 3.0
    assert stretches(stable, canary)[-1].canary.latency == ()
    assert stretches(stable, canary)[-1].canary.requests > 100


def test_of_two_copies_of_a_process_the_newer_one_counts() -> None:
    stable, canary = pair()
    tracks = [*stable.tracks(), *canary.tracks()]
    copies = [
        Track(labels={**each.labels, "prometheus": "other"}, points=each.points[:-1])
        for each in canary.tracks()
    ]
    twice = raw_samples(
        RangeAnswer(tracks=(*tracks, *copies)),
        preset=preset_of(plan().metrics),
        stable=V1,
        canary=V2,
        began_s=0.0,
    )
    assert twice.stretches(at_s=AT_S) == stretches(stable, canary)


def test_a_look_is_suspicious_where_the_canary_has_many_more_than_its_part() -> None:
    stable, canary = Counts(requests=500, errors_5xx=5), Counts(requests=500, errors_5xx=45)
    assert is_suspicious(stable, canary)
    assert not is_suspicious(canary, canary)
    assert not is_suspicious(canary, stable)
    assert not is_suspicious(Counts(requests=50), Counts(requests=5, errors_5xx=5))


def test_a_look_is_suspicious_where_more_of_the_canarys_requests_are_slow() -> None:
    fast, slow = Counts(requests=100, latency=(90, 10, 0)), Counts(requests=100, latency=(60, 40, 0))
    assert is_suspicious(fast, slow)
    assert not is_suspicious(slow, fast)
