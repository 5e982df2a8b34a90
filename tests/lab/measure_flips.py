"""How fast a weight is in force: `python -m tests.lab.measure_flips [RPS] [FLIPS]`; no test, it only tells.

Flips all traffic between the versions through the lab's Kubernetes API, and reads in the ledger when the
users noticed. `sent` looks at when requests were sent (the split itself), `answered` at when their answers
came (the split, and how long the service takes).
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from console.lab.lab import start_lab
from console.lab.order import LabOrder
from console.lab.request_log import read_ledger
from tests.lab.test_lab import set_weight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.lab.request_log import Response

REST_S = 0.7


class Flip(Struct, frozen=True, kw_only=True):
    """One change of all traffic from one version to the other; milliseconds after the PATCH was sent."""

    patch_ms: float
    first_new_sent_ms: float
    first_new_answered_ms: float
    last_old_sent_ms: float
    last_old_answered_ms: float


def measure(ledger: Sequence[Response], *, asked: float, done: float, new: str) -> Flip:
    """Find what happened around one flip in the ledger."""
    near = [response for response in ledger if asked - REST_S / 2 < response.at < asked + REST_S]
    fresh = [response for response in near if response.version == new]
    stale = [response for response in near if response.version != new]
    moments = {
        "patch_ms": done,
        "first_new_sent_ms": min(response.sent_at for response in fresh),
        "first_new_answered_ms": min(response.at for response in fresh),
        "last_old_sent_ms": max(response.sent_at for response in stale),
        "last_old_answered_ms": max(response.at for response in stale),
    }
    return Flip(**{name: (moment - asked) * 1000 for name, moment in moments.items()})


def main(rps: float = 1000.0, flips: int = 40) -> None:
    """Flip, wait for the ledger, tell."""
    times = []
    with (
        tempfile.TemporaryDirectory() as folder,
        start_lab(LabOrder(scenario="healthy", folder=Path(folder), rps=rps)) as lab,
    ):
        for count in range(flips):
            time.sleep(REST_S)
            asked = time.time()
            done = set_weight(lab.addresses, 0 if count % 2 else 100)
            times.append((asked, done, "v1" if count % 2 else "v2"))
        time.sleep(REST_S)
        ledger = read_ledger(lab.addresses.ledger)
    found = [measure(ledger, asked=asked, done=done, new=new) for asked, done, new in times]
    failed = sum(response.failed for response in ledger)
    sys.stdout.write(f"{len(ledger)} requests, {failed} failed, {flips} flips; ms after the PATCH was sent\n")
    for name in Flip.__struct_fields__:
        values = sorted(getattr(flip, name) for flip in found)
        worst = f"p90 {values[int(len(values) * 0.9)]:6.1f}  max {values[-1]:6.1f}"
        sys.stdout.write(f"{name:24} median {statistics.median(values):6.1f}  {worst}\n")


if __name__ == "__main__":
    main(*(kind(word) for kind, word in zip((float, int), sys.argv[1:], strict=False)))
