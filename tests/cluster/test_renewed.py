"""A way in that changes while a worker lives is read again on every failure to connect or to be let in."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from console.access import plugins
from console.cluster.client import Cluster
from console.errors import ClusterError, Denied, LoggedOut, Unreachable
from tests.cluster.pki import Pki
from tests.cluster.test_ways import LONG_S, TOKEN, ended, giving, plugin, secure
from tests.cluster.wire import Wire, kubeconfig

if TYPE_CHECKING:
    from pathlib import Path

    from console.cluster.api import Api

PATIENCE_S = 60.0


def cluster_of(path: Path) -> Cluster:
    return Cluster.connect(kubeconfig=str(path), context=None, namespace=None)


async def ask(cluster: Cluster) -> Any:
    return await cluster.get("/version", deadline_s=LONG_S)


async def ask_until_answered(cluster: Cluster) -> None:
    """Ask as a worker does, again and again."""
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            await ask(cluster)
        except ClusterError:
            assert time.monotonic() < until
            await asyncio.sleep(0.05)
        else:
            return


async def test_a_token_s_file_is_read_again_after_a_401(tmp_path: Path, wire: Wire, pki: Pki) -> None:
    (tmp_path / "token").write_text("old\n")
    path = kubeconfig(tmp_path / "config", cluster=secure(wire, pki), user={"tokenFile": "token"})
    cluster = cluster_of(path)
    await ask(cluster)
    (tmp_path / "token").write_text("new\n")
    wire.refuse = lambda seen: seen.authorization != "Bearer new"
    await ask(cluster)


async def test_a_token_s_file_is_read_again_each_minute(
    tmp_path: Path, wire: Wire, pki: Pki, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("old\n")
    path = kubeconfig(tmp_path / "config", cluster=secure(wire, pki), user={"tokenFile": "token"})
    cluster = cluster_of(path)
    await ask(cluster)
    (tmp_path / "token").write_text("new\n")
    monkeypatch.setattr("console.cluster.session.READ_AGAIN_AFTER_S", 0.0)
    until = time.monotonic() + PATIENCE_S
    while wire.seen[-1].authorization != "Bearer new":
        assert time.monotonic() < until
        await ask(cluster)
    assert {seen.authorization for seen in wire.seen} == {"Bearer old", "Bearer new"}


async def test_a_rotated_client_certificate_is_taken_up_after_a_401(
    tmp_path: Path, wire: Wire, pki: Pki
) -> None:
    for name in ("pem", "key"):
        (tmp_path / f"me.{name}").write_bytes((pki.folder / f"ana.{name}").read_bytes())
    user = {"client-certificate": "me.pem", "client-key": "me.key"}
    cluster = cluster_of(kubeconfig(tmp_path / "config", cluster=secure(wire, pki), user=user))
    await ask(cluster)
    for name in ("pem", "key"):
        (tmp_path / f"me.{name}").write_bytes((pki.folder / f"bob.{name}").read_bytes())
    wire.refuse = lambda seen: seen.certificate != "bob"
    await ask(cluster)


async def test_a_rotated_authority_is_taken_up_when_the_certificate_is_not_accepted(
    tmp_path: Path, wire: Wire, pki: Pki
) -> None:
    cluster = cluster_of(kubeconfig(tmp_path / "config", cluster=secure(wire, pki), user=TOKEN))
    await ask(cluster)
    rotated = Pki(tmp_path / "rotated", name="rotated")
    rotated.server("server", "IP:127.0.0.1")
    wire.show(rotated, "server")
    wire.cut()
    with pytest.raises(Unreachable, match="certificate was not accepted"):
        await ask(cluster)
    kubeconfig(tmp_path / "config", cluster=secure(wire, rotated), user=TOKEN)
    await ask_until_answered(cluster)


async def test_a_server_that_moved_is_found_where_the_kubeconfig_says(
    tmp_path: Path, wire: Wire, pki: Pki
) -> None:
    gone = secure(wire, pki, server="https://127.0.0.1:1")
    cluster = cluster_of(kubeconfig(tmp_path / "config", cluster=gone, user=TOKEN))
    with pytest.raises(Unreachable, match="refused"):
        await ask(cluster)
    kubeconfig(tmp_path / "config", cluster=secure(wire, pki), user=TOKEN)
    await ask_until_answered(cluster)
    assert cluster.server == wire.url


async def test_the_authority_s_file_may_go_once_it_was_read(tmp_path: Path, wire: Wire, pki: Pki) -> None:
    (tmp_path / "ca.pem").write_bytes(pki.pem("ca").read_bytes())
    way = {"server": wire.url, "certificate-authority": "ca.pem"}
    cluster = cluster_of(kubeconfig(tmp_path / "config", cluster=way, user=TOKEN))
    await ask(cluster)
    (tmp_path / "ca.pem").unlink()
    wire.cut()
    await ask_until_answered(cluster)
    await ask(cluster)


async def test_a_kubeconfig_that_comes_later_is_found(tmp_path: Path, wire: Wire, pki: Pki) -> None:
    cluster = cluster_of(tmp_path / "config")
    with pytest.raises(ClusterError, match="does not exist"):
        await ask(cluster)
    (tmp_path / "config").write_text("half: [")
    with pytest.raises(ClusterError, match=r"can't be read|does not exist"):
        await ask(cluster)
    kubeconfig(tmp_path / "config", cluster=secure(wire, pki), user=TOKEN)
    await ask_until_answered(cluster)
    assert cluster.context == "x"


async def test_a_current_context_that_changes_moves_nobody(tmp_path: Path, wire: Wire, pki: Pki) -> None:
    path = kubeconfig(tmp_path / "config", cluster=secure(wire, pki), user=TOKEN)
    cluster = cluster_of(path)
    await ask(cluster)
    path.write_text(path.read_text().replace('"current-context": "x"', '"current-context": "y"'))
    wire.refuse = lambda _seen: True
    with pytest.raises(LoggedOut):
        await ask(cluster)
    assert cluster.context == "x"


async def test_a_plugin_that_fails_once_is_run_again_by_itself(tmp_path: Path, wire: Wire, pki: Pki) -> None:
    flag = tmp_path / "session"
    script = f"if not os.path.exists({str(flag)!r}): sys.exit('no session')\n"
    user = plugin(tmp_path, script + giving(token="exec-token"))  # noqa: S106 - a test's own
    cluster = cluster_of(kubeconfig(tmp_path / "config", cluster=secure(wire, pki), user=user))
    with pytest.raises(Denied, match="no session"):
        await ask(cluster)
    flag.touch()
    await ask_until_answered(cluster)


async def test_a_plugin_that_hangs_is_named_and_killed_with_its_children_at_its_time(
    tmp_path: Path, wire: Wire, pki: Pki, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.cluster.client.WAIT_S", 0.2)
    monkeypatch.setattr(plugins, "PLUGIN_TIMEOUT_S", 3.0)
    pids = tmp_path / "pids"
    child = f"subprocess.Popen([{sys.executable!r}, '-c', 'import time; time.sleep(600)'])"
    tell = f"open({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')"
    script = f"import subprocess\nchild = {child}\n{tell}\ntime.sleep(600)"
    user = plugin(tmp_path, script)
    cluster = cluster_of(kubeconfig(tmp_path / "config", cluster=secure(wire, pki), user=user))
    said: list[str] = []
    before = threading.active_count()
    until = time.monotonic() + PATIENCE_S
    while not said or "was stopped" not in said[-1]:
        assert time.monotonic() < until, said
        with pytest.raises(Denied) as caught:
            await ask(cluster)
        said.append(str(caught.value))
        assert threading.active_count() <= before + 2
    assert "The credential plugin login-helper has not answered for" in said[0]
    for pid in pids.read_text().split():
        assert await ended(int(pid)), said


async def test_each_new_login_is_looked_at_before_a_call_goes_through_it(
    tmp_path: Path, wire: Wire, pki: Pki
) -> None:
    path = kubeconfig(tmp_path / "config", cluster=secure(wire, pki), user={"token": "old"})
    cluster = cluster_of(path)
    looked: list[tuple[str, str]] = []

    async def look(api: Api) -> None:
        await api.get("/api/v1/namespaces/kube-system", deadline_s=LONG_S)
        looked.append((api.context, api.server))

    cluster.on_login(look)
    await ask(cluster)
    assert [seen.path for seen in wire.seen] == ["/api/v1/namespaces/kube-system", "/version"]
    kubeconfig(path, cluster=secure(wire, pki), user={"token": "new"})
    wire.refuse = lambda seen: seen.authorization != "Bearer new"
    await ask(cluster)
    assert looked == [("x", wire.url)] * 2


async def test_a_login_to_another_cluster_is_not_used(tmp_path: Path, wire: Wire, pki: Pki) -> None:
    path = kubeconfig(tmp_path / "config", cluster=secure(wire, pki), user={"token": "old"})
    cluster = cluster_of(path)

    async def look(api: Api) -> None:
        if api.server != wire.url:
            raise ClusterError("This is another cluster.")

    cluster.on_login(look)
    await ask(cluster)
    with Wire(pki) as other:
        kubeconfig(path, cluster=secure(other, pki), user={"token": "old"})
        wire.refuse = lambda _seen: True
        with pytest.raises(ClusterError, match="another cluster"):
            await ask(cluster)
        assert other.seen == []
    assert cluster.server == wire.url


async def test_a_password_over_plain_http_goes_to_no_other_machine(tmp_path: Path) -> None:
    """As with kubectl: whoever listens on the way would have it."""
    with Wire(None) as wire:
        for server, shown in (
            (wire.url, "Bearer inline-token"),
            (wire.url.replace("127.0.0.1", "api.example"), ""),
        ):
            way = {"server": server, "proxy-url": f"socks5://127.0.0.1:{wire.socks()}"}
            await ask(cluster_of(kubeconfig(tmp_path / "config", cluster=way, user=TOKEN)))
            assert wire.seen[-1].authorization == shown


def test_a_plugin_that_hangs_ends_with_the_worker(tmp_path: Path) -> None:
    config = kubeconfig(
        tmp_path / "config",
        cluster={"server": "https://127.0.0.1:1"},
        user=plugin(
            tmp_path, f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)"
        ),
    )
    program = (
        "import asyncio, sys, time, pathlib\n"
        "from console.cluster.client import Cluster\n"
        "async def main():\n"
        "    cluster = Cluster.connect(kubeconfig=sys.argv[1], context=None, namespace=None)\n"
        "    asking = asyncio.create_task(cluster.get('/version', deadline_s=600))\n"
        "    while not (pathlib.Path(sys.argv[1]).with_name('pid')).exists(): await asyncio.sleep(0.05)\n"
        "asyncio.run(main())\n"
    )
    subprocess.run([sys.executable, "-c", program, str(config)], check=True)
    until = time.monotonic() + PATIENCE_S
    pid = int((tmp_path / "pid").read_text())
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    raise AssertionError(f"the plugin lives on as {pid}")
