"""A command typed in this very process: what comes out is looked at as whoever reads it would."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from msgspec import Struct

from screens import cli
from tests.fuzz import shown
from tests.fuzz.watched import Wrong

Check = Callable[[str], str]


class Said(Struct, frozen=True, kw_only=True):
    """What a command answered."""

    code: int
    out: str
    err: str


def typed(*args: str, check: Check = shown.terminal, stdin: bytes = b"") -> Said:
    """Type a command; raises `Wrong` where what it says could harm, and whatever the command raises."""
    with _streams(stdin) as (out, err):
        code = _run(args)
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        said = Said(code=code, out=out.getvalue().decode(), err=err.getvalue().decode())
    for found in (said.out and check(said.out), shown.terminal(said.err)):
        if found:
            raise Wrong(f"{args[0]}: {found}")
    return said


def _run(args: tuple[str, ...]) -> int:
    before, sys.argv = sys.argv, ["pithead", *args]
    try:
        cli.main()
    except SystemExit as end:
        return int(end.code or 0)
    finally:
        sys.argv = before
    raise Wrong(f"{args[0]} did not end with an exit code")


@contextmanager
def _streams(stdin: bytes) -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    """Put files of our own where a terminal's are: UTF-8, and as strict as they are."""
    before = sys.stdin, sys.stdout, sys.stderr
    out, err = io.BytesIO(), io.BytesIO()
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    sys.stdout = io.TextIOWrapper(out, encoding="utf-8")
    sys.stderr = io.TextIOWrapper(err, encoding="utf-8", errors="backslashreplace")
    try:
        yield out, err
    finally:
        sys.stdin, sys.stdout, sys.stderr = before
