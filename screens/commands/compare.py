"""`pithead compare`."""

from __future__ import annotations

import click
import msgspec

from console.compare.align import align
from console.compare.words import differences, plans_differ, table
from console.errors import ExitCode
from console.plan.literal import literal_json
from console.release.events import Record, ReleaseOpened
from screens.replay.opening import recording_of
from screens.say import say


@click.command()
@click.argument("first", metavar="FILE|RELEASE")
@click.argument("second", metavar="FILE|RELEASE")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(first: str, second: str, *, as_json: bool) -> int:
    """Lay two recorded releases beside each other, stage by stage."""
    one, other = (recording_of(name).all_records() for name in (first, second))
    rows = align(one, other)
    if as_json:
        say(literal_json(msgspec.json.encode(rows)))
        return ExitCode.PROMOTED
    names = _name(one), _name(other)
    for line in table(rows, names=names):
        say(line)
    say()
    differ = plans_differ(one, other)
    for sentence in (*((differ,) if differ else ()), *differences(rows, names=names)):
        say(f"- {sentence}")
    return ExitCode.PROMOTED


def _name(records: tuple[Record, ...]) -> str:
    opened = records[0].event
    assert isinstance(opened, ReleaseOpened)
    return opened.release
