from __future__ import annotations

from console.evidence import Counts, Sample, Stretch
from console.policy.next_look import SUSPICIOUS_S, next_look_s

CALM = Sample(span_s=5.0)
SUSPICIOUS = Sample(span_s=5.0, stretches=(Stretch(span_s=5.0, canary=Counts()),))


def test_looks_come_at_the_plans_interval() -> None:
    assert next_look_s(CALM, interval_s=5.0) == 5.0


def test_behind_a_suspicious_one_the_next_comes_within_a_second() -> None:
    assert next_look_s(SUSPICIOUS, interval_s=5.0) == SUSPICIOUS_S
