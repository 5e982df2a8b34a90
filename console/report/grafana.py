"""A release as a Grafana annotation: the body for `POST /api/annotations`."""

from __future__ import annotations

import re

import msgspec

from console.plan.literal import literal_json
from console.report.facts import Facts
from console.report.page import text


def annotation(facts: Facts) -> str:
    """Give the request's body; Grafana shows its text as HTML, so that is escaped."""
    lines = (f"{facts.service}: {facts.stable} to {facts.canary}, {facts.outcome.lower()}", *facts.summary)
    body = {
        "time": round(facts.opened_at * 1000),
        "timeEnd": round(facts.ended_at * 1000),
        "tags": ["pithead", facts.service, "_".join(re.findall(r"\w+", facts.outcome.lower()))],
        "text": "<br>".join(text(line) for line in lines),
    }
    return literal_json(msgspec.json.format(msgspec.json.encode(body)))
