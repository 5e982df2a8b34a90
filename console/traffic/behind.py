"""What stands behind the route's two destinations: the Service, its endpoints, the subset, and the pods.

Asked by the preflight: a destination that leads to no ready pod is found before the first write. The worker
finds one that comes to that later by what is not answered.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from console.cluster.api import path_of
from console.cluster.pods import selector_of
from console.cluster.shapes import Deployment, shaped
from console.errors import ClusterError, Denied, NotFound, NotServed
from console.preflight import Check
from console.traffic.rights import DESTINATION_RULES, DISCOVERY, ENDPOINT_SLICES, ISTIO
from console.traffic.selection import (
    Subset,
    in_words,
    names_of_ready,
    ready_pods,
    service_of,
    subsets_of,
    written,
)
from console.traffic.shapes import DestinationRuleList, EndpointSliceList, LabelledPodList, ServiceList

if TYPE_CHECKING:
    from console.cluster.api import Api, Json
    from console.cluster.shapes import Shape
    from console.plan.model import Plan, Version

RULE_VERSIONS = ("v1", "v1beta1", "v1alpha3")


async def check_behind(
    api: Api, plan: Plan, *, stable: Json, canary: Json, deadline_s: float
) -> tuple[Check, ...]:
    """Follow both destinations to their pods.

    A cluster that does not serve these kinds, or does not let us see them, gives no line of its own: the
    check of rights says what is missing.
    """
    behind = _Behind(api, plan, deadline_s=deadline_s)
    try:
        rules = await behind.rules()
        return tuple(
            await asyncio.gather(
                behind.follow(stable, plan.stable, plan.canary, rules),
                behind.follow(canary, plan.canary, plan.stable, rules),
            )
        )
    except (Denied, NotServed):
        return ()
    except ClusterError as error:
        return (Check(name=f"pods behind {plan.service}", ok=False, words=error.with_hint),)


class _Behind:
    """Reads one namespace."""

    def __init__(self, api: Api, plan: Plan, *, deadline_s: float) -> None:
        self._api = api
        self._plan = plan
        self._deadline_s = deadline_s

    async def follow(self, destination: Json, version: Version, other: Version, rules: list[Json]) -> Check:
        """Follow one destination to the pods that it reaches."""
        namespace, host = self._plan.namespace, str(destination.get("host", ""))
        name, subset = service_of(host, namespace=namespace), destination.get("subset")
        label = f"{version.name} behind {host}"
        if name is None:
            words = f"{host} is no Service of {namespace}: whether it has pods of {version.name} is not known"
            return Check(name=label, ok=True, words=words, warning=True)
        service = await self._service(name)
        if service is None:
            words = f"Service {namespace}/{name} is not there, and the route's {version.name} goes to it"
            return Check(name=label, ok=False, words=f"{words}; create it, or mend the route's host")
        selector: dict[str, str] = (service.get("spec") or {}).get("selector") or {}
        asked = f"Service {namespace}/{name} ({in_words(selector)})"
        if subset is not None:
            found = subsets_of(rules, host=name, namespace=namespace)
            rule = found.get(str(subset))
            if rule is None:
                return self._no_subset(label, str(subset), name, found)
            selector = {**selector, **rule.labels}
            asked = f"subset {subset} of DestinationRule {namespace}/{rule.rule} ({in_words(rule.labels)})"
        endpoints = await self._endpoints(name)
        if not selector:
            return _without_selector(label, asked, endpoints)
        reached = ready_pods(await self._pods(written(selector)), endpoints)
        return _told(label, asked, version, other, reached=reached, ours=await self._pods_of(version))

    def _no_subset(self, label: str, subset: str, service: str, found: dict[str, Subset]) -> Check:
        """Refuse a subset that no rule here has; rules of another namespace can't be seen."""
        namespace = self._plan.namespace
        if not found:
            words = (
                f"no DestinationRule of {namespace} is for {service}: subset {subset} is defined in another"
                " namespace, or nowhere, and then every request to it fails; look with"
                " `kubectl get destinationrules -A`"
            )
            return Check(name=label, ok=True, words=words, warning=True)
        rules = ", ".join(sorted({each.rule for each in found.values()}))
        words = (
            f"DestinationRule {namespace}/{rules} has no subset {subset} (it has {', '.join(sorted(found))}),"
            " and every request to it would fail; add it, with the labels of its pods"
        )
        return Check(name=label, ok=False, words=words)

    async def rules(self) -> list[Json]:
        """List the DestinationRules, in the newest version that is served; none where none is."""
        if not any(each.subset for each in (self._plan.driven.stable, self._plan.driven.canary)):
            return []
        for version in RULE_VERSIONS:
            try:
                return await self._items(ISTIO, version, DESTINATION_RULES, DestinationRuleList)
            except NotServed:
                continue
        raise NotServed("The cluster knows no Istio DestinationRules.")

    async def _service(self, name: str) -> Json | None:
        # Asked by a field selector, this would be another right: to list the one that is named.
        found = await self._items("", "v1", "services", ServiceList)
        return next((each for each in found if each["metadata"]["name"] == name), None)

    async def _endpoints(self, service: str) -> list[Json]:
        query = {"labelSelector": f"kubernetes.io/service-name={service}"}
        slices = await self._items(DISCOVERY, "v1", ENDPOINT_SLICES, EndpointSliceList, query=query)
        return [endpoint for each in slices for endpoint in each.get("endpoints") or ()]

    async def _pods_of(self, version: Version) -> list[Json] | None:
        """List a deployment's pods; None where it is not there, which another check says."""
        path = path_of(
            group="apps",
            version="v1",
            namespace=self._plan.namespace,
            plural="deployments",
            name=version.deployment,
        )
        try:
            deployment = shaped(await self._api.get(path, deadline_s=self._deadline_s), Deployment)
        except NotFound:
            return None
        return await self._pods(selector_of(deployment))

    async def _pods(self, selector: str) -> list[Json]:
        return await self._items("", "v1", "pods", LabelledPodList, query={"labelSelector": selector})

    async def _items(
        self, group: str, version: str, plural: str, shape: type[Shape], query: dict[str, str] | None = None
    ) -> list[Json]:
        path = path_of(group=group, version=version, namespace=self._plan.namespace, plural=plural)
        listed = await self._api.get(path, query=query or {}, deadline_s=self._deadline_s)
        return shaped(listed, shape).get("items") or []


def _without_selector(label: str, asked: str, endpoints: list[Json]) -> Check:
    """Count the endpoints of a Service that somebody else keeps."""
    ready = len(names_of_ready(endpoints))
    if ready:
        return Check(name=label, ok=True, words=f"{asked} has {ready} ready endpoints")
    words = f"{asked} has no selector and no ready endpoint; mend the EndpointSlices that are kept for it"
    return Check(name=label, ok=False, words=words)


def _told(
    label: str, asked: str, version: Version, other: Version, *, reached: set[str], ours: list[Json] | None
) -> Check:
    """Say what a destination reaches, and refuse one that reaches no pod of its version."""
    deployment = version.deployment
    own = reached if ours is None else reached & {str(pod["metadata"]["name"]) for pod in ours}
    if not own:
        found = f"{len(reached)} ready pods, and none of {deployment}" if reached else "no ready pod"
        labels = in_words(ours[0]["metadata"].get("labels") or {}) if ours else "are not there"
        mend = f"mend what it selects, or wait for them: pods of {deployment} have {labels}"
        return Check(name=label, ok=False, words=f"{asked} selects {found}; {mend}")
    if others := len(reached) - len(own):
        words = (
            f"{asked} selects {len(own)} ready pods of {deployment}, and {others} that are not its own:"
            f" where they are {other.name}'s the requests are not split as the weights say"
        )
        return Check(name=label, ok=True, words=words, warning=True)
    return Check(name=label, ok=True, words=f"{asked} selects {len(own)} ready pods of {deployment}")
