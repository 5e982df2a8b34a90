"""Each thing that a kubeconfig can say, and what reaches the server of it: as kubectl would."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from console.cluster.client import Cluster
from console.errors import ClusterError, Denied, Unreachable
from tests.cluster.pki import Pki
from tests.cluster.wire import Seen, Wire, kubeconfig

if TYPE_CHECKING:
    from pathlib import Path

Json = dict[str, Any]
LONG_S = 60.0
V1 = "client.authentication.k8s.io/v1"
TOKEN: Json = {"token": "inline-token"}


def secure(wire: Wire, pki: Pki, **more: Any) -> Json:
    return {"server": wire.url, "certificate-authority-data": pki.data("ca.pem"), **more}


async def asked(path: Path, wire: Wire) -> Seen:
    """Ask once by the kubeconfig, and give what the server saw."""
    cluster = Cluster.connect(kubeconfig=str(path), context=None, namespace=None)
    await cluster.log_in(deadline_s=LONG_S)
    assert await cluster.get("/version", deadline_s=LONG_S) == {"gitVersion": "v1.37.0"}
    return wire.seen[-1]


async def seen(tmp_path: Path, wire: Wire, cluster: Json, user: Json) -> Seen:
    return await asked(kubeconfig(tmp_path / "config", cluster=cluster, user=user), wire)


async def refusal(tmp_path: Path, cluster: Json, user: Json) -> ClusterError:
    path = kubeconfig(tmp_path / "config", cluster=cluster, user=user)
    with pytest.raises(ClusterError) as caught:
        await Cluster.connect(kubeconfig=str(path), context=None, namespace=None).get(
            "/version", deadline_s=LONG_S
        )
    assert "\n" not in caught.value.with_hint
    return caught.value


async def test_a_token_is_shown(tmp_path: Path, wire: Wire, pki: Pki) -> None:
    assert (await seen(tmp_path, wire, secure(wire, pki), TOKEN)).authorization == "Bearer inline-token"


@pytest.mark.parametrize("more", [{}, TOKEN])
async def test_a_token_s_file_is_trimmed_and_goes_before_the_token(
    tmp_path: Path, wire: Wire, pki: Pki, more: Json
) -> None:
    (tmp_path / "token").write_text("\n file-token\r\n")
    user = {"tokenFile": "token", **more}
    assert (await seen(tmp_path, wire, secure(wire, pki), user)).authorization == "Bearer file-token"


async def test_the_token_stands_in_where_its_file_is_gone(tmp_path: Path, wire: Wire, pki: Pki) -> None:
    user = {"tokenFile": "gone", **TOKEN}
    assert (await seen(tmp_path, wire, secure(wire, pki), user)).authorization == "Bearer inline-token"


@pytest.mark.parametrize("content", [None, "\n"])
async def test_a_token_s_file_without_one_is_named(
    tmp_path: Path, wire: Wire, pki: Pki, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "token").write_text(content)
    error = await refusal(tmp_path, secure(wire, pki), {"tokenFile": "token"})
    assert str(tmp_path / "token") in str(error)


@pytest.mark.parametrize("token", ["two\nlines", "t\u00f6ken"])
async def test_a_token_that_no_header_takes_is_told_by_its_user_and_not_blamed_on_the_server(
    tmp_path: Path, wire: Wire, pki: Pki, token: str
) -> None:
    error = await refusal(tmp_path, secure(wire, pki), {"token": token})
    assert "can't log in: its token has a character that no token has" in str(error)
    assert "can't be reached" not in str(error)
    assert token not in error.with_hint


async def test_a_password_is_shown(tmp_path: Path, wire: Wire, pki: Pki) -> None:
    user = {"username": "ana", "password": "p:w"}
    shown = (await seen(tmp_path, wire, secure(wire, pki), user)).authorization
    assert base64.b64decode(shown.removeprefix("Basic ")) == b"ana:p:w"


async def test_nobody_is_shown_where_no_file_knows_the_user(tmp_path: Path, wire: Wire, pki: Pki) -> None:
    path = kubeconfig(tmp_path / "config", cluster=secure(wire, pki), user={}, context={"user": "gone"})
    assert (await asked(path, wire)).authorization == ""


async def test_whom_it_acts_as_is_sent_with_each_call_each_group_by_itself(
    tmp_path: Path, wire: Wire, pki: Pki
) -> None:
    user = {**TOKEN, "as": "release-bot", "as-groups": ["sre", "a, b"], "as-user-extra": {"x/y": ["1"]}}
    request = await seen(tmp_path, wire, secure(wire, pki), user)
    assert request.all_of("Impersonate-User") == ["release-bot"]
    assert request.all_of("Impersonate-Group") == ["sre", "a, b"]
    assert request.all_of("Impersonate-Extra-x%2Fy") == ["1"]


@pytest.mark.parametrize("as_data", [True, False], ids=["data", "files"])
async def test_a_client_certificate_is_shown(tmp_path: Path, wire: Wire, pki: Pki, as_data: bool) -> None:  # noqa: FBT001 - a case
    user = {"client-certificate": str(pki.pem("ana")), "client-key": str(pki.key("ana"))}
    if as_data:
        user = {"client-certificate-data": pki.data("ana.pem"), "client-key-data": pki.data("ana.key")}
    assert (await seen(tmp_path, wire, secure(wire, pki), user)).certificate == "ana"


async def test_a_key_with_a_password_is_refused_without_asking_a_terminal(
    tmp_path: Path, wire: Wire, pki: Pki
) -> None:
    locked = pki.lock("ana", tmp_path / "locked.key")
    user = {"client-certificate": str(pki.pem("ana")), "client-key": str(locked)}
    assert "key can't be used" in str(await refusal(tmp_path, secure(wire, pki), user))


async def test_a_key_of_another_certificate_is_refused(tmp_path: Path, wire: Wire, pki: Pki) -> None:
    user = {"client-certificate": str(pki.pem("ana")), "client-key": str(pki.key("bob"))}
    assert "belong together" in (await refusal(tmp_path, secure(wire, pki), user)).hint


async def test_the_authority_is_a_file_beside_the_kubeconfig(tmp_path: Path, wire: Wire, pki: Pki) -> None:
    (tmp_path / "ca.pem").write_bytes(pki.pem("ca").read_bytes())
    await seen(tmp_path, wire, {"server": wire.url, "certificate-authority": "ca.pem"}, TOKEN)


async def test_the_authority_s_data_goes_before_its_file(tmp_path: Path, wire: Wire, pki: Pki) -> None:
    await seen(tmp_path, wire, secure(wire, pki, **{"certificate-authority": "gone.pem"}), TOKEN)


async def test_one_of_several_authorities_is_enough_and_what_is_none_is_passed_over(
    tmp_path: Path, wire: Wire, pki: Pki
) -> None:
    other = Pki(tmp_path / "other", name="other")
    broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    both = (
        "# prüfen\n".encode() + broken + other.pem("ca").read_bytes() + b"\n\n" + pki.pem("ca").read_bytes()
    )
    (tmp_path / "both.pem").write_bytes(both)
    await seen(tmp_path, wire, {"server": wire.url, "certificate-authority": "both.pem"}, TOKEN)


async def test_the_server_s_own_certificate_may_be_its_authority(
    tmp_path: Path, wire: Wire, pki: Pki
) -> None:
    await seen(tmp_path, wire, {"server": wire.url, "certificate-authority": str(pki.pem("server"))}, TOKEN)


async def test_an_authority_without_a_certificate_is_refused(tmp_path: Path, wire: Wire) -> None:
    cluster = {"server": wire.url, "certificate-authority-data": base64.b64encode(b"x").decode()}
    assert "holds no certificate" in str(await refusal(tmp_path, cluster, TOKEN))


async def test_data_in_several_lines_is_read(tmp_path: Path, wire: Wire, pki: Pki) -> None:
    data = pki.data("ca.pem")
    lines = "\n".join(data[at : at + 64] for at in range(0, len(data), 64))
    await seen(tmp_path, wire, secure(wire, pki, **{"certificate-authority-data": lines}), TOKEN)


async def test_another_authority_is_not_taken(tmp_path: Path, wire: Wire) -> None:
    other = Pki(tmp_path / "other", name="other")
    cluster = {"server": wire.url, "certificate-authority-data": other.data("ca.pem")}
    assert "certificate was not accepted" in str(await refusal(tmp_path, cluster, TOKEN))


async def test_an_authority_without_key_identifiers_is_taken(tmp_path: Path) -> None:
    """Python 3.13 and newer refuse it by default; EKS and microk8s make them so."""
    old = Pki(tmp_path / "old", name="kubernetes", identifiers=False)
    old.server("server", "IP:127.0.0.1")
    with Wire(old) as wire:
        await seen(tmp_path, wire, secure(wire, old), TOKEN)


async def test_a_certificate_is_not_checked_where_the_kubeconfig_says_so(tmp_path: Path, wire: Wire) -> None:
    await seen(tmp_path, wire, {"server": wire.url, "insecure-skip-tls-verify": True}, TOKEN)


async def test_the_server_is_asked_for_by_the_name_that_is_said(tmp_path: Path, wire: Wire, pki: Pki) -> None:
    wire.show(pki, "inside")
    await seen(tmp_path, wire, secure(wire, pki, **{"tls-server-name": "api.internal"}), TOKEN)
    assert wire.names[-1] == "api.internal"
    wrong = secure(wire, pki, **{"tls-server-name": "other.internal"})
    assert isinstance(await refusal(tmp_path, wrong, TOKEN), Unreachable)


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ("{url}", "/version"),
        ("{url}/", "/version"),
        ("{url}/k8s/clusters/c-m-abc", "/k8s/clusters/c-m-abc/version"),
        ("{url}/k8s/clusters/c-m-abc/", "/k8s/clusters/c-m-abc/version"),
        ("{host}", "/version"),
    ],
)
async def test_the_server_s_address_is_completed_as_kubectl_does(
    tmp_path: Path, wire: Wire, pki: Pki, said: str, path: str
) -> None:
    server = said.format(url=wire.url, host=wire.url.removeprefix("https://"))
    request = await seen(tmp_path, wire, secure(wire, pki, server=server), TOKEN)
    assert request.path == path


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
async def test_a_server_of_ipv6_is_reached(tmp_path: Path, pki: Pki) -> None:
    with Wire(pki, host="::1") as wire:
        await seen(tmp_path, wire, secure(wire, pki), TOKEN)


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
async def test_an_http_proxy_is_asked_with_its_user_and_password(
    tmp_path: Path,
    wire: Wire,
    pki: Pki,
    tls: bool,  # noqa: FBT001 - a case
) -> None:
    port = wire.proxy(pki if tls else None)
    proxy = f"{'https' if tls else 'http'}://ana:p%40ss@127.0.0.1:{port}"
    await seen(tmp_path, wire, secure(wire, pki, **{"proxy-url": proxy}), TOKEN)
    ((where, user),) = wire.tunnels
    assert where == f"127.0.0.1:{wire.port}"
    assert base64.b64decode(user.removeprefix("Basic ")) == b"ana:p@ss"


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
async def test_a_socks_proxy_looks_up_a_name_that_only_it_knows(
    tmp_path: Path, wire: Wire, pki: Pki, scheme: str
) -> None:
    wire.show(pki, "inside")
    cluster = secure(wire, pki, server=f"https://api.internal:{wire.port}")
    cluster["proxy-url"] = f"{scheme}://ana:p%40ss@127.0.0.1:{wire.socks()}"
    await seen(tmp_path, wire, cluster, TOKEN)
    assert wire.tunnels == [("api.internal", "ana:p@ss")]


async def test_the_environment_s_proxy_is_asked_unless_this_machine_is_meant(
    tmp_path: Path, wire: Wire, pki: Pki, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"socks5://127.0.0.1:{wire.socks()}")
    await seen(tmp_path, wire, secure(wire, pki), TOKEN)
    assert wire.tunnels == []
    wire.show(pki, "inside")
    await seen(tmp_path, wire, secure(wire, pki, server=f"https://api.internal:{wire.port}"), TOKEN)
    assert wire.tunnels == [("api.internal", "")]


async def test_a_proxy_that_is_not_there_is_told_as_such(tmp_path: Path, wire: Wire, pki: Pki) -> None:
    cluster = secure(wire, pki, **{"proxy-url": "http://ana:hunter22-long@127.0.0.1:1"})
    error = await refusal(tmp_path, cluster, TOKEN)
    assert "by way of the proxy http" in str(error)
    assert "hunter22" not in error.with_hint


async def test_a_socks_proxy_that_is_not_there_is_named_and_not_the_server_blamed(
    tmp_path: Path, wire: Wire, pki: Pki
) -> None:
    cluster = secure(wire, pki, **{"proxy-url": "socks5://ana:hunter22-long@127.0.0.1:1"})
    error = await refusal(tmp_path, cluster, TOKEN)
    assert "by way of the proxy socks5" in str(error)
    assert "Check that the proxy runs" in error.with_hint
    assert "hunter22" not in error.with_hint


def plugin(tmp_path: Path, script: str, **more: Any) -> Json:
    program = tmp_path / "login-helper"
    program.write_text(f"#!{sys.executable}\nimport json, os, sys, time\n{script}\n")
    program.chmod(0o755)
    return {"exec": {"apiVersion": V1, "command": "./login-helper", "interactiveMode": "Never", **more}}


def giving(version: str = V1, **status: Any) -> str:
    document = {"apiVersion": version, "kind": "ExecCredential", "status": status}
    return f"print({json.dumps(json.dumps(document))})"


@pytest.mark.parametrize("version", [V1, V1 + "beta1"])
async def test_a_plugin_s_token_is_shown(tmp_path: Path, wire: Wire, pki: Pki, version: str) -> None:
    user = plugin(tmp_path, giving(version, token="exec-token"), apiVersion=version)  # noqa: S106 - a test's own
    assert (await seen(tmp_path, wire, secure(wire, pki), user)).authorization == "Bearer exec-token"


async def test_a_plugin_s_certificate_is_shown(tmp_path: Path, wire: Wire, pki: Pki) -> None:
    certificate, key = pki.pem("ana").read_text(), pki.key("ana").read_text()
    user = plugin(tmp_path, giving(clientCertificateData=certificate, clientKeyData=key))
    assert (await seen(tmp_path, wire, secure(wire, pki), user)).certificate == "ana"


async def test_a_token_of_the_kubeconfig_goes_before_a_plugin(tmp_path: Path, wire: Wire, pki: Pki) -> None:
    user = plugin(tmp_path, "sys.exit('never run')") | TOKEN
    assert (await seen(tmp_path, wire, secure(wire, pki), user)).authorization == "Bearer inline-token"


async def test_a_plugin_gets_its_arguments_its_environment_and_what_it_asks_of_the_cluster(
    tmp_path: Path, wire: Wire, pki: Pki
) -> None:
    out = tmp_path / "told"
    tell = f"open({str(out)!r}, 'w').write(json.dumps([sys.argv[1:], dict(os.environ), sys.stdin.read()]))\n"
    cluster = secure(wire, pki)
    cluster["extensions"] = [{"name": "client.authentication.k8s.io/exec", "extension": {"audience": "x"}}]
    user = plugin(
        tmp_path,
        tell + giving(token="exec-token"),  # noqa: S106 - a test's own
        args=["a", "b c"],
        env=[{"name": "PROFILE", "value": "prod"}],
        provideClusterInfo=True,
    )
    await seen(tmp_path, wire, cluster, user)
    arguments, environment, typed = json.loads(out.read_text())
    assert (arguments, environment["PROFILE"], typed) == (["a", "b c"], "prod", "")
    spec = json.loads(environment["KUBERNETES_EXEC_INFO"])["spec"]
    assert spec == {
        "interactive": False,
        "cluster": {
            "server": wire.url,
            "certificate-authority-data": pki.data("ca.pem"),
            "config": {"audience": "x"},
        },
    }


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("sys.exit('\\x1b[31mno session\\x1b[0m.\\n')", "failed: no session."),
        ("sys.exit(3)", "exit code 3"),
        ("print('hello')", "not a credential"),
        ("print('[' * 400_000)", "not a credential"),
        (giving(token="t\r\nX-Evil: 1"), "a character that no token has"),  # noqa: S106 - a test's own
        ("print('x' * 2**21)", "it printed more than 1 MiB, and was stopped"),
        ("while True: print('x' * 2**16)", "it printed more than 1 MiB, and was stopped"),
        ("sys.stderr.write('x' * 2**22 + '\\nthe last line\\n'); sys.exit(1)", "the last line"),
        (giving(), "neither a token nor a certificate"),
        (giving(clientKeyData="k"), "not both"),
        (giving(V1 + "beta1", token="t"), "was asked for"),  # noqa: S106 - a test's own
        ("sys.exit('refused token=s3cr3t-of-ana')", "token=***"),
    ],
)
async def test_a_plugin_that_fails_is_told_in_its_own_words_without_secrets_and_colours(
    tmp_path: Path, wire: Wire, pki: Pki, script: str, words: str
) -> None:
    error = await refusal(tmp_path, secure(wire, pki), plugin(tmp_path, script))
    assert isinstance(error, Denied)
    assert "The credential plugin login-helper failed" in str(error)
    assert words in str(error)
    assert "\x1b" not in str(error)


async def test_a_plugin_that_a_person_knows_is_told_with_what_to_run(
    tmp_path: Path, wire: Wire, pki: Pki
) -> None:
    program = tmp_path / "aws"
    program.write_text("#!/bin/sh\necho 'Error loading SSO Token' >&2; exit 255\n")
    program.chmod(0o755)
    user = {"exec": {"apiVersion": V1, "command": "./aws", "interactiveMode": "IfAvailable"}}
    assert "aws sso login" in (await refusal(tmp_path, secure(wire, pki), user)).hint


async def test_a_plugin_that_complains_at_length_and_gives_a_credential_is_heard(
    tmp_path: Path, wire: Wire, pki: Pki
) -> None:
    script = "import sys\nsys.stderr.write('warning\\n' * 2**19)\n"
    user = plugin(tmp_path, script + giving(token="exec-token"))  # noqa: S106 - a test's own
    assert (await seen(tmp_path, wire, secure(wire, pki), user)).authorization == "Bearer exec-token"


async def test_a_plugin_s_child_that_holds_its_output_open_holds_up_no_login(
    tmp_path: Path, wire: Wire, pki: Pki
) -> None:
    child = f"subprocess.Popen([{sys.executable!r}, '-c', 'import time; time.sleep(300)'])"
    script = f"import subprocess\npid = {child}.pid\nopen({str(tmp_path / 'pid')!r}, 'w').write(str(pid))\n"
    began = time.monotonic()
    user = plugin(tmp_path, script + giving(token="exec-token"))  # noqa: S106 - a test's own
    await seen(tmp_path, wire, secure(wire, pki), user)
    assert time.monotonic() - began < 250
    assert await ended(int((tmp_path / "pid").read_text()))


async def ended(pid: int) -> bool:
    """Wait until nobody has the number any more."""
    for _ in range(600):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        await asyncio.sleep(0.1)
    return False


async def test_no_certificate_and_no_key_is_ever_a_file(
    tmp_path: Path, wire: Wire, pki: Pki, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Kubernetes client's own way leaves them in TMPDIR, also behind a kill -9."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", None)
    user = {"client-certificate-data": pki.data("ana.pem"), "client-key-data": pki.data("ana.key")}
    made: list[Any] = []
    watching = [True]

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if watching and event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_CREAT:
            made.append(arguments[0])

    path = kubeconfig(tmp_path / "config", cluster=secure(wire, pki), user=user)
    sys.addaudithook(note)
    try:
        await asked(path, wire)
    finally:
        watching.clear()
    assert [name for name in made if isinstance(name, str | bytes) and "/dev/" not in str(name)] == []
    assert list((tmp_path / "tmp").iterdir()) == []
