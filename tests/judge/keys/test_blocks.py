from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from console.evidence import Counts
from console.judge.keys.blocks import Block, Pending, Tick, add_tick, merge
from console.judge.keys.channels import Channels
from tests.judge.keys.cases import ERRORS, block, split

ONE = Channels(judged=(ERRORS,))


def blocks(*ticks: tuple[Counts | None, Counts | None], span_s: float = 5.0) -> list[Block]:
    pending, made = Pending(), []
    for at, (stable, canary) in enumerate(ticks, start=1):
        tick = Tick(at_s=5.0 * at, span_s=span_s, weight=10, stable=stable, canary=canary)
        pending, each = add_tick(pending, tick, channels=ONE, block_s=15.0)
        made += [each] if each else []
    return made


def seen(requests: float, errors: float = 0.0) -> Counts:
    return Counts(requests=requests, errors_5xx=errors)


def test_ticks_make_a_block_as_soon_as_it_is_long_enough() -> None:
    (made,) = blocks(*[(seen(90, 1), seen(10, 2))] * 4)
    assert (made.at_s, made.span_s, made.weight) == (15.0, 15.0, 10)
    assert made.judged == (split((3, 270), (6, 30)),)


def test_a_version_that_was_not_scraped_yet_is_waited_for() -> None:
    both, waiting = (seen(90, 1), seen(10, 2)), (seen(90, 1), None)
    assert blocks(both, both, waiting, waiting) == []


def test_a_gap_is_judged_as_one_long_block() -> None:
    both, gap, after = (seen(90, 1), seen(10, 2)), (None, None), (seen(270, 3), seen(30, 6))
    (made,) = blocks(both, both, gap, gap, after)
    assert (made.span_s, made.judged) == (25.0, (split((5, 450), (10, 50)),))


def test_ticks_without_anything_new_take_no_time() -> None:
    assert blocks(*[(seen(0), seen(0))] * 9, span_s=0.0) == []


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=40))
def test_nothing_is_lost(scraped: list[tuple[bool, bool]]) -> None:
    """Each seen tick counts one request of its version; when both are seen at last, all have been judged."""
    ticks = [(seen(1) if one else None, seen(1) if other else None) for one, other in scraped]
    made = blocks(*ticks, *[(seen(0), seen(0))] * 3)
    assert sum(each.judged[0].stable for each in made) == sum(one for one, _ in scraped)
    assert sum(each.judged[0].canary for each in made) == sum(other for _, other in scraped)


@given(st.lists(st.integers(0, 9), min_size=3, max_size=3))
def test_merging_is_associative(bad: list[int]) -> None:
    one, two, three = (block(at, split((each, 10), (each, 10))) for at, each in enumerate(bad, start=1))
    assert merge(merge(one, two), three) == merge(one, merge(two, three))
