"""Credentials for Prometheus, read anew for each call, so that a renewed secret counts at once.

It blocks, and so is asked in the thread of a call. A program that prints a token runs in a thread of its own:
calls wait for it as long as they can, and use the old token meanwhile where that still holds.
"""

from __future__ import annotations

import base64
import os
import re
import time
from pathlib import Path
from threading import Condition, Thread

from msgspec import Struct

from console.access.credential import Credential
from console.access.plugins import name_of, run_plugin
from console.access.secret import pem_at, secret_at
from console.errors import ClusterError, EvidenceError, NoSecret
from console.plan.access import Access, Command, is_place
from console.plan.units import words_duration
from console.redact import keep_secret

TOKEN_VARIABLE = "PITHEAD_PROMETHEUS_TOKEN"  # noqa: S105 - the variable's name, not its value
AUTHORITY_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""Where other programs find the authorities that they trust; SSL_CERT_FILE is OpenSSL's own."""
RENEWED_EARLY_S = 60.0
"""Seconds before its end from which a printed token is renewed, beside the calls that still use it."""
RUN_AGAIN_AFTER_S = 5.0
"""Seconds before a program that failed, or whose token was refused, is run again."""
_MORE_THAN_A_TOKEN = re.compile(r"[ \t\"']")
EXEC_VERSION = "client.authentication.k8s.io/v1"


class Tls(Struct, frozen=True, kw_only=True):
    """The terms of a connection."""

    authorities: bytes = b""
    """Empty: those of this machine."""
    folder: str = ""
    """A folder of authorities, where the environment names one."""
    whence: str = ""
    """Where the authorities are said, in words."""
    certificate: bytes = b""
    key: bytes = b""
    server_name: str = ""

    def __repr__(self) -> str:
        """Keep secrets out of whatever prints it."""
        return f"Tls(server_name={self.server_name!r})"


class Proof(Struct, frozen=True, kw_only=True):
    """What is shown with one call."""

    headers: dict[str, str] = {}
    tls: Tls = Tls()
    shown: str = ""
    mend: str = ""

    def __repr__(self) -> str:
        """Keep secrets out of whatever prints it."""
        return f"Proof(shown={self.shown!r})"


class Door:
    """The credentials that a plan shows to its Prometheus; where it names none, the environment's token."""

    def __init__(self, access: Access | None) -> None:
        self._access = access or _by_environment()
        self._printer = _Printer(self._access.exec) if self._access.exec else None
        self._last: Proof | None = None

    @property
    def runs_a_program(self) -> bool:
        """Whether a program has to be waited for."""
        return self._printer is not None

    def proof(self, *, until: float) -> Proof:
        """Read all of it now; a program is awaited `until` then, on the monotonic clock.

        Raises `EvidenceError` with the place where nothing is found, and for a program that fails.
        """
        try:
            self._last = self._read(until=until)
        except NoSecret as error:
            if self._last is not None:
                return self._last  # whoever renews a file may be in the middle of it
            raise EvidenceError(
                f"Prometheus can't be asked: {error}",
                hint="the plan finds a secret there: put it there again",
            ) from error
        return self._last

    def _read(self, *, until: float) -> Proof:
        access = self._access
        headers = {name: _value(value) for name, value in access.headers.items()}
        authorization, shown, mend = self._login(until)
        if authorization:
            headers["Authorization"] = authorization
        _check_sendable(headers, access, shown)
        return Proof(headers=headers, tls=_tls(access), shown=shown, mend=mend)

    def renewed(self, refused: Proof, *, until: float) -> Proof | None:
        """Read it again after this one was refused; None where nothing has changed."""
        if self._printer is not None:
            self._printer.refused(refused.headers.get("Authorization", ""))
        found = self.proof(until=until)
        return found if found != refused else None

    def _login(self, until: float) -> tuple[str, str, str]:
        """Return the header, what it is in words, and what mends it where it is refused."""
        access = self._access
        if self._printer is not None:
            name = self._printer.name
            return (
                self._printer.authorization(until=until),
                f"the token that {name} prints",
                f"run {name} by hand as the plan does: may this account query?",
            )
        if access.token:
            mend = f"it has ended or is a wrong one: renew {access.token}"
            return f"Bearer {_token(access.token)}", f"the token in {access.token}", mend
        if access.password:
            pair = f"{_value(access.username)}:{secret_at(access.password)}"
            encoded = base64.b64encode(pair.encode()).decode()
            keep_secret(encoded)
            mend = f"check the user's name and what stands in {access.password}"
            return f"Basic {encoded}", f"the password in {access.password}", mend
        if access.client_certificate:
            mend = f"it may have ended: renew {access.client_certificate}"
            return "", f"the certificate in {access.client_certificate}", mend
        places = [name for name, value in access.headers.items() if is_place(value)]
        mend = f"renew what stands in {access.headers[places[0]]}" if places else ""
        return "", f"the header {places[0]}" if places else "", mend


class _Printer:
    """A program that prints a token, run once at a time."""

    def __init__(self, command: Command) -> None:
        self._plugin = {
            "command": command.command,
            "args": list(command.args),
            "env": [{"name": name, "value": value} for name, value in command.env.items()],
            "apiVersion": EXEC_VERSION,
            "byHand": "Run it by hand: the plan's metrics.prometheus.exec says how.",
            "installHint": "Install it, or name another one in the plan's metrics.prometheus.exec.",
        }
        self.name = name_of(self._plugin)
        self._news = Condition()
        self._credential: Credential | None = None
        self._failure = ""
        self._runs = False
        self._began_at = self._ended_at = float("-inf")

    def authorization(self, *, until: float) -> str:
        """Return the header, awaited until then; raises `EvidenceError` where there is none by then."""
        with self._news:
            if self._credential is None or _left_s(self._credential) < RENEWED_EARLY_S:
                self._begin()
            while self._credential is None or _left_s(self._credential) <= 0:
                if not self._runs:
                    raise EvidenceError(self._failure or f"The program {self.name} gave no token that holds.")
                if not self._news.wait(max(0.0, until - time.monotonic())):
                    waited_s = time.monotonic() - self._began_at
                    raise EvidenceError(
                        f"The program {self.name} has not printed a token for {waited_s:.0f} s"
                    )
            return self._credential.authorization

    def refused(self, authorization: str) -> None:
        """Forget a token that Prometheus does not take, if it is still this one."""
        with self._news:
            known = self._credential is not None and self._credential.authorization == authorization
            if known and time.monotonic() - self._ended_at >= RUN_AGAIN_AFTER_S:
                self._credential = None

    def _begin(self) -> None:
        if not self._runs and time.monotonic() - self._ended_at >= self._pause_s():
            self._runs, self._began_at = True, time.monotonic()
            Thread(target=self._run, name="prometheus token", daemon=True).start()

    def _pause_s(self) -> float:
        return RUN_AGAIN_AFTER_S if self._failure or self._credential else 0.0

    def _run(self) -> None:
        credential, failure = None, ""
        try:
            credential = run_plugin(self._plugin, cluster=dict, bare=True)
            keep_secret(credential.authorization.removeprefix("Bearer "))
            failure = self._of_no_use(credential)
            credential = None if failure else credential
        except ClusterError as error:
            failure = error.with_hint
        except Exception as error:  # noqa: BLE001 - whoever waits must learn that nothing comes any more
            failure = f"The program {self.name} could not be run ({type(error).__name__})."
        with self._news:
            self._credential = credential or self._credential
            self._failure, self._runs, self._ended_at = failure, False, time.monotonic()
            self._news.notify_all()

    def _of_no_use(self, credential: Credential) -> str:
        """Say what is wrong with what it printed; empty where nothing is."""
        if not credential.authorization:
            return (
                f"The program {self.name} gave a certificate, and a token is wanted. Write"
                " client_certificate and client_key in the plan's metrics.prometheus."
            )
        if (left_s := _left_s(credential)) <= 0:
            return (
                f"The program {self.name} gave a token that has ended {words_duration(round(-left_s))} ago."
                " Log in anew where it does, and see whether this machine's clock is right."
            )
        return ""


def _left_s(credential: Credential) -> float:
    return float("inf") if credential.expires_at is None else credential.expires_at - time.time()


def _by_environment() -> Access:
    """Return the way of a plan that says an address only."""
    return Access(token=f"env:{TOKEN_VARIABLE}") if os.environ.get(TOKEN_VARIABLE, "").strip() else Access()


def _value(text: str) -> str:
    return secret_at(text) if is_place(text) else text


def _token(place: str) -> str:
    """Return a bearer token; what is pasted with the word before it, or in quotes, is none."""
    token = secret_at(place)
    if _MORE_THAN_A_TOKEN.search(token):
        raise EvidenceError(
            f"Prometheus can't be asked: the token in {place} has a space or quotes in it",
            hint="only the token belongs there, without the word Bearer",
        )
    return token


def _check_sendable(headers: dict[str, str], access: Access, shown: str) -> None:
    """Refuse what no header can hold, before a library repeats it in its complaint."""
    for name, value in headers.items():
        if not value.isprintable() or not value.isascii():
            what = f"what stands in {access.headers[name]}" if name in access.headers else shown
            raise EvidenceError(
                f"Prometheus can't be asked: {what} is not one line of ASCII",
                hint="a secret ends at its line's end",
            )


def _tls(access: Access) -> Tls:
    authorities, folder, whence = _authorities(access)
    return Tls(
        authorities=authorities,
        folder=folder,
        whence=whence,
        certificate=_pem(access.client_certificate),
        key=_pem(access.client_key),
        server_name=access.server_name,
    )


def _authorities(access: Access) -> tuple[bytes, str, str]:
    """Return the plan's authorities, else those that the environment names for all programs."""
    if access.ca:
        return pem_at(access.ca), "", f"`ca` in the plan's metrics.prometheus, which is {access.ca}"
    variable = next(filter(os.environ.get, AUTHORITY_VARIABLES), "")
    if not variable:
        return b"", "", ""
    named, whence = os.environ[variable], f"{variable} in the environment"
    if Path(named).is_dir():
        return b"", named, whence
    try:
        return pem_at(f"file:{named}"), "", whence
    except NoSecret as error:
        raise EvidenceError(
            f"Prometheus can't be asked: {error}", hint=f"{variable} names it: set it right, or unset it"
        ) from None


def _pem(place: str) -> bytes:
    return pem_at(place) if place else b""
