from __future__ import annotations

from functools import reduce

import pytest

from console.judge.keys.blocks import Block
from console.judge.keys.channel_words import about, line, odds
from console.judge.keys.channels import Channels, Split
from console.judge.keys.gate import Gate, gate
from console.judge.keys.judge import BLIND_PAUSE_S, observe, verdict
from console.judge.keys.settings import Settings
from console.plan.model import Alone
from tests.judge.keys.cases import CHANNELS, ERRORS, ORDERS, block, profile, split, started


def written(
    blocks: list[Block],
    *,
    channels: Channels = CHANNELS,
    usual: tuple[float, ...] = (0.002, 0.1, 0.02),
    at: int = 0,
    gated: Gate | None = None,
    elsewhere: tuple[int, float] | None = None,
) -> str:
    begun = started(channels=channels, noise=profile(channels, usual=usual), settings=Settings(warmup_s=0.0))
    state = reduce(observe, blocks, begun)
    said = verdict(state, at_s=state.course.at_s)
    return line(said, said.channels[at], after_s=state.course.at_s, gate=gated, elsewhere=elsewhere)


def test_a_rollback_says_how_much_worse_how_sure_and_what_it_cost() -> None:
    bad = [block(at, *[split((8, 4000), (28, 4000))] * 3) for at in range(1, 4)]
    assert written(bad) == (
        "errors 0.20% -> 0.70% (too few for an interval) | worse 32126:1 (alone 200) · "
        "beyond tolerance 269:1 (alone 20) | ROLLBACK after 45s, ~60 bad responses"
    )


def test_an_estimate_has_its_interval() -> None:
    calm = [block(at, *[split((8, 4000), (8, 4000))] * 3) for at in range(1, 41)]
    assert written(calm) == "errors 0.20% -> 0.20% +0.00pp (95% CS -0.05..+0.05) | worse 0.4:1 (alone 200)"


def test_a_shared_outage_is_named() -> None:
    blocks = [block(at, *[split((8, 4000), (8, 4000))] * 3) for at in range(1, 20)]
    blocks += [block(at, *[split((400, 4000), (400, 4000))] * 3) for at in range(20, 25)]
    text = written(blocks)
    assert "both versions above the hard limit of 1% (errors)" in text
    assert text.endswith("| PAUSED: shared outage, rolling back would not help")


def test_lost_events_are_lost_and_not_bad() -> None:
    channels = Channels(judged=(ERRORS, ORDERS))
    blocks = [
        block(at, split((8, 4000), (8, 4000)), split((400, 4000), (280, 4000)), limits=())
        for at in range(1, 6)
    ]
    assert written(blocks, channels=channels, usual=(0.002, 0.1), at=1).endswith("~600 fewer orders")


def test_a_slower_canary_is_said_by_its_p99_and_its_slow_responses() -> None:
    slow = [
        block(at, split((8, 4000), (8, 4000)), split((400, 4000), (640, 4000)), split((12, 4000), (24, 4000)))
        for at in range(1, 13)
    ]
    text = written(slow, at=1)
    assert text.startswith("slow>250ms 0.30% -> 0.60% P99 ~ +19% | worse ")
    assert text.endswith("~144 slow responses")


def test_little_traffic_says_how_long_the_judge_is_blind() -> None:
    quiet = [block(at, *[split((0, 380), (0, 4))] * 3, weight=1) for at in range(1, 11)]
    state = reduce(observe, quiet, started())
    text = written(quiet, gated=gate(state, at_s=150.0, stage_s=150.0), elsewhere=(10, 240.0))
    assert text.startswith(
        "errors 0 of 40 requests | worse 1.0:1 (alone 200) | BLIND for +1pp at this weight"
    )
    assert text.endswith("(10% weight: ~4 min)")


def test_an_open_gate_needs_no_words() -> None:
    quiet = [block(1, *[split((0, 380), (0, 380))] * 3)]
    assert "BLIND" not in written(quiet, gated=Gate(open=True, blind=False, uplift=0.01, needed_s=9.0))


def test_before_the_first_block_there_is_nothing_to_compare() -> None:
    said = verdict(started(), at_s=0.0)
    text = line(said, said.channels[0], after_s=0.0)
    assert text == "errors nothing to compare yet | worse 1.0:1 (alone 200)"


@pytest.mark.parametrize(
    ("evidence", "text"), [(0.24, "0.2:1"), (14.2, "14:1"), (7256.0, "7256:1"), (2.1e9, "2e9:1")]
)
def test_odds_are_short(evidence: float, text: str) -> None:
    assert odds(evidence) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(20, "~20 s"), (1620, "~27 min"), (13700, "~3.8 h"), (39600, "~11 h"), (None, "for ever")],
)
def test_predictions_are_round(seconds: float | None, text: str) -> None:
    assert about(seconds) == text


FEW = split((8, 4000), (400, 4000))
ALONE = split((0, 0), (800, 8000))
STARVED = split((16, 8000), (0, 40))


def outcome(blocks: list[Block], settings: Settings, *, later_s: float = 0.0) -> str:
    """Give the last part of a channel's line."""
    state = reduce(observe, blocks, started(settings=settings))
    at_s = state.course.at_s + later_s
    said = verdict(state, at_s=at_s)
    return line(said, said.channels[0], after_s=at_s).rpartition(" | ")[2]


def at_weight(weight: int, *splits: Split) -> list[Block]:
    return [block(at, *[each] * 3, weight=weight) for at, each in enumerate(splits, start=1)]


def grown_into_an_outage() -> list[Block]:
    calm, bad = split((6, 3000), (2, 1000)), split((300, 3000), (100, 1000))
    return [*at_weight(5, *[calm] * 39), *at_weight(25, *[bad] * 45)[39:]]


@pytest.mark.parametrize(
    ("blocks", "settings", "later_s", "words"),
    [
        (
            grown_into_an_outage(),
            Settings(),
            0.0,
            "BACK ONE WEIGHT: both versions suffer since the weight grew",
        ),
        (
            at_weight(100, *[ALONE] * 8),
            Settings(alone=Alone.ROLLBACK),
            0.0,
            "ROLLBACK: above a hard limit, and no traffic of stable's to compare with",
        ),
        (
            at_weight(100, *[ALONE] * 8),
            Settings(alone=Alone.PAUSE),
            0.0,
            "PAUSED: the canary is above a hard limit",
        ),
        (
            at_weight(25, *[STARVED] * 11),
            Settings(),
            0.0,
            "PAUSED: the canary got 0.498% of 72360 requests where 25% was asked for",
        ),
        (at_weight(50, FEW), Settings(), 2 * BLIND_PAUSE_S, "PAUSED: no data for 10m"),
    ],
    ids=["back one weight", "rollback alone", "pause alone", "split", "blind"],
)
def test_what_comes_of_it_is_said_in_capitals_with_its_reason(
    blocks: list[Block], settings: Settings, later_s: float, words: str
) -> None:
    assert outcome(blocks, settings, later_s=later_s) == words
