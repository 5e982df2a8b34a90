"""Takes a sample: traffic, pods and the past, made into evidence; nothing that fails there fails here."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from console.errors import ClusterError, EvidenceError
from console.evidence import History, Look, Pods, Sample
from console.judge.forecast import foresee
from console.judge.terms import Terms, terms_for
from console.plan.model import Plan
from console.preflight import Check
from console.worker.defects import defects_become
from console.worker.ports import PodsWatch, Ports

PAST_DEADLINE_S = 5.0
"""Seconds that the preflight waits for stable's past; without it the release is judged more carefully."""


class Sampler:
    """Looks at both versions of one release."""

    def __init__(self, ports: Ports, plan: Plan) -> None:
        self._ports = ports
        self._plan = plan

    async def past(self) -> History:
        """Look back at stable's last hour; an empty history where it can't be seen in time."""
        try:
            with defects_become(EvidenceError):
                return await self._ports.source().history(deadline_s=PAST_DEADLINE_S) or History()
        except EvidenceError:
            return History()

    def outlook(self, past: History) -> tuple[Terms, tuple[Check, ...]]:
        """Make the judge's terms of stable's past, and say what it tells of the release.

        To be asked once the preflight knows how often the versions are scraped.
        """
        try:
            with defects_become(EvidenceError):
                terms = self._terms(past)
                return terms, foresee(past, plan=self._plan, terms=terms)
        except EvidenceError as error:
            return self._terms(History()), (Check(name="rehearsal", ok=True, words=str(error), warning=True),)

    def _terms(self, past: History) -> Terms:
        return terms_for(self._plan, past, scrape_s=self._ports.source().scrape_s)

    async def account(self) -> str:
        """Ask the cluster for our account there; empty where it does not say."""
        try:
            with defects_become(ClusterError):
                return await self._ports.account()
        except ClusterError:
            return ""

    async def sample(self, *, deadline_s: float) -> Sample:
        """Take one sample; what can't be seen is missing in it, and it says why. Raises nothing."""
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
                return await self._ports.source().sample(deadline_s=deadline_s)
        except EvidenceError as error:
            return Sample(span_s=0.0, trouble=error.with_hint)

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
