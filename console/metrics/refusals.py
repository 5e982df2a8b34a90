"""What keeps us out at Prometheus' door, in one line that names the mend; pure."""

from __future__ import annotations

import re
import ssl
from http import HTTPStatus
from http.client import BadStatusLine
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urljoin, urlsplit

import msgspec

from console.errors import EvidenceError
from console.redact import without_secrets

if TYPE_CHECKING:
    from console.metrics.transport import Reply

IN_THE_PLAN = "in the plan's metrics.prometheus"
_SHOWN = 120
"""Characters of a server's own words that are quoted: enough for a reason, too little for a page."""
_TENANT = re.compile(r"\borg id\b|\btenant\b|X-Scope-OrgID", re.IGNORECASE)
"""How Mimir, Cortex, Thanos' receiver and the gateways before them ask for a tenant."""
_PAGE = re.compile(rb"^\s*(?:<!doctype html|<html|<head|<body)", re.IGNORECASE)
_TITLE = re.compile(rb"<title[^>]*>([^<]*)", re.IGNORECASE)
_PLAIN_TO_TLS = re.compile(rb"HTTP request (?:was sent )?to an? HTTPS (?:server|port)", re.IGNORECASE)
UNAUTHORIZED, FORBIDDEN, NOT_FOUND, SERVER_ERRORS = 401, 403, 404, 500
_NO_HTTP = (BadStatusLine, ConnectionResetError)
"""What comes of a server that hangs up, or answers in another language."""
REDIRECTS = (301, 302, 303, 307, 308)
STARTING = "is it starting, or a proxy before it?"
NO_PROMETHEUS = "is the plan's address that of a Prometheus, and does a proxy before it let queries pass?"
MENDS = {
    407: "a proxy before it wants a login: HTTP_PROXY and HTTPS_PROXY hold its user and password",
    429: "it wants fewer queries: a longer `interval` in the plan asks more seldom",
}
"""What mends an answer that is no reply to a query, by HTTP's number."""


def refused(reply: Reply, *, where: str, url: str) -> EvidenceError | None:
    """Return what this answer means where it is none to the question; None where it is to be read."""
    status, said = reply.status, words_of(reply.body)
    if status in REDIRECTS:
        return _sent_elsewhere(reply, where=where, url=url)
    if _PLAIN_TO_TLS.search(reply.body[:1000]):
        is_url = urlsplit(url).scheme == "http"
        mend = "write https:// instead of http://" if is_url else "write `https:` before the Service's name"
        return EvidenceError(f"{where} speaks TLS", hint=mend)
    if _TENANT.search(said) and status >= 400:  # noqa: PLR2004 - where HTTP's errors begin
        return EvidenceError(
            f"{where} refuses us for the tenant (HTTP {status}: {said})",
            hint=f"headers: {{X-Scope-OrgID: ...}} {IN_THE_PLAN} names it",
        )
    because = f" (HTTP {status}{f': {said}' if said else ''})"
    if status == UNAUTHORIZED and reply.shown:
        return EvidenceError(f"{where} does not take {reply.shown}{because}", hint=reply.mend)
    if status == UNAUTHORIZED:
        return EvidenceError(f"{where} asks for credentials{because}", hint=_wanted(reply))
    if status == FORBIDDEN:
        may = f"{reply.shown} may not query" if reply.shown else "it asks for credentials in its own way"
        return EvidenceError(f"{where} forbids it{because}", hint=f"{may}; ask who runs it for that right")
    return _a_page(reply, where=where) if is_page(reply.body) and status < SERVER_ERRORS else None


def not_an_answer(body: bytes, *, status: int, where: str) -> EvidenceError:
    """Return what a body means that is not the API's JSON."""
    if status == NOT_FOUND:
        return EvidenceError(
            f"{where} has no query API at this address (HTTP {NOT_FOUND})",
            hint="is a path missing in the plan's Prometheus address, or one too many?",
        )
    if status >= 400:  # noqa: PLR2004 - as above
        mend = MENDS.get(status, STARTING if status >= SERVER_ERRORS else NO_PROMETHEUS)
        return EvidenceError(f"{where} answered with HTTP {status}{_its_reason(body, status)}", hint=mend)
    start = _short(body[: 2 * _SHOWN].decode(errors="replace"))
    what = f"something that is not Prometheus' JSON: {start!r}" if start else "nothing"
    return EvidenceError(
        f"{where} answered with {what}", hint="a login page or another service may be at this address"
    )


def _its_reason(body: bytes, status: int) -> str:
    """Return the server's own words where they say more than the number."""
    said = words_of(body)
    usual = next((each.phrase for each in HTTPStatus if each == status), "")
    return f" ({said})" if said.lower() not in ("", usual.lower()) else ""


def is_page(body: bytes) -> bool:
    """Return whether this is a page for people."""
    return bool(_PAGE.match(body[:_SHOWN]))


def words_of(body: bytes) -> str:
    """Return the server's own reason, of a page its title; empty where there is none."""
    if is_page(body):
        title = _TITLE.search(body[:4000])
        return _short(title[1].decode(errors="replace")) if title else ""
    try:
        said = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _short(body[: 4 * _SHOWN].decode(errors="replace"))
    if not isinstance(said, dict):
        return ""
    found = (said.get(key) for key in ("error", "message", "error_description", "detail"))
    return _short(next((word for word in found if isinstance(word, str) and word), ""))


def not_let_in(
    cause: BaseException, *, where: str, is_tls: bool, shown: bool, has_ca: bool
) -> EvidenceError | None:
    """Return what a connection's failure means, where TLS or certificates may be wrong; None for all else.

    `shown` says that a client certificate was.
    """
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _unknown_to_us(cause, where=where, has_ca=has_ca)
    reason = str(getattr(cause, "reason", "") or "")
    if isinstance(cause, ssl.SSLError) and ("WRONG_VERSION_NUMBER" in reason or "UNKNOWN_PROTOCOL" in reason):
        return EvidenceError(f"{where} speaks no TLS", hint="write http:// instead of https://")
    hung_up = isinstance(cause, ssl.SSLEOFError)
    refused_us = isinstance(cause, ssl.SSLError) and ("ALERT" in reason or "HANDSHAKE_FAILURE" in reason)
    if hung_up or refused_us:
        return _wants_another(hung_up=hung_up, where=where, shown=shown)
    return _no_http(where, is_tls=is_tls, shown=shown) if isinstance(cause, _NO_HTTP) else None


def _no_http(where: str, *, is_tls: bool, shown: bool) -> EvidenceError:
    """Say what may be wrong where a server takes the connection and then speaks no HTTP.

    TLS 1.3 lets a server refuse a client's certificate after both have shaken hands, and many just hang up.
    """
    what = f"{where} took the connection and gave no answer that is HTTP"
    if not is_tls:
        return EvidenceError(what, hint="where it speaks TLS write https:// instead of http://")
    if shown:
        return EvidenceError(
            what, hint="it may not take our client certificate: see which authority it wants"
        )
    return EvidenceError(
        what, hint=f"where it wants a client certificate name client_certificate and client_key {IN_THE_PLAN}"
    )


def _wants_another(*, hung_up: bool, where: str, shown: bool) -> EvidenceError:
    """Say that our certificate, or the want of one, is what is wrong.

    A server's alert may be lost where it hangs up behind it: then nobody knows for certain.
    """
    lead = f"{where} hung up while the two shook hands, as one does that" if hung_up else where
    if shown:
        return EvidenceError(
            f"{lead} does not take our client certificate",
            hint="it may have ended, or another authority is wanted: renew it",
        )
    return EvidenceError(
        f"{lead} wants a client certificate",
        hint=f"name client_certificate and client_key {IN_THE_PLAN}",
    )


def _unknown_to_us(cause: ssl.SSLCertVerificationError, *, where: str, has_ca: bool) -> EvidenceError:
    why = " ".join(cause.verify_message.split()).rstrip(".")
    if "match" in why.lower():  # hostname mismatch, IP address mismatch
        hint = f"server_name {IN_THE_PLAN} says which name its certificate has"
    elif "expired" in why:
        hint = "its certificate has to be renewed; ask who runs it"
    elif has_ca:
        hint = f"the authority in `ca` {IN_THE_PLAN} is not the one that signed it"
    else:
        hint = f"name its authority with `ca: file:/PATH` {IN_THE_PLAN}"
    return EvidenceError(f"{where} has a certificate that is not accepted: {why}", hint=hint)


def _sent_elsewhere(reply: Reply, *, where: str, url: str) -> EvidenceError:
    """Say where it sends us; nothing that we show goes there."""
    here, there = urlsplit(url), _location(reply, url)
    if there is None:
        return EvidenceError(
            f"{where} sends us elsewhere (HTTP {reply.status}), and does not say where",
            hint="a redirect often means a login page",
        )
    what = f"{where} sends us elsewhere (HTTP {reply.status}), to {there.scheme}://{there.netloc}{there.path}"
    if there.hostname == here.hostname and (there.scheme, here.scheme) == ("https", "http"):
        return EvidenceError(what, hint="write https:// into the plan's address")
    if there.netloc == here.netloc:
        return EvidenceError(
            what, hint="put the final address into the plan; a redirect often means a login page"
        )
    return EvidenceError(
        what,
        hint=f"a redirect often means a login page: name a token or another login {IN_THE_PLAN},"
        " or a service, which goes around it",
    )


def _location(reply: Reply, url: str) -> SplitResult | None:
    """Read where it sends us; None where it says nothing that is an address."""
    try:
        there = urlsplit(urljoin(url, reply.headers.get("location", "")))
        named = bool(there.hostname) and there.geturl() != url
    except ValueError:
        return None
    return there if named else None


def _a_page(reply: Reply, *, where: str) -> EvidenceError:
    start = _short(reply.body.decode(errors="replace"))
    login = f"a login page or another service may be at this address: name a login {IN_THE_PLAN}"
    if reply.shown:
        login = f"a login page may stand before it, which does not take {reply.shown}: {reply.mend}"
    status = f" (HTTP {reply.status})" if reply.status >= 400 else ""  # noqa: PLR2004 - as above
    return EvidenceError(
        f"{where} answered with a page that is not Prometheus' JSON: {start!r}{status}", hint=login
    )


def _wanted(reply: Reply) -> str:
    """Say what to name, by the kind of login that the server names."""
    kind = reply.headers.get("www-authenticate", "").split(" ")[0].lower()
    key = {"basic": "basic_auth", "bearer": "token"}.get(kind, "a token, basic_auth or a header")
    return f"name {key} {IN_THE_PLAN}"


def _short(text: str) -> str:
    # Before it is cut: half of a secret would not be known any more.
    line = " ".join(without_secrets(text).split()).rstrip(".")
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"
