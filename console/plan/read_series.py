"""`series` of a plan file: which series of the application count its requests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from console.plan.fields import choice
from console.plan.literal import quoted
from console.plan.names import parse_label_name, parse_matchers
from console.plan.section import Key, Section
from console.plan.series import KNOWN, PRESET, UNITS_MS, Series, known_beside, unit_in
from console.plan.shapes import text_of
from console.plan.units import BadValue

if TYPE_CHECKING:
    from console.plan.fields import Fields

_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]{0,199}")


def parse_metric(text: str) -> str:
    """Read the name of a metric; raises `BadValue` for braces and functions."""
    if not _METRIC.fullmatch(text):
        raise BadValue(f"{quoted(text)} is no metric's name", hint="write it without braces and functions")
    return text


def _parse_buckets(text: str) -> str:
    name = parse_metric(text)
    if not name.endswith("_bucket"):
        raise BadValue(
            f"{quoted(text)} has no buckets", hint=f"name the series that has them, like {text}_bucket"
        )
    return name


def _parse_namespace(text: str) -> str:
    return parse_label_name(text) if text else ""


_NAME = "^[a-zA-Z_][a-zA-Z0-9_]*$"
_METRIC_SHAPE = "^[a-zA-Z_:][a-zA-Z0-9_:]*$"


def _label_key(about: str, *, or_none: bool = False) -> Key:
    shape = text_of(about, "^([a-zA-Z_][a-zA-Z0-9_]*)?$" if or_none else _NAME)
    return Key(shape=shape, parse=_parse_namespace if or_none else parse_label_name)


SERIES = Section(
    {
        "requests": Key(
            shape=text_of("The counter of requests.", _METRIC_SHAPE, *(each.requests for each in KNOWN)),
            parse=parse_metric,
        ),
        "status": _label_key("The label that holds the HTTP status."),
        "grpc": _label_key("The label that holds the gRPC status, where there is no HTTP status."),
        "errors": Key(
            shape=text_of(
                "Matchers of the requests that failed, where no label has a status.", ".", 'ok="no"'
            ),
            parse=parse_matchers,
        ),
        "latency": Key(
            shape=text_of(
                "The buckets of a histogram of latency.",
                "^[a-zA-Z_:][a-zA-Z0-9_:]*_bucket$",
                "http_request_duration_seconds_bucket",
            ),
            parse=_parse_buckets,
        ),
        "unit": Key(
            shape={"enum": list(UNITS_MS), "description": "The unit of its edges, where its name has none."},
            parse=choice(tuple(UNITS_MS)),
        ),
        "pod": _label_key("The label that holds the pod's name: `pod` unless given."),
        "address": _label_key("The label that holds the pod's IP, with or without a port, like `instance`."),
        "version": _label_key("A label that holds the version's name, instead of the pods' names."),
        "namespace": _label_key("The label that holds the namespace; '' where there is none.", or_none=True),
        "where": Key(
            shape=text_of("More matchers; {{version}} is filled in.", ".", 'app="shop"'), parse=parse_matchers
        ),
    },
    about="The application's own series, for the preset pods.",
)


def read_series(metrics: Fields, *, preset: str) -> Series | None:
    """Read the series that a plan names; None where its preset knows its own."""
    if preset != PRESET:
        if "series" in metrics:
            message = f"the preset {preset} has series of its own"
            metrics.problems.add(
                metrics.key_mark("series"), message, hint=f"write preset: {PRESET}, or take them out"
            )
        return None
    section = metrics.section("series", known=SERIES.names) if "series" in metrics else None
    given = SERIES.values(section) if section else {}
    beside = known_beside(given.get("requests", KNOWN[0].requests))
    apart = [name for name in ("pod", "address", "version") if name in given]
    if section and len(apart) > 1:
        message = f"series: {apart[0]} and {apart[1]} would both tell the versions apart"
        section.problems.add(section.key_mark(apart[1]), message, hint="keep one of them")
    latency = given.get("latency", beside.latency)
    unit = given.get("unit") or unit_in(latency)
    if section and latency and not unit:
        message = f"series: the name {quoted(latency)} does not say its unit"
        section.problems.add(section.key_mark("latency"), message, hint="write unit: s, or unit: ms")
    fields = {name: getattr(beside, name) for name in ("requests", "status", "grpc")}
    told = [name for name in ("status", "grpc", "errors") if name in given]
    if section and len(told) > 1:
        message = f"series: {told[0]} and {told[1]} would both tell failures"
        section.problems.add(section.key_mark(told[1]), message, hint="keep one of them")
    if told:
        fields |= {"status": "", "grpc": ""}
    return Series(**{**fields, "latency": latency, **given, "unit": unit or "s"})
