"""Prometheus inside the cluster, asked through the API server's own proxy of a Service: no tunnel is needed.

The release's login to the cluster lets us in there. Only `get` is asked for: a query goes into the address,
where Go takes a megabyte.
"""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import quote

from console.access.plugins import PLUGIN_TIMEOUT_S
from console.errors import ClusterError, EvidenceError
from console.metrics.by_url import AT_ONCE
from console.metrics.door import Door
from console.metrics.transport import Reply

if TYPE_CHECKING:
    from console.cluster.api import PassesOn
    from console.plan.access import Access

_NO_POD = re.compile(r"no endpoints available", re.IGNORECASE)
_NO_PORT = re.compile(r"no service port", re.IGNORECASE)
_NOT_REACHED = re.compile(r"error trying to reach service: (.*)", re.IGNORECASE | re.DOTALL)
"""The API server's words for a Service that it can't pass a call on to; the last with Go's reason."""
_NO_TLS = re.compile(r"^tls: ", re.IGNORECASE)
_NO_HTTP = re.compile(r"^EOF|malformed HTTP", re.IGNORECASE)
_REFUSED = re.compile(r"connection refused", re.IGNORECASE)


class ByService:
    """One Prometheus, by the name of its Service."""

    methods = ("GET",)

    def __init__(self, access: Access, cluster: PassesOn) -> None:
        assert access.service is not None
        self._service = access.service
        self.name = f"Prometheus in the service {self._service.in_words}"
        self._proxy = (
            f"/api/v1/namespaces/{quote(self._service.namespace)}"
            f"/services/{quote(self._service.target, safe=':')}/proxy{self._service.path}"
        )
        self._door = Door(access)
        self._cluster = cluster
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def log_in(self) -> None:
        """Log in to the cluster, if it has not been done."""
        with suppress(ClusterError):
            await self._cluster.log_in(deadline_s=PLUGIN_TIMEOUT_S)

    async def ask(self, method: str, path: str, *, form: dict[str, str], deadline_s: float) -> Reply:
        """Ask once; raises `EvidenceError` also for what the API server itself refuses."""
        assert method in self.methods
        until = time.monotonic() + deadline_s
        try:
            async with asyncio.timeout(deadline_s), self._turns:
                passed = await self._cluster.pass_on(
                    self._proxy + path,
                    query=form,
                    headers=lambda: self._door.proof(until=until).headers,
                    deadline_s=deadline_s,
                )
        except ClusterError as error:
            raise self._not_passed_on(error) from error
        except TimeoutError as error:
            raise EvidenceError(f"{self.name} gave no answer within {deadline_s:g} s") from error
        return Reply(
            status=passed.status,
            body=passed.body,
            headers=passed.headers,
            shown="a call without a login of its own",
            mend="none passes the API server: reach it by its url, through a tunnel",
        )

    def _not_passed_on(self, error: ClusterError) -> EvidenceError:
        words, hint, namespace = str(error), error.hint, self._service.namespace
        if _NO_POD.search(words):
            hint = f"The Service leads to no ready pod: see `kubectl get endpointslices -n {namespace}`."
        elif _NO_PORT.search(words):
            hint = f"See its ports with `kubectl get service -n {namespace}`."
        elif found := _NOT_REACHED.search(words):
            hint = self._mend(found[1])
        return EvidenceError(f"{self.name} can't be asked: {words}", hint=hint)

    def _mend(self, reason: str) -> str:
        """Say what mends it where the API server does not get through to a pod."""
        if self._service.tls and _NO_TLS.search(reason):
            return "It speaks no TLS there: take `https:` out of the plan's service."
        if not self._service.tls and _NO_HTTP.search(reason):
            return "Where it speaks TLS write `https:` before the name in the plan's service."
        if _REFUSED.search(reason):
            return "Nothing listens there: see the Service's targetPort."
        return "See whether a NetworkPolicy keeps the API server from its pods."
