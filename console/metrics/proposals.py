"""Which of the series that libraries are known for the versions' pods have, and the lines of a plan for them.

One question is asked, whatever the store holds: which of these few names there are for the two versions'
pods, under each of the labels that may hold a pod's name. Its answer has a row for each name and namespace.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from msgspec.structs import replace

from console.errors import EvidenceError
from console.metrics.named import one_of
from console.metrics.template import fill
from console.plan.series import KNOWN, PRESET, Series, known_beside

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from console.metrics.answer import Row
    from console.metrics.named import Names
    from console.metrics.query_round import Api
    from console.plan.model import Plan

MOST_PODS = 20
"""Maximum number of pods of each version that are asked about: what one of them has, all have."""
POD_LABELS = ("pod", "k8s_pod_name", "pod_name", "kubernetes_pod_name", "exported_pod")
"""Labels that commonly hold a pod's name; of several the first counts."""
NAMESPACE_LABELS = ("namespace", "k8s_namespace_name", "kubernetes_namespace", "exported_namespace")
"""Labels that commonly hold a namespace; of several the first that holds the plan's counts."""
NONE = "''"
"""How YAML writes a text of no letters."""
_FOUND_BY = "pithead_found_by"
_NAME = "__name__"


async def propose(
    api: Api, plan: Plan, *, pods: Mapping[str, Names], deadline_s: float
) -> tuple[Series, ...]:
    """Find the series that this plan could name, one for each library that counts in these pods.

    Raises `EvidenceError` where Prometheus does not answer, or no pod is known.
    """
    asked = [pods.get(each.deployment, ())[:MOST_PODS] for each in (plan.stable, plan.canary)]
    names = [name for of_version in asked for name in of_version]
    if not names:
        raise EvidenceError("no pod of either version is known, so their series can't be looked for")
    answer = await api.query(_question(names), deadline_s=deadline_s)
    return series_in(answer.rows, namespace=plan.namespace)


def series_in(rows: Iterable[Row], *, namespace: str) -> tuple[Series, ...]:
    """Read the libraries off the names that there are; one whose histogram is not there has no latency."""
    listed = [row.labels for row in rows]
    for pod, inside in product(POD_LABELS, (*NAMESPACE_LABELS, "")):
        names = {
            labels[_NAME]
            for labels in listed
            if labels.get(_FOUND_BY) == pod and (not inside or labels.get(inside) == namespace)
        }
        known = [known_beside(each.requests) for each in KNOWN if each.requests in names]
        if known:
            return tuple(
                replace(each, pod=pod, namespace=inside, latency=each.latency * (each.latency in names))
                for each in known
                if not _is_told_by_another(each, known)
            )
    return ()


def lines_of(series: Series) -> tuple[str, str]:
    """Write what a plan says of these series, under `metrics`; what is usual need not be said."""
    usual = known_beside(series.requests)
    said = {
        name: getattr(series, name)
        for name in ("pod", "namespace")
        if getattr(series, name) != getattr(usual, name)
    }
    keys = ", ".join(
        f"{name}: {text or NONE}" for name, text in {"requests": series.requests, **said}.items()
    )
    return f"  preset: {PRESET}", f"  series: {{{keys}}}"


def _is_told_by_another(series: Series, known: Iterable[Series]) -> bool:
    """Whether it is the count of another one's histogram: the same requests."""
    base = series.requests.removesuffix("_count")
    return any(each is not series and each.latency.removesuffix("_bucket") == base for each in known)


def _question(pods: Iterable[str]) -> str:
    names = "|".join({name: None for each in KNOWN for name in (each.requests, each.latency) if name})
    by = ", ".join((_NAME, *NAMESPACE_LABELS))
    return " or ".join(
        fill(
            f'label_replace(count by ({by}) ({{{_NAME}=~"{names}",{label}=~"{{{{pods}}}}"}}),'
            f' "{_FOUND_BY}", "{label}", "", "")',
            {"pods": one_of(pods)},
        )
        for label in POD_LABELS
    )
