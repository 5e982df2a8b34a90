from __future__ import annotations

import csv
import gzip
import io
import json
import re
import shutil
import subprocess
from pathlib import Path

import pyte
import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from console.errors import UsageError
from console.evidence import Look, Sample
from console.export.openmetrics import openmetrics
from console.export.table import table
from screens.commands.export import command
from tests.releases import Story, blind, counts, running, sample
from tests.report.stories import hostile, rolled_back, written

PROMTOOL = shutil.which("promtool")


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_each_look_is_a_line_of_csv() -> None:
    found = rows(table(rolled_back().records))
    assert [row["stage"] for row in found] == ["1"] * 4 + ["2"] * 5
    assert [row["weight"] for row in found] == ["10"] * 4 + ["50"] * 3 + ["0"] * 2
    assert (found[4]["canary_requests"], found[4]["canary_errors_5xx"]) == ("500.0", "100.0")
    assert found[0]["time"] == "1970-01-01T00:16:41.000+00:00"
    assert (found[0]["stable_le_10ms"], found[0]["stable_le_25ms"]) == ("0.0", "900.0")


def test_what_was_not_seen_is_empty_and_never_zero() -> None:
    story = running()
    story.ticks([blind("no data")])
    (row,) = rows(table(story.records))
    assert (row["trouble"], row["canary_requests"], row["canary_pods_ready"]) == ("no data", "", "")


def test_no_spreadsheet_takes_text_from_outside_for_a_formula() -> None:
    story = running()
    business = {'=HYPERLINK("x")': 1.0}
    story.ticks([Sample(span_s=0.0, trouble="=1+1", canary=Look(business=business))])
    (row,) = rows(table(story.records))
    assert row["trouble"] == "'=1+1"
    assert not [name for name in row if name.startswith(("=", "+", "-", "@"))]


def test_a_recording_without_a_look_has_a_heading() -> None:
    assert table(running().records).startswith("record,at,time,")


def test_increments_become_counters_from_zero() -> None:
    story = running()
    story.ticks([sample(canary=counts(100, errors=3))] * 2)
    lines = [
        line.rsplit("}", 1)[1].split()
        for line in openmetrics(story.records).splitlines()
        if line.startswith("pithead_requests_total") and 'role="canary",code="5xx"' in line
    ]
    assert lines == [["0", "1000.000"], ["3", "1001.000"], ["6", "1002.000"]]


def test_business_events_are_counters_too() -> None:
    story = running()
    story.ticks(
        [
            sample(stable_events={"orders": 30}, canary_events={"orders": 3.0}),
            sample(stable_events={"orders": 20}),
        ]
    )
    lines = [line.split() for line in openmetrics(story.records).splitlines() if 'event="orders"' in line]
    assert all(line[0].startswith("pithead_business_events_total{") for line in lines)
    assert [line[1:] for line in lines if 'role="stable"' in line[0]] == [
        ["0", "1000.000"],
        ["30", "1001.000"],
        ["50", "1002.000"],
    ]
    found = rows(table(story.records))
    assert [row["canary_events_orders"] for row in found] == ["3.0", ""], "what was not seen is empty"


@pytest.mark.parametrize("story", [rolled_back(), hostile()], ids=["rolled back", "hostile"])
@pytest.mark.skipif(PROMTOOL is None, reason="needs promtool: apt-get install prometheus")
@pytest.mark.real
def test_promtool_makes_blocks_of_it(story: Story, tmp_path: Path) -> None:
    path = tmp_path / "metrics.txt"
    path.write_text(openmetrics(story.records))
    assert PROMTOOL is not None
    made = subprocess.run(
        [PROMTOOL, "tsdb", "create-blocks-from", "openmetrics", path, tmp_path / "data"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    (tmp_path / "data" / "wal").mkdir()  # dump wants one, and finds nothing in it
    dumped = subprocess.run(
        [PROMTOOL, "tsdb", "dump", tmp_path / "data"], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    failed = [line for line in dumped.splitlines() if 'code="5xx"' in line and 'role="canary"' in line]
    assert failed[-1].split()[-2] == "300"


def test_where_the_buckets_change_there_is_no_histogram() -> None:
    story = running()
    other = sample()
    story.ticks([other, replace(other, bounds_ms=(*other.bounds_ms[:-1], 2000.0))])
    assert "duration_seconds" not in openmetrics(story.records)


def test_the_command_reads_also_what_is_compressed(tmp_path: Path) -> None:
    packed = tmp_path / "journal.jsonl.gz"
    packed.write_bytes(gzip.compress(written(rolled_back(), tmp_path).read_bytes()))
    made = tmp_path / "evidence.csv"
    answer = CliRunner().invoke(command, [str(packed), "--csv", "-o", str(made)], standalone_mode=False)
    assert answer.exception is None
    assert len(rows(made.read_text())) == 9


def invoked(*arguments: str) -> str:
    answer = CliRunner().invoke(command, arguments, standalone_mode=False)
    if answer.exception is not None:
        raise answer.exception
    return answer.output


def test_an_instant_is_a_picture_that_loads_nothing(tmp_path: Path) -> None:
    drawn = invoked(str(written(rolled_back(), tmp_path)), "--svg", "--at", "stage 2")
    assert drawn.startswith("<svg")
    assert "2 of 2" in drawn.replace("&#160;", " ")
    assert "font-face" not in drawn
    assert not re.search(r"<text[^>]*>&#160;", drawn)


def test_a_film_shows_at_its_end_what_the_screen_showed(tmp_path: Path) -> None:
    head, *frames = map(
        json.loads, invoked(str(written(rolled_back(), tmp_path)), "--asciicast").splitlines()
    )
    assert (head["version"], head["width"], head["height"]) == (2, 120, 40)
    terminal = pyte.Screen(120, 40)
    stream = pyte.Stream(terminal)
    for _, _, data in frames:
        stream.feed(data)
    assert any("ROLLED BACK" in line for line in terminal.display)
    times = [at for at, _, _ in frames]
    assert times == sorted(times)
    assert sum(len(data) for _, _, data in frames[1:]) < 20 * len(frames[0][2])


@pytest.mark.parametrize(
    "options", [("--svg", "--size", "0x0"), ("--svg", "--size", "big"), ("--svg", "--at", "x")]
)
def test_a_picture_that_cannot_be_is_a_sentence(options: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        invoked(str(written(rolled_back(), tmp_path)), *options)


def test_without_a_format_the_formats_are_named(tmp_path: Path) -> None:
    path = str(written(rolled_back(), tmp_path))
    answer = CliRunner().invoke(command, [path], standalone_mode=False)
    assert isinstance(answer.exception, UsageError)
    assert "--openmetrics" in answer.exception.hint
