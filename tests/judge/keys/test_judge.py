"""The whole judge: what never rolls back, what does, and what it does instead."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from console.evidence import Counts
from console.judge.keys.blocks import Block, Tick, merge
from console.judge.keys.channels import Channels, Split
from console.judge.keys.evidence import mirrored
from console.judge.keys.judge import (
    BLIND_PAUSE_S,
    KeysState,
    begin,
    blind_s,
    is_stale,
    observe,
    refresh_noise,
    resume,
    take,
    verdict,
)
from console.judge.keys.settings import Settings
from console.judge.keys.verdict import KeysVerdict
from console.judge.verdict import Action, Why
from console.metrics.counters import Memory, Process, Series, advance
from console.plan.model import Alone, OnSharedBreach
from tests.judge.keys.cases import (
    CHANNELS,
    ERRORS,
    ORDERS,
    USUAL,
    block,
    drawn,
    judged,
    profile,
    split,
    started,
)

SEEDS = range(12)
HEALTHY = split((8, 4000), (8, 4000))
BAD = split((8, 4000), (1000, 4000))
NO_LIMITS = replace(CHANNELS, limits=())


def last(state: KeysState, blocks: Sequence[Block]) -> KeysVerdict:
    *_, state = judged(state, blocks)
    return verdict(state, at_s=state.course.at_s)


def ever_rolls_back(state: KeysState, blocks: Sequence[Block]) -> bool:
    return any(
        verdict(each, at_s=each.course.at_s).action is Action.ROLL_BACK for each in judged(state, blocks)
    )


def blocks_of(*splits: Split, weight: int = 50) -> list[Block]:
    return [block(at, *(each,) * 3, weight=weight) for at, each in enumerate(splits, start=1)]


def without_limits(blocks: Sequence[Block]) -> list[Block]:
    return [replace(each, limits=()) for each in blocks]


# What rolls back.


def test_a_canary_that_is_much_worse_is_rolled_back_by_the_second_block_that_sees_both_keys_turned() -> None:
    worse = without_limits(blocks_of(*[BAD] * 3))
    once = last(started(channels=NO_LIMITS), worse[:2])
    assert (once.action, once.agreeing) == (Action.GO_ON, 1)
    said = last(started(channels=NO_LIMITS), worse)
    assert (said.action, said.why, said.agreeing) == (Action.ROLL_BACK, Why.WORSE, 2)


def test_the_culprit_is_the_channel_that_turned_the_keys() -> None:
    slow = [block(at, HEALTHY, HEALTHY, split((80, 4000), (240, 4000))) for at in range(1, 9)]
    said = last(started(settings=Settings(warmup_s=0.0)), slow)
    assert (said.action, said.culprit) == (Action.ROLL_BACK, "slow>250ms")


def test_nobody_is_named_where_nothing_is_proven() -> None:
    assert last(started(), blocks_of(split((8, 4000), (4, 4000)))).culprit == ""


def test_damage_that_comes_late_is_found_soon() -> None:
    late = [
        *drawn(1, weights=(5, 25)),
        *(block(50 + at, *[split((4, 4000), (60, 2000))] * 3) for at in (1, 2, 3, 4)),
    ]
    assert last(started(), late).action is Action.ROLL_BACK


FLAWLESS = profile(NO_LIMITS, usual=(0.0, 0.1, 0.02))


@pytest.mark.parametrize("weight", [5, 25, 50])
def test_a_canary_of_a_version_without_errors_is_rolled_back_for_its_errors(weight: int) -> None:
    """1% of them fail, and none of stable's: at whatever weight, that's soon seen."""
    errors = split((0, 80 * (100 - weight)), (0.8 * weight, 80 * weight))
    blocks = [block(at, errors, HEALTHY, HEALTHY, weight=weight, limits=()) for at in range(1, 21)]
    said = last(started(channels=NO_LIMITS, noise=FLAWLESS), blocks)
    assert (said.action, said.culprit) == (Action.ROLL_BACK, "errors")


@pytest.mark.parametrize("weight", [5, 25, 50])
def test_errors_within_the_tolerance_are_none_even_where_stable_has_none(weight: int) -> None:
    errors = split((0, 80 * (100 - weight)), (0.08 * weight, 80 * weight))
    blocks = [block(at, errors, HEALTHY, HEALTHY, weight=weight, limits=()) for at in range(1, 201)]
    assert not ever_rolls_back(started(channels=NO_LIMITS, noise=FLAWLESS), blocks)


def test_business_events_that_become_rarer_are_a_reason() -> None:
    channels = Channels(judged=(ERRORS, ORDERS))
    noise = profile(channels, usual=(0.002, 0.05))
    rarer = [block(at, HEALTHY, split((200, 4000), (120, 4000)), limits=()) for at in range(1, 6)]
    said = last(started(channels=channels, noise=noise), rarer)
    assert (said.action, said.culprit) == (Action.ROLL_BACK, "orders")


def test_business_events_that_become_more_frequent_are_none() -> None:
    channels = Channels(judged=(ERRORS, ORDERS))
    noise = profile(channels, usual=(0.002, 0.05))
    more = [block(at, HEALTHY, split((120, 4000), (200, 4000)), limits=()) for at in range(1, 9)]
    assert last(started(channels=channels, noise=noise), more).action is Action.GO_ON


def test_worse_by_less_than_is_tolerated_turns_the_first_key_only() -> None:
    slightly = blocks_of(*[split((4000, 2_000_000), (4800, 2_000_000))] * 20)
    said = last(started(channels=NO_LIMITS), without_limits(slightly))
    assert said.k1 >= 100
    assert said.k2 < 10
    assert said.action is Action.GO_ON


# What never does.


@pytest.mark.parametrize("seed", SEEDS)
def test_a_healthy_release_is_not_rolled_back_whichever_version_is_called_the_canary(seed: int) -> None:
    healthy = list(drawn(seed))
    assert not ever_rolls_back(started(), healthy)
    assert not ever_rolls_back(started(), [swapped(each) for each in healthy])


@pytest.mark.parametrize("worse", [1.5, 5.0])
def test_a_stable_version_that_is_worse_is_no_reason(worse: float) -> None:
    assert not ever_rolls_back(started(), [swapped(each) for each in drawn(6, worse=worse)])


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_becomes_of_its_evidence_a_healthy_release_is_not_rolled_back(seed: int) -> None:
    """Lost, late, merged, copied, counted twice, or nonsense, in any order."""
    chance = random.Random(seed)
    assert not ever_rolls_back(started(), list(damaged(drawn(seed), chance)))


@pytest.mark.parametrize("seed", SEEDS)
def test_merging_blocks_rolls_no_healthy_release_back(seed: int) -> None:
    chance = random.Random(seed)
    assert not ever_rolls_back(started(), merged(list(drawn(seed)), chance))


@pytest.mark.parametrize("seed", SEEDS)
def test_an_outage_that_both_versions_share_rolls_nothing_back(seed: int) -> None:
    outage = list(drawn(seed, blocks_each=15, outage=range(20, 32)))
    assert not ever_rolls_back(started(), outage)


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 5000), st.integers(0, 500)), max_size=30))
def test_a_canary_that_was_never_worse_is_not_rolled_back(counts: list[tuple[int, int, int]]) -> None:
    """Whatever the traffic does, and however much goes wrong with both."""
    never_worse = [
        split((bad, stable), (bad * canary // max(1, stable), canary)) for stable, canary, bad in counts
    ]
    assert not ever_rolls_back(started(), blocks_of(*never_worse))


outages = st.sampled_from((0, 0, 500))


@given(st.lists(st.tuples(outages, st.booleans(), st.booleans()), min_size=1, max_size=60))
@example([(500, True, True), (0, False, True), (0, True, True)] * 10)
def test_missing_ticks_roll_nothing_back(ticks: list[tuple[int, bool, bool]]) -> None:
    """Whichever ticks are missing for whichever version; the counters catch up when it is seen again."""
    state, stable, canary = started(), Counts(), Counts()
    for at, (bad, stable_seen, canary_seen) in enumerate(ticks, start=1):
        stable, canary = plus(stable, 1000, bad), plus(canary, 500, bad // 2)
        state = take(
            state, tick(at, stable if stable_seen else None, canary if canary_seen else None, weight=33)
        )
        stable, canary = Counts() if stable_seen else stable, Counts() if canary_seen else canary
        assert verdict(state, at_s=5.0 * at).action is not Action.ROLL_BACK


@pytest.mark.parametrize("seed", SEEDS)
def test_counters_that_start_again_roll_no_healthy_release_back(seed: int) -> None:
    """Raw counters, read as the metrics room reads them, while both versions' processes restart at times."""
    chance = random.Random(seed)
    state, memory = started(), Memory()
    total: dict[Series, float] = {}
    for at, each in enumerate(drawn(seed), start=1):
        for version in ("stable", "canary"):
            if chance.random() < 0.1:
                total = {series: 0.0 for series in total if series.workload == version} | {
                    series: value for series, value in total.items() if series.workload != version
                }
        for series, count in counted(each.judged[0]).items():
            total[series] = total.get(series, 0.0) + count
        memory, increments = advance(memory, dict(total), now_s=15.0 * at)
        stable, canary = (of_version(increments, version) for version in ("stable", "canary"))
        state = take(state, tick(3 * at, stable, canary, weight=each.weight, span_s=15.0))
        assert verdict(state, at_s=15.0 * at).action is not Action.ROLL_BACK
    assert state.keys.estimates[0].canary > 0


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 500)), max_size=20), st.integers(1, 4))
def test_series_that_are_counted_twice_roll_nothing_back(counts: list[tuple[int, int]], copies: int) -> None:
    doubled = [split((bad, requests), (copies * bad, copies * requests)) for requests, bad in counts]
    assert not ever_rolls_back(started(), blocks_of(*doubled))


def test_a_block_that_comes_twice_counts_once() -> None:
    once = observe(started(), block(1, *[split((8, 4000), (80, 4000))] * 3))
    assert observe(once, block(1, *[split((8, 4000), (80, 4000))] * 3)) == once


def test_a_tick_that_comes_twice_counts_once() -> None:
    bad = Counts(requests=1000, errors_5xx=500)
    once = take(started(), tick(1, Counts(requests=1000), bad))
    assert take(once, tick(1, Counts(requests=1000), bad)) == once


@given(
    st.lists(
        st.tuples(*[st.floats(allow_nan=True, allow_infinity=True)] * 4),
        max_size=12,
    )
)
def test_whatever_is_counted_nothing_becomes_nan_or_infinite(counts: list[tuple[float, ...]]) -> None:
    odd = [Split(stable=n1, stable_bad=x1, canary=n2, canary_bad=x2) for n1, x1, n2, x2 in counts]
    said = last(started(), [*blocks_of(*odd), block(99, *(HEALTHY,) * 3)])
    numbers = [said.k1, said.k2, *(each.both for each in said.limits), *(each.canary for each in said.limits)]
    numbers += [value for each in said.channels for value in (each.worse, each.beyond, each.tolerated)]
    assert all(math.isfinite(number) for number in numbers)


@pytest.mark.parametrize("nonsense", [math.nan, math.inf, -5.0])
@pytest.mark.parametrize("field", ["stable", "stable_bad", "canary", "canary_bad"])
def test_a_count_that_is_none_empties_its_split_and_proves_nothing(field: str, nonsense: float) -> None:
    broken = replace(split((8, 4000), (400, 4000)), **{field: nonsense})
    said = last(started(), blocks_of(*[broken] * 5))
    assert said.k1 == pytest.approx(1.0)
    assert said.action is Action.GO_ON


@pytest.mark.parametrize("empty", [split((8, 4000), (0, 0)), split((0, 0), (80, 4000)), Split()])
def test_a_block_without_one_of_the_versions_confirms_nothing(empty: Split) -> None:
    blocks = without_limits(blocks_of(BAD, BAD, empty, empty, BAD))
    *_, state, confirmed = judged(started(channels=NO_LIMITS), blocks)
    assert state.keys.agreeing == 1
    assert verdict(state, at_s=60.0).action is not Action.ROLL_BACK
    assert verdict(confirmed, at_s=75.0).action is Action.ROLL_BACK


def test_a_cold_canary_is_not_held_to_stables_latency() -> None:
    """Not in its first minute, nor in the first minute of more pods; after it, it is."""
    slow, warm = split((80, 4000), (240, 4000)), split((80, 4000), (80, 4000))
    cold = [block(at, HEALTHY, HEALTHY, slow) for at in range(1, 5)]
    assert last(started(), cold).channels[1].worse == 1.0
    assert last(started(), cold).channels[1].uplift is None
    assert last(started(), [*cold, block(5, HEALTHY, HEALTHY, slow)]).channels[1].worse > 1.0
    warmed = reduce(observe, [*cold, *(block(at, HEALTHY, HEALTHY, warm) for at in range(5, 20))], started())
    again = [block(at, HEALTHY, HEALTHY, slow, canary_pods=2) for at in range(20, 25)]
    states = list(judged(warmed, again))
    worse = [verdict(state, at_s=state.course.at_s).channels[1].worse for state in (warmed, *states)]
    assert worse[:5] == pytest.approx([worse[0]] * 5)
    assert worse[5] > worse[4]


# Limits, blindness, the split.


def outage(*, weight_from: int) -> list[Block]:
    """Both suffer from block 41 on; the weight grows to 25 at block `weight_from`."""
    healthy, bad = split((6, 3000), (2, 1000)), split((300, 3000), (100, 1000))
    return [
        block(at, *[healthy if at <= 40 else bad] * 3, weight=25 if at >= weight_from else 5)
        for at in range(1, 46)
    ]


def test_a_shared_outage_pauses_and_is_named_so() -> None:
    said = last(started(), outage(weight_from=10))
    assert (said.action, said.why, said.shared) == (Action.PAUSE, Why.SHARED_BREACH, True)
    assert said.k1 < 10


def test_a_shared_outage_right_after_the_weight_grew_is_stepped_back_from() -> None:
    assert last(started(), outage(weight_from=40)).action is Action.RETREAT


def test_a_plan_may_rather_pause_there() -> None:
    settings = Settings(on_shared_breach=OnSharedBreach.PAUSE)
    assert last(started(settings=settings), outage(weight_from=40)).action is Action.PAUSE


def test_a_canary_bad_enough_for_two_is_no_shared_outage() -> None:
    said = last(started(), blocks_of(BAD, BAD))
    assert (said.why, said.shared) == (Why.BEYOND_LIMIT, False)


def test_what_an_outage_seemed_to_prove_is_forgotten_on_resuming() -> None:
    healthy = blocks_of(*[HEALTHY] * 20)
    *_, before = judged(started(), healthy)
    skewed = [block(at, *[split((400, 4000), (500, 4000))] * 3) for at in range(21, 26)]
    *_, state = judged(before, skewed)
    assert state.limits.shared_since_s is not None
    resumed = resume(state)
    assert resumed.keys == before.keys
    assert verdict(resumed, at_s=375.0).action is Action.GO_ON


def test_what_a_bad_canary_proved_is_kept_on_resuming() -> None:
    *_, state = judged(started(), blocks_of(BAD, BAD))
    assert state.limits.canary_since_s is not None
    assert resume(state).keys == state.keys


@pytest.mark.parametrize(
    ("alone", "action"), [(Alone.PAUSE, Action.PAUSE), (Alone.ROLLBACK, Action.ROLL_BACK)]
)
def test_without_traffic_of_stable_a_limit_does_what_the_plan_says(alone: Alone, action: Action) -> None:
    bad = [block(at, *[split((0, 0), (800, 8000))] * 3, weight=100) for at in range(1, 9)]
    said = last(started(settings=Settings(alone=alone)), bad)
    assert (said.action, said.why) == (action, Why.BEYOND_LIMIT)


def test_a_limit_is_twice_what_stable_is_used_to_where_that_is_more() -> None:
    noise = profile(usual=(0.03, 0.1, 0.02))
    used_to = blocks_of(*[split((150, 4000), (150, 4000))] * 20)
    said = last(started(noise=noise), used_to)
    assert said.limits[0].limit == pytest.approx(0.06, rel=0.05)
    assert said.action is Action.GO_ON


def test_without_data_the_judge_is_blind_and_later_pauses() -> None:
    *_, state = judged(started(), blocks_of(HEALTHY, HEALTHY))
    assert not is_stale(state, blind_s=blind_s(state, at_s=75.0))
    assert is_stale(state, blind_s=blind_s(state, at_s=76.0))
    assert verdict(state, at_s=29.0 + BLIND_PAUSE_S).action is Action.GO_ON
    said = verdict(state, at_s=30.0 + BLIND_PAUSE_S)
    assert (said.action, said.why) == (Action.PAUSE, Why.BLIND)


def test_a_canary_that_gets_other_traffic_than_asked_pauses() -> None:
    starved = [block(at, *[split((16, 8000), (0, 40))] * 3, weight=25) for at in range(1, 12)]
    said = last(started(), starved)
    assert (said.action, said.why) == (Action.PAUSE, Why.SPLIT_OFF)


def test_a_new_weight_is_given_time_before_its_split_is_checked() -> None:
    old, new = split((16, 9500), (1, 500)), split((12, 7500), (4, 2500))
    before = [block(at, *[old] * 3, weight=5) for at in range(1, 11)]
    late = [block(at, *[old] * 3, weight=25) for at in (11, 12)]
    after = [block(at, *[new] * 3, weight=25) for at in range(13, 20)]
    held = reduce(observe, [*before, *late], started())
    assert held.split.starved.against(spent=held.limits.starts.spent) < 1
    assert last(started(), [*before, *late, *after]).why is Why.NOTHING
    never = [block(at, *[old] * 3, weight=25) for at in range(13, 20)]
    assert last(started(), [*before, *late, *never]).why is Why.SPLIT_OFF


# The record.


def test_the_same_blocks_give_the_same_state_bit_for_bit() -> None:
    blocks = list(drawn(3, worse=1.5))
    once, again = (reduce(observe, blocks, started()) for _ in range(2))
    assert msgspec.msgpack.encode(once) == msgspec.msgpack.encode(again)


def test_a_state_that_was_written_down_goes_on_alike() -> None:
    blocks = list(drawn(4, worse=1.5))
    half = reduce(observe, blocks[:50], started())
    read = msgspec.msgpack.decode(msgspec.msgpack.encode(half), type=KeysState)
    assert reduce(observe, blocks[50:], read) == reduce(observe, blocks[50:], half)


def test_the_state_does_not_grow() -> None:
    *_, early, late = (each for at, each in enumerate(judged(started(), drawn(5))) if at in (10, 99))
    assert len(msgspec.msgpack.encode(late)) <= 1.2 * len(msgspec.msgpack.encode(early))


def test_ticks_and_the_blocks_they_make_come_to_the_same() -> None:
    each = [Counts(requests=1000, errors_5xx=bad) for bad in (2, 3, 1, 9, 8, 7)]
    channels = Channels(judged=(ERRORS,))
    begun = begin(
        settings=Settings(),
        channels=channels,
        profile=profile(channels, usual=USUAL[:1]),
        planned_blocks=10,
        stages=1,
    )
    ticked = reduce(take, (tick(at, bad, bad, weight=50) for at, bad in enumerate(each, start=1)), begun)
    sums = (split((6, 3000), (6, 3000)), split((24, 3000), (24, 3000)))
    assert (
        ticked.keys
        == reduce(observe, [block(1, sums[0], limits=()), block(2, sums[1], limits=())], begun).keys
    )


def test_a_new_profile_is_believed_from_then_on() -> None:
    calm, bursty = started(), refresh_noise(started(), profile(burst=4.0))
    worse = blocks_of(*[split((8, 4000), (30, 4000))] * 2)
    assert last(bursty, worse).k1 < last(calm, worse).k1


def swapped(each: Block) -> Block:
    return replace(
        each,
        weight=100 - each.weight,
        judged=tuple(map(mirrored, each.judged)),
        limits=tuple(map(mirrored, each.limits)),
    )


def damaged(blocks: Iterable[Block], chance: random.Random) -> Iterator[Block]:
    """Every second block meets some accident."""
    before: Block | None = None
    for each in blocks:
        match chance.choice(("none",) * 6 + ("lost", "merged", "copied", "doubled", "nonsense", "half")):
            case "lost":
                continue
            case "merged" if before is not None:
                yield merge(before, each)
            case "copied":
                yield from (each, each)
            case "doubled":
                yield replace(each, judged=tuple(map(twice, each.judged)))
            case "nonsense":
                yield replace(
                    each, judged=tuple(replace(split, stable_bad=math.nan) for split in each.judged)
                )
            case "half":
                yield replace(
                    each, judged=tuple(replace(split, stable=0, stable_bad=0) for split in each.judged)
                )
            case _:
                yield each
        before = each


def twice(each: Split) -> Split:
    return replace(each, canary=2 * each.canary, canary_bad=2 * each.canary_bad)


def merged(blocks: list[Block], chance: random.Random) -> list[Block]:
    whole = [blocks[0]]
    for each in blocks[1:]:
        whole = [*whole[:-1], merge(whole[-1], each)] if chance.random() < 0.6 else [*whole, each]
    return whole


def plus(counts: Counts, requests: float, bad: float) -> Counts:
    return Counts(requests=counts.requests + requests, errors_5xx=counts.errors_5xx + bad)


def tick(
    at: int, stable: Counts | None, canary: Counts | None, *, weight: int = 50, span_s: float = 5.0
) -> Tick:
    return Tick(at_s=5.0 * at, span_s=span_s, weight=weight, stable=stable, canary=canary)


def counted(each: Split) -> dict[Series, float]:
    """One process a version, with a counter of answers and one of errors."""
    return {
        Series(Process(version, version), version, status): count
        for version, requests, bad in (
            ("stable", each.stable, each.stable_bad),
            ("canary", each.canary, each.canary_bad),
        )
        for status, count in (("200", requests - bad), ("503", bad))
    }


def of_version(increments: dict[Series, float], version: str) -> Counts:
    of = {series.what: count for series, count in increments.items() if series.workload == version}
    return Counts(requests=sum(of.values()), errors_5xx=of["503"])
