"""When a login is made, used and renewed; the plugin is a function here, and waits take no time."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

import pytest

from console.access.credential import Credential
from console.cluster.logins import PACES_S, RENEW_EVERY_S, WAIT_S, Logins
from console.errors import ClusterError, Denied, LoggedOut
from tests.faults.patient_time import PatientLoop, patiently

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.cluster.login import Login
    from console.cluster.session import Session

FAILED = Denied("The credential plugin aws failed: no session.")


class Toy:
    """A session, as far as who keeps it looks at one."""

    def __init__(self, name: str, *, ends_soon: bool = False) -> None:
        self.credential = Credential(authorization=name)
        self.ends_soon = ends_soon
        self.is_over = False
        self.is_to_be_read_again = False


class ToyLogin:
    """Logs in as it is told."""

    def __init__(self, *outcomes: Callable[[], Toy]) -> None:
        self.helper = "aws"
        self.outcomes = list(outcomes)
        self.anew: list[bool] = []

    def log_in(self, now: Session | None, *, anew: bool) -> Session:
        self.anew.append(anew)
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        return cast("Session", outcome()) if outcome is not same else cast("Session", now)


def same() -> Toy:
    raise AssertionError


def gives(toy: Toy) -> Callable[[], Toy]:
    return lambda: toy


def fails() -> Toy:
    raise FAILED


class Hanging:
    """A plugin that does not answer before it is let go."""

    def __init__(self, then: Toy) -> None:
        self._then = then
        self.let_go = threading.Event()

    def __call__(self) -> Toy:
        loop_time_may_pass()
        self.let_go.wait(timeout=60)
        return self._then


def loop_time_may_pass() -> None:
    """Let the loop of the test go on although this thread waits."""
    threading.current_thread().name = "kubernetes plugin"


def kept(*outcomes: Callable[[], Toy]) -> tuple[Logins, ToyLogin]:
    login = ToyLogin(*outcomes)
    return Logins(cast("Login", login)), login


async def used(logins: Logins) -> Any:
    session = await logins.good()
    logins.worked(session)
    return session


async def refused(logins: Logins) -> Any:
    """Use a login, and let the server not know us by it."""
    return await logins.instead_of(await logins.good(), anew=True)


async def shown_in_the_end(logins: Logins, name: str) -> bool:
    """Wait for a thread that was let go: in real time."""
    until = time.monotonic() + 60.0
    while time.monotonic() < until:
        with suppress(LoggedOut):
            if (await used(logins)).credential.authorization == name:
                return True
        time.sleep(0.001)  # noqa: ASYNC251 - the loop's own time is not real
        await asyncio.sleep(0.01)
    return False


@patiently
async def test_nobody_logs_in_before_it_is_needed_and_one_login_serves_all() -> None:
    toy = Toy("a")
    logins, login = kept(gives(toy))
    assert login.anew == []
    assert await asyncio.gather(*(used(logins) for _ in range(50))) == [toy] * 50
    assert len(login.anew) == 1


@patiently
async def test_a_login_that_fails_once_is_made_with_the_next_call() -> None:
    toy = Toy("a")
    logins, _ = kept(fails, gives(toy))
    with pytest.raises(Denied, match="no session"):
        await used(logins)
    assert await used(logins) is toy


@patiently
async def test_a_login_that_goes_on_failing_is_tried_at_a_decent_pace_and_its_failure_told_at_once() -> None:
    logins, login = kept(fails)
    loop = asyncio.get_running_loop()
    began = loop.time()
    while loop.time() - began < 60.0:
        asked_at = loop.time()
        with pytest.raises(Denied, match="no session"):
            await used(logins)
        assert loop.time() - asked_at < 0.1
        await asyncio.sleep(0.1)
    assert 60.0 / max(PACES_S) <= len(login.anew) <= 60.0 / max(PACES_S) + len(PACES_S)


@patiently
async def test_after_a_401_one_other_login_is_made_and_all_go_on_by_it() -> None:
    old, new = Toy("old"), Toy("new")
    logins, login = kept(gives(old), gives(new))
    await used(logins)
    assert await asyncio.gather(*(refused(logins) for _ in range(20))) == [new] * 20
    assert login.anew == [True, True]


@patiently
async def test_a_401_that_the_plugin_does_not_mend_runs_it_at_a_decent_pace() -> None:
    logins, login = kept(gives(Toy("old")), same)
    await used(logins)
    for _ in range(600):
        assert await refused(logins) is None
        await asyncio.sleep(0.1)
    assert len(login.anew) <= 60.0 / max(PACES_S) + len(PACES_S) + 1


@patiently
async def test_a_credential_that_ends_soon_is_used_while_the_plugin_hangs() -> None:
    old = Toy("old", ends_soon=True)
    hanging = Hanging(then=Toy("new"))
    logins, login = kept(gives(old), hanging)
    before = threading.active_count()
    loop = asyncio.get_running_loop()
    began = loop.time()
    for _ in range(300):
        assert await used(logins) is old
        await asyncio.sleep(0.1)
    assert loop.time() - began < 31.0
    assert len(login.anew) == 2
    assert threading.active_count() <= before + 1
    hanging.let_go.set()
    assert await shown_in_the_end(logins, "new")


@patiently
async def test_a_credential_that_ends_soon_is_asked_for_anew_only_now_and_then() -> None:
    logins, login = kept(gives(Toy("old", ends_soon=True)), same)
    for _ in range(600):
        await used(logins)
        await asyncio.sleep(0.1)
    assert len(login.anew) <= 60.0 / RENEW_EVERY_S + 2


@patiently
async def test_where_nothing_holds_a_hanging_plugin_is_named_and_holds_no_thread_of_a_call() -> None:
    hanging = Hanging(then=Toy("new"))
    logins, login = kept(hanging)
    before = threading.active_count()
    for _ in range(6):
        with pytest.raises(LoggedOut) as caught:
            await used(logins)
    assert f"The credential plugin aws has not answered for {6 * WAIT_S:.0f} s" in str(caught.value)
    assert threading.active_count() == before + 1
    assert len(login.anew) == 1
    hanging.let_go.set()
    assert await shown_in_the_end(logins, "new")


@patiently
async def test_a_refused_login_is_not_used_and_the_old_one_goes_on() -> None:
    old, other = Toy("old", ends_soon=True), Toy("other")
    logins, _ = kept(gives(old), gives(other))
    await used(logins)

    async def vouch(session: Any) -> None:
        if session is other:
            raise ClusterError("This is another cluster.")

    logins.vouch = vouch
    for _ in range(10):
        assert await used(logins) is old
        await asyncio.sleep(1.0)
    with pytest.raises(ClusterError, match="another cluster"):
        await refused(logins)


@patiently
async def test_files_that_say_the_same_run_no_plugin_and_are_read_at_a_decent_pace() -> None:
    logins, login = kept(gives(Toy("a")), same)
    session = await used(logins)
    for _ in range(100):
        assert await logins.instead_of(session, anew=False) is None
        await asyncio.sleep(0.1)
    assert login.anew[0]
    assert set(login.anew[1:]) == {False}
    assert len(login.anew) <= 12


@patiently
async def test_a_defect_in_logging_in_is_told_and_tried_again() -> None:
    toy = Toy("a")

    def breaks() -> Toy:
        raise KeyError("x")

    logins, _ = kept(breaks, gives(toy))
    with pytest.raises(ClusterError, match="KeyError"):
        await used(logins)
    assert await used(logins) is toy


def test_a_cluster_that_one_loop_asked_can_be_asked_by_another() -> None:
    toy = Toy("a")
    logins, _ = kept(fails, fails, gives(toy))
    for _ in range(2):
        with asyncio.Runner(loop_factory=PatientLoop) as runner, pytest.raises(Denied):
            runner.run(used(logins))
    with asyncio.Runner(loop_factory=PatientLoop) as runner:
        assert runner.run(used(logins)) is toy
