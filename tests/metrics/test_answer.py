from __future__ import annotations

import json
from typing import Any

import pytest

from console.errors import EvidenceError
from console.metrics.answer import Answer, Row, decode

HERE = "Prometheus at http://here"


def read(data: Any, **more: Any) -> Answer:
    body = json.dumps({"status": "success", "data": data, **more}).encode()
    return decode(body, status=200, where=HERE)


def vector(*values: str) -> dict[str, Any]:
    rows = [{"metric": {"pod": str(i)}, "value": [1700000000.5, each]} for i, each in enumerate(values)]
    return {"resultType": "vector", "result": rows}


def test_a_vector_is_read_with_the_time_of_its_evaluation() -> None:
    assert read(vector("1.5")) == Answer(rows=(Row(labels={"pod": "0"}, value=1.5),), at_s=1700000000.5)


def test_an_empty_vector_is_no_error_and_has_no_number() -> None:
    assert read(vector()).rows == ()
    assert read(vector()).number() is None


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"status":"\xff"}', b'{"status":"success","data":{"a":NaN}}']
)
def test_what_no_decoder_can_read_is_a_sentence(body: bytes) -> None:
    with pytest.raises(EvidenceError, match="Prometheus at http://here"):
        decode(body, status=200, where=HERE)


@pytest.mark.parametrize("text", ["NaN", "+Inf", "-Inf"])
def test_what_is_not_finite_is_none(text: str) -> None:
    assert read(vector(text)).rows[0].value is None


def test_a_scalar_is_one_row_without_labels() -> None:
    answer = read({"resultType": "scalar", "result": [1700000000, "2"]})
    assert (answer.scalar, answer.number(), answer.rows[0].labels) == (True, 2.0, {})


def test_a_native_histogram_has_no_number() -> None:
    row = {"metric": {}, "histogram": [1700000000, {"count": "4", "sum": "2"}]}
    assert read({"resultType": "vector", "result": [row]}).number() is None


def test_warnings_are_kept() -> None:
    assert read(vector("1"), warnings=["one store is slow"]).warnings == ("one store is slow",)


@pytest.mark.parametrize("kind", ["matrix", "string", "streams"])
def test_another_type_of_result_is_refused_by_name(kind: str) -> None:
    with pytest.raises(EvidenceError, match=f"gives a {kind}"):
        read({"resultType": kind, "result": []})


def test_several_series_are_not_one_number() -> None:
    with pytest.raises(EvidenceError, match="gives 2 series where one number is wanted"):
        read(vector("1", "2")).number()


def test_a_partial_answer_is_refused() -> None:
    with pytest.raises(EvidenceError, match="a part of the data only"):
        read(vector("1"), isPartial=True)


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"resultType": "vector", "result": {}},
        {"resultType": "vector", "result": [{"metric": {}, "value": [1, "many"]}]},
        {"resultType": "scalar", "result": "1"},
    ],
)
def test_json_of_another_shape_is_refused(data: Any) -> None:
    with pytest.raises(EvidenceError, match="JSON of an unknown shape"):
        read(data)


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (
            b'{"status":"error","errorType":"execution","error":"found\\n duplicates"}',
            422,
            "found duplicates",
        ),
        (b'{"status":"error","errorType":"timeout","error":"query timed out"}', 503, "query timed out"),
        (b'{"status":"error"}', 500, "refused the query: HTTP 500"),
        (b"<html>\n<title>Sign in</title>", 200, r"not Prometheus' JSON: '<html> <title>Sign in"),
        (b"[1, 2]", 200, "not Prometheus' JSON"),
        (b"404 page not found", 404, "no query API at this address"),
        (b"<html>bad gateway", 502, "answered with HTTP 502$"),
        (b"Bad Gateway", 502, "answered with HTTP 502$"),
        (b"upstream connect error", 503, r"answered with HTTP 503 \(upstream connect error\)$"),
        (b"", 299, "answered with nothing$"),
        (b"slow down", 799, r"answered with HTTP 799 \(slow down\)$"),
    ],
)
def test_every_other_answer_is_a_sentence(body: bytes, status: int, words: str) -> None:
    with pytest.raises(EvidenceError, match=words) as caught:
        decode(body, status=status, where=HERE)
    assert str(caught.value).startswith(HERE)
