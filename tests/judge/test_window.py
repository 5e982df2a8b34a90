from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from console.evidence import Counts, Look, Sample
from console.judge.tally import plus, tally_of
from console.judge.window import Seen, Window, parts_of, slide, window_of

BEFORE, AFTER = (10.0, 100.0), (5.0, 50.0, 500.0)
"""The buckets of a service change when it is deployed anew."""


@st.composite
def ticks(draw: st.DrawFn) -> list[Sample]:
    """Whole counts, as counters give them, of versions that may be unseen; the buckets may change once."""
    before, then = (draw(st.lists(samples(bounds), max_size=6)) for bounds in (BEFORE, AFTER))
    return [*before, *then]


@st.composite
def samples(draw: st.DrawFn, known: tuple[float, ...]) -> Sample:
    bounds = draw(st.sampled_from([known, known, ()]))
    stable, canary = (draw(st.none() | counts(len(bounds) + 1 if bounds else 0)) for _ in range(2))
    return Sample(span_s=1.0, bounds_ms=bounds, stable=Look(counts=stable), canary=Look(counts=canary))


def counts(buckets: int) -> st.SearchStrategy[Counts]:
    whole = st.integers(0, 1000).map(float)
    latency = st.lists(whole, min_size=buckets, max_size=buckets).map(tuple)
    return st.builds(Counts, requests=whole, errors_5xx=whole, latency=latency)


@given(ticks(), st.data())
def test_a_window_that_slides_has_what_lies_within_it(taken: list[Sample], data: st.DataObject) -> None:
    window, at = Window(window_s=5.0), 0.0
    recent: tuple[Seen, ...] = ()
    for sample in taken:
        at += data.draw(st.sampled_from([0.0, 0.5, 1.0, 1.0, 4.0, 60.0]))
        recent = (*recent, Seen(at=at, sample=sample))
        window = slide(window, recent)
        older, newer = parts_of(window, recent)
        assert window_of(recent, window_s=5.0, older=older, newer=newer) == window
        assert window.tally == tally_of(seen.sample for seen in recent if seen.at > at - 5.0)


@given(ticks(), st.integers(0, 12))
def test_it_does_not_matter_where_a_sum_is_parted(taken: list[Sample], place: int) -> None:
    assert plus(tally_of(taken[:place]), tally_of(taken[place:])) == tally_of(taken)


def test_what_leaves_a_window_leaves_nothing_behind() -> None:
    window = Window(window_s=2.0)
    recent = tuple(Seen(at=float(tick), sample=one(errors=0.1 if tick < 5 else 0.0)) for tick in range(20))
    for last in range(1, len(recent) + 1):
        window = slide(window, recent[:last])
    assert window.tally.canary == Counts(requests=2.0, errors_5xx=0.0)


def one(*, errors: float) -> Sample:
    return Sample(span_s=1.0, canary=Look(counts=Counts(requests=1.0, errors_5xx=errors)))
