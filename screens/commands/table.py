"""Releases as rows of a table, and one as a few lines."""

from __future__ import annotations

import time
from collections.abc import Sequence

from console.host.runs import Run
from console.plan.columns import in_columns
from console.plan.literal import literal
from console.release.event_words import person_in_words
from console.release.events import Outcome, ReleaseEnded
from screens.figure_words import stopwatch

LONGEST_CELL = 200
HEAD = ("RELEASE", "STATE", "BEGAN", "TOOK", "BY")


def table(runs: Sequence[Run]) -> str:
    """Write one row a release, below a head."""
    rows = [HEAD, *(_row(run) for run in runs)]
    return "\n".join(in_columns(rows))


def state(run: Run) -> str:
    """Say in a few words where a release is."""
    weight = f" at {run.weight}%" if run.weight is not None else ""
    if run.trouble and run.ended is None:
        return f"BROKEN: {run.trouble}"
    if run.ended is not None:
        broken = f"; BROKEN: {run.trouble}" if run.trouble else ""
        closed = ", laboratory closed" if run.ended.laboratory_closed else ""
        return f"{_outcome(run, run.ended).replace('_', ' ')}{closed}{broken}"
    if run.live:
        return f"running{weight}"
    return f"WORKER DEAD{weight}"


def _outcome(run: Run, end: ReleaseEnded) -> str:
    back = end.outcome is Outcome.HELD and run.went_back
    return Outcome.ROLLED_BACK if back else end.outcome


def moment(at: float | None) -> str:
    """Write a date and a time, UTC."""
    return "-" if at is None else time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(at))


def _row(run: Run) -> tuple[str, ...]:
    cells = (
        run.name,
        state(run),
        moment(run.began_at),
        "-" if run.took_s is None else stopwatch(run.took_s),
        person_in_words(run.person) if run.person else "-",
    )
    return tuple(literal(cell, longest=LONGEST_CELL) for cell in cells)
