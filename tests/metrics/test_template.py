from __future__ import annotations

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.errors import EvidenceError
from console.metrics.template import fill


def test_a_value_stands_in_a_string() -> None:
    assert fill('up{pod="{{pod}}"}', {"pod": "a"}) == 'up{pod="a"}'


def test_spaces_inside_the_braces_are_fine() -> None:
    assert fill('up{pod="{{ pod }}"}', {"pod": "a"}) == 'up{pod="a"}'


def test_quotes_backslashes_and_newlines_are_escaped() -> None:
    assert fill('up{pod="{{pod}}"}', {"pod": 'a"b\\c\nd'}) == r'up{pod="a\"b\\c\nd"}'


def test_a_value_behind_a_regex_operator_matches_itself_only() -> None:
    assert fill('up{pod=~"{{pod}}-.*"}', {"pod": "a.b"}) == r'up{pod=~"a\\.b-.*"}'


def test_several_values_are_alternatives_behind_a_regex_operator() -> None:
    assert fill('up{pod!~"{{pods}}"}', {"pods": ("a.b", "c")}) == r'up{pod!~"a\\.b|c"}'


def test_several_values_can_stand_nowhere_else() -> None:
    with pytest.raises(EvidenceError, match="behind =~ or !~"):
        fill('up{pod="{{pods}}"}', {"pods": ("a", "b")})


def test_backticks_know_no_escapes() -> None:
    assert fill("up{pod=~`{{pod}}`}", {"pod": "a.b"}) == r"up{pod=~`a\.b`}"
    with pytest.raises(EvidenceError, match="backticks"):
        fill("up{pod=`{{pod}}`}", {"pod": "a`b"})


def test_outside_of_quotes_only_a_plain_name_may_stand() -> None:
    assert fill("orders_{{version}}_total", {"version": "v2"}) == "orders_v2_total"
    with pytest.raises(EvidenceError, match="outside of quotes"):
        fill("orders_{{version}}_total", {"version": "v2} or up{"})


def test_a_quote_in_a_comment_opens_no_string() -> None:
    template = 'up # it\'s\n{pod="{{pod}}"}'
    assert fill(template, {"pod": 'a"'}) == 'up # it\'s\n{pod="a\\""}'


def test_an_unknown_placeholder_is_refused_with_the_known_ones() -> None:
    with pytest.raises(EvidenceError, match=r"unknown placeholder \{\{pot\}\}: there are \{\{pod\}\}"):
        fill('up{pod="{{pot}}"}', {"pod": "a"})


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00")), st.sampled_from(["=", "=~"]))
def test_no_value_can_break_out_of_its_string(value: str, operator: str) -> None:
    expression = promql_parser.parse(fill(f'up{{pod{operator}"{{{{pod}}}}"}}', {"pod": value}))
    assert isinstance(expression, promql_parser.VectorSelector)
    assert len(expression.matchers.matchers) == 1
