"""Files that somebody else made: read, or refused with their place, and never more than that."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import msgspec
import pytest

from console.errors import JournalError, UsageError
from console.journal import Tail, read_journal
from console.journal.lines import LONGEST_LINE_BYTES
from console.plan.plan_words import describe
from console.release import events as ev
from tests.releases import PREFLIGHT, opened, plan, running, sample, stage


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def line(n: int, event: ev.AnyEvent = PREFLIGHT, *, at: float = 0.0) -> bytes:
    return msgspec.json.encode(ev.Record(n=n, at=at, event=event)) + b"\n"


def raw(event: str, *, n: int = 2, at: str = "0") -> bytes:
    return f'{{"n":{n},"at":{at},"event":{event}}}\n'.encode()


def test_events_of_a_later_pithead_are_left_out_and_counted(path: Path) -> None:
    path.write_bytes(line(1) + raw('{"kind":"from_the_future","x":[{}]}') + line(3))
    tail = Tail(path)
    assert [record.n for record in tail.poll()] == [1, 3]
    assert tail.later == 1


def test_a_line_beyond_all_measure_is_refused_with_its_number_and_not_kept(path: Path) -> None:
    with path.open("wb") as file:
        file.write(line(1))
        for _ in range(40):
            file.write(b"[" * 2**20)
        file.write(b"\n")
    tracemalloc.start()
    with pytest.raises(JournalError, match=r"journal\.jsonl:2: this line is longer than"):
        read_journal(path)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6 * LONGEST_LINE_BYTES


def test_a_line_beyond_all_measure_needs_no_end_to_be_refused(path: Path) -> None:
    path.write_bytes(b" " * (LONGEST_LINE_BYTES + 1))
    with pytest.raises(JournalError, match=r":1: this line is longer than"):
        Tail(path).poll()


@pytest.mark.parametrize(
    "stranger",
    [
        pytest.param(b"\0\0\0\0\n", id="NUL"),
        pytest.param(
            raw('{"kind":"paused","person":{"login":"\xff"}}').replace(b"\xc3\xbf", b"\xff"), id="utf-8"
        ),
        pytest.param(raw('{"kind":"x","deep":' + "[" * 50_000 + "]" * 50_000 + "}"), id="deep"),
        pytest.param(raw('{"kind":"router_seen","weight":101}'), id="weight"),
        pytest.param(raw('{"kind":"router_seen","weight":-1}'), id="negative weight"),
        pytest.param(raw('{"kind":"router_seen","weight":' + "9" * 5000 + "}"), id="digits"),
        pytest.param(raw('{"kind":"paused","person":{"login":"a"}}', at="1e999"), id="at"),
        pytest.param(raw('{"kind":"paused","person":{"login":"a"}}', at="-1"), id="before 1970"),
        pytest.param(raw('{"kind":"paused","person":{"login":"a"}}', n=-1), id="n"),
        pytest.param(raw('{"kind":"sample","sample":{"span_s":NaN}}'), id="NaN"),
        pytest.param(raw('{"kind":"sample","sample":{"span_s":1e400}}'), id="infinite"),
        pytest.param(raw('{"kind":"sample","sample":{"span_s":1,"bounds_ms":[5,5]}}'), id="equal bounds"),
        pytest.param(raw('{"kind":"sample","sample":{"span_s":1,"bounds_ms":[0,5]}}'), id="bound of zero"),
        pytest.param(
            raw('{"kind":"sample","sample":{"span_s":1,"canary":{"counts":{"latency":[1,2]}}}}'),
            id="more buckets than bounds",
        ),
        pytest.param(raw('{"kind":"stage_entered","stage":-1}'), id="stage"),
        pytest.param(raw('{"kind":"from_the_future"}', n=0), id="order of a later event"),
        pytest.param(line(1), id="n again"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(path: Path, stranger: bytes) -> None:
    path.write_bytes(line(1) + stranger)
    with pytest.raises(JournalError, match=r"journal\.jsonl:2: "):
        read_journal(path)


def test_a_record_older_than_the_one_before_it_is_refused(path: Path) -> None:
    path.write_bytes(line(1, at=20.0) + line(2, at=19.0))
    with pytest.raises(JournalError, match=r":2: this record is older"):
        read_journal(path)


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        (b'"interval_s":1.0', b'"interval_s":0.0'),
        (b'"patience_s":30.0', b'"patience_s":-1'),
        (b'"weight":50', b'"weight":5000'),
        (b'"window_s":10.0', b'"window_s":1e300'),
        (b'"limit":0.05', b'"limit":1e300'),
        (b'"stages":[{', b'"stages":[],"x":[{'),
    ],
)
def test_a_plan_in_a_journal_is_held_to_what_plans_can_be(path: Path, field: bytes, bad: bytes) -> None:
    text = line(1, opened(plan()))
    assert field in text
    path.write_bytes(text.replace(field, bad))
    with pytest.raises(JournalError, match=r":1: this line is no record"):
        read_journal(path)


def test_nothing_of_a_stranger_is_echoed_as_it_stands(path: Path) -> None:
    path.write_bytes(raw('{"kind":"stage_entered","stage":"\\u001b]0;gone\\u0007"}'))
    with pytest.raises(JournalError) as caught:
        read_journal(path)
    assert str(caught.value).isprintable()


def test_a_journal_cut_anywhere_gives_its_whole_lines(path: Path) -> None:
    story = running()
    story.ticks([sample()] * 2)
    text = b"".join(msgspec.json.encode(record) + b"\n" for record in story.records)
    for cut in range(0, len(text), 97):
        path.write_bytes(text[:cut])
        assert Tail(path).poll() == story.records[: text[:cut].count(b"\n")]


def test_a_release_of_a_router_that_only_another_pithead_knows_can_be_told_and_not_driven(
    path: Path,
) -> None:
    known, other = b'"router":{"kind":"istio"', b'"router":{"kind":"of_tomorrow","deep":[{"a":[1.5,null]}]'
    begins = line(1, opened(plan(stage(10)))).replace(known, other)
    assert other in begins
    path.write_bytes(begins + line(2))
    first, _ = read_journal(path)
    assert isinstance(first.event, ev.ReleaseOpened)
    assert "does not know: of_tomorrow" in describe(first.event.plan)
    assert first.event.plan.route == "of_tomorrow:shop/checkout"
    assert msgspec.json.encode(first) in begins
    with pytest.raises(UsageError, match="of_tomorrow"):
        _ = first.event.plan.driven


@pytest.mark.parametrize(
    "router",
    [
        pytest.param(b'{"kind":"istio","virtual_service":7}', id="of another shape"),
        pytest.param(b'{"virtual_service":"checkout"}', id="of no kind"),
        pytest.param(b'{"kind":["istio"]}', id="of many"),
        pytest.param(b'{"kind":"of_tomorrow","deep":' + b"[" * 400 + b"]" * 400 + b"}", id="deep"),
    ],
)
def test_a_router_that_is_none_is_refused_with_its_line(path: Path, router: bytes) -> None:
    begins = line(1, opened(plan(stage(10))))
    at, end = begins.index(b'{"kind":"istio"'), begins.index(b',"metrics"')
    path.write_bytes(begins[:at] + router + begins[end:])
    with pytest.raises(JournalError, match=r":1: this line is no record"):
        read_journal(path)


def test_an_opening_that_is_wrong_elsewhere_is_refused_whatever_its_router_is(path: Path) -> None:
    begins = line(1, opened(plan(stage(10)))).replace(b'"kind":"istio"', b'"kind":"of_tomorrow"')
    path.write_bytes(begins.replace(b'"service":"', b'"service":7,"was":"'))
    with pytest.raises(JournalError, match=r":1: this line is no record"):
        read_journal(path)
