"""Races of two hosts for one release: two processes with state folders of their own, one real API server."""

from __future__ import annotations

import asyncio
import json
import sys
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from tests.traffic.ground import Shop, pod_status, virtual_service

if TYPE_CHECKING:
    from pathlib import Path

    from tests.traffic.servers import RealServer

LOGINS = ("ana", "bob")
FORCED_EVERY = 6
"""In each race of this many the second host takes over by force from the first."""
HEAD_START_S = 0.3


class Finish(Struct, frozen=True, kw_only=True):
    """How one race ended."""

    forced: bool
    both_drove: bool
    """At the same time: what must never be."""
    drivers: int
    """How many drove, be it one after the other."""
    told: str


async def races(real: RealServer, folder: Path, *, count: int) -> list[Finish]:
    """Let two hosts race `count` times."""
    kubeconfig = folder / "config"
    kubeconfig.write_text(json.dumps(real.kubeconfig()))
    hosts = [await _host(kubeconfig, folder / login, login) for login in LOGINS]
    try:
        return [await _race(real, hosts, forced=(at + 1) % FORCED_EVERY == 0) for at in range(count)]
    finally:
        for host in hosts:
            host.kill()
            await host.wait()


async def _host(kubeconfig: Path, folder: Path, login: str) -> asyncio.subprocess.Process:
    host = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.traffic.racer", str(kubeconfig), str(folder), login),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert host.stdout
    assert await host.stdout.readline() == b"ready\n"
    return host


async def _race(real: RealServer, hosts: list[asyncio.subprocess.Process], *, forced: bool) -> Finish:
    shop = Shop(real.connect())
    await shop.put(virtual_service())
    for name in ("checkout-v1", "checkout-v2"):
        await shop.deploy(name, replicas=1, pods=[pod_status(ready=True)])
    first, second = hosts
    _start(first, shop.namespace)
    if forced:
        await asyncio.sleep(HEAD_START_S)
    _start(second, f"{shop.namespace} force" if forced else shop.namespace)
    told = [await _answer(host) for host in hosts]
    spans = sorted(tuple(span) for each in told for span in each["driven"])
    return Finish(
        forced=forced,
        both_drove=any(begun < ended for (_, ended), (begun, _) in pairwise(spans)) or _strayed(told),
        drivers=sum(bool(each["writes"]) for each in told),
        told=str(told),
    )


def _start(host: asyncio.subprocess.Process, line: str) -> None:
    assert host.stdin
    host.stdin.write(f"{line}\n".encode())


async def _answer(host: asyncio.subprocess.Process) -> dict[str, Any]:
    assert host.stdout
    answer = json.loads(await asyncio.wait_for(host.stdout.readline(), 60.0))
    assert isinstance(answer, dict)
    return answer


def _strayed(told: list[dict[str, Any]]) -> bool:
    """Tell whether somebody wrote outside of the time in which they drove."""
    return any(
        not any(begun <= at <= ended for begun, ended in each["driven"])
        for each in told
        for at in each["writes"]
    )
