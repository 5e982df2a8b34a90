"""A Prometheus without HTTP: a test says what it holds, and it answers the preset's queries from that."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite

from console.errors import EvidenceError
from console.metrics.answer import Answer, Row
from console.metrics.named import GivenNames
from console.metrics.range_answer import RangeAnswer, Track
from console.plan.model import (
    Guard,
    MetricsSource,
    Plan,
    Rule,
    Stage,
    Then,
    Version,
)
from console.plan.routers import written
from console.plan.routers.istio import Destination, Settings

V1, V2 = "checkout-v1", "checkout-v2"


def plan(
    *,
    url: str = "http://prometheus",
    interval_s: float = 5,
    business: dict[str, str] | None = None,
    events: dict[str, str] | None = None,
    watches: tuple[str, ...] = (),
) -> Plan:
    guards = tuple(
        Guard(
            name=f"{metric} max 1",
            metric=metric,
            rule=Rule.MAX,
            limit=1,
            window_s=60,
            for_s=0,
            min_requests=0,
            then=Then.HOLD,
        )
        for metric in watches
    )
    return Plan(
        service="checkout",
        namespace="shop",
        stable=Version(name="v1", deployment=V1),
        canary=Version(name="v2", deployment=V2),
        router=written(
            Settings(
                virtual_service="checkout",
                route=None,
                stable=Destination(subset="v1"),
                canary=Destination(subset="v2"),
            )
        ),
        metrics=MetricsSource(prometheus=url, preset="istio", business=business or {}, events=events or {}),
        interval_s=interval_s,
        patience_s=600,
        after_patience=Then.ROLLBACK,
        stages=(Stage(weight=5, hold_s=60, min_requests=0, approve=False, guards=guards),),
    )


@dataclass
class Pod:
    """One pod's counters, as its last scrape left them."""

    deployment: str
    instance: str
    scraped_s: float | None = None
    """None: Prometheus has no series of it."""
    requests: dict[str, float] = field(default_factory=dict)
    below: dict[str, float] = field(default_factory=dict)
    orders: float | None = None
    """Its own counter of orders; None: the application is not scraped, or counted none yet."""
    name: str = ""
    """Of the pod; made from the instance where there is none."""

    @property
    def labels(self) -> dict[str, str]:
        return {
            "destination_workload": self.deployment,
            "instance": self.instance,
            "pod": self.name or f"{self.deployment}-abc-{self.instance}",
        }


def named(*pods: Pod) -> GivenNames:
    """Know these pods by their names, as Kubernetes would."""
    deployments = dict.fromkeys(pod.deployment for pod in pods)
    return GivenNames(
        {each: tuple(pod.labels["pod"] for pod in pods if pod.deployment == each) for each in deployments}
    )


class ScriptedPrometheus:
    """Knows the preset's queries by a word in them, and business queries by their whole text."""

    def __init__(self, *pods: Pod, now_s: float = 1000.0) -> None:
        self.pods = list(pods)
        self.now_s = now_s
        self.watched: list[Pod] = []
        self.numbers: dict[str, tuple[float | None, ...]] = {}
        """Answers to other queries, by a part of their text; one without is empty."""
        self.errors: dict[str, str] = {}
        self.warnings: tuple[str, ...] = ()
        """With every answer."""
        self.warned: dict[str, str] = {}
        """With the answers to some queries, by a part of their text."""
        self.asked: list[str] = []
        self.ranges: list[tuple[float, float]] = []
        """The ranges that were asked for, by start and end."""
        self._known: dict[int, tuple[dict[str, float], int]] = {}
        """The counters of each pod when they were asked for last, and how often one was less since."""
        self.past: dict[float, list[Pod]] = {}
        self.raw: list[Track] = []
        """Raw samples of all time."""
        """The pods as they were at each step of a range."""

    async def build(self, *, deadline_s: float) -> str:  # noqa: ARG002 - the protocol's name
        self._fail("buildinfo")
        return "Prometheus 2.42.0"

    async def query(self, promql: str, *, deadline_s: float) -> Answer:  # noqa: ARG002 - the protocol's name
        self.asked.append(promql)
        self._fail(promql)
        rows = self._rows(promql)
        own = tuple(words for part, words in self.warned.items() if part in promql)
        warnings = (*self.warnings, *own)
        return Answer(rows=tuple(rows), at_s=self.now_s if rows else None, warnings=warnings)

    async def query_range(
        self,
        promql: str,
        *,
        start_s: float,
        end_s: float,
        step_s: float,
        deadline_s: float,  # noqa: ARG002 - the protocol's name
    ) -> RangeAnswer:
        self._fail(promql)
        self.ranges.append((start_s, end_s))
        points: dict[tuple[tuple[str, str], ...], list[tuple[float, float | None]]] = {}
        for step in range(round((end_s - start_s) / step_s) + 1):
            at_s = start_s + step * step_s
            for row in self._rows_of(promql, self.past.get(at_s, [])):
                points.setdefault(tuple(row.labels.items()), []).append((at_s, row.value))
        return RangeAnswer(
            tracks=tuple(Track(labels=dict(labels), points=tuple(each)) for labels, each in points.items())
        )

    async def samples(
        self,
        selector: str,
        *,
        back_s: float,
        deadline_s: float,  # noqa: ARG002 - the protocol's name
    ) -> RangeAnswer:
        """Give what `raw` holds of the time."""
        self.asked.append(selector)
        self._fail(selector)
        return RangeAnswer(
            tracks=tuple(
                Track(
                    labels=each.labels,
                    points=tuple(point for point in each.points if point[0] > self.now_s - back_s),
                )
                for each in self.raw
            )
        )

    def _fail(self, promql: str) -> None:
        for part, words in self.errors.items():
            if part in promql:
                raise EvidenceError(words)

    def _counters(self, pods: list[Pod]) -> list[Row]:
        """Answer all parts of the question for a look."""
        rows = []
        for pod in pods:
            before, resets = self._known.get(id(pod), ({}, 0))
            resets += _fell(pod.requests, before)
            self._known[id(pod)] = dict(pod.requests), resets
            labels = pod.labels
            for code, value in pod.requests.items():
                rows.append(_part("requests", {**labels, **_ended(code)}, value))
            for le, value in pod.below.items():
                rows.append(_part("buckets", {**labels, "le": le}, value))
            rows.append(_part("scraped", labels, pod.scraped_s or 0.0))
            rows.append(_part("resets", labels, float(resets)))
        return rows

    def _rows(self, promql: str) -> list[Row]:
        return self._rows_of(promql, self.pods)

    def _rows_of(self, promql: str, pods: list[Pod]) -> list[Row]:
        for part, values in self.numbers.items():
            if part in promql:
                return [Row(labels={}, value=value) for value in values]
        there = [pod for pod in pods if pod.scraped_s is not None]
        if promql.startswith("label_replace("):
            return self._counters(there)
        if promql.startswith("max by (instance, pod) (up"):
            return [Row(labels=pod.labels, value=1.0) for pod in self.watched]
        if promql.startswith("max by (destination_workload) (timestamp"):
            return [_newest(there, name) for name in dict.fromkeys(pod.deployment for pod in there)]
        if promql.startswith("sum by (instance, pod) ("):
            version = "v1" if 'version="v1"' in promql else "v2"
            return [
                Row(labels={"instance": f"{pod.instance}:8080", "pod": pod.labels["pod"]}, value=pod.orders)
                for pod in pods
                if pod.orders is not None and pod.deployment.endswith(version)
            ]
        if "response_code)" in promql:
            return [
                Row(labels={**pod.labels, **_ended(code)}, value=_finite(value))
                for pod in there
                for code, value in pod.requests.items()
            ]
        if "le)" in promql:
            return [
                Row(labels={**pod.labels, "le": le}, value=_finite(value))
                for pod in there
                for le, value in pod.below.items()
            ]
        return []


def _fell(now: dict[str, float], before: dict[str, float]) -> int:
    return sum(value < before.get(what, value) for what, value in now.items())


def _ended(text: str) -> dict[str, str]:
    """Label how a request ended: `200`, or `200|14` for a gRPC call."""
    code, _, grpc = text.partition("|")
    return {"response_code": code, **({"grpc_response_status": grpc} if grpc else {})}


def _part(asked: str, labels: dict[str, str], value: float) -> Row:
    return Row(labels={**labels, "pithead_asked": asked}, value=_finite(value))


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def _newest(pods: list[Pod], deployment: str) -> Row:
    stamps = [pod.scraped_s for pod in pods if pod.deployment == deployment and pod.scraped_s is not None]
    return Row(labels={"destination_workload": deployment}, value=max(stamps))
