"""What is looked at before an ended release is undone: whether its object is free, and stable can serve."""

from __future__ import annotations

from console.errors import ClusterError
from console.plan.model import Plan
from console.preflight import Check
from console.traffic.router import CALL_S
from console.worker.defects import defects_become
from console.worker.ports import Ports


class Undoing:
    """Looks at the router and at stable's pods, and at nothing else: an undo waits for no evidence."""

    def __init__(self, ports: Ports, plan: Plan) -> None:
        self._ports = ports
        self._plan = plan

    async def checks(self) -> tuple[Check, ...]:
        """Look at both; what can't be seen speaks against it."""
        return (await self._route(), await self._pods())

    async def _route(self) -> Check:
        try:
            with defects_become(ClusterError):
                split = await self._ports.router.read(deadline_s=CALL_S)
        except ClusterError as error:
            return Check(name="route", ok=False, words=error.with_hint)
        if split.driver:
            words = f"{split.driver} drives it now: roll back that release instead, with pithead rollback"
            return Check(name="route", ok=False, words=words)
        canary = self._plan.canary.name
        return Check(name="route", ok=True, words=f"{canary} has {split.weight}%")

    async def _pods(self) -> Check:
        stable = self._plan.stable
        name = f"pods of {stable.name}"
        try:
            with defects_become(ClusterError):
                pods = await self._ports.stable_pods.look(deadline_s=CALL_S)
        except ClusterError as error:
            return Check(name=name, ok=False, words=error.with_hint)
        if not pods.ready:
            words = f"0 are ready: scale {stable.deployment} up first, then undo"
            return Check(name=name, ok=False, words=words)
        return Check(name=name, ok=True, words=f"{pods.ready} ready")
