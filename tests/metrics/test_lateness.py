"""A store's lag that comes in the middle of a release is noticed, and so is its end."""

from __future__ import annotations

from console.errors import EvidenceError
from console.evidence import Sample
from console.metrics.lag import LONGEST_S
from tests.metrics.test_evidence_source import ViewState

TICK_S = 5.0


class LateScene(ViewState):
    """Scraped with every tick of five seconds, and shown as late as a test says."""

    def __init__(self) -> None:
        super().__init__()
        self.late_s = 1.0

    def tick(self) -> Sample:
        self.prometheus.now_s += TICK_S
        for pod in (self.v1, self.v2):
            shown_s = self.prometheus.now_s - self.late_s
            pod.scraped_s = max(pod.scraped_s or 0.0, shown_s)
            pod.requests["200"] += 50
        try:
            return self.look()
        except EvidenceError as error:
            return Sample(span_s=0.0, trouble=str(error))

    def ticks(self, count: int) -> list[Sample]:
        return [self.tick() for _ in range(count)]


def test_a_lag_that_comes_in_the_middle_blinds_for_as_long_as_it_is_not_known_and_no_longer() -> None:
    scene = LateScene()
    assert {sample.lag_s for sample in scene.ticks(6)} == {0.0}
    scene.late_s = 41.0
    samples = scene.ticks(20)
    assert any(sample.blind for sample in samples), "the newest stood still for forty seconds"
    settled = samples[-8:]
    assert {sample.lag_s for sample in settled} == {41.0}
    assert not any(sample.unsure for sample in settled)
    assert max(sample.data_age_s for sample in settled) < TICK_S


def test_a_lag_that_ends_is_allowed_for_no_longer() -> None:
    scene = LateScene()
    scene.late_s = 41.0
    assert scene.ticks(20)[-1].lag_s == 41.0
    scene.late_s = 1.0
    assert scene.ticks(4)[-1].lag_s == 0.0


def test_a_lag_below_what_would_blind_is_noticed_too() -> None:
    scene = LateScene()
    scene.ticks(6)
    scene.late_s = 13.0
    samples = scene.ticks(8)
    assert not any(sample.unsure for sample in samples)
    assert samples[-1].lag_s == 13.0


def test_one_late_scrape_is_no_lag() -> None:
    scene = LateScene()
    scene.ticks(6)
    for late_s in (16.0, 1.0, 1.0, 12.0, 1.0):
        scene.late_s = late_s
        assert scene.tick().lag_s == 0.0


def test_samples_that_stand_still_are_blindness_and_no_lag() -> None:
    scene = LateScene()
    scene.ticks(6)
    for _ in range(12):
        scene.late_s += TICK_S
        standing = scene.tick()
    assert standing.blind
    assert "samples no longer move" in standing.trouble
    scene.late_s = 1.0
    assert [sample.lag_s for sample in scene.ticks(3)] == [0.0, 0.0, 0.0]


def test_a_lag_that_can_not_be_allowed_for_goes_on_blinding() -> None:
    scene = LateScene()
    scene.ticks(6)
    scene.late_s = LONGEST_S + 10.0
    last = scene.ticks(40)[-1]
    assert last.blind
    assert "samples come late, the newest is 130 s old" in last.trouble
