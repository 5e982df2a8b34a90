"""A transport of questions to Prometheus: what `prometheus` asks of `by_url` and `by_service`."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct


class Reply(Struct, frozen=True, kw_only=True):
    """What came back, unread."""

    status: int
    body: bytes
    headers: dict[str, str] = {}
    """By their names in lower case."""
    shown: str = ""
    """By what we were to be known: `the token in env:PROMETHEUS_TOKEN`; empty where nothing was shown."""
    mend: str = ""
    """What a person does where that is refused."""


class Transport(Protocol):
    """Sends one question."""

    @property
    def name(self) -> str:
        """Name what is asked: `Prometheus at http://prometheus:9090`."""

    @property
    def methods(self) -> tuple[str, ...]:
        """HTTP's methods for a query, the best first."""

    async def log_in(self) -> None:
        """Get what lets us in, before the first call: a program may send a person to a browser for it.

        Raises nothing: where it does not come the call says why.
        """

    async def ask(self, method: str, path: str, *, form: dict[str, str], deadline_s: float) -> Reply:
        """Ask once; raises `EvidenceError` where no answer came within the deadline."""
