"""Where a release ends, what it has not moved is said: `all traffic` is said of nothing less."""

from __future__ import annotations

import asyncio
from pathlib import Path

from console.command import Command
from console.elsewhere import Elsewhere
from console.host.control import Ask
from console.release import events as ev
from tests.releases import ANA
from tests.virtual_time import virtually
from tests.worker.ports import Stand

BETA = Elsewhere(where='route "beta"', to="v2", canary=True)
TLS = Elsewhere(where="tls route number 1 (unnamed)", to="v1", stable=True)
ROLL_BACK = Ask(command=Command.ROLL_BACK, person=ANA)


def reason(stand: Stand) -> str:
    (ended,) = stand.all_of(ev.ReleaseEnded)
    assert isinstance(ended, ev.ReleaseEnded)
    return ended.reason


async def rolled_back(stand: Stand) -> str:
    asyncio.get_running_loop().call_later(4.0, lambda: stand.worker.take(ROLL_BACK))
    await stand.run()
    return reason(stand)


@virtually
async def test_a_rollback_says_what_still_goes_elsewhere(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    stand.router.elsewhere = (BETA, TLS)
    said = await rolled_back(stand)
    assert 'v2\'s weight in its route is 0, v1 gets it; NOT all traffic: route "beta" sends to v2' in said
    assert "tls" not in said


@virtually
async def test_a_rollback_says_all_traffic_where_other_routes_send_to_stable_only(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    stand.router.elsewhere = (TLS,)
    assert "; all traffic on v1" in await rolled_back(stand)


@virtually
async def test_a_promotion_says_what_it_has_not_moved(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    stand.router.elsewhere = (BETA, TLS)
    await stand.run()
    assert reason(stand) == ("v2 passed every stage; not moved: tls route number 1 (unnamed) sends to v1")


@virtually
async def test_what_comes_up_meanwhile_is_on_record_and_holds_nothing(
    tmp_path: Path,
) -> None:
    stand = Stand(tmp_path)
    asyncio.get_running_loop().call_later(4.5, lambda: setattr(stand.router, "elsewhere", (TLS,)))
    await stand.run()
    seen = [event for event in stand.all_of(ev.RouterSeen) if isinstance(event, ev.RouterSeen)]
    assert [(event.weight, event.elsewhere) for event in seen] == [(0, ()), (10, (TLS,))]
    assert stand.worker.release.end is not None
    assert stand.worker.release.end.outcome is ev.Outcome.PROMOTED
