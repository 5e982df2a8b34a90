"""What stands behind the route's two destinations: the Service, its endpoints, the subset, and the pods.

Asked by the preflight: a destination that leads to no ready pod is found before the first write. The worker
finds one that comes to that later by what is not answered.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from console.cluster.api import path_of
from console.cluster.owned import PodsOf
from console.cluster.shapes import Listed, shaped
from console.errors import ClusterError, Denied, NotFound, NotServed
from console.preflight import Check
from console.traffic import shapes
from console.traffic.rights import DISCOVERY, ENDPOINT_SLICES
from console.traffic.selection import (
    Subset,
    in_words,
    is_half_a_name,
    names_of_ready,
    port_of,
    ready_pods,
    service_of,
    subsets_of,
    with_port,
    written,
)

if TYPE_CHECKING:
    from console.cluster.api import Api
    from console.cluster.shapes import Shape
    from console.plan.model import Plan, Version

Json = dict[str, Any]

ISTIO, DESTINATION_RULES = "networking.istio.io", "destinationrules"
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
        subsets = any(each.get("subset") for each in (stable, canary))
        rules = await behind.rules() if subsets else []
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


class Service(Struct, frozen=True, kw_only=True):
    """One Service, as far as it is followed."""

    where: str
    """Its namespace and name, for words."""
    name: str
    spec: Json

    @property
    def selector(self) -> dict[str, str]:
        """The labels of its pods; empty where somebody else keeps its endpoints."""
        return self.spec.get("selector") or {}

    @property
    def ports(self) -> list[Json]:
        """Its ports; a headless one may have none."""
        return self.spec.get("ports") or []

    def not_followed(self, version: Version) -> Check | None:
        """Say that it is a name for something else, of which nobody here knows the pods."""
        if self.spec.get("type") != "ExternalName":
            return None
        words = f"Service {self.where} is another name of {self.spec.get('externalName')}"
        words = f"{words}: whether it has pods of {version.name} is not known"
        return Check(name="", ok=True, words=words, warning=True)

    def no_port(self, number: int | None) -> Check | None:
        """Refuse a port that it does not have; None where it has it, or none is asked for."""
        numbers = [each.get("port") for each in self.ports]
        if number is None or not numbers or number in numbers:
            return None
        has = ", ".join(map(str, numbers))
        words = (
            f"Service {self.where} has no port {number} (it has {has}), and every request to it would fail"
        )
        return Check(name="", ok=False, words=f"{words}; mend the port of the route's destination")

    def port_missing(self, ready: set[str], number: int | None) -> str:
        """Say that its pods are ready and have none of the ports that are asked for."""
        named = [each.get("name") or each.get("port") for each in self.ports]
        if number is not None:
            named = [each.get("name") or number for each in self.ports if each.get("port") == number]
        return (
            f"selects {len(ready)} ready pods, and none of them has the port {' or '.join(map(str, named))}:"
            " name it in their containers as the Service's targetPort does"
        )


class _Behind:
    """Reads one namespace."""

    def __init__(self, api: Api, plan: Plan, *, deadline_s: float) -> None:
        self._api = api
        self._plan = plan
        self._deadline_s = deadline_s

    async def follow(self, destination: Json, version: Version, other: Version, rules: list[Json]) -> Check:
        """Follow one destination to the pods that it reaches."""
        namespace, host = self._plan.namespace, str(destination.get("host", ""))
        label, name = f"{version.name} behind {host}", service_of(host, namespace=namespace)
        if name is None:
            words = f"{host} is no Service of {namespace}: whether it has pods of {version.name} is not known"
            return Check(name=label, ok=True, words=words, warning=True)
        found = await self._service(name)
        if found is None:
            words = f"Service {namespace}/{name} is not there, and the route's {version.name} goes to it"
            return Check(name=label, ok=False, words=f"{words}; create it, or mend the route's host")
        service = Service(where=f"{namespace}/{name}", name=name, spec=found.get("spec") or {})
        wrong = service.not_followed(version) or service.no_port(port_of(destination))
        check = wrong or await self._to_pods(service, destination, version, other, rules)
        check = replace(check, name=label)
        return _half_named(check, host) if check.ok and is_half_a_name(host) else check

    async def _to_pods(
        self, service: Service, destination: Json, version: Version, other: Version, rules: list[Json]
    ) -> Check:
        """Follow a Service, or a subset of it, to the pods behind the port that is asked for."""
        subset, selector = destination.get("subset"), service.selector
        asked = f"Service {service.where} ({in_words(selector)})"
        if subset is not None:
            found = subsets_of(rules, host=service.name, namespace=self._plan.namespace)
            rule = found.get(str(subset))
            if rule is None:
                return self._no_subset(str(subset), service.name, found)
            selector = {**selector, **rule.labels}
            asked = (
                f"subset {subset} of DestinationRule {self._plan.namespace}/{rule.rule}"
                f" ({in_words(rule.labels)})"
            )
        slices, number = await self._slices(service.name), port_of(destination)
        endpoints = with_port(slices, service.ports, number)
        if not selector:
            return _without_selector(asked, endpoints)
        pods = await self._pods(written(selector))
        reached, ready = ready_pods(pods, endpoints), ready_pods(pods, with_port(slices, (), None))
        if ready and not reached:
            return Check(name="", ok=False, words=f"{asked} {service.port_missing(ready, number)}")
        return _told(asked, version, other, reached=reached, ours=await self._pods_of(version))

    def _no_subset(self, subset: str, service: str, found: dict[str, Subset]) -> Check:
        """Refuse a subset that no rule here has; rules of another namespace can't be seen."""
        namespace = self._plan.namespace
        if not found:
            words = (
                f"no DestinationRule of {namespace} is for {service}: subset {subset} is defined in another"
                " namespace, or nowhere, and then every request to it fails; look with"
                " `kubectl get destinationrules -A`"
            )
            return Check(name="", ok=True, words=words, warning=True)
        rules = ", ".join(sorted({each.rule for each in found.values()}))
        words = (
            f"DestinationRule {namespace}/{rules} has no subset {subset} (it has {', '.join(sorted(found))}),"
            " and every request to it would fail; add it, with the labels of its pods"
        )
        return Check(name="", ok=False, words=words)

    async def rules(self) -> list[Json]:
        """List the DestinationRules, in the newest version that is served."""
        for version in RULE_VERSIONS:
            try:
                return await self._items(ISTIO, version, DESTINATION_RULES, Listed[shapes.DestinationRule])
            except NotServed:
                continue
        raise NotServed("The cluster knows no Istio DestinationRules.")

    async def _service(self, name: str) -> Json | None:
        # Asked by a field selector, this would be another right: to list the one that is named.
        found = await self._items("", "v1", "services", Listed[shapes.Service])
        return next((each for each in found if each["metadata"]["name"] == name), None)

    async def _slices(self, service: str) -> list[Json]:
        query = {"labelSelector": f"kubernetes.io/service-name={service}"}
        return await self._items(DISCOVERY, "v1", ENDPOINT_SLICES, Listed[shapes.EndpointSlice], query=query)

    async def _pods_of(self, version: Version) -> list[Json] | None:
        """Find a deployment's pods; None where it is not there, which another check says."""
        pods = PodsOf(self._api, namespace=self._plan.namespace, deployment=version.deployment)
        try:
            return (await pods.find(deadline_s=self._deadline_s)).pods
        except NotFound:
            return None

    async def _pods(self, selector: str) -> list[Json]:
        query = {"labelSelector": selector}
        return await self._items("", "v1", "pods", Listed[shapes.LabelledPod], query=query)

    async def _items(
        self, group: str, version: str, plural: str, shape: type[Shape], query: dict[str, str] | None = None
    ) -> list[Json]:
        path = path_of(group=group, version=version, namespace=self._plan.namespace, plural=plural)
        listed = await self._api.get(path, query=query or {}, deadline_s=self._deadline_s)
        return shaped(listed, shape).get("items") or []


def _half_named(check: Check, host: str) -> Check:
    """Say that a host leads nowhere in Istio, although the Service that it means is well."""
    words = (
        f"Istio takes {host} for a whole name, which no Service has: where no ServiceEntry has it every"
        f" request fails; write {host.partition('.')[0]} or {host.rstrip('.')}.svc.cluster.local into the"
        " route"
    )
    return replace(check, words=words, warning=True)


def _without_selector(asked: str, endpoints: list[Json]) -> Check:
    """Count the endpoints of a Service that somebody else keeps."""
    ready = len(names_of_ready(endpoints))
    if ready:
        return Check(name="", ok=True, words=f"{asked} has {ready} ready endpoints")
    words = f"{asked} has no selector and no ready endpoint; mend the EndpointSlices that are kept for it"
    return Check(name="", ok=False, words=words)


def _told(
    asked: str, version: Version, other: Version, *, reached: set[str], ours: list[Json] | None
) -> Check:
    """Say what a destination reaches, and refuse one that reaches no pod of its version."""
    deployment = version.deployment
    own = reached if ours is None else reached & {str(pod["metadata"]["name"]) for pod in ours}
    if not own:
        found = f"{len(reached)} ready pods, and none of {deployment}" if reached else "no ready pod"
        labels = f"have {in_words(ours[0]['metadata'].get('labels') or {})}" if ours else "are not there"
        mend = f"mend what it selects, or wait for them: pods of {deployment} {labels}"
        return Check(name="", ok=False, words=f"{asked} selects {found}; {mend}")
    if others := len(reached) - len(own):
        words = (
            f"{asked} selects {len(own)} ready pods of {deployment}, and {others} that are not its own:"
            f" where they are {other.name}'s the requests are not split as the weights say"
        )
        return Check(name="", ok=True, words=words, warning=True)
    return Check(name="", ok=True, words=f"{asked} selects {len(own)} ready pods of {deployment}")
