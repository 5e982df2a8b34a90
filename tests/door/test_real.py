"""The doors of a real Prometheus: TLS, basic auth and client certificates of its own web configuration."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from msgspec import UNSET, Struct
from msgspec.structs import replace

from console.errors import EvidenceError
from console.metrics.prometheus import Prometheus
from console.plan.access import Access
from console.plan.model import MetricsSource
from tests.cluster.pki import Pki
from tests.door.test_doors import VARIABLES
from tests.lab_prometheus.programs import PROGRAM, free_port, need, until

pytestmark = pytest.mark.real

PASSWORD = "prom-password-1"  # noqa: S105 - a test's
HASH = "$2b$04$j8wZ2ixbNMvrdWPFepwL/uKKcRw60qUZG98Y.MmufWy9njwtQEH0."
"""The same by bcrypt, in as few rounds as it has."""


class Real(Struct, frozen=True, kw_only=True):
    """A running Prometheus, and what lets us in."""

    url: str
    access: Access
    pki: Pki

    def ask(self, access: Access | None) -> float | None:
        metrics = MetricsSource(prometheus=self.url, preset="istio", business={}, access=access or UNSET)
        return asyncio.run(Prometheus.of(metrics).query("vector(7)", deadline_s=60)).number()

    def refusal(self, access: Access | None) -> str:
        """Give the line; it is asked again where the server's reset took the reason from under us."""
        until = time.monotonic() + 60
        while True:
            with pytest.raises(EvidenceError) as caught:
                self.ask(access)
            line = caught.value.with_hint.removeprefix(f"Prometheus at {self.url} ")
            if "reset" not in line or time.monotonic() > until:
                return line


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Real]:
    need(PROGRAM)
    folder = tmp_path_factory.mktemp("real-door")
    pki = Pki(folder / "pki")
    pki.server("inside", "DNS:prometheus.monitoring.svc")
    pki.client("ana")
    (folder / "password").write_text(PASSWORD)
    web = {
        "tls_server_config": {
            "cert_file": str(pki.pem("inside")),
            "key_file": str(pki.key("inside")),
            "client_auth_type": "RequireAndVerifyClientCert",
            "client_ca_file": str(pki.pem("ca")),
        },
        "basic_auth_users": {"ana": HASH},
    }
    (folder / "web.yaml").write_text(yaml.safe_dump(web))
    (folder / "prometheus.yaml").write_text("{}")
    port = free_port()
    process = subprocess.Popen(
        [
            PROGRAM,
            f"--config.file={folder / 'prometheus.yaml'}",
            f"--web.config.file={folder / 'web.yaml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=error",
        ]
    )
    access = Access(
        username="ana",
        password=f"file:{folder / 'password'}",
        client_certificate=f"file:{pki.pem('ana')}",
        client_key=f"file:{pki.key('ana')}",
        ca=f"file:{pki.pem('ca')}",
        server_name="prometheus.monitoring.svc",
    )
    found = Real(url=f"https://127.0.0.1:{port}", access=access, pki=pki)
    try:
        until(lambda: process.poll() is not None or _listens(port))
        until(lambda: _ready(found))
        yield found
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _ready(found: Real) -> bool:
    """Wait until queries are answered: it listens before its storage is open."""
    try:
        return found.ask(found.access) == 7
    except EvidenceError:
        time.sleep(0.1)
        return False


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)


def test_with_all_that_it_wants_it_answers(real: Real) -> None:
    assert real.ask(real.access) == 7


def test_a_wrong_password_is_told_as_one(real: Real, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WRONG", "wrong-password-1")
    assert real.refusal(replace(real.access, password="env:WRONG")) == (  # noqa: S106 - its place
        "does not take the password in env:WRONG (HTTP 401: Unauthorized); check the user's name and what "
        "stands in env:WRONG"
    )


def test_no_password_is_told_as_none(real: Real) -> None:
    bare = replace(real.access, username="", password="")
    assert real.refusal(bare).startswith(
        f"does not take the certificate in file:{real.pki.pem('ana')} (HTTP 401: Unauthorized); "
    )


def test_no_client_certificate_is_told_as_none(real: Real) -> None:
    assert real.refusal(replace(real.access, client_certificate="", client_key="")).endswith(
        "wants a client certificate; name client_certificate and client_key in the plan's metrics.prometheus"
    )


def test_a_client_certificate_of_another_authority_is_not_taken(real: Real, tmp_path: Path) -> None:
    other = Pki(tmp_path)
    other.client("ana")
    shown = replace(
        real.access, client_certificate=f"file:{other.pem('ana')}", client_key=f"file:{other.key('ana')}"
    )
    assert real.refusal(shown).endswith(
        "does not take our client certificate; it may have ended, or another authority is wanted: renew it"
    )


def test_an_authority_that_nobody_named_is_told_with_its_key(real: Real) -> None:
    assert real.refusal(replace(real.access, ca="")).endswith(
        "name its authority with `ca: file:/PATH` in the plan's metrics.prometheus"
    )


def test_another_name_is_told_with_its_key(real: Real) -> None:
    assert real.refusal(replace(real.access, server_name="")).endswith(
        "; server_name in the plan's metrics.prometheus says which name its certificate has"
    )


def test_http_instead_of_https_is_told(real: Real) -> None:
    plain = replace(real, url=real.url.replace("https", "http"))
    assert plain.refusal(real.access) == "speaks TLS; write https:// instead of http://"
