"""What a plan calls an error, read from its file: `errors: {http: [5xx, 429], grpc: [server]}`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from msgspec import UNSET, UnsetType

from console.plan.fields import Fields, choice
from console.plan.literal import quoted
from console.plan.model import Errors, GrpcFault
from console.plan.shapes import Schema, object_of
from console.plan.units import BadValue

T = TypeVar("T")

ERRORS_KEYS = ("http", "grpc", "no_answer")
HTTP_PATTERN = r"^[45]([0-9][0-9]|xx)$"
GRPC_PATTERN = r"^([1-9]|1[0-6])$"
_HINT = "write one like errors: {http: [5xx, 429], grpc: [server], no_answer: true}"
_SAID = {"true": True, "false": False}


def read_errors(fields: Fields) -> Errors | UnsetType:
    """Read what is an error; unset where the plan leaves it to the classes."""
    if "errors" not in fields:
        return UNSET
    section = fields.section("errors", known=ERRORS_KEYS, hint=_HINT)
    if section is None:
        return UNSET
    usual = Errors()
    errors = Errors(
        http=_listed(section, "http", _parse_http, usual.http),
        grpc=_listed(section, "grpc", _parse_grpc, usual.grpc),
        no_answer=section.optional("no_answer", _parse_no_answer, default=usual.no_answer).value,
    )
    if not (errors.http or errors.grpc or errors.no_answer):
        fields.problems.add(fields.key_mark("errors"), "errors: nothing is an error here", hint=_HINT)
    return errors


def errors_schema() -> Schema:
    """Describe it."""
    return object_of(
        {
            "http": {
                "type": "array",
                "description": "HTTP statuses, or all of a hundred; [5xx] unless given.",
                "items": {
                    "anyOf": [
                        {"type": "string", "pattern": HTTP_PATTERN},
                        {"type": "integer", "minimum": 400, "maximum": 599},
                    ]
                },
            },
            "grpc": {
                "type": "array",
                "description": "server (2 4 8 13 14 15), caller (others), or numbers; [server] unless given.",
                "items": {
                    "anyOf": [{"enum": list(GrpcFault)}, {"type": "integer", "minimum": 1, "maximum": 16}]
                },
            },
            "no_answer": {
                "type": "boolean",
                "description": "Refused, reset, or given up before an answer; true unless given.",
            },
        },
        about="What is an error: to the judge, to the SLO and to error_rate.",
    )


def _listed(fields: Fields, key: str, parse: Callable[[str], str], usual: tuple[str, ...]) -> tuple[str, ...]:
    found = fields.items(key)
    if not found.given:
        return usual
    read = (fields.parsed(node, parse, what=key, stand_in="").value for node in found.value)
    return tuple(dict.fromkeys(filter(None, read)))


def _parse_http(text: str) -> str:
    if not re.fullmatch(HTTP_PATTERN, text):
        raise BadValue(
            f"{quoted(text)} is no HTTP status of an error", hint="write 5xx, 4xx, or one like 429"
        )
    return text


def _parse_grpc(text: str) -> str:
    if text not in tuple(GrpcFault) and not re.fullmatch(GRPC_PATTERN, text):
        raise BadValue(
            f"{quoted(text)} is no gRPC status of a failure",
            hint="write server, caller, or a number from 1 to 16",
        )
    return text


def _parse_no_answer(text: str) -> bool:
    return _SAID[choice(tuple(_SAID))(text)]
