"""The lab's API as its clients see it: raw HTTP, and kubectl."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from console.lab.kube.access import Deny
from console.lab.kube.faults import Fault
from console.lab.kube.server import KubeApi
from console.lab.kube.store import ObjectStore
from console.lab.routers.istio import OBJECT as VIRTUAL_SERVICES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

Json = dict[str, Any]

SHOP = "/apis/networking.istio.io/v1/namespaces/shop/virtualservices"
CHECKOUT = f"{SHOP}/checkout"
MERGE = "application/merge-patch+json"


@asynccontextmanager
async def serving(*, token: str = "") -> AsyncIterator[tuple[KubeApi, aiohttp.ClientSession]]:
    store = ObjectStore()
    metadata = {"name": "checkout", "namespace": "shop", "labels": {"app": "checkout"}}
    store.create(VIRTUAL_SERVICES, {"metadata": metadata, "spec": {"hosts": ["checkout"]}})
    api = KubeApi(store, token=token)
    await api.start()
    try:
        async with aiohttp.ClientSession(api.url) as client:
            yield api, client
    finally:
        await api.stop()


async def ask(
    client: aiohttp.ClientSession, method: str, path: str, body: Any = None, kind: str = "application/json"
) -> tuple[int, Json]:
    data = None if body is None else json.dumps(body)
    async with client.request(method, path, data=data, headers={"Content-Type": kind}) as answer:
        return answer.status, await answer.json()


async def test_every_served_version_shows_the_same_object() -> None:
    async with serving() as (_, client):
        for version in ("v1", "v1beta1", "v1alpha3"):
            status, obj = await ask(client, "GET", CHECKOUT.replace("/v1/", f"/{version}/"))
            assert (status, obj["apiVersion"]) == (200, f"networking.istio.io/{version}")
            assert obj["spec"] == {"hosts": ["checkout"]}


async def test_an_object_written_in_an_old_version_is_there_in_the_new() -> None:
    async with serving() as (_, client):
        old = {
            "apiVersion": "networking.istio.io/v1beta1",
            "kind": "VirtualService",
            "metadata": {"name": "old"},
        }
        status, made = await ask(client, "POST", SHOP.replace("/v1/", "/v1beta1/"), old)
        assert (status, made["apiVersion"]) == (201, "networking.istio.io/v1beta1")
        assert (await ask(client, "GET", f"{SHOP}/old"))[1]["apiVersion"] == "networking.istio.io/v1"


@pytest.mark.parametrize(
    ("request_", "status", "reason"),
    [
        (("GET", f"{SHOP}/absent", None, ""), 404, "NotFound"),
        (("POST", SHOP, {"metadata": {"name": "checkout"}}, "application/json"), 409, "AlreadyExists"),
        (
            ("POST", SHOP, {"metadata": {"name": "x", "namespace": "y"}}, "application/json"),
            400,
            "BadRequest",
        ),
        (("POST", SHOP, {"metadata": {}}, "application/json"), 422, "Invalid"),
        (("POST", CHECKOUT, {}, "application/json"), 405, "MethodNotAllowed"),
        (("DELETE", SHOP, None, ""), 405, "MethodNotAllowed"),
        (("PUT", CHECKOUT, {"metadata": {"name": "checkout"}}, "application/json"), 422, "Invalid"),
        (("PUT", CHECKOUT, {"metadata": {"resourceVersion": "1"}}, "application/json"), 409, "Conflict"),
        (("PUT", CHECKOUT, "no object", "application/json"), 400, "BadRequest"),
        (("PATCH", CHECKOUT, {"metadata": {"resourceVersion": "1"}}, MERGE), 409, "Conflict"),
        (("PATCH", CHECKOUT, [], MERGE), 400, "BadRequest"),
        (("PATCH", CHECKOUT, {}, "application/strategic-merge-patch+json"), 415, "UnsupportedMediaType"),
        (("PATCH", CHECKOUT, {}, "application/apply-patch+yaml"), 415, "UnsupportedMediaType"),
        (("GET", f"{SHOP}?labelSelector=a%20b", None, ""), 400, "BadRequest"),
    ],
)
async def test_a_refusal_has_kubernetes_code_and_reason(
    request_: tuple[str, str, Any, str], status: int, reason: str
) -> None:
    async with serving() as (_, client):
        answered, said = await ask(client, *request_)
        assert (answered, said["kind"], said["code"], said["reason"]) == (status, "Status", status, reason)


@pytest.mark.parametrize("path", ["/apis/x.y/v1/namespaces/a/zs/b", SHOP.replace("/v1/", "/v9/"), "/nothing"])
async def test_what_is_not_served_is_answered_without_a_status(path: str) -> None:
    async with serving() as (_, client), client.get(path) as answer:
        assert (answer.status, await answer.text()) == (404, "404 page not found\n")


async def test_a_list_is_chosen_by_selectors() -> None:
    async with serving() as (_, client):
        for query, count in (
            ("", 1),
            ("?labelSelector=app%3Dother", 0),
            ("?fieldSelector=metadata.name%3Dx", 0),
        ):
            _, found = await ask(client, "GET", SHOP + query)
            assert (found["kind"], len(found["items"])) == ("VirtualServiceList", count)


async def test_a_token_is_asked_for() -> None:
    async with serving(token="right") as (api, client):  # noqa: S106 - a test's own
        assert (await ask(client, "GET", CHECKOUT))[0] == 401
        async with client.get(CHECKOUT, headers={"Authorization": "Bearer right"}) as answer:
            assert answer.status == 200
        assert len(api.audit) == 1


async def test_what_is_denied_is_forbidden_and_a_review_says_so() -> None:
    async with serving() as (api, client):
        api.access.denied.append(Deny(verb="patch", resource="virtualservices", name="checkout"))
        status, said = await ask(client, "PATCH", CHECKOUT, {}, MERGE)
        assert (status, said["reason"]) == (403, "Forbidden")
        for verb, allowed in (("patch", False), ("get", True)):
            asked = {"verb": verb, "resource": "virtualservices", "namespace": "shop", "name": "checkout"}
            review = {"spec": {"resourceAttributes": asked}}
            path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
            assert (await ask(client, "POST", path, review))[1]["status"] == {"allowed": allowed}


async def test_a_fault_is_used_up() -> None:
    async with serving() as (api, client):
        api.faults.add(Fault(verb="get", name="checkout", status=503, times=2))
        answers = [(await ask(client, "GET", CHECKOUT))[0] for _ in range(3)]
        assert answers == [503, 503, 200]


async def test_a_lost_answer_was_a_write_all_the_same() -> None:
    async with serving() as (api, client):
        api.faults.add(Fault(verb="patch", lose_answer=True))
        with pytest.raises(aiohttp.ClientError):
            await ask(client, "PATCH", CHECKOUT, {"spec": {"x": 1}}, MERGE)
        assert (await ask(client, "GET", CHECKOUT))[1]["spec"]["x"] == 1


async def test_a_reset_request_was_no_write() -> None:
    async with serving() as (api, client):
        api.faults.add(Fault(verb="patch", reset=True))
        with pytest.raises(aiohttp.ClientError):
            await ask(client, "PATCH", CHECKOUT, {"spec": {"x": 1}}, MERGE)
        assert "x" not in (await ask(client, "GET", CHECKOUT))[1]["spec"]


async def test_a_dry_run_is_refused_and_no_write() -> None:
    async with serving() as (_, client):
        status, said = await ask(client, "PATCH", f"{CHECKOUT}?dryRun=All", {"spec": {"x": 1}}, MERGE)
        assert (status, said["reason"]) == (400, "BadRequest")
        assert "x" not in (await ask(client, "GET", CHECKOUT))[1]["spec"]


async def test_nothing_is_watched() -> None:
    async with serving() as (_, client):
        status, said = await ask(client, "GET", f"{SHOP}?watch=1")
        assert (status, said["reason"]) == (405, "MethodNotAllowed")


async def kubectl(kubeconfig: Path, *words: str) -> str:
    def call() -> str:
        command = ["kubectl", "--kubeconfig", str(kubeconfig), "--cache-dir", str(kubeconfig.parent), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout

    return await asyncio.to_thread(call)


@pytest.mark.real
@pytest.mark.skipif(
    not shutil.which("kubectl"), reason="kubectl is missing: see kubernetes.io/docs/tasks/tools"
)
async def test_kubectl_gets_and_patches(tmp_path: Path) -> None:
    kubeconfig = tmp_path / "config"
    async with serving() as (api, _):
        api.write_kubeconfig(kubeconfig, namespace="shop")
        assert "checkout" in await kubectl(kubeconfig, "get", "vs")
        await kubectl(kubeconfig, "patch", "vs", "checkout", "--type=merge", "-p", '{"spec":{"x":1}}')
        operation = '[{"op":"replace","path":"/spec/x","value":2}]'
        await kubectl(kubeconfig, "patch", "vs", "checkout", "--type=json", "-p", operation)
        assert await kubectl(kubeconfig, "get", "vs", "checkout", "-o", "jsonpath={.spec.x}") == "2"
        assert (await kubectl(kubeconfig, "auth", "can-i", "patch", "vs")).strip() == "yes"
