"""`pithead compare`."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from console.compare.align import align
from console.compare.comparison_words import LONGEST_NAME, differences, plans_differ, table
from console.errors import ExitCode
from console.plan.literal import literal_json
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
    names = _names(first, second)
    for line in table(rows, names=names):
        say(line)
    say()
    differ = plans_differ(one, other)
    for sentence in (*((differ,) if differ else ()), *differences(rows, names=names)):
        say(f"- {sentence}")
    return ExitCode.PROMOTED


def _names(first: str, second: str) -> tuple[str, str]:
    """Call both as they were given; long paths by their files, and where these are alike by their order."""
    for one, other in ((first, second), (Path(first).name, Path(second).name)):
        if one != other and max(len(one), len(other)) <= LONGEST_NAME:
            return one, other
    return "first", "second"
