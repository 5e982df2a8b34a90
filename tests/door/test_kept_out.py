"""What keeps us out is said at once, in one line that names the mend: before the release and within it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import UNSET, Struct
from msgspec.structs import replace

from console.errors import EvidenceError, ExitCode
from console.metrics.evidence_source import PrometheusSource
from console.plan.access import Access, Command
from tests.cluster.pki import Pki
from tests.door.releases import released
from tests.door.test_doors import VARIABLES, serving
from tests.faults.patient_time import patiently
from tests.faults.prometheus_wire import Answer, Mesh, Wire
from tests.metrics.http_fake import answering, fake_prometheus
from tests.metrics.scripted import plan

EMPTY = b'{"status":"success","data":{"resultType":"vector","result":[]}}'
WITH_TOKEN = Access(token="env:PROM")  # noqa: S106 - its place


class Case(Struct, frozen=True, kw_only=True):
    """An answer to everything, and the line that tells it."""

    name: str
    answer: Answer
    says: str
    access: Access | None = None


def redirect(to: str) -> Answer:
    return answering(b"", status=302, headers={"Location": to})


CASES = [
    Case(
        name="no credential",
        answer=answering(b"Unauthorized", status=401, headers={"WWW-Authenticate": 'Basic realm="x"'}),
        says=" asks for credentials (HTTP 401: Unauthorized); name basic_auth in the plan's"
        " metrics.prometheus",
    ),
    Case(
        name="expired",
        access=WITH_TOKEN,
        answer=answering(b'{"error":"token expired"}', status=401),
        says=" does not take the token in env:PROM (HTTP 401: token expired); it has ended or is a wrong one:"
        " renew env:PROM",
    ),
    Case(
        name="no tenant",
        answer=answering(b"no org id\n", status=401),
        says=" refuses us for the tenant (HTTP 401: no org id); headers: {X-Scope-OrgID: ...} in the plan's"
        " metrics.prometheus names it",
    ),
    Case(
        name="a tenant that is none",
        access=Access(headers={"X-Scope-OrgID": "nobody"}),
        answer=answering(b'{"status":"error","error":"unknown tenant"}', status=422),
        says=" refuses us for the tenant (HTTP 422: unknown tenant); headers: {X-Scope-OrgID: ...} in the"
        " plan's metrics.prometheus names it",
    ),
    Case(
        name="forbidden",
        access=WITH_TOKEN,
        answer=answering(b"rbac: access denied", status=403),
        says=" forbids it (HTTP 403: rbac: access denied); the token in env:PROM may not query; ask who runs"
        " it for that right",
    ),
    Case(
        name="a login page",
        answer=answering(b"<!doctype html><title>Sign in</title>"),
        says=" answered with a page that is not Prometheus' JSON: '<!doctype html><title>Sign in</title>'; a"
        " login page or another service may be at this address: name a login in the plan's"
        " metrics.prometheus",
    ),
    Case(
        name="a login page in spite of a token",
        access=WITH_TOKEN,
        answer=answering(b"<html><title>Sign in</title>"),
        says=" answered with a page that is not Prometheus' JSON: '<html><title>Sign in</title>'; a"
        " login page may stand before it, which does not take the token in env:PROM: it has ended or is a"
        " wrong one: renew env:PROM",
    ),
    Case(
        name="single sign-on",
        access=WITH_TOKEN,
        answer=redirect("https://login.example/authorize?state=abc"),
        says=" sends us elsewhere (HTTP 302), to https://login.example/authorize; a redirect often means a"
        " login page: name a token or another login in the plan's metrics.prometheus, or a service, which"
        " goes around it",
    ),
    Case(
        name="TLS is wanted",
        answer=answering(b"Client sent an HTTP request to an HTTPS server.\n", status=400),
        says=" speaks TLS; write https:// instead of http://",
    ),
]


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROM", "prom-token-4f9a77c1")
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    made = Pki(tmp_path_factory.mktemp("pki"))
    made.server("here", "IP:127.0.0.1")
    made.server("inside", "DNS:prometheus.monitoring.svc")
    return made


@pytest.fixture(scope="module")
def clients(pki: Pki) -> Pki:
    """The same with two clients, one of which has its key locked too."""
    pki.client("ana")
    pki.client("bob")
    pki.lock("ana", pki.folder / "locked.key")
    return pki


any_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@any_case
def test_the_preflight_refuses_with_the_mend(case: Case, tmp_path: Path) -> None:
    @patiently
    async def here() -> None:
        ended = await released(tmp_path, case.access, porter=lambda _asked: case.answer)
        assert ended.code == ExitCode.PREFLIGHT_FAILED
        (line,) = [line for line in ended.refused if case.says in line]
        assert line == f"Prometheus at {ended.asked.url}{case.says}"

    here()


@any_case
def test_a_look_says_the_same(case: Case) -> None:
    @patiently
    async def here() -> None:
        loop = asyncio.get_running_loop()
        with Wire(Mesh(clock=loop.time, weight=lambda: 20)) as wire:
            wire.answer = case.answer
            of = plan(url=wire.url)
            source = PrometheusSource.connect(
                replace(of, metrics=replace(of.metrics, access=case.access or UNSET))
            )
            with pytest.raises(EvidenceError) as caught:
                await source.sample(deadline_s=60)
            assert caught.value.with_hint == f"Prometheus at {wire.url}{case.says}"

    here()


@patiently
async def test_a_running_release_is_blind_for_that_reason_and_goes_back_when_its_patience_ends(
    tmp_path: Path,
) -> None:
    (case,) = [case for case in CASES if case.name == "expired"]

    def keep_out(wire: Wire) -> None:
        wire.answer = case.answer

    def let_in(wire: Wire) -> None:
        wire.answer = None

    ended = await released(tmp_path, case.access, during=keep_out, behind=let_in, hold_s=40.0)
    assert ended.troubles == [f"Prometheus at {ended.asked.url}{case.says}"]
    assert ended.weights == [20, 0]


NEAR = [
    pytest.param(
        "here",
        lambda _pki: None,
        " has a certificate that is not accepted: unable to get local issuer certificate; name its authority"
        " with `ca: file:/PATH` in the plan's metrics.prometheus",
        id="unknown authority",
    ),
    pytest.param(
        "inside",
        lambda pki: Access(ca=f"file:{pki.pem('ca')}"),
        "; server_name in the plan's metrics.prometheus says which name its certificate has",
        id="another name",
    ),
    pytest.param(
        "here",
        lambda pki: Access(ca=f"file:{Pki(pki.folder / 'other').pem('ca')}"),
        "; the authority in `ca` in the plan's metrics.prometheus is not the one that signed it",
        id="wrong authority",
    ),
]


@pytest.mark.parametrize(("server", "access", "says"), NEAR)
def test_a_certificate_that_is_not_accepted(
    server: str,
    access: Callable[[Pki], Access | None],
    says: str,
    tmp_path: Path,
    pki: Pki,
) -> None:
    assert says in preflight(tmp_path, access(pki), serving(pki, server))


def test_an_authority_that_is_a_key_is_named_by_its_place(tmp_path: Path, pki: Pki) -> None:
    line = preflight(tmp_path, Access(ca=f"file:{pki.key('ca')}"), serving(pki, "here"))
    assert line == (
        "The certificate authority of Prometheus holds no certificate. Check `ca` in the plan's"
        f" metrics.prometheus, which is file:{pki.key('ca')}."
    )


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_authorities_of_the_environment_that_can_not_be_used_are_named_by_their_variable(
    variable: str, tmp_path: Path, pki: Pki, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file, says in (
        (tmp_path / "gone.pem", f"No such file or directory; {variable} names it: set it right, or unset it"),
        (pki.key("ca"), f"holds no certificate. Check {variable} in the environment."),
    ):
        monkeypatch.setenv(variable, str(file))
        folder = tmp_path / file.stem
        folder.mkdir()
        assert preflight(folder, None, serving(pki, "here")).endswith(says)


@pytest.mark.parametrize(
    ("certificate", "key", "why"),
    [
        ("ana.pem", "bob.key", "they do not belong together, or one is damaged"),
        ("ana.key", "ana.key", "the first is no certificate"),
        ("ana.pem", "ana.pem", "the second is no key"),
        ("ana.pem", "locked.key", "the key has a password"),
    ],
)
def test_a_certificate_and_a_key_that_can_not_be_used_say_which_is_wrong(
    certificate: str, key: str, why: str, tmp_path: Path, clients: Pki
) -> None:
    access = Access(
        ca=f"file:{clients.pem('ca')}",
        client_certificate=f"file:{clients.folder / certificate}",
        client_key=f"file:{clients.folder / key}",
    )
    line = preflight(tmp_path, access, serving(clients, "here", clients=True))
    assert line.startswith(f"The client certificate and its key can't be used ({why}). ")


def test_a_client_certificate_that_is_wanted(tmp_path: Path, pki: Pki) -> None:
    access = Access(ca=f"file:{pki.pem('ca')}")
    line = preflight(tmp_path, access, serving(pki, "here", clients=True))
    assert line.endswith(
        " wants a client certificate; name client_certificate and client_key in the plan's metrics.prometheus"
    )


def test_tls_where_none_is_spoken(tmp_path: Path) -> None:
    @patiently
    async def here() -> None:
        ended = await released(tmp_path, None, scheme="https")
        assert ended.refused[0].endswith(" speaks no TLS; write http:// instead of https://")

    here()


@pytest.mark.parametrize(
    ("access", "says"),
    [
        (
            Access(token="env:NOBODY_HAS_SET_THIS"),  # noqa: S106 - its place
            (
                "Prometheus can't be asked: NOBODY_HAS_SET_THIS is not set here; the plan finds a secret "
                "there: put it there again"
            ),
        ),
        (
            Access(ca="file:/nowhere/ca.pem"),
            (
                "Prometheus can't be asked: /nowhere/ca.pem can't be read: No such file or directory; the "
                "plan finds a secret there: put it there again"
            ),
        ),
        (
            Access(exec=Command(command="sh", args=("-c", "echo 'log in again' >&2; exit 1"))),
            (
                "The credential plugin sh failed: log in again. Run it by hand: the plan's "
                "metrics.prometheus.exec says how."
            ),
        ),
        (
            Access(exec=Command(command="no-such-program-here")),
            (
                "The credential plugin no-such-program-here failed: it is not installed. Install it, or name "
                "another one in the plan's metrics.prometheus.exec."
            ),
        ),
    ],
)
def test_a_secret_that_is_not_there(access: Access, says: str, tmp_path: Path) -> None:
    assert preflight(tmp_path, access, None) == says


def printing(words: str) -> Access:
    return Access(exec=Command(command="sh", args=("-c", f"printf '{words}'")))


def credential(status: str) -> Access:
    return printing(f'{{"apiVersion": "client.authentication.k8s.io/v1", "status": {status}}}')


@pytest.mark.parametrize(
    ("access", "says"),
    [
        (
            credential('{"token": "s3cret-s3cret", "expirationTimestamp": "2020-01-01T00:00:00Z"}'),
            "Log in anew where it does, and see whether this machine's clock is right",
        ),
        (
            credential('{"clientCertificateData": "x", "clientKeyData": "y"}'),
            "The program sh gave a certificate, and a token is wanted. Write client_certificate and",
        ),
        (
            credential('{"token": "s3cret s3cret\\\\n"}'),
            "The credential plugin sh failed: its token has a character that no token has.",
        ),
        (
            printing("Your token is:\\ns3cret-s3cret"),
            "The credential plugin sh failed: what it printed is not a credential.",
        ),
    ],
    ids=["has ended", "a certificate", "a line's end", "words around it"],
)
def test_what_a_program_prints_that_is_no_token_of_now(access: Access, says: str, tmp_path: Path) -> None:
    line = preflight(tmp_path, access, None)
    assert says in line
    assert "s3cret" not in line


@pytest.mark.parametrize(
    ("left", "says"),
    [
        ("Bearer prom-token-1", "has a space or quotes in it; only the token belongs there, without the"),
        ('"prom-token-1"', "has a space or quotes in it; only the token belongs there, without the"),
        ("prom-token-1\nprom-token-2", "is not one line of ASCII; a secret ends at its line's end"),
        ("prom-tök€n", "is not one line of ASCII; a secret ends at its line's end"),
    ],
    ids=["with its word", "in quotes", "two lines", "not ASCII"],
)
def test_a_file_that_holds_more_than_a_token(left: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(left)
    line = preflight(tmp_path, Access(token=f"file:{file}"), None)
    assert line.startswith(f"Prometheus can't be asked: the token in file:{file} {says}")
    assert "prom-t" not in line


def preflight(
    folder: Path, access: Access | None, tls: ssl.SSLContext | None, *, answer: Answer | None = None
) -> str:
    lines: list[str] = []

    @patiently
    async def here() -> None:
        ended = await released(folder, access, tls=tls, porter=lambda _asked: answer)
        assert ended.code == ExitCode.PREFLIGHT_FAILED
        lines.extend(ended.refused)

    here()
    return lines[0]


@pytest.mark.parametrize("path", ["/login", "/api/v1/query"])
def test_what_is_shown_follows_no_redirect(path: str, tmp_path: Path) -> None:
    @patiently
    async def here() -> None:
        with fake_prometheus() as elsewhere:
            there = redirect(elsewhere.url + path)
            ended = await released(tmp_path, WITH_TOKEN, porter=lambda _asked: there)
            assert ended.code == ExitCode.PREFLIGHT_FAILED
            assert elsewhere.lines == []

    here()


def test_a_tenant_and_a_label_that_have_no_data_are_named(tmp_path: Path) -> None:
    access = Access(labels={"cluster": "b"}, headers={"X-Scope-OrgID": "nobody"})
    line = preflight(tmp_path, access, None, answer=answering(EMPTY))
    assert line == (
        'Prometheus has no requests of any workload with cluster="b" and X-Scope-OrgID: nobody: is that the '
        "right part of it?"
    )
