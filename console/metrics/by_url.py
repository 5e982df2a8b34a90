"""Prometheus at a URL, asked off the event loop with what the plan shows there."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from console.access.plugins import PLUGIN_TIMEOUT_S
from console.errors import EvidenceError
from console.metrics.causes import cause, reason
from console.metrics.cut import Cut
from console.metrics.door import Door
from console.metrics.refusals import UNAUTHORIZED, not_let_in
from console.metrics.threads import DaemonThreads, TooManyHang
from console.redact import without_secrets

if TYPE_CHECKING:
    from console.metrics.connection import Connections
    from console.metrics.transport import Reply
    from console.plan.access import Access

AT_ONCE = 6
"""Queries at a time: Prometheus evaluates 20 by default, and other users want some of them."""
LEFT_BEHIND = 64
"""Threads at a time, those of hung calls included: more would only hang beside them."""
OVERLOADED = "is it overloaded, or does something on the way swallow its answers?"
NOT_PASSED_ON = "the environment names that proxy; NO_PROXY lists what is reached without it"
NOT_THERE = "does it run, and is the plan's address right from this machine?"


class ByUrl:
    """One Prometheus at its base URL."""

    methods = ("POST", "GET")

    def __init__(self, url: str, access: Access | None) -> None:
        self.name = f"Prometheus at {without_secrets(url)}"
        self._url = url
        self._door = Door(access)
        self._access = access
        self._connections: Connections | None = None
        self._threads = DaemonThreads(limit=LEFT_BEHIND)
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def log_in(self) -> None:
        """Wait for the program that prints a token, where there is one."""
        if self._door.runs_a_program:
            until = time.monotonic() + PLUGIN_TIMEOUT_S
            with suppress(EvidenceError, OSError, TooManyHang):
                await self._threads.run(lambda: self._door.proof(until=until))

    async def ask(self, method: str, path: str, *, form: dict[str, str], deadline_s: float) -> Reply:
        """Ask once, and once more where our secret was refused and another is there by now.

        Raises `EvidenceError` where no answer came within the deadline, or we are kept out.
        """
        if not self._url:
            raise EvidenceError("no Prometheus is known, so nothing is measured")
        cut = Cut()
        until = time.monotonic() + deadline_s
        work = partial(self._exchange, method, path, form=form, until=until, cut=cut)
        try:
            async with asyncio.timeout(deadline_s), self._turns:
                return await self._threads.run(work)
        except TimeoutError as error:
            words = f"{self.name} gave no answer within {deadline_s:g} s"
            raise EvidenceError(words, hint=OVERLOADED) from error
        except TooManyHang as error:
            words = f"{self.name} hangs: {LEFT_BEHIND} calls wait for an answer"
            raise EvidenceError(words, hint=OVERLOADED) from error
        except OSError as error:  # requests' exceptions are OSErrors
            raise self._not_let_in(cause(error)) or self._not_reached(error) from error
        finally:
            cut.now()

    def _not_let_in(self, cause: BaseException) -> EvidenceError | None:
        access = self._access
        return not_let_in(
            cause,
            where=self.name,
            is_tls=self._url.lower().startswith("https:"),
            shown=bool(access and access.client_certificate),
            has_ca=bool(access and access.ca),
        )

    def _not_reached(self, error: OSError) -> EvidenceError:
        proxy = self._connected().proxy
        if not proxy:
            return EvidenceError(f"{self.name} can't be reached: {reason(error)}", hint=NOT_THERE)
        words = f"{self.name} can't be reached through the proxy {proxy}: {reason(error)}"
        return EvidenceError(words, hint=NOT_PASSED_ON)

    def _exchange(self, method: str, path: str, *, form: dict[str, str], until: float, cut: Cut) -> Reply:
        proof = self._door.proof(until=until)
        send = partial(self._connected().exchange, method, path, form=form, until=until, cut=cut)
        reply = send(proof=proof)
        if reply.status == UNAUTHORIZED and (other := self._door.renewed(proof, until=until)):
            return send(proof=other)
        return reply

    def _connected(self) -> Connections:
        from console.metrics.connection import Connections  # noqa: PLC0415 - imports requests

        if self._connections is None:
            self._connections = Connections(self._url)
        return self._connections
