"""Prometheus' HTTP API: a query goes in, a typed answer or one sentence comes out.

How it is reached is its transport's: `by_url`, or `by_service` through the API server.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

import msgspec

from console.errors import EvidenceError
from console.metrics.answer import Answer, decode, unwrap
from console.metrics.by_service import ByService
from console.metrics.by_url import ByUrl
from console.metrics.range_answer import RangeAnswer, decode_range
from console.metrics.refusals import refused
from console.metrics.selectors import with_labels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.cluster.api import PassesOn
    from console.metrics.transport import Reply, Transport
    from console.plan.model import MetricsSource

NO_SUCH_METHOD = (405, 501)
"""How servers and proxies that only let things be read answer a POST: the query goes into the URL then."""

# Thanos and VictoriaMetrics answer with what they have when a store is missing. A counter that is missing
# looks like a pod that went away, so an error is better. Prometheus ignores both.
_WHOLE_OR_NOTHING = {"partial_response": "false", "deny_partial_response": "1"}


class Prometheus:
    """One Prometheus, asked with instant queries and ranges of them."""

    def __init__(
        self, url: str, *, transport: Transport | None = None, labels: Mapping[str, str] | None = None
    ) -> None:
        """Ask at this URL, with the token of the environment; or by `transport`, which the URL only names.

        Each selector of each query gets `labels`.
        """
        self.url = url.rstrip("/")
        self._transport = transport or ByUrl(self.url, None)
        self._methods = self._transport.methods
        self._labels = labels or {}

    @classmethod
    def of(cls, metrics: MetricsSource, *, cluster: PassesOn | None = None) -> Prometheus:
        """Return the plan's; a Service is asked through `cluster`, or the one of the kubeconfig's context."""
        access = metrics.access or None
        if access is not None and access.service is not None:
            service = ByService(access, cluster or _current_cluster())
            return cls("", transport=service, labels=access.labels)
        transport = ByUrl(metrics.prometheus, access)
        return cls(metrics.prometheus, transport=transport, labels=access.labels if access else None)

    async def query(self, promql: str, *, deadline_s: float) -> Answer:
        """Evaluate `promql` now.

        The deadline covers everything: the wait for a free turn, the connection, and the last byte of the
        answer. Raises `EvidenceError` with a sentence for whatever went wrong.
        """
        query = with_labels(promql, self._labels)
        form = {"query": query, "timeout": f"{deadline_s * 1000:.0f}ms", **_WHOLE_OR_NOTHING}
        reply = await self._ask("/api/v1/query", form=form, deadline_s=deadline_s)
        return decode(reply.body, status=reply.status, where=self._transport.name)

    async def query_range(
        self, promql: str, *, start_s: float, end_s: float, step_s: float, deadline_s: float
    ) -> RangeAnswer:
        """Evaluate `promql` at every step from `start_s` to `end_s`, on terms as for `query`."""
        form = {
            "query": with_labels(promql, self._labels),
            "start": f"{start_s:.3f}",
            "end": f"{end_s:.3f}",
            "step": f"{step_s:.3f}",
            "timeout": f"{deadline_s * 1000:.0f}ms",
            **_WHOLE_OR_NOTHING,
        }
        reply = await self._ask("/api/v1/query_range", form=form, deadline_s=deadline_s)
        return decode_range(reply.body, status=reply.status, where=self._transport.name)

    async def samples(self, selector: str, *, back_s: float, deadline_s: float) -> RangeAnswer:
        """Return the raw samples of the last `back_s` seconds, on terms as for `query`."""
        form = {
            "query": with_labels(f"{selector}[{ceil(back_s)}s]", self._labels),
            "timeout": f"{deadline_s * 1000:.0f}ms",
            **_WHOLE_OR_NOTHING,
        }
        reply = await self._ask("/api/v1/query", form=form, deadline_s=deadline_s)
        return decode_range(reply.body, status=reply.status, where=self._transport.name)

    async def build(self, *, deadline_s: float) -> str:
        """Say which program answers: `Prometheus 2.42.0`; without a number where it gives none.

        It is the first to be asked, and so waits for a login. Raises `EvidenceError` where it does not
        let us in.
        """
        await self._transport.log_in()
        reply = await self._let_in("GET", "/api/v1/status/buildinfo", form={}, deadline_s=deadline_s)
        try:
            said = unwrap(reply.body, status=reply.status, where=self._transport.name)
            about = msgspec.json.decode(said.data, type=dict[str, Any])
        except (EvidenceError, msgspec.DecodeError):
            return "Prometheus"
        return f"{about.get('application', 'Prometheus')} {about.get('version', '')}".rstrip()

    async def _ask(self, path: str, *, form: dict[str, str], deadline_s: float) -> Reply:
        """Ask a query by the best method that is taken, which is remembered."""
        reply = await self._let_in(self._methods[0], path, form=form, deadline_s=deadline_s)
        if reply.status in NO_SUCH_METHOD and len(self._methods) > 1:
            self._methods = self._methods[1:]
            return await self._let_in(self._methods[0], path, form=form, deadline_s=deadline_s)
        return reply

    async def _let_in(self, method: str, path: str, *, form: dict[str, str], deadline_s: float) -> Reply:
        reply = await self._transport.ask(method, path, form=form, deadline_s=deadline_s)
        if problem := refused(reply, where=self._transport.name, url=self.url + path):
            raise problem
        return reply


def _current_cluster() -> PassesOn:
    from console.cluster.client import Cluster  # noqa: PLC0415 - imports kubernetes, for a Service only

    return Cluster.connect(kubeconfig=None, context=None, namespace=None)
