"""Connections to one Prometheus; the only file that knows requests and prometheus-api-client.

The library gives the connection: its address, headers, pool of sockets and retry policy. Its query
methods are passed over, because they drop the result's type and warnings, turn an error into a KeyError,
and put even a POSTed query into the URL, where proxies cut it off.

Both libraries take 90 ms to import, so this file is imported with the first call.
"""

from __future__ import annotations

import os
import ssl
import time
from functools import cache, partial
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import certifi
import requests
from prometheus_api_client import PrometheusConnect
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies, select_proxy
from urllib3.util.retry import Retry

from console.access.trust import client_context
from console.errors import ClusterError, EvidenceError
from console.metrics.causes import is_silence, reason
from console.metrics.cut import calls
from console.metrics.transport import Reply
from console.redact import without_secrets

if TYPE_CHECKING:
    from console.metrics.cut import Cut
    from console.metrics.door import Proof, Tls

MAX_BODY_BYTES = 32 * 1024 * 1024
"""A query for two versions answers a thousandth of it; an answer without an end would take all memory."""
_CHUNK_BYTES = 64 * 1024
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Connections:
    """The connections to one address, opened anew where the terms of TLS have changed.

    Proxies and netrc are honoured as other programs do, except for a loopback address, which never lies
    behind a proxy.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = Lock()
        self._open: tuple[Tls, requests.Session] | None = None

    @property
    def proxy(self) -> str:
        """Name the proxy that stands between, without its login; empty where there is none."""
        if urlsplit(self._url).hostname in LOOPBACK:
            return ""
        return without_secrets(select_proxy(self._url, get_environ_proxies(self._url)) or "")

    def exchange(
        self, method: str, path: str, *, form: dict[str, str], proof: Proof, until: float, cut: Cut
    ) -> Reply:
        """Ask once and read the whole answer; runs in a thread, which ends soon after `until`.

        Raises `TimeoutError` where nothing came in time, wherever that was noticed: the thread's deadline and
        the caller's end at the same moment, and both mean the same. Raises `OSError` where nothing came.
        """
        calls.cut = cut
        left_s = max(0.001, until - time.monotonic())
        try:
            with self._session(proof.tls).request(
                method,
                self._url + path,
                data=form if method == "POST" else None,
                params=form if method == "GET" else None,
                headers=proof.headers,
                # As `auth` too, because netrc overrules a mere header.
                auth=partial(_known_by, proof.headers) if "Authorization" in proof.headers else None,
                timeout=left_s,
                stream=True,
                allow_redirects=False,  # a credential goes where the plan says, and nowhere else
            ) as response:
                body = _body(response, until=until)
                return Reply(
                    status=response.status_code,
                    body=body,
                    headers={name.lower(): value for name, value in response.headers.items()},
                    shown=proof.shown,
                    mend=proof.mend,
                )
        except OSError as error:
            if is_silence(error):
                raise TimeoutError from error
            raise
        finally:
            cut.leave()

    def _session(self, tls: Tls) -> requests.Session:
        with self._lock:
            if self._open is None or self._open[0] != tls:
                self._open = tls, _connect(self._url, tls)
            return self._open[1]


class _Session(requests.Session):
    """Looks at no redirect: requests would read its answer to the end, and its address with it."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Say that there is none; `refusals` reads it."""


class _Adapter(HTTPAdapter):
    """Connects on our own terms of TLS: with no certificate and no key in a file."""

    def __init__(self, tls: dict[str, Any]) -> None:
        self._tls = tls
        super().__init__(max_retries=Retry(total=0))

    def init_poolmanager(self, *args: Any, **named: Any) -> None:
        super().init_poolmanager(*args, **{**named, **self._tls})

    def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
        return super().proxy_manager_for(proxy, **{**named, **self._tls})

    def build_connection_pool_key_attributes(self, *args: Any, **named: Any) -> tuple[Any, Any]:
        where, _ = super().build_connection_pool_key_attributes(*args, **named)
        return where, {}

    def cert_verify(self, *_args: Any, **_named: Any) -> None:
        """Leave the terms as they are: requests would add the authorities that it comes with."""

    def get_connection_with_tls_context(self, *args: Any, **named: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **named)
        pool.ConnectionCls = _reporting(pool.ConnectionCls)
        return pool


@cache
def _reporting(kind: Any) -> Any:
    """Make a kind of connection that says which call it serves."""
    if hasattr(kind, "reports"):
        return kind

    class Reporting(kind):  # type: ignore[misc]
        reports = True

        def connect(self) -> None:
            calls.cut.on(self)
            super().connect()
            calls.cut.on(self)  # an end that came meanwhile found no socket to shut

        def request(self, *args: Any, **named: Any) -> None:
            calls.cut.on(self)
            super().request(*args, **named)

    return Reporting


def _connect(url: str, tls: Tls) -> requests.Session:
    """Open the library's connection over a session of our own: no retries, no surprises from outside."""
    session = _Session()
    session.trust_env = urlsplit(url).hostname not in LOOPBACK
    PrometheusConnect(url=url, session=session, retry=Retry(total=0))
    terms: dict[str, Any] = {"ssl_context": _terms(tls)}
    if tls.server_name:
        terms["server_hostname"] = tls.server_name
    session.mount(url, _Adapter(terms))
    return session


def _terms(tls: Tls) -> ssl.SSLContext:
    try:
        context = client_context(
            authorities=tls.authorities,
            insecure=False,
            certificate=tls.certificate,
            key=tls.key,
            whose="Prometheus",
            mend=f"Check {tls.whence}.",
        )
    except ClusterError as error:
        raise EvidenceError(str(error), hint=error.hint) from None
    if tls.folder:
        context.load_verify_locations(capath=tls.folder)
    elif not tls.authorities and not os.environ.get("SSL_CERT_FILE"):
        context.load_verify_locations(certifi.where())  # this machine may have none of its own
    return context


def _known_by(headers: dict[str, str], request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Show the headers."""
    request.headers.update(headers)
    return request


def _body(response: requests.Response, *, until: float) -> bytes:
    """Read it piece by piece, so that a huge answer is not read to its end."""
    body, name = bytearray(), f"Prometheus at {without_secrets(response.url).split('?')[0]}"
    try:
        for chunk in response.iter_content(_CHUNK_BYTES):
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise EvidenceError(f"{name} answered with more than 32 MiB")
            if time.monotonic() > until:
                raise TimeoutError
    except OSError as error:
        if is_silence(error):
            raise
        raise EvidenceError(f"{name} broke off in its answer: {reason(error)}") from error
    return bytes(body)
