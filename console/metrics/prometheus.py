"""Prometheus' HTTP API, asked off the event loop; the only file that knows prometheus-api-client.

The library gives the connection: its address, headers, pool of sockets and retry policy. Its query
methods are passed over, because they drop the result's type and warnings, turn an error into a KeyError,
and put even a POSTed query into the URL, where proxies cut it off.
"""

from __future__ import annotations

import asyncio
import os
import time
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from console.errors import EvidenceError
from console.metrics.answer import Answer, decode, unwrap
from console.metrics.range_answer import RangeAnswer, decode_range
from console.metrics.threads import DaemonThreads, TooManyHang
from console.redact import keep_secret, without_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

    import requests

TOKEN_VARIABLE = "PITHEAD_PROMETHEUS_TOKEN"  # noqa: S105 - the variable's name, not its value
MAX_BODY_BYTES = 32 * 1024 * 1024
_AT_ONCE = 6
_LEFT_BEHIND = 64
_CHUNK_BYTES = 64 * 1024
_OVERLOADED = "is it overloaded, or does something on the way swallow its answers?"
_NOT_THERE = "does it run, and is the plan's address right from this machine?"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")

# Thanos and VictoriaMetrics answer with what they have when a store is missing. A counter that is missing
# looks like a pod that went away, so an error is better. Prometheus ignores both.
_WHOLE_OR_NOTHING = {"partial_response": "false", "deny_partial_response": "1"}


class Prometheus:
    """One Prometheus, asked with instant queries and ranges of them.

    A bearer token is taken from the environment variable PITHEAD_PROMETHEUS_TOKEN. Proxies and netrc are
    honoured as other programs do, except for a loopback address, which never lies behind a proxy.
    """

    def __init__(self, url: str, *, headers: Mapping[str, str] | None = None) -> None:
        self.url = url.rstrip("/")
        self._connection = _connect(self.url, headers=dict(headers or {}))
        self._name = f"Prometheus at {without_secrets(self.url)}"
        self._threads = DaemonThreads(limit=_LEFT_BEHIND)
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def query(self, promql: str, *, deadline_s: float) -> Answer:
        """Evaluate `promql` now.

        The deadline covers everything: the wait for a free turn, the connection, and the last byte of the
        answer. Raises `EvidenceError` with a sentence for whatever went wrong.
        """
        form = {"query": promql, "timeout": f"{deadline_s * 1000:.0f}ms", **_WHOLE_OR_NOTHING}
        status, body = await self._ask("POST", "/api/v1/query", form=form, deadline_s=deadline_s)
        return decode(body, status=status, where=self._name)

    async def query_range(
        self, promql: str, *, start_s: float, end_s: float, step_s: float, deadline_s: float
    ) -> RangeAnswer:
        """Evaluate `promql` at every step from `start_s` to `end_s`, on terms as for `query`."""
        form = {
            "query": promql,
            "start": f"{start_s:.3f}",
            "end": f"{end_s:.3f}",
            "step": f"{step_s:.3f}",
            "timeout": f"{deadline_s * 1000:.0f}ms",
            **_WHOLE_OR_NOTHING,
        }
        status, body = await self._ask("POST", "/api/v1/query_range", form=form, deadline_s=deadline_s)
        return decode_range(body, status=status, where=self._name)

    async def build(self, *, deadline_s: float) -> str:
        """Say which program answers: `Prometheus 2.42.0`; without a number where it gives none."""
        status, body = await self._ask("GET", "/api/v1/status/buildinfo", form={}, deadline_s=deadline_s)
        try:
            said = unwrap(body, status=status, where=self._name)
            about = msgspec.json.decode(said.data, type=dict[str, Any])
        except (EvidenceError, msgspec.DecodeError):
            return "Prometheus"
        return f"{about.get('application', 'Prometheus')} {about.get('version', '')}".rstrip()

    async def _ask(
        self, method: str, path: str, *, form: dict[str, str], deadline_s: float
    ) -> tuple[int, bytes]:
        if not self.url:
            raise EvidenceError("no Prometheus is known, so nothing is measured")
        exchange = partial(
            _exchange, self._connection, method, self.url + path, form=form, deadline_s=deadline_s
        )
        try:
            async with asyncio.timeout(deadline_s), self._turns:
                return await self._threads.run(exchange)
        except TimeoutError as error:
            words = f"{self._name} gave no answer within {deadline_s:g} s"
            raise EvidenceError(words, hint=_OVERLOADED) from error
        except TooManyHang as error:
            words = f"{self._name} hangs: {_LEFT_BEHIND} calls wait for an answer"
            raise EvidenceError(words, hint=_OVERLOADED) from error
        except OSError as error:  # requests' exceptions are OSErrors
            words = f"{self._name} can't be reached: {_reason(error)}"
            raise EvidenceError(words, hint=_NOT_THERE) from error


def _connect(url: str, *, headers: dict[str, str]) -> requests.Session:
    """Open the library's connection over a session of our own: no retries, no surprises from outside."""
    # The library and requests take 90 ms to import: only a worker that asks Prometheus pays for them.
    import requests  # noqa: PLC0415 - as said above
    from prometheus_api_client import PrometheusConnect  # noqa: PLC0415 - as said above
    from urllib3.util.retry import Retry  # noqa: PLC0415 - as said above

    session = requests.Session()
    session.headers.update(headers)
    session.trust_env = urlsplit(url).hostname not in _LOOPBACK
    if token := os.environ.get(TOKEN_VARIABLE, "").strip():
        keep_secret(token)
        session.auth = partial(_bearer, token)  # set as `auth`, because netrc overrules a mere header
    PrometheusConnect(url=url, session=session, retry=Retry(total=0))
    return session


def _bearer(token: str, request: requests.PreparedRequest) -> requests.PreparedRequest:
    request.headers["Authorization"] = f"Bearer {token}"
    return request


def _exchange(
    session: requests.Session, method: str, url: str, *, form: dict[str, str], deadline_s: float
) -> tuple[int, bytes]:
    """Ask once and read the whole answer; runs in a thread, which ends soon after the deadline.

    Raises `TimeoutError` where nothing came in time, wherever that was noticed: the thread's deadline and
    the caller's end at the same moment, and both mean the same.
    """
    ends_at = time.monotonic() + deadline_s
    try:
        with session.request(
            method, url, data=form, timeout=deadline_s, stream=True, allow_redirects=False
        ) as response:
            if response.is_redirect:
                raise EvidenceError(
                    f"Prometheus at {without_secrets(url)} sends us elsewhere (HTTP {response.status_code})",
                    hint="put the final address into the plan; a redirect often means a login page",
                )
            return response.status_code, _body(response, ends_at=ends_at)
    except OSError as error:
        if _is_silence(error):
            raise TimeoutError from error
        raise


def _body(response: requests.Response, *, ends_at: float) -> bytes:
    """Read it piece by piece, so that neither a huge answer nor one that drips is read to its end."""
    body, name = bytearray(), f"Prometheus at {without_secrets(response.url)}"
    try:
        for chunk in response.iter_content(_CHUNK_BYTES):
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise EvidenceError(f"{name} answered with more than 32 MiB")
            if time.monotonic() > ends_at:
                raise TimeoutError
    except OSError as error:
        if _is_silence(error):
            raise
        raise EvidenceError(f"{name} broke off in its answer: {_reason(error)}") from error
    return bytes(body)


def _is_silence(error: OSError) -> bool:
    """Tell whether nothing came in time; a timeout with a number is the system's: no route, no such host."""
    cause = _cause(error)
    return isinstance(cause, TimeoutError) and cause.errno is None


def _reason(error: OSError) -> str:
    """Say the plain cause."""
    cause = _cause(error)
    return (
        cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)
    ) or "no reason given"


def _cause(error: OSError) -> BaseException:
    """Find the plain cause inside the wrappers of requests and urllib3."""
    cause: BaseException = error
    while (inner := cause.__context__ or getattr(cause, "reason", None)) is not None:
        if not isinstance(inner, BaseException):
            break
        cause = inner
    return cause
