"""Recipients of messages, and commands that need a reason: `notify`, `grafana`, `reasons` of a plan file.

An address of Slack, PagerDuty or a webhook is a secret: its holder can write there. A plan lies in a
repository and is copied into every journal, so it holds only the place where the address is found, and a
message about a misplaced one never repeats it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from console.command import ANSWERABLE
from console.plan.fields import Fields, choice, mapping
from console.plan.model import MOST_NOTICES, Grafana, Notice, Occasion
from console.plan.names import parse_grafana, parse_secret_place
from console.plan.nodes import Mapping, Node, Scalar, Sequence
from console.plan.problems import Problems
from console.plan.section import Key, Section, secret
from console.plan.shapes import text_of

_ON = {
    "type": "array",
    "minItems": 1,
    "items": {"enum": list(Occasion)},
    "description": "Of what they are told; of everything unless given.",
}
NOTICE = Section(
    {"to": secret("Where their address, an Apprise URL, is found.", needed=True), "on": Key(shape=_ON)}
)
_URL = text_of("Grafana's base URL, without credentials.", "^https?://[^@]+$", "https://grafana.example")
GRAFANA = Section(
    {
        "url": Key(shape=_URL, parse=parse_grafana, needed=True),
        "token": secret("Where the service account's token is found.", needed=True),
    },
    about="Gets an annotation of each stage, rollback and end.",
)
REQUIRED, OPTIONAL = "required", "optional"

S = TypeVar("S", bound=str)
_LIKE = "write one like {to: env:PITHEAD_SLACK, on: [hold, rollback]}"
_PUT_AWAY = "put it into a variable or a file, and write env:PITHEAD_SLACK or file:/etc/pithead/slack"


def read_notices(fields: Fields) -> tuple[Notice, ...]:
    """Read the list of recipients; one that stands twice is a problem."""
    node = fields.node("notify")
    if node is None or _holds_an_address(node, fields.problems):
        return ()
    nodes = fields.items("notify", if_empty=_LIKE)
    if len(nodes.value) > MOST_NOTICES:
        fields.problems.add(
            nodes.at, f"notify: {len(nodes.value)} are told, at most {MOST_NOTICES} can be", hint="tell fewer"
        )
    notices: list[Notice] = []
    for one in nodes.value:
        notice = _read_notice(one, fields.problems)
        if notice is not None and notice.to in (other.to for other in notices):
            fields.problems.add(
                one.at, f"notify: {notice.to} is told twice", hint="keep one, with both its on"
            )
        elif notice is not None:
            notices.append(notice)
    return tuple(notices)


def read_grafana(fields: Fields) -> Grafana | None:
    """Read where annotations are written; None where the plan names no Grafana."""
    if "grafana" not in fields:
        return None
    hint = "write grafana: {url: https://grafana.example, token: env:GRAFANA_TOKEN}"
    grafana = fields.section("grafana", known=GRAFANA.names, hint=hint)
    return Grafana(**GRAFANA.values(grafana, hint=hint)) if grafana else None


def read_reasons(fields: Fields) -> tuple[str, ...]:
    """Read which commands need a reason: all with `required`, or those of a list."""
    node = fields.node("reasons")
    if isinstance(node, Sequence):
        return _choices(fields, "reasons", ANSWERABLE, hint="write commands, like [promote, approve]")
    told = fields.optional("reasons", choice((REQUIRED, OPTIONAL)), default=OPTIONAL)
    return ANSWERABLE if told.value == REQUIRED else ()


def _read_notice(node: Node, problems: Problems) -> Notice | None:
    fields = mapping(node, known=NOTICE.names, problems=problems, what="an entry of notify", hint=_LIKE)
    if fields is None:
        return None
    to = fields.required("to", parse_secret_place, stand_in="", hint=_LIKE)
    occasions = tuple(Occasion)
    on = (
        _choices(fields, "on", occasions, hint="write when, like [hold, rollback]")
        if "on" in fields
        else occasions
    )
    return Notice(to=to.value, on=on) if to.sound else None


def _choices(fields: Fields, key: str, options: tuple[S, ...], *, hint: str) -> tuple[S, ...]:
    """Read a list of which each entry is one of `options`, in the options' order."""
    found = [
        fields.parsed(node, choice(options), what=key, stand_in=None).value
        for node in fields.items(key, if_empty=hint).value
    ]
    return tuple(option for option in options if option in found)


def _holds_an_address(node: Node, problems: Problems) -> bool:
    """Note each address that is written out, without its text."""
    found = [scalar for scalar in _scalars(node) if "://" in scalar.text]
    for scalar in found:
        message = "notify: an address is written out here, and it is a secret"
        problems.add(scalar.at, message, hint=_PUT_AWAY)
    return bool(found)


def _scalars(node: Node) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _scalars(item)
    elif isinstance(node, Mapping):
        for key, value in node.entries:
            yield key
            yield from _scalars(value)
