"""What the API server and the network before it do wrong, over real TLS, to a release under way."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from msgspec import Struct

from console.cluster.session import RENEWED_EARLY_S
from console.errors import ExitCode
from console.lab.kube.faults import Fault
from console.release import events as ev
from tests.faults.api_wire import FIRST_TOKEN, NEW_TOKEN, Drive, FaultyApi
from tests.faults.patient_time import patiently
from tests.faults.relay import Relay
from tests.releases import guard, plan, stage
from tests.sample import sampled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MANY = 10_000
NO_RIGHT = 'User "ana" cannot patch resource "virtualservices" in the namespace "shop"'
FORBIDDEN = (
    'virtualservices.networking.istio.io "checkout" is forbidden: User "ana" cannot patch resource '
    '"virtualservices" in API group "networking.istio.io" in the namespace "shop"'
)
NO_ANSWER = ("https://127.0.0.1:", "did not answer within", "Check")
STILL_NONE = ("no answer from wire for 5.", "check it and the network")
NOT_ADMITTED = "admission webhook says no"


class Trouble(Struct, frozen=True, kw_only=True):
    """One thing that goes wrong, until it is mended."""

    begin: Callable[[FaultyApi], None]
    words: tuple[str, ...]
    """What the operator reads: place, cause and mend."""
    words_back: tuple[str, ...] = ()
    """What is read in a rollback, where that is something else."""
    mend: Callable[[FaultyApi], None] = lambda api: api.api.faults.clear()


def answers(status: int, *words: str, **more: object) -> Trouble:
    fault = Fault(verb="patch", resource="virtualservices", status=status, times=MANY, **more)  # type: ignore[arg-type]  # spread
    return Trouble(begin=lambda api: api.api.faults.add(fault), words=words)


def network(act: Callable[[Relay], None], *words: str, back: tuple[str, ...] = ()) -> Trouble:
    return Trouble(
        begin=lambda api: api.network(act),
        words=words,
        words_back=back,
        mend=lambda api: api.network(Relay.let_go),
    )


def anew(relay: Relay) -> None:
    """Make everybody connect anew, and let no handshake come to its end."""
    relay.cut()
    relay.hold()


def hang_at_401(api: FaultyApi) -> None:
    """Know nobody any more, and let the plugin that would give what we know not answer."""
    api.want(NEW_TOKEN)
    api.give(NEW_TOKEN)
    api.hang_plugin()


TROUBLES = {
    "401": Trouble(
        begin=lambda api: api.want(NEW_TOKEN),
        words=("https://127.0.0.1:", "does not know who we are", "log in again"),
        mend=lambda api: api.give(NEW_TOKEN),
    ),
    "plugin hangs": Trouble(
        begin=hang_at_401,
        words=("The credential plugin ", " has not answered for ", " s. It goes on by itself"),
        mend=lambda api: api.let_plugin_go(),
    ),
    "403": answers(403, "https://127.0.0.1:", f"refuses: {NO_RIGHT}.", "pithead rbac", message=FORBIDDEN),
    "409": answers(409, "has changed since it was read", "read again", reason="Conflict"),
    "410": answers(410, "https://127.0.0.1:", "410", "asked anew", reason="Expired"),
    "422": answers(
        422,
        "https://127.0.0.1:",
        "422",
        NOT_ADMITTED,
        "does not admit",
        message=NOT_ADMITTED,
        causes=("spec.http",),
    ),
    "429": answers(
        429,
        "https://127.0.0.1:",
        "429",
        "asked again later",
        reason="TooManyRequests",
        headers={"Retry-After": "7"},
    ),
    "500": answers(500, "https://127.0.0.1:", "failed with 500", "kubectl get --raw /readyz"),
    "reset": network(Relay.refuse, "https://127.0.0.1:", "can't be reached: the connection was cut", "Check"),
    "hang": network(Relay.hold, *NO_ANSWER, back=STILL_NONE),
    "slow-tls": network(anew, *NO_ANSWER, back=STILL_NONE),
}
TAKEN = sampled("faults of the API server", list(TROUBLES))
EACH = pytest.mark.parametrize("trouble", [TROUBLES[name] for name in TAKEN], ids=TAKEN)


@pytest.fixture
def api(tmp_path: Path) -> Iterator[FaultyApi]:
    with FaultyApi(tmp_path) as api:
        yield api


def on_step(drive: Drive, act: Callable[[], None]) -> None:
    """Act when the step to 50% is on record, and just before it is sent."""

    def heard(event: ev.AnyEvent) -> None:
        if isinstance(event, ev.WeightRequested) and event.weight == 50:
            drive.heard = lambda _event: None
            act()

    drive.heard = heard


def after_failures(drive: Drive, count: int, act: Callable[[], None]) -> None:
    def heard(event: ev.AnyEvent) -> None:
        if isinstance(event, ev.WriteFailed) and len(drive.all_of(ev.WriteFailed)) == count:
            act()

    drive.heard = heard


LONG = plan(stage(10, guard(), hold_s=3600.0))


LOST = Fault(verb="patch", resource="virtualservices", lose_answer=True)


class Tries:
    """The tries of a rollback, as the operator sees each begin."""

    def __init__(self, drive: Drive) -> None:
        self._drive = drive
        self.at_fifth: Callable[[], None] = lambda: None
        self.lines: list[str] = []
        self.weights: list[int] = []
        self._at: list[float] = []

    @property
    def gaps_s(self) -> list[float]:
        return [later - earlier for earlier, later in pairwise(self._at)]

    def note(self, event: ev.AnyEvent) -> None:
        if isinstance(event, ev.WeightRequested):
            self.lines.append(self._drive.line)
            self.weights.append(self._drive.api.weight)
            self._at.append(self._drive.records[-1].at)
            if len(self.lines) == 5:
                self.at_fifth()


def tries_of(drive: Drive) -> int:
    rollback = drive.release.rollback
    assert rollback is not None
    return rollback.attempts


def after_looks(drive: Drive, count: int, act: Callable[[], None]) -> None:
    def heard(event: ev.AnyEvent) -> None:
        if isinstance(event, ev.SampleTaken) and len(drive.all_of(ev.SampleTaken)) == count:
            act()

    drive.heard = heard


@EACH
@patiently
async def test_a_step_forward_waits_for_the_mend_and_is_made_once(trouble: Trouble, api: FaultyApi) -> None:
    drive = Drive(api, plan())

    def begin() -> None:
        trouble.begin(api)
        after_failures(drive, 2, lambda: trouble.mend(api))

    on_step(drive, begin)
    assert await drive.run() == ExitCode.PROMOTED
    assert api.weights == [10, 50, 100, 100]  # the last one takes our marks off
    assert len(drive.lines) >= 2
    assert [word for word in trouble.words if word not in drive.lines[1]] == [], drive.lines


@EACH
@patiently
async def test_a_rollback_is_tried_until_it_gets_through_and_is_made_once(
    trouble: Trouble, api: FaultyApi
) -> None:
    drive = Drive(api, LONG)
    tries = Tries(drive)

    def begin() -> None:
        trouble.begin(api)
        drive.press_roll_back()
        drive.heard = tries.note

    after_looks(drive, 3, begin)
    tries.at_fifth = lambda: trouble.mend(api)
    assert await drive.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert api.weights == [10, 0]
    assert len(tries.lines) >= 5
    for number, line in enumerate(tries.lines, start=1):
        assert line.startswith(f"NOT CONFIRMED, attempt {number} ")
    words = trouble.words_back or trouble.words
    assert [word for word in words if word not in tries.lines[4]] == []
    assert tries.gaps_s[0] < 0.6
    assert max(tries.gaps_s) < 2.1


@patiently
async def test_the_credential_plugin_is_run_again_for_a_rollback(api: FaultyApi) -> None:
    drive = Drive(api, LONG)

    def begin() -> None:
        api.want(NEW_TOKEN)
        api.give(NEW_TOKEN)
        drive.press_roll_back()

    after_looks(drive, 3, begin)
    assert await drive.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert api.plugin_runs == 2
    assert (api.weights, tries_of(drive)) == ([10, 0], 1)


@patiently
async def test_a_plugin_that_hangs_delays_no_rollback_while_the_old_credential_holds(api: FaultyApi) -> None:
    api.give(FIRST_TOKEN, ends_in_s=RENEWED_EARLY_S - 1.0)
    drive = Drive(api, LONG)

    def begin() -> None:
        api.hang_plugin()
        drive.press_roll_back()
        drive.heard = end_hanging

    def end_hanging(event: ev.AnyEvent) -> None:
        if isinstance(event, ev.WeightConfirmed) and event.weight == 0:
            hung.append(api.plugin_hangs)
            api.let_plugin_go()

    hung: list[bool] = []
    after_looks(drive, 3, begin)
    assert await drive.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert (api.weights, tries_of(drive)) == ([10, 0], 1)


@patiently
async def test_a_step_forward_waits_as_long_as_the_server_asks(api: FaultyApi) -> None:
    drive = Drive(api, plan())
    busy = Fault(verb="patch", resource="virtualservices", status=429, headers={"Retry-After": "7"})
    on_step(drive, lambda: api.api.faults.add(busy))
    assert await drive.run() == ExitCode.PROMOTED
    (failed,) = drive.all_of(ev.WriteFailed)
    again = next(one for one in drive.all_of(ev.WeightRequested) if one.at > failed.at)
    assert again.at - failed.at >= 7


@patiently
async def test_a_step_whose_answer_is_lost_is_found_done_and_not_made_again(api: FaultyApi) -> None:
    drive = Drive(api, plan())
    on_step(drive, lambda: api.api.faults.add(LOST))
    assert await drive.run() == ExitCode.PROMOTED
    assert (api.weights, drive.lines) == ([10, 50, 100, 100], [])
    assert api.patches == 4


@patiently
async def test_a_rollback_whose_answer_is_lost_is_unconfirmed_until_it_is_read_and_not_made_again(
    api: FaultyApi,
) -> None:
    drive = Drive(api, LONG)
    tries = Tries(drive)

    def begin() -> None:
        api.api.faults.add(LOST)
        api.api.faults.add(Fault(verb="get", resource="virtualservices", reset=True, times=MANY))
        drive.press_roll_back()
        drive.heard = tries.note

    after_looks(drive, 3, begin)
    tries.at_fifth = api.api.faults.clear
    assert await drive.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert tries.weights == [10, 0, 0, 0, 0]
    assert all(line.startswith("NOT CONFIRMED") for line in tries.lines)
    assert (api.weights, api.patches) == ([10, 0], 2)


@patiently
async def test_connections_that_die_in_silence_hold_up_no_step(api: FaultyApi) -> None:
    drive = Drive(api, plan())
    on_step(drive, lambda: api.network(Relay.forget))
    assert await drive.run() == ExitCode.PROMOTED
    assert api.weights == [10, 50, 100, 100]


@patiently
async def test_connections_that_die_in_silence_cost_a_rollback_half_a_second(api: FaultyApi) -> None:
    drive = Drive(api, LONG)

    def begin() -> None:
        api.network(Relay.forget)
        drive.press_roll_back()

    after_looks(drive, 3, begin)
    assert await drive.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert (api.weights, tries_of(drive)) == ([10, 0], 2)


@patiently
async def test_there_is_no_watch_that_could_end_in_silence(api: FaultyApi) -> None:
    """Whoever changes the weight is found at the next tick, by reading."""
    drive = Drive(api, LONG)

    def change() -> None:
        api.change_weight(70, by="kubectl-edit")
        looks = len(drive.all_of(ev.SampleTaken))
        after_looks(drive, looks + 2, drive.press_roll_back)

    after_looks(drive, 3, change)
    assert await drive.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert [record.event.changed_by for record in drive.all_of(ev.RouterSeen)][-1] == "kubectl-edit"  # type: ignore[union-attr]
    assert not any(call.startswith("watch") for call in api.api.audit)


@patiently
async def test_a_step_that_hangs_never_undoes_the_rollback_that_overtook_it(api: FaultyApi) -> None:
    drive = Drive(api, plan())

    def begin() -> None:
        api.network(Relay.hold)
        drive.press_roll_back()
        tries = Tries(drive)
        tries.at_fifth = lambda: api.network(Relay.let_go)
        drive.heard = tries.note

    on_step(drive, begin)
    assert await drive.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert api.weights in ([10, 0], [10, 50, 0])  # whichever of the two arrives first
    assert api.weight == 0
