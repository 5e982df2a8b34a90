from __future__ import annotations

import asyncio
import gzip
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from console.errors import EvidenceError
from console.metrics import by_url, connection
from console.metrics.by_url import ByUrl
from console.metrics.door import TOKEN_VARIABLE
from console.metrics.prometheus import Prometheus
from tests.metrics.http_fake import VECTOR, FakePrometheus, answering, fake_prometheus


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakePrometheus]:
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    with fake_prometheus() as server:
        yield server


def ask(url: str, promql: str = "up", *, deadline_s: float = 5.0) -> float | None:
    return asyncio.run(Prometheus(url).query(promql, deadline_s=deadline_s)).number()


def refusal(url: str, *, deadline_s: float = 5.0) -> str:
    with pytest.raises(EvidenceError) as caught:
        ask(url, deadline_s=deadline_s)
    return f"{caught.value} {caught.value.hint}"


def test_a_query_goes_into_the_body_and_not_into_the_url(fake: FakePrometheus) -> None:
    long = "up" + " or up" * 4000
    assert ask(fake.url, long) == 2.0
    assert fake.forms[0]["query"] == [long]
    assert fake.lines == ["POST /api/v1/query HTTP/1.1"]


def test_a_path_and_a_last_slash_of_the_address_are_kept_and_dropped(fake: FakePrometheus) -> None:
    ask(f"{fake.url}/prometheus/")
    assert fake.lines == ["POST /prometheus/api/v1/query HTTP/1.1"]


def test_stores_are_told_to_answer_wholly_or_not_at_all(fake: FakePrometheus) -> None:
    ask(fake.url)
    assert fake.forms[0]["partial_response"] == ["false"]
    assert fake.forms[0]["deny_partial_response"] == ["1"]


def test_the_token_of_the_environment_is_sent(fake: FakePrometheus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, "s3cret")
    ask(fake.url)
    assert fake.headers[0]["authorization"] == "Bearer s3cret"


def test_the_token_is_in_no_error(fake: FakePrometheus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, "s3cret")
    fake.answer = answering(b"no", status=401)
    assert "s3cret" not in refusal(fake.url)


def test_a_netrc_does_not_overrule_the_token(
    fake: FakePrometheus, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv(TOKEN_VARIABLE, "s3cret")
    monkeypatch.setattr(connection, "LOOPBACK", ())
    ask(fake.url)
    assert fake.headers[0]["authorization"] == "Bearer s3cret"


def test_a_loopback_address_is_asked_without_the_proxy(
    fake: FakePrometheus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert ask(fake.url) == 2.0


def test_a_refused_connection_is_asked_once_and_named() -> None:
    with fake_prometheus() as gone:
        url = gone.url
    words = refusal(url)
    assert words.startswith(f"Prometheus at {url} can't be reached: ")
    assert "refused" in words


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_a_proxy_that_is_not_there_is_named_without_its_login(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with fake_prometheus() as gone:
        proxy = gone.url
    monkeypatch.setenv(variable, proxy.replace("http://", "http://ana:s3cret@"))
    words = refusal("http://prometheus.example:9090")
    assert words.startswith(
        f"Prometheus at http://prometheus.example:9090 can't be reached through the proxy {proxy}: "
    )
    assert words.endswith("NO_PROXY lists what is reached without it")
    assert "s3cret" not in words


def test_who_hangs_up_may_speak_tls(fake: FakePrometheus) -> None:
    fake.answer = lambda _asked: None
    assert refusal(fake.url) == (
        f"Prometheus at {fake.url} took the connection and gave no answer that is HTTP"
        " where it speaks TLS write https:// instead of http://"
    )


@pytest.mark.parametrize(
    ("status", "body", "mend"),
    [
        (429, b"slow down", "it wants fewer queries: a longer `interval` in the plan asks more seldom"),
        (407, b"", "a proxy before it wants a login: HTTP_PROXY and HTTPS_PROXY hold its user and"),
        (400, b"request header too large", "is the plan's address that of a Prometheus, and does a proxy"),
        (404, b"404 page not found", "is a path missing in the plan's Prometheus address, or one too many?"),
    ],
)
def test_each_refusal_has_the_mend_of_its_kind(
    status: int, body: bytes, mend: str, fake: FakePrometheus
) -> None:
    fake.answer = answering(body, status=status)
    words = refusal(fake.url)
    assert f"HTTP {status}" in words
    assert mend in words


@pytest.mark.parametrize("location", ["http://[::1", "", "http://"])
def test_a_redirect_to_no_address_is_a_sentence(location: str, fake: FakePrometheus) -> None:
    fake.answer = answering(b"", status=302, headers={"Location": location})
    assert "sends us elsewhere (HTTP 302), and does not say where" in refusal(fake.url)


def test_credentials_in_the_address_are_in_no_error() -> None:
    with fake_prometheus() as gone:
        url = gone.url.replace("http://", "http://me:s3cret@")
    assert "s3cret" not in refusal(url)


def test_an_error_of_the_server_is_asked_once(fake: FakePrometheus) -> None:
    fake.answer = answering(b"<html>busy", status=503)
    assert "answered with HTTP 503" in refusal(fake.url)
    assert len(fake.lines) == 1


def test_html_is_refused(fake: FakePrometheus) -> None:
    fake.answer = answering(b"<!doctype html>Sign in")
    assert "not Prometheus' JSON: '<!doctype html>Sign in'" in refusal(fake.url)


def test_a_redirect_is_not_followed(fake: FakePrometheus) -> None:
    fake.answer = answering(b"", status=302, headers={"Location": "http://elsewhere.invalid/login"})
    assert "sends us elsewhere (HTTP 302)" in refusal(fake.url)
    assert len(fake.lines) == 1


def test_a_body_that_is_cut_off_is_refused(fake: FakePrometheus) -> None:
    fake.answer = answering(VECTOR[:-9], headers={"Content-Length": str(len(VECTOR))})
    assert "broke off in its answer" in refusal(fake.url)


def test_a_body_that_is_too_large_is_refused(fake: FakePrometheus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MAX_BODY_BYTES", 100_000)
    fake.answer = answering(b" " * 100_001)
    assert "more than 32 MiB" in refusal(fake.url)


def test_a_small_body_that_unpacks_to_a_huge_one_is_refused(
    fake: FakePrometheus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "MAX_BODY_BYTES", 100_000)
    packed = gzip.compress(b" " * 10_000_000)
    fake.answer = answering(packed, headers={"Content-Encoding": "gzip"})
    assert len(packed) < 100_000
    assert "more than 32 MiB" in refusal(fake.url)


def hang(fake: FakePrometheus) -> Callable[[BaseHTTPRequestHandler], None]:
    return fake.hang


def hang_behind_the_headers(fake: FakePrometheus) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        fake.hang(handler)

    return answer


def drip(fake: FakePrometheus) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not fake.let_go.wait(0.02):
            handler.wfile.write(b" ")

    return answer


def the_thread_notices(_fake: FakePrometheus, patch: pytest.MonkeyPatch) -> None:
    """Take the caller's deadline away, so that the thread's own is the first."""
    patch.setattr(asyncio, "timeout", lambda _deadline_s: nullcontext())


def the_caller_notices(fake: FakePrometheus, patch: pytest.MonkeyPatch) -> None:
    """Take the thread's deadline away, so that the caller's is the first."""
    patch.setattr(ByUrl, "_exchange", lambda *_, **__: fake.let_go.wait(60))


@pytest.mark.parametrize(
    ("silence", "first"),
    [
        (hang, the_thread_notices),
        (hang_behind_the_headers, the_thread_notices),
        (hang, the_caller_notices),
        (hang_behind_the_headers, None),
        (drip, None),
    ],
)
def test_a_silent_prometheus_is_told_in_one_sentence_whichever_deadline_is_the_first(
    silence: Callable[[FakePrometheus], Callable[[BaseHTTPRequestHandler], None]],
    first: Callable[[FakePrometheus, pytest.MonkeyPatch], None] | None,
    fake: FakePrometheus,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake.answer = silence(fake)
    if first is not None:
        first(fake, monkeypatch)
    said = f"Prometheus at {fake.url} gave no answer within 0.2 s {by_url.OVERLOADED}"
    assert refusal(fake.url, deadline_s=0.2) == said


def drip_headers(fake: FakePrometheus) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Drip: ")
        while not fake.let_go.wait(0.02):
            handler.wfile.write(b".")

    return answer


@pytest.mark.parametrize("dripping", [drip, drip_headers])
def test_the_thread_of_an_answer_that_drips_ends_with_the_call(
    dripping: Callable[[FakePrometheus], Callable[[BaseHTTPRequestHandler], None]], fake: FakePrometheus
) -> None:
    fake.answer = dripping(fake)
    before = set(threading.enumerate())
    refusal(fake.url, deadline_s=0.2)
    until = time.monotonic() + 60
    while left := [each for each in set(threading.enumerate()) - before if each.name == "prometheus call"]:
        assert time.monotonic() < until, left
        time.sleep(0.01)


def test_calls_that_hang_hold_up_no_later_one(fake: FakePrometheus) -> None:
    async def scene() -> float | None:
        api = Prometheus(fake.url)
        fake.answer = fake.hang
        hung = await asyncio.gather(
            *(api.query("up", deadline_s=0.2) for _ in range(8)), return_exceptions=True
        )
        assert all(isinstance(each, EvidenceError) for each in hung)
        fake.answer = answering(VECTOR)
        return (await api.query("up", deadline_s=5)).number()

    assert asyncio.run(scene()) == 2.0


def test_calls_that_hang_are_not_piled_up_for_ever(
    fake: FakePrometheus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_url, "LEFT_BEHIND", 2)
    fake.answer = fake.hang

    async def scene() -> None:
        api = Prometheus(fake.url)
        for words in ("no answer within", "no answer within", "hangs: 2 calls wait"):
            with pytest.raises(EvidenceError, match=words):
                await api.query("up", deadline_s=0.5 if words.startswith("no") else 5)

    # The threads end some time after the deadline; the third call comes at once behind the second.
    monkeypatch.setattr(ByUrl, "_exchange", lambda *_, **__: fake.let_go.wait(60))
    asyncio.run(scene())


def test_a_call_that_hangs_does_not_keep_the_process_alive(fake: FakePrometheus) -> None:
    fake.answer = fake.hang
    script = f"""
import asyncio, sys
from console.metrics.prometheus import Prometheus
async def main():
    call = asyncio.create_task(Prometheus("{fake.url}").query("up", deadline_s=600))
    await asyncio.to_thread(sys.stdin.readline)
asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE) as process:
        assert fake.asked_to_hang.wait(30)
        process.communicate(b"that will do\n", timeout=60)
    assert process.returncode == 0


def test_the_program_that_answers_says_who_it_is(fake: FakePrometheus) -> None:
    fake.answer = answering(b'{"status":"success","data":{"version":"2.42.0"}}')
    assert asyncio.run(Prometheus(fake.url).build(deadline_s=5)) == "Prometheus 2.42.0"
    assert fake.lines == ["GET /api/v1/status/buildinfo HTTP/1.1"]


def test_a_program_that_does_not_say_who_it_is_is_no_error(fake: FakePrometheus) -> None:
    fake.answer = answering(b"404 page not found", status=404)
    assert asyncio.run(Prometheus(fake.url).build(deadline_s=5)) == "Prometheus"


def test_importing_the_module_imports_no_heavy_library() -> None:
    script = (
        "import sys, console.metrics.evidence_source\n"
        "assert not {'requests', 'prometheus_api_client', 'urllib3'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
