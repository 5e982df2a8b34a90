"""The worker's eyes: traffic, pods and the past, made into evidence; nothing that fails there fails here."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from console.defects import defects_become
from console.errors import ClusterError, EvidenceError
from console.evidence import Look, Pods, Sample
from console.judge.keys.foresight import foresee
from console.plan.model import Plan
from console.ports import PodsWatch, Ports
from console.preflight import Check

PAST_DEADLINE_S = 5.0
"""The preflight waits no longer for stable's past: without it the release is judged more carefully."""


class Lookout:
    """Looks at both versions of one release."""

    def __init__(self, ports: Ports, plan: Plan) -> None:
        self._ports = ports
        self._plan = plan

    async def foresee(self) -> tuple[Check, ...]:
        """Say what stable's past tells of the release: half a second of work where there are 50 pods."""
        try:
            with defects_become(EvidenceError):
                history = await self._ports.source.history(deadline_s=PAST_DEADLINE_S)
                return foresee(history, plan=self._plan)
        except EvidenceError as error:
            return (Check(name="rehearsal", ok=True, words=str(error), warning=True),)

    async def sample(self, *, deadline_s: float) -> Sample:
        """Look once; what can't be seen is missing from the sample, which says why."""
        sample, stable, canary = await asyncio.gather(
            self._evidence(deadline_s),
            self._pods(self._ports.stable_pods, deadline_s),
            self._pods(self._ports.canary_pods, deadline_s),
        )
        return replace(
            sample, stable=_with_pods(sample.stable, stable), canary=_with_pods(sample.canary, canary)
        )

    async def _evidence(self, deadline_s: float) -> Sample:
        try:
            with defects_become(EvidenceError):
                return await self._ports.source.sample(deadline_s=deadline_s)
        except EvidenceError as error:
            return Sample(span_s=0.0, trouble=str(error))

    async def _pods(self, watch: PodsWatch, deadline_s: float) -> Pods:
        try:
            with defects_become(ClusterError):
                return await watch.look(deadline_s=deadline_s)
        except ClusterError:
            return Pods()


def _with_pods(look: Look, pods: Pods) -> Look:
    """Join what Kubernetes counts with what the metrics measure."""
    used = look.pods
    return replace(look, pods=replace(pods, cpu_cores=used.cpu_cores, memory_bytes=used.memory_bytes))
