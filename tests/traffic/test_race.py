from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sample import sampled
from tests.traffic.audit import Written, charges
from tests.traffic.race import Kind, races

if TYPE_CHECKING:
    from pathlib import Path

    from tests.traffic.servers import RealServer

KINDS = sampled("kinds of a race", [Kind.LEVEL, Kind.FORCED, Kind.FROZEN])
"""`python -m tests.bench race` goes the whole distance."""


@pytest.mark.real
async def test_of_two_hosts_that_race_for_a_release_one_drives(real: RealServer, tmp_path: Path) -> None:
    finishes = await races(real, tmp_path, kinds=KINDS)
    assert [finish.told for finish in finishes if finish.both_drove] == []
    assert [finish.charges for finish in finishes if finish.charges] == []
    for finish in finishes:
        # A host that is frozen between the intent and the write admits to one that nobody has seen.
        assert finish.drivers <= finish.admitted
        assert finish.drivers == finish.admitted or finish.kind is Kind.FROZEN
    assert any(finish.drivers == 1 for finish in finishes)


def lease(revision: int, at: float, *, holder: str, by: str = "") -> Written:
    return Written(revision=revision, at=at, by=by or holder, namespace="shop", holder=holder)


def route(revision: int, at: float, weight: int, *, by: str) -> Written:
    return Written(revision=revision, at=at, by=by, namespace="shop", weight=weight)


@pytest.mark.parametrize(
    ("writes", "charge"),
    [
        ((lease(1, 0, holder="ana"), route(2, 1, 10, by="ana")), ""),
        ((route(1, 1, 10, by="ana"),), "ana wrote 10% at revision 1 without being certain"),
        ((lease(1, 0, holder="ana"), route(2, 9, 10, by="ana")), "ana wrote 10% at revision 2 without"),
        (
            (lease(1, 0, holder="ana"), lease(2, 1, holder="bob"), route(3, 2, 10, by="bob")),
            "bob wrote 10% at revision 3 w",
        ),
        ((lease(1, 0, holder="ana"), lease(2, 1, holder="bob"), route(3, 4.5, 10, by="bob")), ""),
        ((lease(1, 0, holder="ana"), lease(2, 1, holder="bob"), route(3, 2, 10, by="ana")), ""),
        (
            (lease(1, 0, holder="ana"), lease(2, 1, holder="bob"), route(3, 4.5, 10, by="ana")),
            "ana wrote 10%",
        ),
        (
            (
                *(lease(1, 0, holder="ana"), lease(2, 1, holder="", by="ana")),
                *(lease(3, 1, holder="bob"), route(4, 2, 10, by="bob")),
            ),
            "",
        ),
        ((lease(1, 0, holder="ana"), route(2, 1, 10, by="ana"), route(3, 9, 0, by="ana")), ""),
    ],
)
def test_the_audit_charges_whoever_drives_beside_another(writes: tuple[Written, ...], charge: str) -> None:
    found = charges(reversed(writes), certain_s=4.0)
    assert bool(found) == bool(charge)
    assert all(one.startswith(charge) for one in found)
