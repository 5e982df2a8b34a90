"""One host of a race: drives the releases that it is told of, each in a state folder of its own.

`python -m tests.traffic.racer KUBECONFIG FOLDER LOGIN`; a line `NAMESPACE HOLD_S` starts a release at once,
`NAMESPACE HOLD_S force` one that takes over, `NAMESPACE HOLD_S from=10` one that begins at 10%. Answers with
a line of JSON: when it drove and when it wrote.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from console.host.order import TakeOver
from console.release import events as ev
from tests.traffic.driving import drive, order_of, quick_plan

if TYPE_CHECKING:
    from collections.abc import Sequence


def driven(records: Sequence[ev.Record]) -> list[tuple[float, float]]:
    """Give the times in which these records say that their worker drove."""
    spans: list[tuple[float, float]] = []
    since: float | None = None
    for record in records:
        if isinstance(record.event, ev.LeaseHeld):
            since = record.at
        elif isinstance(record.event, ev.LeaseLost | ev.ReleaseEnded) and since is not None:
            spans.append((since, record.at))
            since = None
    return spans


def told(records: Sequence[ev.Record]) -> dict[str, Any]:
    end = records[-1].event
    assert isinstance(end, ev.ReleaseEnded)
    requests = [record.at for record in records if isinstance(record.event, ev.WeightRequested)]
    return {"driven": driven(records), "writes": requests, "outcome": end.outcome, "reason": end.reason}


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(kubeconfig: Path, folder: Path, login: str) -> None:
    say("ready")
    for number, line in enumerate(sys.stdin):
        namespace, hold_s, *how = line.split()
        take_over = TakeOver(reason="a race") if "force" in how else None
        weights = [int(word.removeprefix("from=")) for word in how if word.startswith("from=")]
        plan = quick_plan(namespace, hold_s=float(hold_s))
        order = order_of(plan, kubeconfig, login=login, take_over=take_over)
        order = replace(order, start_weight=next(iter(weights), None))
        records = asyncio.run(drive(order, folder / str(number)))
        say(json.dumps(told(records)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
