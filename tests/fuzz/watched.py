"""One input, watched: whatever it does but give harmless text or an error of ours is a find."""

from __future__ import annotations

import resource
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from msgspec import Struct

from console.errors import PitheadError
from tests import machine

CPU_S = 10.0 * machine.slowness()
"""An input that works longer than this hangs."""
WALL_S = 120.0
"""One that does nothing for longer than this hangs too."""
MEMORY_BYTES = 1024 * 2**20
"""More than this beside what was there before is too much for one input."""


class Wrong(Exception):  # noqa: N818 - a find, not a failure of the fuzzer
    """What an input did is not what it may do."""


class Hung(Wrong):
    """It would not end."""


class Find(Struct, frozen=True, kw_only=True):
    """An input that did what no input may do."""

    what: str
    """The kind of error and the place of ours where it was raised: alike for all inputs that do the same."""
    trace: str


def watch(feed: Callable[[], None]) -> Find | None:
    """Run one input; an error of ours is an answer."""
    try:
        with _within_bounds():
            feed()
    except PitheadError:
        return None
    except Exception as error:  # noqa: BLE001 - this is what is looked for
        return Find(what=_kind_of(error), trace=traceback.format_exc())
    return None


@contextmanager
def _within_bounds() -> Iterator[None]:
    before = [signal.signal(sign, _hung) for sign in (signal.SIGPROF, signal.SIGALRM)]
    signal.setitimer(signal.ITIMER_PROF, CPU_S)
    signal.setitimer(signal.ITIMER_REAL, WALL_S)
    try:
        with _room(MEMORY_BYTES):
            yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        for sign, handler in zip((signal.SIGPROF, signal.SIGALRM), before, strict=True):
            signal.signal(sign, handler)


def _hung(_sign: int, _frame: FrameType | None) -> None:
    raise Hung(f"it works for more than {CPU_S:g} s, or waits for more than {WALL_S:g} s")


@contextmanager
def _room(most: int) -> Iterator[None]:
    """Let memory grow by so much at most: beyond it Python raises a MemoryError."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_used() + most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _used() -> int:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
    return int(pages) * resource.getpagesize()


def _kind_of(error: Exception) -> str:
    if isinstance(error, Wrong):
        return f"{type(error).__name__}: {str(error)[:60]}"
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/console/" in frame.filename or "/screens/" in frame.filename]
    place = f"{'/'.join(ours[-1].filename.split('/')[-3:])}:{ours[-1].name}" if ours else "outside"
    return f"{type(error).__name__} in {place}"
