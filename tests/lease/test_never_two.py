"""Whatever lines and clocks do, two workers are never certain of one lease at the same time."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from random import Random

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from console.errors import ClusterError
from console.lab.kube.store import ObjectStore
from tests.lease.ground import Host
from tests.virtual_time import VirtualTimeLoop

LASTS_S = 240.0
LOOK_EVERY_S = 0.05
PACES = (0.95, 1.0, 1.05)
"""Of the steady clocks: far worse than any real one."""
DELAYS_S = (*[0.001] * 8, 0.3, 1.5, 14.0)


class Watch:
    """Looks at all hosts all the time."""

    def __init__(self, hosts: list[Host]) -> None:
        self._hosts = hosts
        self.drivers: set[str] = set()

    async def look(self) -> None:
        while True:
            certain = [host.name for host in self._hosts if host.lease.certain()]
            assert len(certain) <= 1, f"{certain} at {asyncio.get_running_loop().time()}"
            self.drivers |= set(certain)
            await asyncio.sleep(LOOK_EVERY_S)


async def strive(host: Host, random: Random) -> None:
    """Get the lease, by force at times; keep it a while; let go of it, or go silent; and again."""
    while True:
        with suppress(ClusterError):
            await host.lease.acquire(instead_of="" if random.random() < 0.2 else None)
            for _ in range(random.randrange(12)):
                await asyncio.sleep(host.lease.renew_s)
                with suppress(ClusterError):
                    await host.lease.renew()
            if random.random() < 0.5:
                await host.lease.release()
        await asyncio.sleep(random.uniform(0.0, 20.0))


async def cut_lines(hosts: list[Host], random: Random) -> None:
    while True:
        await asyncio.sleep(random.uniform(1.0, 30.0))
        host = random.choice(hosts)
        host.wire.lose_answers = random.randrange(3)
        host.wire.cut = True
        await asyncio.sleep(random.uniform(1.0, 20.0))
        host.wire.cut = False


async def struggle(seed: int) -> set[str]:
    random = Random(seed)
    store = ObjectStore()
    hosts = [
        Host(store, name, off_s=random.uniform(-600.0, 600.0), pace=random.choice(PACES))
        for name in ("ana", "bob", "cleo")
    ]
    for host in hosts:
        host.wire.delay_s = lambda: random.choice(DELAYS_S)
    watch = Watch(hosts)
    work = [watch.look(), cut_lines(hosts, random), *(strive(host, random) for host in hosts)]
    tasks = [asyncio.ensure_future(each) for each in work]
    done, _ = await asyncio.wait(tasks, timeout=LASTS_S, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
    return watch.drivers


def struggled(seed: int) -> set[str]:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(struggle(seed))


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@example(seed=177)  # a takeover whose answer was lost, found to be ours by the next try
@example(seed=276)  # a claim still on its way, and a renewal of the version that it was made from
@example(seed=283)  # a taker that lets go while the former holder is still certain
@given(seed=st.integers(0, 2**32))
def test_two_are_never_certain_at_once(seed: int) -> None:
    struggled(seed)


def test_the_struggle_is_one() -> None:
    """Else the test above would say nothing: every host gets to drive."""
    assert struggled(7) | struggled(8) == {"ana", "bob", "cleo"}
