"""`pithead resume`."""

from __future__ import annotations

from pathlib import Path

import click
from msgspec.structs import replace

from console.alive import worker_of
from console.errors import UsageError
from console.journal import Past, read_past
from console.order import Order, read_order
from console.person import who_is_there
from console.places import journal_of, order_of
from screens.commands.found import named
from screens.commands.options import headless_options


@click.command()
@click.argument("release")
@headless_options
def command(release: str, *, output: str, headless: bool) -> int:
    """Go on with RELEASE, whose worker died: by a crash, a kill, or the machine's restart.

    What became of the last write is read from the router. A rollback under way goes on at once. Otherwise the
    release holds until space lets it go forward; with --headless, until one look at the evidence.
    """
    folder = named(release)
    past = _dead(folder)
    order = _order(folder, attended=not headless)
    if headless:
        from console.release.fold import fold_all  # noqa: PLC0415 - the worker's process does it otherwise
        from screens.foreground import run_in_foreground  # noqa: PLC0415 - only this path needs asyncio

        before = fold_all(past.records) if past.records else None
        return run_in_foreground(order, folder, output=output, release=before)
    from screens.watch import run_with_screen  # noqa: PLC0415 - imports textual

    return run_with_screen(order, folder)


def _dead(folder: Path) -> Past:
    """Give the journal of a release that nobody drives and that has not ended."""
    pid = worker_of(folder)
    if pid is not None:
        raise UsageError(f"{folder.name} is driven by process {pid}", hint=f"pithead attach {folder.name}")
    past = read_past(journal_of(folder))
    if past.ended is not None:
        raise UsageError(f"{folder.name} has ended: {past.ended.outcome.replace('_', ' ')}")
    return past


def _order(folder: Path, *, attended: bool) -> Order:
    order = read_order(order_of(folder))
    return replace(order, person=who_is_there(), attended=attended, take_over=None)
