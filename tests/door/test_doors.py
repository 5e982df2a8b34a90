"""Each way through Prometheus' door, as a release that ends right."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import sys
import time
from pathlib import Path

import pytest

from console.errors import ExitCode
from console.metrics.door import TOKEN_VARIABLE, Door
from console.metrics.prometheus import Prometheus
from console.plan.access import Access, Command
from console.plan.model import MetricsSource
from tests.cluster.pki import Pki
from tests.door.releases import Porter, released
from tests.faults.patient_time import patiently
from tests.faults.prometheus_wire import Answer, Wire
from tests.metrics.http_fake import Asked, answering, fake_prometheus

TOKEN, RENEWED, PASSWORD = "prom-token-4f9a77c1", "prom-token-92be01aa", "prom-password-1"


VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


def wanting(name: str, value: str, *, status: int = 401) -> Porter:
    """Let in who shows this header."""

    def porter(asked: Asked) -> Answer | None:
        return None if asked.headers.get(name) == value else answering(b"who is it?", status=status)

    return porter


def basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


@pytest.fixture(autouse=True)
def _no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    made = Pki(tmp_path_factory.mktemp("pki"))
    made.server("inside", "DNS:prometheus.monitoring.svc")
    made.server("here", "IP:127.0.0.1")
    made.client("ana")
    return made


def serving(pki: Pki, name: str, *, clients: bool = False) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki.pem(name), pki.key(name))
    if clients:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(pki.pem("ca"))
    return context


@patiently
async def test_a_bearer_token_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROM", TOKEN)
    ended = await released(
        tmp_path,
        Access(token="env:PROM"),  # noqa: S106 - its place
        porter=wanting("Authorization", f"Bearer {TOKEN}"),
    )
    assert ended.code == ExitCode.PROMOTED, ended.troubles


@patiently
async def test_a_token_s_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    taken = {"Authorization": f"Bearer {TOKEN}"}

    def porter(asked: Asked) -> Answer | None:
        return wanting("Authorization", taken["Authorization"])(asked)

    def renew(_wire: Wire) -> None:
        file.write_text(f"{RENEWED}\n")
        taken["Authorization"] = f"Bearer {RENEWED}"

    ended = await released(tmp_path, Access(token=f"file:{file}"), porter=porter, during=renew)
    assert ended.code == ExitCode.PROMOTED, ended.troubles
    assert ended.troubles == []


@patiently
async def test_basic_auth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORD", PASSWORD)
    ended = await released(
        tmp_path,
        Access(username="ana", password="env:PASSWORD"),  # noqa: S106 - its place
        porter=wanting("Authorization", basic("ana", PASSWORD)),
    )
    assert ended.code == ExitCode.PROMOTED, ended.troubles


@patiently
async def test_a_tenant_s_header(tmp_path: Path) -> None:
    ended = await released(
        tmp_path, Access(headers={"X-Scope-OrgID": "shop"}), porter=wanting("X-Scope-OrgID", "shop")
    )
    assert ended.code == ExitCode.PROMOTED, ended.troubles


@patiently
async def test_an_authority_of_our_own_on_loopback_behind_a_tunnel(tmp_path: Path, pki: Pki) -> None:
    access = Access(ca=f"file:{pki.pem('ca')}", server_name="prometheus.monitoring.svc")
    ended = await released(tmp_path, access, tls=serving(pki, "inside"))
    assert ended.code == ExitCode.PROMOTED, ended.troubles


@pytest.mark.parametrize("variable", VARIABLES)
def test_an_authority_of_the_environment_counts_on_loopback_too(
    variable: str, tmp_path: Path, pki: Pki, monkeypatch: pytest.MonkeyPatch
) -> None:
    for other in VARIABLES:
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(variable, str(pki.pem("ca")))

    @patiently
    async def here() -> None:
        ended = await released(tmp_path, None, tls=serving(pki, "here"))
        assert ended.code == ExitCode.PROMOTED, ended.troubles

    here()


@patiently
async def test_a_client_certificate_is_renewed_in_the_middle(tmp_path: Path, pki: Pki) -> None:
    certificate, key = tmp_path / "ana.pem", tmp_path / "ana.key"
    certificate.write_bytes(pki.pem("ana").read_bytes())
    key.write_bytes(pki.key("ana").read_bytes())

    def renew(_wire: Wire) -> None:
        pki.client("ana", file="ana-2")
        certificate.write_bytes(pki.pem("ana-2").read_bytes())
        key.write_bytes(pki.key("ana-2").read_bytes())

    access = Access(
        ca=f"file:{pki.pem('ca')}", client_certificate=f"file:{certificate}", client_key=f"file:{key}"
    )
    ended = await released(tmp_path, access, tls=serving(pki, "here", clients=True), during=renew)
    assert ended.code == ExitCode.PROMOTED, ended.troubles
    assert ended.troubles == []


CREDENTIAL = {
    "apiVersion": "client.authentication.k8s.io/v1",
    "kind": "ExecCredential",
    "status": {"token": TOKEN, "expirationTimestamp": "2099-01-01T00:00:00Z"},
}


@pytest.mark.parametrize("printed", [json.dumps(CREDENTIAL), TOKEN], ids=["ExecCredential", "token alone"])
def test_a_program_that_prints_a_token_is_run_once(printed: str, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    access = Access(exec=Command(command=sys.executable, args=("-c", _program(runs, printed))))

    @patiently
    async def here() -> None:
        ended = await released(tmp_path, access, porter=wanting("Authorization", f"Bearer {TOKEN}"))
        assert ended.code == ExitCode.PROMOTED, ended.troubles

    here()
    assert runs.read_text() == "."


def _program(runs: Path, printed: str) -> str:
    return f"open({str(runs)!r}, 'a').write('.'); print({printed!r})"


@pytest.mark.parametrize("status", [405, 501])
def test_who_takes_no_post_is_asked_by_get_from_then_on(status: int, tmp_path: Path) -> None:
    def porter(asked: Asked) -> Answer | None:
        return answering(b"read only", status=status) if asked.command == "POST" else None

    @patiently
    async def here() -> None:
        ended = await released(tmp_path, None, porter=porter)
        assert ended.code == ExitCode.PROMOTED, ended.troubles
        posted = [line for line in ended.asked.lines if line.startswith("POST")]
        assert len(posted) <= 12, "only those that were on their way when the first came back"
        assert len(ended.asked.lines) > 2 * len(posted)

    here()


@patiently
async def test_a_token_that_ends_and_is_renewed_later_blinds_the_release_meanwhile(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN)
    refusals = []

    def porter(asked: Asked) -> Answer | None:
        if not ends:
            return None
        kept_out = wanting("Authorization", f"Bearer {RENEWED}")(asked)
        refusals.extend([kept_out] if kept_out else [])
        if len(refusals) == 20:
            file.write_text(RENEWED)
        return kept_out

    ends: list[bool] = []
    ended = await released(
        tmp_path,
        Access(token=f"file:{file}"),
        porter=porter,
        during=lambda _wire: ends.append(True),
        hold_s=20.0,
    )
    assert ended.code == ExitCode.PROMOTED, ended.troubles
    (trouble,) = ended.troubles
    assert trouble.endswith(
        f"does not take the token in file:{file} (HTTP 401: who is it?); it has ended or is a wrong one: "
        f"renew file:{file}"
    )


def test_nothing_that_is_shown_stands_in_a_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROM", TOKEN)
    proof = Door(Access(token="env:PROM")).proof(until=time.monotonic() + 60)  # noqa: S106 - its place
    assert proof.headers["Authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in f"{proof!r} {proof.tls!r}"


@patiently
async def test_the_part_of_a_store_that_the_labels_name(tmp_path: Path) -> None:
    ended = await released(tmp_path, Access(labels={"cluster": "a"}))
    assert ended.code == ExitCode.PROMOTED, ended.troubles
    queries = [form["query"][0] for form in ended.asked.forms if "query" in form]
    assert len(queries) > 20
    assert [query for query in queries if 'cluster="a"' not in query] == []


def test_the_first_look_waits_for_a_program_that_is_slower_than_a_call(tmp_path: Path) -> None:
    program = f"import time; time.sleep(0.5); {_program(tmp_path / 'runs', TOKEN)}"
    access = Access(exec=Command(command=sys.executable, args=("-c", program)))
    with fake_prometheus() as fake:
        fake.answer = answering(b'{"status":"success","data":{"version":"2.42.0"}}')
        metrics = MetricsSource(prometheus=fake.url, preset="istio", business={}, access=access)
        prometheus = Prometheus.of(metrics)
        started = time.monotonic()
        asyncio.run(prometheus._transport.log_in())
        assert time.monotonic() - started > 0.5
        assert asyncio.run(Prometheus.of(metrics).build(deadline_s=60)) == "Prometheus 2.42.0"
        assert fake.headers[0]["authorization"] == f"Bearer {TOKEN}"
