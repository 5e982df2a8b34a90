"""The audit: whether what Envoy served agrees with the journal, and how fast the way back was."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from console.lab.ground_truth import Truth, read_truth
from console.lab.request_log import Response, SplitRow, last_response_of, read_ledger, split_check
from console.release.events import Record, ReleaseOpened, RollbackDecided, WeightConfirmed


class WayBack(Struct, frozen=True, kw_only=True):
    """A rollback, measured at the users' end."""

    detection_s: float | None
    """From the fault to the decision; None where the lab knows of no fault."""
    action_ms: float
    """From the decision to the last answer that a user got from the canary; 0 where there was none left."""

    def in_words(self) -> str:
        """Say both parts."""
        action = f"{self.action_ms:.0f} ms from the decision to the canary's last answer"
        return action if self.detection_s is None else f"{self.detection_s:.1f} s to the decision, {action}"


class Audit(Struct, frozen=True, kw_only=True):
    """What the lab knows about a release that is over."""

    rows: tuple[SplitRow, ...]
    way_back: WayBack | None

    @property
    def agrees(self) -> bool:
        """Whether each span of time had the split that the journal confirms."""
        return all(row.agrees for row in self.rows)

    def in_words(self) -> str:
        """Say it in a table of a few lines."""
        lines = ["what Envoy served, beside what the journal confirms:"]
        lines += [_row_in_words(row) for row in self.rows]
        if self.way_back is not None:
            lines.append(f"  way back: {self.way_back.in_words()}")
        return "\n".join(lines)


def audit(records: Sequence[Record], *, ledger: Path, truth: Path) -> Audit:
    """Compare a journal with the lab's own books."""
    answers = read_ledger(ledger)
    confirmed = [
        (record.at, record.event.weight) for record in records if isinstance(record.event, WeightConfirmed)
    ]
    opened = records[0].event
    assert isinstance(opened, ReleaseOpened)
    canary = opened.plan.canary.name
    rows = split_check(answers, confirmed, canary=canary, until=records[-1].at) if confirmed else ()
    return Audit(rows=rows, way_back=_way_back(records, answers, read_truth(truth), canary=canary))


def _way_back(
    records: Sequence[Record], answers: Sequence[Response], truth: Sequence[Truth], *, canary: str
) -> WayBack | None:
    decided = next((record.at for record in records if isinstance(record.event, RollbackDecided)), None)
    if decided is None:
        return None
    faults = [line.at for line in truth if line.what == "faults" and line.faults and line.at < decided]
    last = last_response_of(answers, version=canary, after=decided)
    return WayBack(
        detection_s=decided - faults[0] if faults else None,
        action_ms=(last.at - decided) * 1000 if last else 0.0,
    )


def _row_in_words(row: SplitRow) -> str:
    served = "nobody" if row.served is None else f"{row.served:.1f}%"
    verdict = "agrees" if row.agrees else "DOES NOT AGREE"
    return f"  {row.weight:>3}% asked, {served:>6} served of {row.requests} requests: {verdict}"
