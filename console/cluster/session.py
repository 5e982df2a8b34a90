"""One login to an API server: its connections, what it shows, and how one request is sent through it."""

from __future__ import annotations

import json
import os
import ssl
import time
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from console.access.credential import Credential
from console.access.proxies import proxy_for
from console.access.trust import client_context
from console.cluster.answers import is_own, read_answer
from console.cluster.api import Passed
from console.cluster.credentials import Material
from console.cluster.impersonation import acting_as
from console.cluster.pool import open_pool
from console.errors import ClusterError, LoggedOut, NotConnected, Unreachable
from console.redact import keep_secret, without_secrets

Json = dict[str, Any]

USER_AGENT = "pithead"
LARGEST_BYTES = 64 * 2**20
"""The pods of the largest namespaces take a tenth of it; an answer without an end would take all memory."""
_PIECE_BYTES = 64 * 1024
RENEWED_EARLY_S = 60.0
"""A credential this close to its end is renewed beside the calls that still use it."""
_PROXY_MEND = "Check that the proxy runs, and HTTPS_PROXY, NO_PROXY and proxy-url."
READ_AGAIN_AFTER_S = 60.0
"""kubectl reads a token's file once a minute: whoever mounts it there changes it without a word."""


class Session:
    """One login: the server, our connections to it, and what we show there."""

    def __init__(self, material: Material, credential: Credential) -> None:
        """Open no connection yet; raises `ClusterError` where certificates or addresses can't be used."""
        kube_context = material.kube_context
        self.material = material
        self.credential = credential
        self.address = address_of(kube_context.cluster, shows_certificate=bool(credential.certificate))
        self.server = without_secrets(self.address)
        self.read_at = time.monotonic()
        insecure = bool(kube_context.cluster.get("insecure-skip-tls-verify"))
        self._proxy = proxy = proxy_for(
            self.address, given=kube_context.cluster.get("proxy-url") or "", environ=os.environ
        )
        keep_secret(urlsplit(proxy).password)
        # The proof comes last and is shown only where it stays private; who we act as goes with every
        # request, as with kubectl.
        self._headers = (*acting_as(kube_context.user), *self._proof())
        self._pool = open_pool(
            self.address,
            trust=client_context(
                authorities=material.authorities,
                insecure=insecure,
                certificate=credential.certificate,
                key=credential.key,
            ),
            proxy=proxy,
            server_name=kube_context.cluster.get("tls-server-name") or "",
        )
        # Where it is at its end as it is given the clocks differ: the server is asked, and not the clock.
        ends_at = credential.expires_at
        self._ends_at = ends_at if ends_at is not None and ends_at > time.time() else None

    @property
    def is_over(self) -> bool:
        """Whether the credential has ended."""
        return self._ends_at is not None and time.time() >= self._ends_at

    @property
    def ends_soon(self) -> bool:
        """Whether the credential is to be renewed."""
        return self._ends_at is not None and time.time() > self._ends_at - RENEWED_EARLY_S

    @property
    def is_to_be_read_again(self) -> bool:
        """Whether the token's file may hold another one by now."""
        return bool(self.material.kube_context.user.get("tokenFile")) and self.age_s > READ_AGAIN_AFTER_S

    @property
    def age_s(self) -> float:
        """How long ago the kubeconfig was read."""
        return time.monotonic() - self.read_at

    def send(self, method: str, url: str, *, body: Any, content_type: str, until: float) -> Json:
        """Send one request, give it until `until` on the monotonic clock, and read the answer."""
        own = {"Content-Type": content_type} if body is not None else {}
        data = None if body is None else json.dumps(body)
        answer = self._exchange(method, url, headers=own, body=data, until=until)
        return read_answer(answer.status, answer.headers, answer.body, server=self.server)

    def pass_on(self, url: str, *, headers: dict[str, str], until: float) -> Passed:
        """Ask a Service through the API server, whose own refusals are raised as those of any call."""
        answer = self._exchange("GET", url, headers=headers, body=None, until=until)
        if is_own(answer.body):
            read_answer(answer.status, answer.headers, answer.body, server=self.server)
        return answer

    def _exchange(
        self, method: str, url: str, *, headers: dict[str, str], body: str | None, until: float
    ) -> Passed:
        import urllib3  # noqa: PLC0415 - comes with kubernetes, after the first frame

        sent = urllib3.HTTPHeaderDict({"Accept": "application/json", "User-Agent": USER_AGENT, **headers})
        for name, value in self._headers:
            sent.add(name, value)
        # Threads may start late on a loaded machine. A request that is sent with no time left could still
        # write, when nobody listens for what became of it any more.
        left_s = until - time.monotonic()
        if left_s <= 0:
            raise NotConnected(
                f"{self.server} was not asked in time.", hint="Check the load of this machine."
            )
        try:
            answer = self._pool.request(
                method,
                self.address + url,
                headers=sent,
                body=body,
                timeout=urllib3.Timeout(connect=left_s, read=left_s),
                # urllib3 would try again by itself. It does not know which requests may be sent twice.
                retries=False,
                preload_content=False,
                decode_content=False,  # none is asked for: a small answer can't become a huge one
            )
            data = _heard(answer, until=until)
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            # What broke one connection may have broken all: a firewall that forgot us, a server that was
            # replaced. New ones cost a handshake each; a rollback that waits for a dead one costs its whole
            # deadline.
            self.connect_anew()
            raise _no_answer(error, server=self.server, proxy=without_secrets(self._proxy)) from None
        if len(data) > LARGEST_BYTES:
            answer.close()
            raise ClusterError(
                f"{self.server} answered with more than {LARGEST_BYTES >> 20} MiB, and was not heard out.",
                hint="Something else than an API server may be there: check the kubeconfig's server.",
            )
        # Only an answer that was heard out gives its connection back: what is left in it would be read as
        # the beginning of the next one.
        answer.release_conn()
        named = {name.lower(): value for name, value in answer.headers.items()}
        return Passed(status=answer.status, headers=named, body=data)

    def connect_anew(self) -> None:
        """Open a connection for each call from now on; those that are kept open may lead nowhere."""
        self._pool.clear()

    def _proof(self) -> tuple[tuple[str, str], ...]:
        """Give the header that names us; as with kubectl it goes over TLS only, or stays on this machine."""
        if not self.credential.authorization or not _is_private(self.address):
            return ()
        return (("Authorization", self.credential.authorization),)


def _heard(answer: Any, *, until: float) -> bytes:
    """Read it as it comes, so that an answer which drips is not heard out; raises `TimeoutError` for one."""
    data = bytearray()
    while piece := answer.read1(_PIECE_BYTES):
        data += piece
        if len(data) > LARGEST_BYTES:
            break
        if time.monotonic() > until:
            answer.close()
            raise TimeoutError
    return bytes(data)


def address_of(cluster: Json, *, shows_certificate: bool = False) -> str:
    """Give the server's address as kubectl completes it: where it has no scheme TLS decides which."""
    said = str(cluster["server"]).strip().rstrip("/")
    if "://" in said:
        return said
    secure = shows_certificate or any(
        cluster.get(key)
        for key in ("certificate-authority", "certificate-authority-data", "insecure-skip-tls-verify")
    )
    return f"{'https' if secure else 'http'}://{said}"


def _is_private(address: str) -> bool:
    parts = urlsplit(address)
    if parts.scheme == "https" or parts.hostname == "localhost":
        return True
    try:
        return ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


def _no_answer(error: Exception, *, server: str, proxy: str) -> ClusterError:
    """Say why there was no answer, by the kind of failure only: its own words may hold what was sent.

    A `proxy` on the way is named: nothing else says whether it or the server was not there.
    """
    import urllib3.exceptions as failures  # noqa: PLC0415 - comes with kubernetes, after the first frame

    cause = error.args[0] if isinstance(error, failures.SSLError) else error
    # A cut in the middle of a handshake is an SSLError to urllib3. Told as one it would send people to look
    # at certificates that are in order.
    if isinstance(cause, ssl.SSLEOFError):
        error = failures.ProtocolError("cut while the two shook hands")  # which says nothing of certificates
    # An alert comes from the server: it refuses ours. Without one it is we who do not accept its
    # certificate.
    elif isinstance(cause, ssl.SSLError) and "ALERT" in str(cause.reason):
        return LoggedOut(
            f"{server} does not accept our client certificate.",
            hint="It may have ended: log in again, then check with `kubectl auth whoami`.",
        )
    by_proxy = (
        failures.NameResolutionError,
        failures.NewConnectionError,
        failures.ConnectTimeoutError,
        failures.ProxyError,
    )
    late = ("no answer in time", "Check its load and the network between.")
    cut = ("the connection was cut before the answer", "Check the API server and what stands before it.")
    untrusted = ("its certificate was not accepted", "Check certificate-authority-data of the cluster.")
    # The narrower kinds first: a refused connection is a kind of connect timeout to urllib3.
    reasons: dict[type[Exception], tuple[str, str]] = {
        failures.NameResolutionError: ("its name is not known", "Check the server's name, the VPN and DNS."),
        failures.NewConnectionError: ("the connection was refused", "Check that this is the right context."),
        failures.ConnectTimeoutError: ("no connection in time", "Check the VPN and the firewall."),
        failures.ReadTimeoutError: late,
        TimeoutError: late,
        failures.ProxyError: ("the proxy did not let us through", _PROXY_MEND),
        failures.SSLError: untrusted,
        failures.ProtocolError: cut,
        failures.LocationParseError: ("its address can't be read", "Check the kubeconfig's server."),
    }
    for kind, (why, hint) in reasons.items():
        if isinstance(error, kind):
            found = Unreachable if reasons[kind] in (late, cut) else NotConnected
            if proxy and kind in by_proxy:
                words = f"{server} by way of the proxy {proxy} can't be reached: {why}."
                return found(words, hint=_PROXY_MEND)
            return found(f"{server} can't be reached: {why}.", hint=hint)
    return Unreachable(f"{server} can't be reached ({type(error).__name__}).")
