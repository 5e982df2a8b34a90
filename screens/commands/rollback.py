"""`pithead rollback`: the one way back, whatever has become of the release's worker and of its journal.

The worker is asked first, by its socket, and its answer is what counts: no journal is read or folded on the
way. Where no worker lives, one is started whose first act is the rollback, and its own words are waited for.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import click
import msgspec

from console.errors import ControlError, ExitCode, JournalError, NoAnswer, UsageError
from console.host.alive import worker_of
from console.host.control import Line
from console.host.launch import start_rollback
from console.host.order import Order, order_to_roll_back, order_to_undo, read_order, write_order
from console.host.person import who_is_there
from console.host.places import journal_of, log_of, new_release_folder, order_of, releases_folder, socket_of
from console.journal.ends import ends_of
from console.plan.literal import literal
from console.policy.permit import Command
from console.policy.progress import Progress
from console.release.events import Outcome, ReleaseEnded
from screens.commands.found import ELSEWHERE, known, named, some_names
from screens.commands.options import read_only_by_environment, reason_given, refuse_read_only
from screens.say import say

POLL_S = 0.05
LOOK_S = 0.5
"""A question before a rollback may wait so long for its worker's word; without one nothing is asked."""
TO_NOTHING = "stable has 0 READY PODS: behind a rollback all requests go to nothing until it is scaled up"
LONGEST_LINE = 1000
WAIT_S = 300.0


@click.command()
@click.argument("release", required=False)
@click.option("--reason", default="", callback=reason_given, help="Why; it goes on record.")
@click.option(
    "--route",
    metavar="istio:NAMESPACE/NAME",
    help="Instead of a RELEASE, on a host without its record: by what the route's object says.",
)
@click.option("--stable", metavar="subset:NAME|host:NAME", help="With --route: which destination is stable.")
@click.option("--canary", metavar="subset:NAME|host:NAME", help="With --route: which one is canary.")
@click.option("--http-route", metavar="NAME", help="With --stable: which HTTP route, where several fit.")
@click.option("--context", help="With --route: context of the kubeconfig, instead of the current one.")
@click.option("--kubeconfig", help="With --route: kubeconfig file, instead of KUBECONFIG or ~/.kube/config.")
@click.option("--prometheus", metavar="URL", help="With --route: where users' recovery can be seen.")
@click.option("--yes", is_flag=True, help="Do not ask: with --route, or where stable has no ready pods.")
@click.option(
    "--wait", "wait_s", type=click.FloatRange(0), default=WAIT_S, show_default=True, metavar="SECONDS",
    help="How long to wait until stable has all traffic; the worker goes on trying for longer.",
)  # fmt: skip
def command(
    release: str | None, *, reason: str, yes: bool, wait_s: float, route: str | None, **more: str | None
) -> int:
    """Send all traffic of RELEASE back to stable, whatever state it is in, and wait for it.

    Without a RELEASE it is the one that runs. Where its worker is dead, a new one is started whose first act
    is the rollback; a journal that is damaged, gone or on a full disk is no hindrance. Where it has ended
    with traffic on the canary, promoted for instance, a release of its own takes that back, unless stable has
    no ready pods or somebody else drives.

    Where stable has no ready pods it says so: at a terminal it asks first, elsewhere it goes.

    With --route it is done where the release's record is lost, or on another host: by the marks that its
    worker has left on the route's object and on its lease, or by --stable and --canary. It says what it has
    found and asks; without a terminal it wants --yes.

    The exit code is 0 once it is rolled back; 12 where that is not confirmed in time (the worker goes on
    trying); 2 where it was refused; 3 where the route's object can't be read.
    """
    if route is None:
        if any(more.values()):
            raise UsageError(f"--{next(filter(more.get, more)).replace('_', '-')} goes with --route")
        folder = named(release) if release is not None else _the_one()
        return roll_back(folder, reason=reason, wait_s=wait_s, yes=yes)
    if release is not None:
        raise UsageError("a RELEASE or --route", hint="--route is for one whose record is not on this host")
    from screens.commands.by_route import Words, roll_back_by_route  # noqa: PLC0415 - imports the cluster

    words = Words(route=route, reason=reason, yes=yes, **more)
    return roll_back_by_route(words, wait_s=wait_s)


def roll_back(folder: Path, *, reason: str, wait_s: float, yes: bool = False) -> int:
    """Roll the release of this folder back, and give the exit code.

    Where its worker knows that stable has no ready pods, a person at a terminal is asked first, unless they
    have said `yes`; without a terminal nobody can be asked, and a command that was given is done.
    """
    until = time.monotonic() + wait_s
    line = Line(socket_of(folder), who_is_there(), read_only=read_only_by_environment())
    worker = worker_of(folder)
    if worker is not None and not yes and sys.stdin.isatty():
        _confirm_to_nothing(_standing(line))
    try:
        answer = asyncio.run(line.ask(Command.ROLL_BACK, reason=reason, lives=worker is not None))
    except NoAnswer as error:
        if worker is not None and worker_of(folder) is not None:
            raise _hangs(folder, worker, error) from error
        return _by_a_new_worker(folder, reason=reason, until=until)
    if answer.refused and not (answer.back is not None and answer.back.is_under_way):
        raise ControlError(f"{folder.name} was not rolled back: {answer.refused}")
    if answer.back is not None and answer.back.to_nothing:
        say(TO_NOTHING, err=True)
    return _followed(folder, line, reason=reason, until=until)


def _standing(line: Line) -> Progress | None:
    """Ask a living worker how it stands; one that does not answer at once is not waited for."""

    async def ask() -> Progress | None:
        async with asyncio.timeout(LOOK_S):
            return await line.back()

    try:
        return asyncio.run(ask())
    except (NoAnswer, TimeoutError):
        return None


def _confirm_to_nothing(back: Progress | None) -> None:
    if back is None or not back.to_nothing or back.is_under_way:
        return
    say(TO_NOTHING, err=True)
    click.confirm("Roll back all the same?", abort=True, err=True)


def _the_one() -> Path:
    """Give the release that runs, or the only one that should; raises UsageError where it is not one."""
    folders = known(hint=ELSEWHERE)
    found = [folder for folder in folders if worker_of(folder) is not None]
    found = found or [folder for folder in folders if ended_in(folder) is None]
    if len(found) == 1:
        return found[0]
    what = f"{len(found)} releases have not ended" if found else "no release is under way"
    raise UsageError(what, hint=some_names(found or folders))


def ended_in(folder: Path) -> ReleaseEnded | None:
    """Say how the release of this folder ended; None where it has not, or its journal does not say."""
    try:
        return ends_of(journal_of(folder)).ended
    except JournalError:
        return None


def _hangs(folder: Path, worker: int, error: NoAnswer) -> ControlError:
    mend = f"kill -9 {worker}, then again: pithead rollback {folder.name}"
    if error.asleep:
        mend = f"if it is stopped: kill -CONT {worker}; else {mend}"
    return ControlError(f"{folder.name}: {error} (process {worker})", hint=mend)


def _followed(folder: Path, line: Line, *, reason: str, until: float) -> int:
    """Wait for what the worker says; where it dies meanwhile, another one goes on."""
    wait = _Wait(folder, until=until)
    while (code := wait.hear(_asked(line))) is None:
        if wait.alone:
            ended = ended_in(folder)
            if ended is not None and ended.outcome is Outcome.ROLLED_BACK:
                return _over(ended)
            return _by_a_new_worker(folder, reason=reason, until=until)
        time.sleep(POLL_S)
    return code


def _asked(line: Line) -> Progress | None:
    try:
        return asyncio.run(line.back())
    except NoAnswer:
        return None


def _by_a_new_worker(folder: Path, *, reason: str, until: float) -> int:
    if (ended := ended_in(folder)) is not None:
        if ended.outcome is Outcome.ROLLED_BACK:
            return _over(ended)
        return _undone(folder, ended, reason=reason, until=until)
    refuse_read_only()
    order = order_to_roll_back(order_of(folder), who_is_there(), reason=reason)
    say(f"the worker of {folder.name} is dead: another one is started, to roll back", err=True)
    return driven(order, folder, until=until)


def _undone(folder: Path, ended: ReleaseEnded, *, reason: str, until: float) -> int:
    """Take back the traffic of a release that has ended, by a release of its own."""
    if ended.outcome is Outcome.REFUSED:
        raise UsageError(f"{folder.name} has moved no traffic: {end_in_words(ended)}")
    refuse_read_only()
    was = read_order(order_of(folder))
    new = folder_for(was.plan.service)
    order = order_to_undo(order_of(folder), who_is_there(), release=new.name, reason=reason)
    with suppress(UsageError):  # a full disk: the order is handed over
        write_order(order_of(new), order)
    say(f"{folder.name} has ended, {ended.outcome.replace('_', ' ')}: {new.name} takes it back", err=True)
    return driven(order, new, until=until)


def folder_for(service: str) -> Path:
    """Make a folder for the record; on a disk that takes none, only say where it would be."""
    try:
        return new_release_folder(service, now=time.time())
    except UsageError as error:
        say(f"{error}: this rollback will not be on record", err=True)
        return releases_folder() / f"{service}-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}"


def driven(order: Order, folder: Path, *, until: float) -> int:
    """Let a new worker drive an order whose first act is the rollback, and wait for what it says."""
    wait = _Wait(folder, until=until)
    with start_rollback(order, folder) as line, line.makefile("rb") as lines:
        while (code := wait.hear(_heard(line, lines, until=until))) is None:
            if wait.alone:
                log = f"see {log_of(folder)}"
                raise ControlError(f"{folder.name}: the worker that was started has died", hint=log)
    return code


def _heard(line: socket.socket, lines: BinaryIO, *, until: float) -> Progress | None:
    """Wait for the next word of a worker that was started to roll back; None where there is none in time."""
    line.settimeout(max(POLL_S, until - time.monotonic()))
    try:
        told = lines.readline()
    except TimeoutError:
        return None
    return msgspec.json.decode(told, type=Progress) if told.endswith(b"\n") else None


def _over(ended: ReleaseEnded) -> int:
    """Say that a release is rolled back already."""
    say(end_in_words(ended))
    return ExitCode.PROMOTED


def end_in_words(ended: ReleaseEnded) -> str:
    """Say how a release ended, and why."""
    return literal(f"{ended.outcome.replace('_', ' ').upper()}: {ended.reason}", longest=LONGEST_LINE)


class _Wait:
    """Waits until a release is rolled back, and tells each attempt that failed."""

    def __init__(self, folder: Path, *, until: float) -> None:
        self._folder = folder
        self._until = until
        self._failures = 0
        self._words = "the worker has not answered yet"
        self.alone = False
        """Whether the last thing heard was that nobody is there."""

    def hear(self, back: Progress | None) -> int | None:
        """Take in what was said, or that nothing was; gives the exit code once it is over."""
        self.alone = back is None and worker_of(self._folder) is None
        if back is not None:
            self._words = literal(back.words, longest=LONGEST_LINE)
            self._tell(back)
            if back.is_back:
                say(self._words)
                return ExitCode.PROMOTED
            if back.exit_code is not None:
                say(f"not rolled back: {self._words}", err=True)
                return back.exit_code or ExitCode.ROLLBACK_NOT_CONFIRMED
        if time.monotonic() > self._until:
            say(f"{self._words}; the worker goes on trying", err=True)
            return ExitCode.ROLLBACK_NOT_CONFIRMED
        return None

    def _tell(self, back: Progress) -> None:
        if back.failures != self._failures:
            self._failures = back.failures
            if back.failures and not back.is_back:
                say(self._words, err=True)
