from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.lab.kube.patches import json_patch, merge_patch
from console.lab.kube.refusals import Refusal

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("document", "patch", "merged"),
    [
        # The examples of RFC 7386, appendix A.
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_merge_patch_does_what_the_rfc_says(document: Any, patch: Any, merged: Any) -> None:
    assert merge_patch(document, patch) == merged


@pytest.mark.parametrize(
    ("document", "operation", "patched"),
    [
        # After RFC 6902, appendix A.
        ({"foo": "bar"}, {"op": "add", "path": "/baz", "value": "qux"}, {"baz": "qux", "foo": "bar"}),
        ({"foo": [1, 3]}, {"op": "add", "path": "/foo/1", "value": 2}, {"foo": [1, 2, 3]}),
        ({"foo": [1]}, {"op": "add", "path": "/foo/-", "value": [2]}, {"foo": [1, [2]]}),
        ({"foo": [1]}, {"op": "add", "path": "/foo/1", "value": 2}, {"foo": [1, 2]}),
        ({"foo": 1}, {"op": "add", "path": "", "value": {"x": 1}}, {"x": 1}),
        ({"foo": [1, 2, 3]}, {"op": "remove", "path": "/foo/1"}, {"foo": [1, 3]}),
        ({"baz": 1, "foo": 2}, {"op": "remove", "path": "/baz"}, {"foo": 2}),
        ({"baz": [1, 2]}, {"op": "replace", "path": "/baz/0", "value": 9}, {"baz": [9, 2]}),
        ({"a": {"b": 1}, "c": {}}, {"op": "move", "from": "/a/b", "path": "/c/d"}, {"a": {}, "c": {"d": 1}}),
        ({"foo": [1, 2, 3]}, {"op": "move", "from": "/foo/0", "path": "/foo/2"}, {"foo": [2, 3, 1]}),
        ({"a": [1]}, {"op": "copy", "from": "/a", "path": "/b"}, {"a": [1], "b": [1]}),
        ({"a": 1}, {"op": "test", "path": "/a", "value": 1}, {"a": 1}),
        ({"a/b": {"~1": 1}}, {"op": "replace", "path": "/a~1b/~01", "value": 2}, {"a/b": {"~1": 2}}),
        ({"": {"": 1}}, {"op": "replace", "path": "//", "value": 2}, {"": {"": 2}}),
    ],
)
def test_each_operation_of_a_json_patch_does_what_the_rfc_says(
    document: Any, operation: dict[str, Any], patched: Any
) -> None:
    assert json_patch(document, [operation]) == patched


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "test", "path": "/a", "value": 2},
        {"op": "test", "path": "/t", "value": 1},
        {"op": "test", "path": "/absent", "value": None},
        {"op": "add", "path": "/l/3", "value": 1},
        {"op": "add", "path": "/l/01", "value": 1},
        {"op": "add", "path": "/absent/x", "value": 1},
        {"op": "add", "path": "/a/x", "value": 1},
        {"op": "add", "path": "/a"},
        {"op": "add", "path": "a", "value": 1},
        {"op": "remove", "path": "/absent"},
        {"op": "remove", "path": "/l/-"},
        {"op": "replace", "path": "/absent", "value": 1},
        {"op": "move", "from": "/o", "path": "/o/x"},
        {"op": "copy", "from": "/absent", "path": "/x"},
        {"op": "copy", "path": "/x"},
        {"op": "increment", "path": "/a", "value": 1},
    ],
)
def test_an_operation_that_does_not_fit_is_refused_in_the_servers_words(operation: dict[str, Any]) -> None:
    document = {"a": 1, "t": True, "l": [1, 2], "o": {}}
    with pytest.raises(Refusal, match="the server rejected our request") as caught:
        json_patch(document, [operation])
    assert (caught.value.status, caught.value.reason) == (422, "Invalid")


def test_an_operation_that_fails_undoes_those_before_it() -> None:
    document = {"l": [1]}
    with pytest.raises(Refusal):
        json_patch(document, [{"op": "add", "path": "/l/-", "value": 2}, {"op": "remove", "path": "/x"}])
    assert document == {"l": [1]}


@given(document=JSON_VALUES, patch=JSON_VALUES)
def test_a_merge_patch_applied_twice_changes_nothing_more(document: Any, patch: Any) -> None:
    once = merge_patch(document, patch)
    assert merge_patch(once, patch) == once


@given(document=st.dictionaries(st.text(max_size=5), JSON_VALUES), key=st.text(max_size=5), value=JSON_VALUES)
def test_what_is_added_can_be_tested_and_removed(document: dict[str, Any], key: str, value: Any) -> None:
    document.pop(key, None)
    path = "/" + key.replace("~", "~0").replace("/", "~1")
    operations = [
        {"op": "add", "path": path, "value": value},
        {"op": "test", "path": path, "value": value},
        {"op": "remove", "path": path},
    ]
    assert json_patch(document, operations) == document
