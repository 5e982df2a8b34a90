"""The names of both versions' pods as the last look had them, for what Prometheus is asked of them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from console.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.cluster.pods import PodWatch


class KnownPods:
    """Asks nobody by itself once the worker looks at the pods with every tick."""

    def __init__(self, watches: Mapping[str, PodWatch]) -> None:
        """Know the pods of these Deployments."""
        self._watches = watches

    @property
    def known(self) -> Mapping[str, tuple[str, ...]]:
        """By Deployment; absent where the last look could not be made."""
        names = {deployment: watch.names for deployment, watch in self._watches.items()}
        return {deployment: each for deployment, each in names.items() if each is not None}

    @property
    def addresses(self) -> Mapping[str, str]:
        """The IP of each that has one of its own, by its name."""
        return {name: ip for watch in self._watches.values() for name, ip in watch.addresses.items()}

    @property
    def young(self) -> frozenset[str]:
        """Those that were made since the first look."""
        return frozenset().union(*(watch.young for watch in self._watches.values()))

    async def learn(self, *, deadline_s: float) -> None:
        """Look at those that nobody has looked at yet."""
        new = [watch for watch in self._watches.values() if watch.names is None]
        await asyncio.gather(*(_look(watch, deadline_s) for watch in new))


async def _look(watch: PodWatch, deadline_s: float) -> None:
    with suppress(ClusterError):
        await watch.look(deadline_s=deadline_s)
