"""Which pods a subset of a ServiceResolver has, as far as its filter can be read here.

Consul's connect injector makes a service's meta of its pods' annotations, and a subset is a filter over that.
The one that people write, `Service.Meta.version == v2`, is followed to the version's pods; Consul alone knows
what any other one selects.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from console.cluster.api import path_of
from console.cluster.owned import PodsOf
from console.cluster.rights import Right
from console.cluster.shapes import Shape, shaped
from console.errors import ClusterError, Denied, NotFound
from console.plan.literal import literal
from console.preflight import Check
from console.traffic.rights import named

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from console.cluster.api import Api
    from console.plan.model import Plan, Version

Json = dict[str, Any]

GROUP, VERSION, RESOLVERS = "consul.hashicorp.com", "v1alpha1", "serviceresolvers"
META = "consul.hashicorp.com/service-meta-"
"""How an annotation of a pod begins that is its service's meta."""
BY_META = re.compile(r'\s*Service\.Meta\.([\w-]+)\s*==\s*(?:"([^"]*)"|([^\s"]+))\s*', re.ASCII)
LONGEST_FILTER_CHARS = 200
"""Characters of a filter, or of names, that are quoted."""


class ResolverSubset(Shape, frozen=True, kw_only=True):
    """One subset."""

    filter: str = ""


class ResolverSpec(Shape, frozen=True, kw_only=True):
    """A service's subsets."""

    subsets: dict[str, ResolverSubset] | None = None


class ServiceResolver(Shape, frozen=True, kw_only=True):
    """Consul's."""

    spec: ResolverSpec | None = None


def rights_to_resolvers(services: Iterable[str]) -> tuple[Right, ...]:
    """Return the rights to read where these services' subsets are defined."""
    return tuple(named("get", GROUP, RESOLVERS, service) for service in sorted(set(services)))


async def check_subsets(
    api: Api, plan: Plan, services: Sequence[str], subsets: Sequence[str], *, deadline_s: float
) -> tuple[Check, ...]:
    """Follow stable's subset and the canary's to their pods; an empty one is its service's default.

    Where we may not look no line is given: the check of rights says it. Where no answer comes, that is said.
    """
    versions = ((plan.stable, plan.canary), (plan.canary, plan.stable))
    subset_of = _Subsets(api, plan, deadline_s=deadline_s)
    try:
        return tuple(
            [
                replace(
                    await subset_of.follow(service, subset, *both), name=f"{both[0].name} behind {service}"
                )
                for service, subset, both in zip(services, subsets, versions, strict=True)
            ]
        )
    except Denied:
        return ()
    except ClusterError as error:
        return (Check(name=f"pods behind {plan.service}", ok=False, words=error.with_hint),)


class _Subsets:
    """Reads one namespace."""

    def __init__(self, api: Api, plan: Plan, *, deadline_s: float) -> None:
        self._api = api
        self._plan = plan
        self._deadline_s = deadline_s

    async def follow(self, service: str, subset: str, version: Version, other: Version) -> Check:
        """Follow a subset to the pods of its version, by the filter that people write."""
        where = f"ServiceResolver {self._plan.namespace}/{service}"
        subsets = await self._defined(service) if subset else None
        if subsets is None:
            words = f"{where} is not there" if subset else f"the default subset of {service} is meant"
            return _not_known(f"{words}: which pods of {version.name} it has is not known here")
        if subset not in subsets:
            has = literal(", ".join(sorted(subsets)), longest=LONGEST_FILTER_CHARS) or "none"
            words = f"{where} has no subset {subset} (it has {has}); add it, with its filter"
            return Check(name="", ok=False, words=words)
        text = str((subsets[subset] or {}).get("filter") or "")
        asked = f"subset {subset} of {where} ({literal(text, longest=LONGEST_FILTER_CHARS) or 'no filter'})"
        found = BY_META.fullmatch(text)
        if found is None:
            return _not_known(f"{asked} has the pods that its filter selects, which Consul alone knows")
        key, wanted = f"{META}{found[1]}", found[2] or found[3] or ""
        ours, others = await self._annotations(version, key), await self._annotations(other, key)
        if ours and wanted not in ours:
            have = literal(
                ", ".join(sorted({each or "nothing" for each in ours})), longest=LONGEST_FILTER_CHARS
            )
            words = f"{asked} selects no pod of {version.deployment}: these have {have} as {key}; mend either"
            return Check(name="", ok=False, words=words)
        if wanted in others:
            words = f"{asked} selects pods of {other.deployment} too: the weights do not split the two"
            return Check(name="", ok=True, words=words, warning=True)
        return Check(
            name="", ok=True, words=f"{asked} selects {ours.count(wanted)} pods of {version.deployment}"
        )

    async def _defined(self, service: str) -> Json | None:
        """Return a service's subsets by name; None where no ServiceResolver of it is in this cluster."""
        namespace = self._plan.namespace
        path = path_of(group=GROUP, version=VERSION, namespace=namespace, plural=RESOLVERS, name=service)
        try:
            resolver = shaped(await self._api.get(path, deadline_s=self._deadline_s), ServiceResolver)
        except NotFound:
            return None
        return (resolver.get("spec") or {}).get("subsets") or {}

    async def _annotations(self, version: Version, key: str) -> list[str]:
        """Return the annotation of each pod of a version; none where its Deployment is not there."""
        pods = PodsOf(self._api, namespace=self._plan.namespace, deployment=version.deployment)
        try:
            found = (await pods.find(deadline_s=self._deadline_s)).pods
        except NotFound:  # another check says it
            return []
        return [str((pod["metadata"].get("annotations") or {}).get(key, "")) for pod in found]


def _not_known(words: str) -> Check:
    return Check(name="", ok=True, words=words, warning=True)
