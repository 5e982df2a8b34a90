"""What Prometheus is asked of pods goes by the last look at them, and by none that failed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from console.errors import Unreachable
from console.evidence import Pods
from console.worker.known_pods import KnownPods

if TYPE_CHECKING:
    from console.cluster.pods import PodWatch


class ToyWatch:
    """Looks at pods that a test names; it fails where none are named."""

    def __init__(self, *found: str) -> None:
        self.names: tuple[str, ...] | None = None
        self.young = frozenset(name for name in found if name.startswith("new"))
        self.addresses = {name: f"10.0.0.{at}" for at, name in enumerate(found)}
        self.found = found
        self.looks = 0

    async def look(self, *, deadline_s: float) -> Pods:
        self.looks += 1
        await asyncio.sleep(0.0 if not self.found else 0.001)  # what fails does so first
        if not self.found:
            raise Unreachable(f"not counted within {deadline_s:g} s")
        self.names = self.found
        return Pods()


def known(**watches: ToyWatch) -> KnownPods:
    return KnownPods(cast("dict[str, PodWatch]", watches))


def test_it_looks_where_nobody_has_looked_yet_and_nowhere_else() -> None:
    seen, new = ToyWatch("a"), ToyWatch("b")
    asyncio.run(seen.look(deadline_s=1))
    pods = known(v1=seen, v2=new)
    assert pods.known == {"v1": ("a",)}
    asyncio.run(pods.learn(deadline_s=1))
    assert (pods.known, seen.looks, new.looks) == ({"v1": ("a",), "v2": ("b",)}, 1, 1)


def test_the_young_ones_of_both_versions_are_told() -> None:
    assert known(v1=ToyWatch("a", "new-b"), v2=ToyWatch("new-c")).young == {"new-b", "new-c"}


def test_each_address_is_known_by_its_pod_s_name() -> None:
    assert known(v1=ToyWatch("a", "b")).addresses == {"a": "10.0.0.0", "b": "10.0.0.1"}


def test_pods_that_can_t_be_looked_at_are_not_known_and_nothing_fails() -> None:
    pods = known(v1=ToyWatch(), v2=ToyWatch("b"))
    asyncio.run(pods.learn(deadline_s=1))
    assert pods.known == {"v2": ("b",)}
