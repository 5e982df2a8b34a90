"""What pithead has to know of a mesh or a gateway to count its requests; each preset is one; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from console.metrics.counters import Process

if TYPE_CHECKING:
    from collections.abc import Mapping


class OfCallers(Struct, frozen=True, kw_only=True):
    """How the proxies of callers tell of requests that no pod counted."""

    flags_label: str
    """The label that holds what a proxy says of a failure, several of them with commas between."""
    host_label: str
    """The label that holds the name of the service that was called."""
    astray: str
    """For the counters' question, where each version has a host of its own: requests to one of `{{hosts}}`
    that never came to a pod."""
    sent_nowhere: frozenset[str]
    """Flags of requests that were sent to nobody."""
    lost: frozenset[str]
    """Flags of requests whose answer was lost: a pod may have counted them."""


class Preset(Struct, frozen=True, kw_only=True):
    """The queries for one mesh or gateway, and what the labels of its series mean.

    The queries are templates: they know `{{namespace}}` and `{{workloads}}`, the two versions' names in
    metrics. Where each is `of_one` version they are asked once for each, and know `{{workload}}`, its name in
    metrics, `{{version}}`, and `{{pods}}`, the names of its pods.
    """

    program: str
    """Who counts the requests, in words: `does Prometheus scrape ...?`"""
    of_one: bool = False
    """Whether each query is of one version, and not of both."""
    at_pods: bool = True
    """Whether what counts is a version's own pod; not where callers or a gateway count."""

    workload_label: str
    """The label that holds the workload's name in metrics."""
    workload_is: str = ""
    """What has that name, in words; empty where it is the Deployment."""
    by_address: bool = False
    """Whether `{{pods}}` are the pods' IPs, and not their names."""
    apart_label: str = ""
    """The label by which a query that is `of_one` version chooses it."""
    pod_label: str = "pod"
    """The label that holds the name of the pod that counts."""
    instance_label: str = "instance"
    """The label that tells the processes of one pod apart."""
    code_label: str
    """The label that holds the HTTP status; `0` where nobody answered."""
    status_is: str = ""
    """Where the plan says which label that is, how it says so, in words; empty where it need not."""
    grpc_label: str = ""
    """The label that holds a gRPC call's own status, as a number; empty where nobody tells it."""
    of_requests: tuple[str, ...]
    """How the labels begin that the mesh gives its requests: each tells some of them from others. All other
    labels tell copies of a counter apart."""
    latency_unit_ms: float = 1.0
    """Milliseconds in the unit of the buckets' `le`: 1000 where it is in seconds."""
    latency_is: str
    """From when to when latency is measured, and where, in words."""
    unanswered: bool = True
    """Whether what counts sees the requests that nobody answered."""
    edges: str = ""
    """Where the buckets' edges are set, in words; empty where they are fixed."""
    callers: OfCallers | None = None
    """None where what counts the requests sees their failures itself, or nobody does."""

    counters: str
    """All that is counted, in one question: two may be answered by two Prometheis. A row is a counter of
    requests, of one process's requests below a bound, when a process was scraped, how often counters of it
    began anew in the last minutes, or for how long it has run. Both versions."""
    requests: str
    """For the past: counters of requests by workload, instance, pod and both statuses; both versions."""
    buckets: str
    """For the past: cumulative buckets by workload, instance, pod and `le`; both versions. Empty where
    latency is not told."""
    raw: str = ""
    """A selector of the counters of requests and of the buckets, both versions', whose raw samples tell when
    each pod counted what; empty where they do not."""
    raw_requests: str = ""
    """The name of its counters of requests."""
    newest: str
    """When the newest sample of each workload was scraped; both versions."""
    scraped_every: str
    """Seconds between two scrapes; empty where the series are too young to tell. Both versions."""
    workloads: str
    """Series by workload: what is there, when a version is not found."""
    instead: dict[tuple[str, str], str] = {}
    """What it means where all series of a version have this label and value, and the mend."""

    @property
    def latency_in_words(self) -> str:
        """Say what latency means here, or that it is not judged."""
        return (
            f"latency is {self.latency_is}"
            if self.buckets
            else "latency is not judged: no histogram is named"
        )

    @property
    def by_pods(self) -> bool:
        """Whether the versions are told by the names of their pods, which only Kubernetes knows."""
        return "{{pods}}" in self.counters

    def process(self, labels: Mapping[str, str]) -> Process:
        """Name the process that counted a row."""
        return Process(labels.get(self.instance_label, ""), labels.get(self.pod_label, ""))
