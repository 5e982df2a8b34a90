"""Races of two hosts for one release: two processes with state folders of their own, one real API server."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import sys
from contextlib import suppress
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from console.cluster.lease import ClusterLease
from console.errors import ClusterError
from tests.traffic.audit import Written, charges, writes_in
from tests.traffic.driving import SHORT
from tests.traffic.ground import Shop, plan_for, pod_status, virtual_service
from tests.traffic.servers import HOSTS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from tests.traffic.servers import RealServer

HEAD_START_S = 0.3
HOLD_S, LONG_HOLD_S = 0.3, 2.0
LONGEST_S = 240.0
POLL_S = 0.02


class Kind(StrEnum):
    """What the second host does, and what happens to the first."""

    LEVEL = "level"
    """Both start at once."""
    FORCED = "forced"
    """The second one takes over from the first by force."""
    FROZEN = "frozen"
    """The first one is stopped while it holds the lease, and goes on once the second one has it."""


class Finish(Struct, frozen=True, kw_only=True):
    """How one race ended."""

    kind: Kind
    both_drove: bool
    """At the same time, by the hosts' own records: what must never be."""
    charges: list[str]
    """What the API server's audit says against a host: there must be none."""
    drivers: int
    """How many wrote forward, be it one after the other, by the audit."""
    admitted: int
    """How many did by their own records."""
    told: str


async def races(real: RealServer, folder: Path, *, kinds: list[Kind]) -> list[Finish]:
    """Let two hosts race, a race each kind."""
    hosts = [await _host(real, folder / login, login) for login in HOSTS]
    try:
        return [await _race(real, hosts, kind) for kind in kinds]
    finally:
        for host in hosts:
            host.kill()
            await host.wait()


async def _host(real: RealServer, folder: Path, login: str) -> asyncio.subprocess.Process:
    folder.mkdir()  # noqa: ASYNC240 - one local call, before anything runs
    kubeconfig = folder / "config"
    kubeconfig.write_text(json.dumps(real.kubeconfig(login)))
    host = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.traffic.racer", str(kubeconfig), str(folder), login),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert host.stdout
    assert await host.stdout.readline() == b"ready\n"
    return host


async def _race(real: RealServer, hosts: list[asyncio.subprocess.Process], kind: Kind) -> Finish:
    shop = real.open_shop()
    await shop.put(virtual_service())
    for name in ("checkout-v1", "checkout-v2"):
        await shop.deploy(name, replicas=1, pods=[pod_status(ready=True)])
    async with asyncio.timeout(LONGEST_S):
        await _RUNS[kind](shop, *hosts)
        told = [await _answer(host) for host in hosts]
    written = list(writes_in(real.audit_log, namespace=shop.namespace))
    return Finish(
        kind=kind,
        # A frozen host writes down only when it wakes that its time is over.
        both_drove=_strayed(told) or (kind is not Kind.FROZEN and _overlap(told)),
        charges=charges(written, certain_s=SHORT.duration_s - SHORT.margin_s),
        drivers=_drivers(written),
        admitted=sum(bool(each["writes"]) for each in told),
        told=str(told),
    )


async def _level(shop: Shop, first: asyncio.subprocess.Process, second: asyncio.subprocess.Process) -> None:
    _start(first, shop, HOLD_S)
    _start(second, shop, HOLD_S)


async def _forced(shop: Shop, first: asyncio.subprocess.Process, second: asyncio.subprocess.Process) -> None:
    _start(first, shop, HOLD_S)
    await asyncio.sleep(HEAD_START_S)
    _start(second, shop, HOLD_S, "force")


async def _frozen(shop: Shop, first: asyncio.subprocess.Process, second: asyncio.subprocess.Process) -> None:
    """Stop the holder for longer than its lease lasts, and wake it around the other one's first write."""
    _start(first, shop, LONG_HOLD_S)
    await _until_held_by(shop, HOSTS[0])
    await asyncio.sleep(random.uniform(0.0, HEAD_START_S))
    first.send_signal(signal.SIGSTOP)
    try:
        await asyncio.sleep(SHORT.duration_s)
        # The frozen one may have written: a release begins at such a weight only where it is named.
        _start(second, shop, HOLD_S, f"from={await _canary_weight(shop)}")
        await _until_held_by(shop, HOSTS[1])
        await asyncio.sleep(random.uniform(0.0, HEAD_START_S))
    finally:
        first.send_signal(signal.SIGCONT)


_RUNS: dict[
    Kind, Callable[[Shop, asyncio.subprocess.Process, asyncio.subprocess.Process], Awaitable[None]]
] = {
    Kind.LEVEL: _level,
    Kind.FORCED: _forced,
    Kind.FROZEN: _frozen,
}


async def _canary_weight(shop: Shop) -> int:
    (route,) = (await shop.get())["spec"]["http"]
    return int(route["route"][1].get("weight", 0))


async def _until_held_by(shop: Shop, login: str) -> None:
    async for name in _holders(shop):
        if name.partition("@")[0] == login:
            return


async def _holders(shop: Shop) -> AsyncIterator[str]:
    lease = ClusterLease(
        shop.cluster, namespace=shop.namespace, name=plan_for(shop.namespace).lock, identity=""
    )
    while True:
        with suppress(ClusterError):
            holder = await lease.holder()
            yield holder.name if holder else ""
        await asyncio.sleep(POLL_S)


def _start(host: asyncio.subprocess.Process, shop: Shop, hold_s: float, *how: str) -> None:
    assert host.stdin
    host.stdin.write(f"{' '.join([shop.namespace, str(hold_s), *how])}\n".encode())


async def _answer(host: asyncio.subprocess.Process) -> dict[str, Any]:
    assert host.stdout
    answer = json.loads(await host.stdout.readline())
    assert isinstance(answer, dict)
    return answer


def _drivers(written: list[Written]) -> int:
    return len({write.by for write in written if write.weight and write.by in HOSTS})


def _overlap(told: list[dict[str, Any]]) -> bool:
    spans = sorted(tuple(span) for each in told for span in each["driven"])
    return any(begun < ended for (_, ended), (begun, _) in pairwise(spans))


def _strayed(told: list[dict[str, Any]]) -> bool:
    """Tell whether somebody wrote outside of the time in which they drove."""
    return any(
        not any(begun <= at <= ended for begun, ended in each["driven"])
        for each in told
        for at in each["writes"]
    )
