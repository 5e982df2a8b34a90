"""`pithead verify`."""

from __future__ import annotations

import click

from console.errors import ExitCode
from console.journal.verify import verify
from console.replay.source import lines_at
from screens.replay.opening import recording_path
from screens.say import say


@click.command()
@click.argument("journal", metavar="[FILE|RELEASE|-]", required=False)
def command(journal: str | None) -> int:
    """Say whether a journal is whole, and where it is not: a FILE, a RELEASE, or the newest release.

    Each line carries a hash of itself and of the line before. The end of the chain that is printed is one
    number for all of it: kept elsewhere, it shows tomorrow that nothing was written anew. Exit code 0: whole.
    """
    findings = verify(lines_at(recording_path(journal)))
    for line in findings.in_words():
        say(line)
    return ExitCode.PROMOTED if findings.whole else ExitCode.USAGE
