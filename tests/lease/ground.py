"""Leases over the lab's objects, in process and in virtual time, each host with a clock of its own."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from console.cluster.answers import read_answer
from console.cluster.lease import ClusterLease, Terms
from console.errors import Unreachable
from console.lab.kube import calls
from console.lab.kube.access import Access
from console.lab.kube.answers import Answers
from console.lab.kube.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.lab.kube.store import ObjectStore

Json = dict[str, Any]
EPOCH = 1_800_000_000.0


class Wire:
    """An Api that is a line to the lab's objects: it can be slow, be cut, or lose an answer."""

    context = "lab"
    server = "lab"

    def __init__(self, store: ObjectStore) -> None:
        self._answers = Answers(store, Access())
        self.cut = False
        self.lose_answers = 0
        self.delay_s: Callable[[], float] = lambda: 0.0

    async def log_in(self, *, deadline_s: float) -> None:
        assert deadline_s > 0

    async def get(self, path: str, *, query: dict[str, str] | None = None, deadline_s: float) -> Json:
        return await self._ask("GET", path, query=query, deadline_s=deadline_s)

    async def patch(
        self,
        path: str,
        body: Json | list[Json],
        *,
        content_type: str,
        query: dict[str, str] | None = None,
        deadline_s: float,
    ) -> Json:
        return await self._ask(
            "PATCH", path, body=body, media_type=content_type, query=query, deadline_s=deadline_s
        )

    async def post(
        self, path: str, body: Json, *, query: dict[str, str] | None = None, deadline_s: float
    ) -> Json:
        return await self._ask("POST", path, body=body, query=query, deadline_s=deadline_s)

    async def delete(self, path: str, *, only: Json, deadline_s: float) -> Json:
        return await self._ask(
            "DELETE", path, body={"preconditions": only}, query=None, deadline_s=deadline_s
        )

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        media_type: str = "application/json",
        query: dict[str, str] | None,
        deadline_s: float,
    ) -> Json:
        """Let a request travel there and its answer back; the server acts in between, whoever still waits."""
        there_s, back_s = self.delay_s(), self.delay_s()
        if self.cut:
            await asyncio.sleep(min(there_s, deadline_s))
            raise Unreachable("the line is cut")
        acted = asyncio.ensure_future(self._act(method, path, body, media_type, query or {}, after_s=there_s))
        try:
            async with asyncio.timeout(deadline_s):
                status, answer = await asyncio.shield(acted)
                await asyncio.sleep(back_s)
        except TimeoutError:
            raise Unreachable("no answer in time") from None
        if self.lose_answers:
            self.lose_answers -= 1
            raise Unreachable("the answer was lost")
        return read_answer(status, {}, json.dumps(answer).encode(), server="lab")

    async def _act(
        self, method: str, path: str, body: Any, media_type: str, query: dict[str, str], *, after_s: float
    ) -> tuple[int, Json]:
        await asyncio.sleep(after_s)
        call = calls.read(method, unquote(path), query)
        assert call is not None
        try:
            return self._answers.to(call, body=json.dumps(body).encode(), media_type=media_type, query=query)
        except Refusal as refusal:
            return refusal.status, refusal.body()


class Host:
    """One host: a name, a line, a wall clock that is off by so much, and a steady one that runs so fast."""

    def __init__(
        self,
        store: ObjectStore,
        name: str,
        *,
        off_s: float = 0.0,
        pace: float = 1.0,
        terms: Terms | None = None,
        knows_dead: str = "",
        life: str = "",
    ) -> None:
        """`knows_dead` names a host whose worker is known here to be dead; `life` tells two workers apart."""
        self.wire = Wire(store)
        self.name = name
        self._pace = pace
        self._off_s = off_s
        self.lease = ClusterLease(
            self.wire,
            namespace="shop",
            name="pithead-istio-checkout",
            identity=f"{name}@{name}-host/checkout-{name}/0" + (f"/{life}" if life else ""),
            is_dead=lambda identity: identity.startswith(f"{knows_dead}@"),
            terms=terms,
            clock=self._steady,
            wall=self._wall,
        )

    def _steady(self) -> float:
        return asyncio.get_running_loop().time() * self._pace

    def _wall(self) -> float:
        return EPOCH + asyncio.get_running_loop().time() + self._off_s
