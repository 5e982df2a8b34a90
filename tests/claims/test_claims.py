from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.claims.grammar import Told, read_claim
from console.claims.model import ClaimError
from console.claims.moments import Course
from console.claims.trial import Finding, instants, try_claims
from console.claims.words import finding_in_words
from console.release.events import Record, StageEntered
from console.release.fold import fold_all
from tests.screens import stories


@cache
def recording(tell: Callable[[], stories.Teller] = stories.rolled_back) -> tuple[Record, ...]:
    """1% from the start, 5% at 65 s, 25% at 130 s; errors from 140 s, rolled back at 150 s."""
    return tuple(tell().records)


def told(records: Sequence[Record]) -> Told:
    starts = tuple(record.at for record in records if isinstance(record.event, StageEntered))
    course = Course(begins_at=records[0].at, ends_at=records[-1].at, stage_starts=starts)
    return Told(plan=fold_all(records[:1]).plan, course=course)


def tried(text: str, records: Sequence[Record] | None = None) -> Finding:
    records = records or recording()
    [finding] = try_claims([read_claim(text, told(records))], records)
    return finding


@pytest.mark.parametrize(
    "text",
    [
        "verdict(error_rate) == breach",
        "verdict(error_rate) == breach after +2m",
        "verdict(error_rate) == breach ever",
        "verdict(error_rate max 0.01) == breach at +150s",
        'verdict( "error_rate max 0.01" ) == breach at +150s',
        "never verdict(error_rate) == breach before +2m",
        "verdict(error_rate) == breach never before +2m",
        "verdict(error_rate) == breach before +2m never",
        "verdict(crash_loops) == healthy always",
        "outcome == rolled_back",
        "outcome == none before +2m always",
        "phase == rolling_back between +2m and end",
        "phase != preparing always after stage 1",
        "weight == 25% at +140s",
        "weight <= 25 always",
        "stage == 3 and weight == 0 at end",
        "stage > 1 between stage 2 and +100s always",
        "  weight==0  ",
    ],
)
def test_what_was_so_holds(text: str) -> None:
    assert tried(text).held, finding_in_words(tried(text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "verdict(error_rate) == breach before +2m",
            "verdict(error_rate) was healthy; it was true from 08:55:40Z on",
        ),
        ("weight == 50 ever", "weight was 0; it was never true"),
        ("never weight > 20", "it was true from 08:55:25Z to 08:55:5"),
        ("outcome == promoted", "outcome was rolled_back"),
        ("always weight < 25", "weight was 25 from 08:55:25Z to 08:55:5"),
        ("verdict(p99) == healthy at start", "there was no verdict(p99) to look at then; it was true from"),
    ],
)
def test_what_was_not_so_says_when_it_was(text: str, words: str) -> None:
    finding = tried(text)
    assert finding.held is False
    assert words in finding_in_words(finding)


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("", 1, "compares something"),
        ("wait == 3", 1, "compares something"),
        ("verdict == breach", 9, "verdict(NAME)"),
        ("verdict(latency) == breach", 9, "no guard `latency`"),
        ("verdict(p99) = breach", 14, "comparison sign"),
        ("verdict(p99) > breach", 14, "verdict has no order"),
        ("verdict(p99) == red", 17, "`red` is no verdict"),
        ("outcome == bad", 12, "`bad` is no outcome"),
        ("weight == much", 11, "a weight is a number"),
        ("weight == 5 before noon", 20, "no time of this recording"),
        ("weight == 5 between +1m", 24, "second time"),
        ("weight == 5 between +2m and +1m", 29, "ends before it begins"),
        ("weight == 5 before start", 20, "ends before it begins"),
        ("weight == 5 after 23:59", 19, "not in this recording"),
        ("weight == 5 at +1h", 16, "not in this recording"),
        ("weight == 5 before", 19, "no time of this recording"),
        ("ever weight == 5 always", 18, "comes too late"),
        ("weight == 5 maybe", 13, "should end here"),
    ],
)
def test_what_can_not_be_read_is_pointed_at(text: str, column: int, words: str) -> None:
    with pytest.raises(ClaimError) as caught:
        tried(text)
    message = f"{caught.value} {caught.value.hint}"
    assert f"column {column} of" in message
    assert words in message
    pointer = str(caught.value).splitlines()[-1]
    assert pointer == " " * (9 + column - 1) + "^"


@given(st.text(alphabet="verdict(p99)=<> wightsaond123:+%", max_size=40))
def test_any_text_is_a_claim_or_an_error_of_ours(text: str) -> None:
    with suppress(ClaimError):
        assert read_claim(text, told(recording())).comparisons


def test_each_instant_is_the_fold_up_to_it() -> None:
    records = recording()
    for at, release in instants(records):
        assert release == fold_all([record for record in records if record.at <= at])


def test_a_weight_that_nobody_knows_yet_is_not_compared() -> None:
    assert not tried("weight == 0 at start").held
    assert tried("weight >= 0 always").held


@pytest.mark.parametrize("name", ["keys", '"two keys"'])
def test_the_two_keys_have_a_verdict_where_the_plan_has_them(name: str) -> None:
    judged = recording(stories.judged)
    assert tried(f"verdict({name}) == insufficient ever before +45s", judged).held
    assert tried(f"never verdict({name}) == blind", judged).held
    with pytest.raises(ClaimError, match="the plan has no guard"):
        tried(f"verdict({name}) == breach")
    with pytest.raises(ClaimError) as caught:
        tried("verdict(error_rates) == breach", judged)
    assert (caught.value.hint or "").endswith("keys")


def test_kayentas_score_has_a_verdict_where_the_plan_has_it() -> None:
    scored = recording(stories.scored)
    assert tried("verdict(kayenta) == insufficient at end", scored).held
    with pytest.raises(ClaimError, match="the plan has no guard"):
        tried("verdict(kayenta) == insufficient")
