"""The lab's Kubernetes API on loopback: HTTP in front of an `ObjectStore`.

Plain HTTP. With a `token`, callers must bring it as a bearer token; kubectl sends tokens over TLS only, so
a lab that people look into with kubectl has none.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from console.lab.kube import calls, refusals, resources
from console.lab.kube.access import Access
from console.lab.kube.answers import Answers
from console.lab.kube.faults import Fault, Faults

if TYPE_CHECKING:
    from console.lab.kube.store import ObjectStore

VERSION = {"major": "1", "minor": "31", "gitVersion": "v1.31.0+pithead-lab", "platform": "lab"}
SHUTDOWN_S = 0.2


class KubeApi:
    """Serves a store's objects to any Kubernetes client."""

    def __init__(self, store: ObjectStore, *, token: str = "") -> None:
        self.store = store
        self.faults = Faults()
        self.access = Access()
        self.audit: deque[str] = deque(maxlen=1000)
        """The newest requests, `patch virtualservices shop/checkout`, in the order they came."""
        self.port = 0
        self._token = token
        self._answers = Answers(store, self.access)
        self._runner: web.ServerRunner | None = None

    @property
    def url(self) -> str:
        """Where the API is, once started."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen, and return the port."""
        self._runner = web.ServerRunner(web.Server(self._serve, access_log=None), shutdown_timeout=SHUTDOWN_S)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        self.port = int(self._runner.addresses[0][1])
        return self.port

    async def stop(self) -> None:
        """Stop listening, and end the requests that are still open."""
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    def write_kubeconfig(self, path: Path | str, *, namespace: str = "default", context: str = "lab") -> None:
        """Write a file that leads kubectl, and pithead, to this server."""
        user = {"token": self._token} if self._token else {}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": context, "cluster": {"server": self.url}}],
            "users": [{"name": context, "user": user}],
            "contexts": [
                {"name": context, "context": {"cluster": context, "user": context, "namespace": namespace}}
            ],
            "current-context": context,
        }
        with open(path, "w", encoding="utf-8", opener=_private) as file:
            json.dump(config, file, indent=2)

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            if self._token and request.headers.get("Authorization") != f"Bearer {self._token}":
                raise refusals.unauthorized()
            call = calls.read(request.method, request.path, request.query)
            if call is None:
                return self._discover(request)
            return await self._under_faults(request, call)
        except refusals.Refusal as refusal:
            return web.json_response(refusal.body(), status=refusal.status)

    async def _under_faults(self, request: web.BaseRequest, call: calls.Call) -> web.StreamResponse:
        """Answer a call, or spoil the answer where a fault is waiting for it."""
        verb, resource = call.verb, call.resource.plural
        self.audit.append(f"{verb} {resource} {call.namespace}/{call.name}")
        fault = self.faults.take(verb=verb, resource=resource, name=call.name) or Fault()
        await asyncio.sleep(fault.delay_s)
        if fault.reset:
            return _cut(request)
        if fault.status:
            return _spoilt(fault)
        answer = await self._answer(request, call)
        return _cut(request) if fault.lose_answer else answer

    async def _answer(self, request: web.BaseRequest, call: calls.Call) -> web.StreamResponse:
        asked = {"resource": call.resource.plural, "namespace": call.namespace, "name": call.name}
        review = call.resource in (resources.ACCESS_REVIEWS, resources.SELF_REVIEWS)
        if not review and not self.access.allows(verb=call.verb, **asked):
            raise refusals.forbidden(
                call.resource, user=self.access.user, verb=call.verb, namespace=call.namespace, name=call.name
            )
        body = await request.read()
        status, answer = self._answers.to(
            call, body=body, media_type=request.content_type, query=request.query
        )
        return web.json_response(answer, status=status)

    def _discover(self, request: web.BaseRequest) -> web.StreamResponse:
        document = _document(request.path.strip("/").split("/"))
        if document is None:
            return web.Response(text="404 page not found\n", status=404)
        return web.json_response(document)


def _document(parts: list[str]) -> dict[str, Any] | None:
    match parts:
        case ["version"]:
            return VERSION
        case ["api"]:
            return {"kind": "APIVersions", "versions": ["v1"]}
        case ["apis"]:
            return resources.api_group_list()
        case ["apis", group]:
            return resources.api_group(group)
        case ["api", version]:
            return resources.api_resource_list(group="", version=version)
        case ["apis", group, version]:
            return resources.api_resource_list(group=group, version=version)
    return None


def _cut(request: web.BaseRequest) -> web.StreamResponse:
    """Reset the connection; the answer is made to be thrown away."""
    if request.transport:
        request.transport.abort()
    return web.Response()


def _spoilt(fault: Fault) -> web.StreamResponse:
    if fault.page:
        return web.Response(
            text=fault.page, status=fault.status, headers=fault.headers, content_type="text/html"
        )
    details = {"causes": [{"field": cause} for cause in fault.causes]} if fault.causes else None
    refusal = refusals.Refusal(fault.status, fault.reason, fault.message, details=details)
    return web.json_response(refusal.body(), status=fault.status, headers=fault.headers)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
