"""A rollback where no worker lives: by a new one, whose first act it is."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

from console.errors import ControlError, ExitCode, JournalError, UsageError
from console.host.early import DIED, EarlyWorker
from console.host.launch import hand_over
from console.host.order import (
    Order,
    Reach,
    order_in_place,
    order_to_roll_back,
    order_to_undo,
    read_order,
    write_order,
)
from console.host.person import who_is_there
from console.host.places import (
    journal_of,
    log_of,
    new_release_folder,
    order_of,
    release_name,
    releases_folder,
)
from console.journal.ends import ends_of
from console.plan.literal import literal
from console.policy.progress import Progress
from console.release.events import Outcome, ReleaseEnded
from screens.commands.meant import led_by, refuse_elsewhere
from screens.commands.options import refuse_read_only
from screens.commands.until_back import LONGEST_LINE, UntilBack
from screens.say import say

LEAST_WAIT_S = 0.05
"""A worker's word is waited for at least so long, also where the time is over."""


def by_a_new_worker(
    folder: Path, *, reason: str, until: float, early: EarlyWorker | None, way: Reach | None = None
) -> int:
    """Roll back a release whose worker is dead, by `early` where one was started already.

    Raises `AnotherCluster` where the `way` that a person has named leads to another one than the release's.
    """
    if (ended := ended_in(folder)) is not None:
        if early is not None:
            early.close()
        if ended.outcome is Outcome.ROLLED_BACK:
            say(end_in_words(ended))
            return ExitCode.PROMOTED
        return _undone(folder, ended, reason=reason, until=until, way=way)
    refuse_read_only()
    order = _led(order_to_roll_back(order_of(folder), who_is_there(), reason=reason), way)
    words = (f"the worker of {folder.name} is dead: another one is started, to roll back",)
    return driven(order, folder, until=until, words=words, early=early)


def beside_its_worker(folder: Path, *, reason: str, until: float, way: Reach) -> int:
    """Roll back what a worker drives that does not get there, by a release that goes another way."""
    refuse_read_only()
    words = f"the worker of {folder.name} does not get there by its own way: {{new}} takes its traffic back"
    return _by_its_own(folder, order_in_place, words, reason=reason, until=until, way=way)


def _led(order: Order, way: Reach | None) -> Order:
    """Give the order by the way that a person has named, which is looked at before it is gone."""
    if way is None:
        return order
    order = led_by(order, way)
    refuse_elsewhere(order)
    return order


def ended_in(folder: Path) -> ReleaseEnded | None:
    """Say how the release of this folder ended; None where it has not, or its journal does not say."""
    try:
        return ends_of(journal_of(folder)).ended
    except JournalError:
        return None


def end_in_words(ended: ReleaseEnded) -> str:
    """Say how a release ended, and why."""
    return literal(f"{ended.outcome.replace('_', ' ').upper()}: {ended.reason}", longest=LONGEST_LINE)


def _undone(folder: Path, ended: ReleaseEnded, *, reason: str, until: float, way: Reach | None) -> int:
    """Take back the traffic of a release that has ended, by a release of its own."""
    if ended.outcome is Outcome.REFUSED:
        raise UsageError(f"{folder.name} has moved no traffic: {end_in_words(ended)}")
    refuse_read_only()
    words = f"{folder.name} has ended, {ended.outcome.replace('_', ' ')}: {{new}} takes it back"
    return _by_its_own(folder, order_to_undo, words, reason=reason, until=until, way=way)


def _by_its_own(
    folder: Path, order_for: Callable[..., Order], words: str, *, reason: str, until: float, way: Reach | None
) -> int:
    """Take back the traffic of this folder's release by one of its own, which is `{new}` in the words."""
    was = read_order(order_of(folder))
    new, trouble = folder_for(was.plan.service)
    order = _led(order_for(order_of(folder), who_is_there(), release=new.name, reason=reason), way)
    with suppress(UsageError):  # a full disk: the order is handed over
        write_order(order_of(new), order)
    return driven(order, new, until=until, words=(trouble, words.replace("{new}", new.name)))


def folder_for(service: str) -> tuple[Path, str]:
    """Make a folder for the record, and give it; on a disk that takes none where it would be, and why."""
    now = time.time()
    try:
        return new_release_folder(service, now=now), ""
    except UsageError as error:
        folder = releases_folder() / release_name(service, at=now)
        return folder, f"{error}: this rollback will not be on record"


def driven(
    order: Order, folder: Path, *, until: float, words: Iterable[str] = (), early: EarlyWorker | None = None
) -> int:
    """Let a new worker drive an order whose first act is the rollback, and wait for what it says.

    `words` are said once it has its order: a reader who does not read would keep it waiting.
    """
    wait = UntilBack(folder, until=until)
    with hand_over(order, early or EarlyWorker(folder)) as line, line.makefile("rb") as lines:
        for each in filter(None, words):
            say(each, err=True)
        while (code := wait.hear(_heard(line, lines, until=until))) is None:
            if wait.alone:
                log = f"see {log_of(folder)}"
                raise ControlError(f"{folder.name}: {DIED}", hint=log)
    return code


def _heard(line: socket.socket, lines: BinaryIO, *, until: float) -> Progress | None:
    """Wait for the next word of a worker that was started to roll back; None where there is none in time."""
    line.settimeout(max(LEAST_WAIT_S, until - time.monotonic()))
    try:
        told = lines.readline()
    except TimeoutError:
        return None
    return msgspec.json.decode(told, type=Progress) if told.endswith(b"\n") else None
