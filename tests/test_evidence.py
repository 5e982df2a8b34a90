"""Counts of a recording that was made before there were classes of errors are what they were."""

from __future__ import annotations

import msgspec

from console.evidence import Counts

OLD = b'{"requests":100.0,"errors_4xx":3.0,"errors_5xx":7.0,"latency":[80.0,20.0]}'


def test_old_counts_read_and_are_written_as_they_were() -> None:
    counts = msgspec.json.decode(OLD, type=Counts)
    assert (counts.errors, counts.refused, counts.answered) == (7, 3, 100)
    assert msgspec.json.encode(counts) == OLD


def test_counts_add_up_class_by_class_and_what_the_plan_called_an_error_stays_so() -> None:
    plain = Counts(requests=10, errors_5xx=2, no_answer=1)
    own = Counts(requests=10, errors_4xx=3, errors_by_plan=3)
    assert plain + plain == Counts(requests=20, errors_5xx=4, no_answer=2)
    assert (plain + own).errors == (own + plain).errors == 6
