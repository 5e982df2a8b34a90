"""The calls of a cluster, against the lab's API and its faults."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from console.cluster import session
from console.cluster.api import JSON_PATCH, MERGE_PATCH, path_of
from console.cluster.client import Cluster
from console.errors import ClusterError, Conflict, Denied, LoggedOut, NotFound, NotServed, Unreachable
from console.lab.kube.faults import Fault
from console.lab.kube.server import KubeApi
from console.lab.kube.store import ObjectStore
from console.lab.routers.istio import OBJECT as VIRTUAL_SERVICES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from console.cluster.api import Json

SECRET = "t0p-secret"  # noqa: S105 - a test's own
PATH = path_of(
    group="networking.istio.io", version="v1", namespace="shop", plural="virtualservices", name="checkout"
)
LONG_S = 10.0
"""Longer than any call here needs."""


@asynccontextmanager
async def serving(tmp_path: Path, *, token: str = "") -> AsyncIterator[tuple[KubeApi, Cluster]]:
    store = ObjectStore()
    store.create(VIRTUAL_SERVICES, {"metadata": {"name": "checkout", "namespace": "shop"}, "spec": {}})
    api = KubeApi(store, token=token)
    await api.start()
    api.write_kubeconfig(tmp_path / "config", namespace="shop")
    try:
        yield api, Cluster.connect(kubeconfig=str(tmp_path / "config"), context=None, namespace=None)
    finally:
        await api.stop()


async def error_of(
    tmp_path: Path, fault: Fault, *, deadline_s: float = LONG_S
) -> tuple[ClusterError, KubeApi]:
    async with serving(tmp_path) as (api, cluster):
        await cluster.log_in(deadline_s=LONG_S)
        api.faults.add(fault)
        with pytest.raises(ClusterError) as caught:
            await cluster.get(PATH, deadline_s=deadline_s)
        return caught.value, api


async def test_a_call_sends_its_query_body_and_field_manager(tmp_path: Path) -> None:
    async with serving(tmp_path) as (api, cluster):
        await cluster.patch(PATH, {"spec": {"x": 1}}, content_type=MERGE_PATCH, deadline_s=LONG_S)
        stored = api.store.get(VIRTUAL_SERVICES, namespace="shop", name="checkout")
        assert stored["spec"] == {"x": 1}
        assert [entry["manager"] for entry in stored["metadata"]["managedFields"]] == ["pithead"]


async def test_the_context_gives_name_server_and_namespace(tmp_path: Path) -> None:
    async with serving(tmp_path) as (api, cluster):
        assert (cluster.context, cluster.server, cluster.namespace) == ("lab", api.url, "shop")


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(status=409, reason="Conflict"), Conflict),
        (Fault(status=422, reason="Invalid"), Conflict),
        (Fault(status=403, reason="Forbidden"), Denied),
        (Fault(status=404), NotServed),
        (Fault(status=400, reason="BadRequest"), ClusterError),
        (Fault(status=429, reason="TooManyRequests"), ClusterError),
        (Fault(status=500, reason="InternalError"), Unreachable),
        (Fault(status=503, page="<html>gone</html>"), Unreachable),
        (Fault(status=302, headers={"Location": "https://login"}), ClusterError),
        (Fault(status=200, page="<html>log in</html>"), ClusterError),
        (Fault(reset=True), Unreachable),
        (Fault(lose_answer=True), Unreachable),
    ],
)
async def test_each_failure_is_named_for_the_caller_and_sent_once(
    tmp_path: Path, fault: Fault, kind: type[ClusterError]
) -> None:
    error, api = await error_of(tmp_path, fault)
    assert type(error) is kind
    assert len(api.audit) == 1


async def test_an_absent_object_is_told_from_a_kind_that_is_not_served(tmp_path: Path) -> None:
    async with serving(tmp_path) as (_, cluster):
        with pytest.raises(NotFound) as absent:
            await cluster.get(PATH + "-not", deadline_s=LONG_S)
        with pytest.raises(NotServed):
            await cluster.get("/apis/nothing.example/v1/namespaces/shop/things/x", deadline_s=LONG_S)
        assert not isinstance(absent.value, NotServed)


async def test_an_unmet_test_of_a_json_patch_is_a_conflict(tmp_path: Path) -> None:
    async with serving(tmp_path) as (_, cluster):
        patch = [{"op": "test", "path": "/metadata/name", "value": "other"}]
        with pytest.raises(Conflict):
            await cluster.patch(PATH, patch, content_type=JSON_PATCH, deadline_s=LONG_S)


async def test_how_long_the_server_asks_to_wait_is_kept(tmp_path: Path) -> None:
    fault = Fault(status=429, reason="TooManyRequests", headers={"Retry-After": "7"})
    error, _ = await error_of(tmp_path, fault)
    assert error.retry_after_s == 7


async def test_an_answer_without_end_is_not_heard_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path) as (_, cluster):
        monkeypatch.setattr(session, "LARGEST_BYTES", 100)
        with pytest.raises(ClusterError, match="was not heard out"):
            await cluster.get(PATH, deadline_s=LONG_S)
        monkeypatch.undo()
        assert (await cluster.get(PATH, deadline_s=LONG_S))["metadata"]["name"] == "checkout"


async def test_a_hanging_server_is_given_up_at_the_deadline(tmp_path: Path) -> None:
    error, _ = await error_of(tmp_path, Fault(delay_s=3600), deadline_s=0.05)
    assert type(error) is Unreachable


async def test_hanging_reads_hold_up_no_write(tmp_path: Path) -> None:
    async with serving(tmp_path) as (api, cluster):
        api.faults.add(Fault(verb="get", delay_s=3600, times=50))
        hung = [asyncio.create_task(cluster.get(PATH, deadline_s=LONG_S)) for _ in range(50)]
        while len(api.audit) < 50:  # noqa: ASYNC110 - the audit is a plain list
            await asyncio.sleep(0)
        await cluster.patch(PATH, {"spec": {"x": 1}}, content_type=MERGE_PATCH, deadline_s=LONG_S)
        for task in hung:
            task.cancel()


async def test_a_hung_call_does_not_keep_the_process_alive(tmp_path: Path) -> None:
    program = (
        "import asyncio, sys\n"
        "from console.cluster.client import Cluster\n"
        "async def main():\n"
        "    cluster = Cluster.connect(kubeconfig=sys.argv[1], context=None, namespace=None)\n"
        "    asyncio.create_task(cluster.get(sys.argv[2], deadline_s=3600))\n"
        "    await asyncio.to_thread(sys.stdin.readline)\n"
        "asyncio.run(main())\n"
    )

    async with serving(tmp_path) as (api, _):
        api.faults.add(Fault(delay_s=3600))
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, str(tmp_path / "config"), PATH, stdin=subprocess.PIPE
        )
        while not api.audit:  # noqa: ASYNC110 - the audit is a plain list
            await asyncio.sleep(0.01)
        assert child.stdin
        child.stdin.write(b"leave\n")
        try:
            assert await asyncio.wait_for(child.wait(), LONG_S) == 0
        except TimeoutError:
            child.kill()
            raise


async def test_who_is_cancelled_as_the_answer_comes_goes_on_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker at its end would wait for ever for a renewal of its lease that goes on for ever."""
    answered = asyncio.Event()

    async def in_thread(_work: object, *, name: str) -> Json:
        await answered.wait()
        return {"answer": name}

    monkeypatch.setattr("console.cluster.client.in_thread", in_thread)
    async with serving(tmp_path) as (_, cluster):

        async def call_for_ever() -> None:
            while True:
                await cluster.get(PATH, deadline_s=LONG_S)
                answered.clear()

        caller = asyncio.create_task(call_for_ever())
        await asyncio.sleep(0.01)
        answered.set()
        await asyncio.sleep(0)
        caller.cancel()
        _, going_on = await asyncio.wait({caller}, timeout=60.0)
        caller.cancel()
        assert going_on == set()


async def test_nobody_listening_is_unreachable(tmp_path: Path) -> None:
    async with serving(tmp_path) as (api, cluster):
        await api.stop()
        with pytest.raises(Unreachable, match="refused"):
            await cluster.get(PATH, deadline_s=LONG_S)


async def test_a_wrong_token_is_logged_out_and_told_to_nobody(tmp_path: Path) -> None:
    async with serving(tmp_path, token="right") as (api, _):  # noqa: S106 - a test's own
        config = json.loads((tmp_path / "config").read_text())
        config["users"][0]["user"]["token"] = SECRET
        (tmp_path / "config").write_text(json.dumps(config))
        cluster = Cluster.connect(kubeconfig=str(tmp_path / "config"), context=None, namespace=None)
        with pytest.raises(LoggedOut) as caught:
            await cluster.get(PATH, deadline_s=LONG_S)
        assert SECRET not in f"{caught.value!r}{caught.value.hint}{cluster.server}"
        assert api.url in str(caught.value)


async def test_a_token_that_was_renewed_in_the_file_is_taken_up_after_a_401(tmp_path: Path) -> None:
    async with serving(tmp_path, token="right") as (_, _):  # noqa: S106 - a test's own
        file = tmp_path / "config"
        good = file.read_text()
        file.write_text(good.replace("right", "expired"))
        cluster = Cluster.connect(kubeconfig=str(file), context=None, namespace=None)
        file.write_text(good)
        assert (await cluster.get(PATH, deadline_s=LONG_S))["kind"] == "VirtualService"


async def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    async with serving(tmp_path) as (_, cluster):
        assert (await cluster.get("/version", deadline_s=LONG_S))["major"] == "1"


async def test_no_kubeconfig_and_no_pod_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "absent"))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    cluster = Cluster.connect(kubeconfig=None, context=None, namespace=None)
    with pytest.raises(ClusterError, match="no kubeconfig"):
        await cluster.get(PATH, deadline_s=LONG_S)


def plugin_config(tmp_path: Path, api: KubeApi, script: str) -> Path:
    """Write a kubeconfig whose user is a plugin: `script` may use `count`, the number of this run."""
    counter = tmp_path / "runs"
    program = (
        "import datetime, json, os, sys\n"
        f"open({str(counter)!r}, 'a').write('x')\n"
        f"count = os.path.getsize({str(counter)!r})\n"
        "def give(**status):\n"
        "    print(json.dumps({'apiVersion': 'client.authentication.k8s.io/v1', 'kind': 'ExecCredential',"
        " 'status': status}))\n" + script
    )
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": sys.executable,
        "args": ["-c", program],
        "interactiveMode": "IfAvailable",
    }
    config = {
        "clusters": [{"name": "lab", "cluster": {"server": api.url}}],
        "users": [{"name": "lab", "user": {"exec": plugin}}],
        "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "lab"}}],
        "current-context": "lab",
    }
    path = tmp_path / "plugin-config"
    path.write_text(json.dumps(config))
    return path


def runs(tmp_path: Path) -> int:
    return os.path.getsize(tmp_path / "runs")  # noqa: PTH202 - as the plugin counts


async def ask_twice(tmp_path: Path, script: str) -> None:
    async with serving(tmp_path, token="right") as (api, _):  # noqa: S106 - a test's own
        file = plugin_config(tmp_path, api, script)
        cluster = Cluster.connect(kubeconfig=str(file), context=None, namespace=None)
        for _ in range(2):
            await cluster.get(PATH, deadline_s=LONG_S)


async def test_a_plugin_runs_once_while_its_token_lasts(tmp_path: Path) -> None:
    later = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    await ask_twice(tmp_path, f"give(token='right', expirationTimestamp='{later}')")
    assert runs(tmp_path) == 1


async def test_a_plugin_runs_again_when_its_token_is_at_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_an_hour = f"{datetime.now(UTC) + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    async with serving(tmp_path, token="right") as (api, _):  # noqa: S106 - a test's own
        file = plugin_config(tmp_path, api, f"give(token='right', expirationTimestamp='{in_an_hour}')")
        cluster = Cluster.connect(kubeconfig=str(file), context=None, namespace=None)
        await cluster.get(PATH, deadline_s=LONG_S)
        later = SimpleNamespace(time=lambda: time.time() + 7200, monotonic=time.monotonic)
        monkeypatch.setattr(session, "time", later)
        await cluster.get(PATH, deadline_s=LONG_S)
    assert runs(tmp_path) == 2


async def test_a_token_that_is_given_at_its_end_is_used_until_the_server_refuses_it(tmp_path: Path) -> None:
    """The clocks of two machines differ: a plugin that was run for each call would help nobody."""
    await ask_twice(tmp_path, "give(token='right', expirationTimestamp='2026-01-01T00:00:00Z')")
    assert runs(tmp_path) == 1


async def test_a_plugin_runs_again_after_a_401(tmp_path: Path) -> None:
    await ask_twice(tmp_path, "give(token='right' if count > 1 else 'early')")
    assert runs(tmp_path) == 2


async def test_a_plugin_has_no_keyboard(tmp_path: Path) -> None:
    await ask_twice(tmp_path, "give(token='right' if sys.stdin.read() == '' else 'typed')")


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("sys.exit('no session; run login')", "no session; run login"),
        ("sys.exit(3)", "exit code 3"),
        ("print('hello')", "not a credential"),
        ("give()", "neither a token nor a certificate"),
    ],
)
async def test_a_plugin_that_fails_is_told_in_its_own_words(tmp_path: Path, script: str, words: str) -> None:
    with pytest.raises(Denied, match=words):
        await ask_twice(tmp_path, script)


async def test_a_plugin_that_is_not_installed_gives_its_own_hint(tmp_path: Path) -> None:
    async with serving(tmp_path) as (api, _):
        file = plugin_config(tmp_path, api, "")
        config = json.loads(file.read_text())
        config["users"][0]["user"]["exec"] |= {"command": "no-such-login", "installHint": "get it there"}
        file.write_text(json.dumps(config))
        with pytest.raises(Denied, match="no-such-login failed: it is not installed") as caught:
            await Cluster.connect(kubeconfig=str(file), context=None, namespace=None).get(
                PATH, deadline_s=LONG_S
            )
        assert caught.value.hint == "get it there"


def test_kubernetes_is_not_imported_before_a_cluster_is_connected() -> None:
    program = (
        "import sys, console.cluster.client, console.cluster.pods, console.traffic.registry;"
        "print('kubernetes' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout == "False\n"


def test_only_the_connections_of_the_kubernetes_client_are_imported() -> None:
    program = (
        "import sys; from console.cluster.pool import prepare; prepare();"
        "print(*(name for name in sys.modules if name.startswith('kubernetes.client')))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert "kubernetes.client.rest" in done.stdout
    assert "kubernetes.client.models" not in done.stdout


def test_where_the_connections_do_not_come_alone_the_whole_client_is_imported() -> None:
    program = (
        "import sys, console.cluster.pool as pool; from types import SimpleNamespace as Spec;"
        "pool.find_spec = lambda _name: Spec(submodule_search_locations=['/nowhere']);"
        "pool.prepare(); print('kubernetes.config' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout == "True\n"


def test_only_the_cluster_imports_kubernetes() -> None:
    from pathlib import Path  # noqa: PLC0415 - only this test reads sources

    root = Path(__file__).parents[2]
    users = [
        path.relative_to(root)
        for room in ("console", "screens")
        for path in (root / room).rglob("*.py")
        if "import kubernetes" in (text := path.read_text()) or "from kubernetes" in text
    ]
    assert users == [Path("console/cluster/pool.py")]
