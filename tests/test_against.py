"""Two revisions beside each other: what their benches print is read back, and held against each other."""

from __future__ import annotations

from tests.bench.against import Row, compared, rows_of
from tests.bench.figure import Figure, table

FRAME = Figure(
    what="first frame", value=212.0, unit="ms", below=300.0, detail="9 starts: median 212, p90 230"
)
FIGURES = (
    FRAME,
    Figure(what="  beside a bare import", value=1.31, unit="times", detail="it takes 160 ms"),
    Figure(what="replay of day.jsonl: first frame", value=0.41, unit="s", below=1.0),
    Figure(what="  memory", value=118.25, unit="MB", below=300.0),
    Figure(what="replay of day.packed: first frame", value=0.39, unit="s"),
    Figure(what="  memory", value=97.0, unit="MB"),
)


def lines(*rounds: tuple[float, float]) -> list[str]:
    """Compare one figure that was measured so in each round, before and now."""
    told = [
        ({"frame": Row("frame", before, "ms")}, {"frame": Row("frame", now, "ms")}) for before, now in rounds
    ]
    return list(compared(told, revision="abc123"))


def test_a_table_is_read_back_with_each_figure_under_the_one_that_it_belongs_to() -> None:
    assert list(rows_of(f"{table(FIGURES)}\nload averages at the end: 0.1 0.2 0.3\n")) == [
        Row("first frame", 212.0, "ms"),
        Row("first frame: beside a bare import", 1.31, "times"),
        Row("replay of day.jsonl: first frame", 0.41, "s"),
        Row("replay of day.jsonl: first frame: memory", 118.2, "MB"),
        Row("replay of day.packed: first frame", 0.39, "s"),
        Row("replay of day.packed: first frame: memory", 97.0, "MB"),
    ]


def test_what_stands_below_a_narrow_table_is_no_figure() -> None:
    assert list(rows_of(f"{table((FRAME,))}\nload averages at the end: 0.1 0.2 0.3\n")) == [
        Row("first frame", 212.0, "ms")
    ]


def test_each_round_is_a_ratio_of_its_own_and_the_middle_one_is_the_figures() -> None:
    head, row = lines((100.0, 90.0), (200.0, 220.0), (100.0, 100.0))
    assert head.split() == ["figure", "abc123", "now", "ratio", "rounds"]
    assert row.split() == ["frame", "100", "ms", "100", "ms", "1.00", "0.90", "1.10", "1.00"]


def test_what_is_worse_in_each_round_is_called_so_and_what_was_once_is_not() -> None:
    assert lines((100.0, 120.0), (100.0, 130.0))[1].endswith("1.20 1.30  WORSE in each round")
    assert "WORSE" not in lines((100.0, 120.0), (100.0, 105.0))[1]
    assert "WORSE" not in lines((100.0, 120.0))[1]


def test_a_figure_of_nothing_or_of_less_has_no_ratio() -> None:
    assert lines((0.0, 0.0))[1].split() == ["frame", "0", "ms", "0", "ms", "-"]
    assert lines((-1.0, -3.0))[1].split() == ["frame", "-1", "ms", "-3", "ms", "-"]


def test_what_only_one_of_them_measures_is_said() -> None:
    told = [({"old": Row("old", 1.0, "ms")}, {"new": Row("new", 1.0, "ms")})]
    assert list(compared(told, revision="abc123"))[1:] == [
        "only abc123 measures: old",
        "only this checkout measures: new",
    ]
