"""PromQL that belongs to no mesh: the parts of a look's question, and what is asked of pods; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import NamedTuple

from console.metrics.counters import Process


class Part(StrEnum):
    """What a row of the counters' answer is."""

    REQUESTS = "requests"
    BUCKETS = "buckets"
    SCRAPED = "scraped"
    RESETS = "resets"
    UPTIME = "uptime"
    CALLERS = "callers"
    """Requests that failed for their callers."""
    CALLED = "called"
    """When each caller was scraped."""


ASKED = "pithead_asked"
"""Our own label, which holds a row's `Part`."""

# Two Prometheis that scrape the same pods, or one that scrapes them in two jobs, would count every request
# twice. `max without` folds their copies into one before the sum.
COPIES = "job, prometheus_replica, replica"

_POD = 'namespace="{{namespace}}",pod=~"{{pods}}"'
# The row without a container is the pod's total, and POD is the pause container: either counts twice.
_CONTAINER = f'{_POD},container!="",container!="POD"'

# The three that follow are templates for pods, by name.
WATCHED = f"max by (instance, pod) (up{{{_POD}}}) == 1"
"""Processes of these pods that are scraped now, with or without a request yet."""
# A window of 2 minutes holds two scrapes of the kubelet even where it is scraped once a minute.
# What two Prometheis or two jobs have of one container is one container's.
CPU = f"sum(max by (pod, container) (rate(container_cpu_usage_seconds_total{{{_CONTAINER}}}[2m])))"
"""Cores used by these pods together."""
MEMORY = f"sum(max by (pod, container) (container_memory_working_set_bytes{{{_CONTAINER}}}))"
"""Bytes used by these pods together."""


class AtGateway(NamedTuple):
    """A preset's queries where a gateway counts, by the names of the preset's fields."""

    counters: str
    requests: str
    buckets: str
    newest: str
    scraped_every: str


def _as_it_is(promql: str) -> str:
    return promql


def at_gateway(
    *,
    requests: str,
    buckets: str,
    workload: str,
    code: str,
    others: tuple[str, ...],
    named: Callable[[str], str] = _as_it_is,
) -> AtGateway:
    """Ask a gateway's two series, by the labels of the workload and of the status.

    `others` are the labels that it gives its requests besides: what they tell apart is summed. `named` writes
    the workload's label where the gateway has none.
    """
    rest, every = ", ".join(others), ", ".join((code, *others))
    parts = {
        Part.REQUESTS: f"sum without ({rest}) ({named(requests)})",
        Part.BUCKETS: f"sum without ({every}) ({named(buckets)})",
        Part.SCRAPED: f"max without ({every}) ({named(f'timestamp({requests})')})",
        Part.RESETS: f"sum without ({every}) ({named(f'resets({requests}[5m])')})",
    }
    one_copy = f"max without ({COPIES})"
    by = f"sum by ({workload}, instance, pod"
    return AtGateway(
        counters=" or ".join(part_of(part, promql) for part, promql in parts.items()),
        requests=f"{by}, {code}) ({named(f'{one_copy} ({requests})')})",
        buckets=f"{by}, le) ({named(f'{one_copy} ({buckets})')})",
        newest=f"max by ({workload}) ({named(f'timestamp({requests})')})",
        scraped_every=scraped_every(requests),
    )


def part_of(part: Part, promql: str) -> str:
    """Mark the rows of one part of the question for a look."""
    return f'label_replace({promql}, "{ASKED}", "{part}", "", "")'


def scraped_every(selector: str) -> str:
    """Ask how many seconds apart samples are.

    Only series that are older than a minute count, or a young one would look like a slow one.
    """
    return f"60 / max(count_over_time({selector}[1m]) < count_over_time({selector}[5m]))"


def event_query(selector: str) -> str:
    """Ask for an event's counter, as raw as the requests' are: one row a process."""
    return f"sum by (instance, pod) (max without ({COPIES}) ({selector}))"


def process_of(labels: Mapping[str, str]) -> Process:
    """Name the process of a row that `WATCHED` or an event's query gave: by the labels that a scrape adds."""
    return Process(labels.get("instance", ""), labels.get("pod", ""))
