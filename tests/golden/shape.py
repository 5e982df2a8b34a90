"""What a journal gives, as short hashes: the state that it folds to, and all that is read off it on the way.

A hash is over what stays: fields by name and not by place, none that has its default, numbers by value. It is
the same whatever Python's hash seed is, and a field that is added with a default changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from math import isfinite
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from console.command import Command
from console.judge.memory import Memory
from console.plan.model import Plan
from console.policy.announce import announce
from console.policy.decide import decide
from console.policy.explain import explain
from console.policy.permit import refusal
from console.policy.told import record_in_words
from console.release import events as ev
from console.release.fold import fold
from console.release.state import Release

DIGITS = 16


class Given(NamedTuple):
    """What one journal gives."""

    plan: str
    judge: str
    """The judge's memory at the end."""
    state: str
    """All else of the state at the end."""
    words: str
    """Every record in words."""
    headlines: str
    """The headline behind every record."""
    answers: str
    """What the policy says behind every record, and which commands it would refuse at the end."""


def given(records: Sequence[ev.Record], commands: Sequence[Command]) -> Given:
    """Fold a journal, and hash what it gives; `commands` are those whose refusals are asked for."""
    release: Release | None = None
    words, headlines, answers = [], [], []
    for record in records:
        before, release = release, fold(release, record)
        words.append(record_in_words(record.event, release))
        headlines.append(explain(release, now=record.at).sentence)
        answers.append((*(announce(before, release) if before else ()), *decide(release, now=record.at)))
    assert release is not None
    refused = [refusal(release, command, now=records[-1].at) for command in commands]
    beside = replace(release, memory=Memory())
    state = {name: value for name, value in plain(beside).items() if name != "plan"}
    return Given(
        plan=hashed(release.plan),
        judge=hashed(release.memory),
        state=hashed(state),
        words=hashed(words),
        headlines=hashed(headlines),
        answers=hashed((answers, refused)),
    )


def hashed(value: Any) -> str:
    """Hash what stays of a value."""
    text = json.dumps(plain(value), sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()[:DIGITS]


def plain(value: Any) -> Any:
    """Give a value as JSON's own types; raises TypeError for one of a type that has no place there."""
    match value:
        case msgspec.Struct():
            return _fields(value)
        case bool() | None:
            return value
        case str():
            return str(value)
        case int() | float():
            return _number(value)
        case bytes():
            return value.hex()
        case dict():
            return {str(plain(key)): plain(each) for key, each in value.items()}
        case list() | tuple():
            return [plain(each) for each in value]
        case set() | frozenset():
            return sorted(map(plain, value), key=json.dumps)
        case _:
            raise TypeError(f"{type(value)} can't be hashed")


def _fields(value: msgspec.Struct) -> dict[str, Any]:
    config = value.__struct_config__
    found = {} if config.tag is None else {str(config.tag_field): config.tag}
    for field in msgspec.structs.fields(value):
        own = getattr(value, field.name)
        if isinstance(value, Plan) and field.name == "router":
            own = value.known or own  # it is data in a plan: its defaults are left out like all others
        if field.required or own != _default(field):
            found[field.name] = plain(own)
    return found


def _default(field: msgspec.structs.FieldInfo) -> Any:
    made = field.default_factory
    return field.default if made is msgspec.NODEFAULT else made()


def _number(value: float) -> float | str:
    """Give a number by its value, so that 10 and 10.0 are one; what JSON has no word for as text."""
    if not isfinite(value):
        return repr(float(value))
    return int(value) if value == int(value) else value
