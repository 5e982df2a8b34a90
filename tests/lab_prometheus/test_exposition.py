from __future__ import annotations

import math

import pytest

from console.lab.exposition import BadExposition, parse
from console.lab.series import Labels


def test_samples_are_read_with_their_name_among_the_labels() -> None:
    text = '# TYPE up gauge\nup 1\n\nhits{code="200",le="+Inf"} 1.5e3 1700000000000\n'
    assert list(parse(text)) == [
        (Labels({("__name__", "up")}), 1.0),
        (Labels({("__name__", "hits"), ("code", "200"), ("le", "+Inf")}), 1500.0),
    ]


def test_label_values_may_hold_anything_escaped() -> None:
    (labels, _), *_ = parse(r'hits{path="/a b}\"\\\n,c=\"d\"",} 1')
    assert dict(labels)["path"] == '/a b}"\\\n,c="d"'


def test_numbers_that_are_none_are_read_too() -> None:
    values = [value for _, value in parse("a NaN\nb +Inf\nc -Inf\n")]
    assert math.isnan(values[0])
    assert values[1:] == [math.inf, -math.inf]


@pytest.mark.parametrize("line", ["<html>", "up", "up one", 'up{a="b} 1', "up{a=b} 1", '9up{a="b"} 1'])
def test_a_line_of_another_format_fails(line: str) -> None:
    with pytest.raises(BadExposition):
        list(parse(line))
