"""The application's own counters, in whatever library it counts; the plan names them.

A workload is a Deployment, and its requests are those that its pods count: which pods are its own the API
server tells each tick. Where the series have a label for the version, that tells them, and no pod is named.
Latency is what the application measures, inside of its own handler: what a request waits before that, and how
long its answer travels, nobody tells here. Nor does anybody count what an application left without an answer,
unless it notes a request without a status. An application's series are many, by path and method, and none of
them ends before its process does: so they are summed by process where they are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.metrics.preset import Preset
from console.metrics.promql import COPIES, Part, part_of, scraped_every
from console.plan.series import KNOWN, UNITS_MS, known_beside

if TYPE_CHECKING:
    from console.plan.model import MetricsSource
    from console.plan.series import Series

_VERSION = "pithead_version"
_STATUS = "pithead_status"
_GRPC = "pithead_grpc"
_POD = "pithead_pod"
# What a scrape adds; all else tells requests apart, and is summed.
_SCRAPED = f"instance, prometheus, {COPIES}"


def preset(metrics: MetricsSource) -> Preset:
    """Make the preset for a plan's series."""
    series = metrics.series or known_beside(KNOWN[0].requests)
    requests = _selector(series.requests, series)
    buckets = _selector(series.latency, series) if series.latency else ""
    pod = _POD if series.address else series.pod
    apart = series.version or series.address or series.pod
    by = f"{pod}, {_SCRAPED}"
    ends = ", ".join((_STATUS, *((_GRPC,) if series.grpc else ())))
    began = _selector("process_start_time_seconds", series)
    parts = {
        Part.REQUESTS: _counted(series, by=by, ends=ends),
        **({Part.BUCKETS: f"sum by ({by}, le) ({_podded(buckets, series)})"} if buckets else {}),
        Part.SCRAPED: f"max by ({by}) ({_podded(f'timestamp({requests})', series)})",
        Part.RESETS: f"sum by ({by}) ({_podded(f'resets({requests}[5m])', series)})",
        Part.UPTIME: f"max by ({by}) ({_podded(f'timestamp({began}) - {began}', series)})",
    }
    one_copy = f"max without ({COPIES})"
    return Preset(
        program="the application",
        of_one=True,
        unanswered=False,
        workload_label=_VERSION,
        # Events have the pod's name, and requests its address: whose pods serve is told by Kubernetes then.
        at_pods=not series.address,
        by_address=bool(series.address),
        apart_label=apart,
        pod_label=pod,
        code_label=_STATUS,
        status_is=_status_in_words(series),
        grpc_label=_GRPC if series.grpc else "",
        of_requests=("pithead_",),
        latency_unit_ms=UNITS_MS[series.unit],
        latency_is="what the application measures, inside of its handler",
        edges="the application names them where it makes its histogram",
        counters=" or ".join(part_of(part, _labelled(promql)) for part, promql in parts.items()),
        requests=_labelled(_counted(series, by=f"instance, {pod}", ends=ends, of=one_copy)),
        buckets=_labelled(f"sum by (instance, {pod}, le) ({_podded(f'{one_copy} ({buckets})', series)})")
        if buckets
        else "",
        newest=_labelled(f"max(timestamp({requests}))"),
        scraped_every=scraped_every(requests),
        workloads=f"count by ({apart}) ({series.requests}{{{_here(series)}}})",
    )


def _counted(series: Series, *, by: str, ends: str, of: str = "") -> str:
    """Ask how many requests of each process ended in which way; `of` is what is made of its copies."""

    def asked(*more: str) -> str:
        selector = _selector(series.requests, series, *more)
        return f"{of} ({selector})" if of else selector

    if not series.errors:
        return _whole(f"sum by ({by}, {ends}) ({_ended(asked(), series)})")
    every, failed = (
        f"sum by ({by}) ({_podded(selector, series)})" for selector in (asked(), asked(series.errors))
    )
    return " or ".join(
        f'label_replace({promql}, "{_STATUS}", "{status}", "", "")'
        for promql, status in ((f"{every} - ({failed} or 0 * {every})", "200"), (failed, "500"))
    )


def _status_in_words(series: Series) -> str:
    if series.errors:
        return ""
    if series.grpc:
        return f"gRPC status in its label {series.grpc}: name the right one as grpc: beside its name"
    labels = " or ".join(series.statuses)
    return f"HTTP status in its label {labels}: name the right one as status: beside its name"


def _selector(metric: str, series: Series, *more: str) -> str:
    """Select one version's series of a metric."""
    return f"{metric}{{{','.join((_chosen(series), *more))}}}"


def _chosen(series: Series) -> str:
    """Write the matchers of one version."""
    if series.version:
        apart = f'{series.version}="{{{{version}}}}"'
    elif series.address:
        apart = f'{series.address}=~"\\\\[?({{{{pods}}}})\\\\]?(:[0-9]+)?"'
    else:
        apart = f'{series.pod}=~"{{{{pods}}}}"'
    return ",".join(filter(None, (_here(series), apart)))


def _here(series: Series) -> str:
    namespace = f'{series.namespace}="{{{{namespace}}}}"' if series.namespace else ""
    return ",".join(filter(None, (namespace, series.where)))


def _labelled(promql: str) -> str:
    """Name the version whose pods these are."""
    return f'label_replace({promql}, "{_VERSION}", "{{{{workload}}}}", "", "")'


def _podded(promql: str, series: Series) -> str:
    """Copy the pod's IP into a label of ours, where a label holds that: without a port and brackets."""
    if series.address:
        for pattern in ("(.+)", "([0-9.]+):[0-9]+", r"\\[(.+)\\](:[0-9]+)?"):
            promql = f'label_replace({promql}, "{_POD}", "$1", "{series.address}", "{pattern}")'
    return promql


def _ended(promql: str, series: Series) -> str:
    """Copy the statuses into labels of ours; of several that may hold one, the one that does counts."""
    promql = _podded(promql, series)
    for label in series.statuses:
        promql = f'label_replace({promql}, "{_STATUS}", "$1", "{label}", "([1-5][0-9xX][0-9xX])")'
    if series.grpc:
        promql = f'label_replace({promql}, "{_GRPC}", "$1", "{series.grpc}", "(.+)")'
        promql = f'label_replace({promql}, "{_STATUS}", "200", "", "")'
    return promql


def _whole(promql: str) -> str:
    """Write the status `0` where there is none: the application noted a request that it did not answer."""
    return f'label_replace({promql}, "{_STATUS}", "0", "{_STATUS}", "")'
