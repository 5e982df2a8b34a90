"""What the worker asks of a source of evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from console.evidence import History, Sample
from console.preflight import Check

if TYPE_CHECKING:
    from console.plan.series import Series


class Source(Protocol):
    """Gives one sample a tick.

    It remembers the counters' last values, so that a sample after a gap covers the gap.
    """

    program: str
    """Which program answers, once the preflight has asked it: `Prometheus 2.42.0`."""

    scrape_s: float | None
    """How often the versions are scraped, once the preflight has asked; None where nobody knows."""

    async def preflight(self) -> tuple[Check, ...]:
        """Ask every query once, and say what came."""

    async def proposals(self, *, deadline_s: float) -> tuple[Series, ...]:
        """Find what else the versions' pods count, for a plan whose series are not there.

        Raises `EvidenceError` where that can't be asked.
        """

    async def sample(self, *, deadline_s: float) -> Sample:
        """Look at both versions now.

        Raises `EvidenceError` where nothing can be judged: Prometheus down, hanging, answering something
        else, or with samples that no longer move. Never takes longer than `deadline_s`.
        """

    async def history(self, *, deadline_s: float) -> History | None:
        """Look back at stable's last hour, pod by pod and minute by minute.

        None where it can't be had within `deadline_s`: nothing waits for the past.
        """
