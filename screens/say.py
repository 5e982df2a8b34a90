"""The one way in which a command speaks to a terminal or a pipe: nothing that it says can act on it.

Words come from plans, clusters, journals and people. What can't be printed is shown as an escape here, so
that no command needs to think of it.
"""

from __future__ import annotations

import io

import click

from console.plan.literal import literal


def say(words: str = "", *, err: bool = False) -> None:
    """Say one line or several, on standard output or on standard error."""
    for line in words.split("\n"):
        click.echo(literal(line, longest=len(line)), err=err)  # noqa: TID251 - here it is harmless


def say_why(error: click.ClickException) -> None:
    """Say what was wrong with the words of a command, and where its help is."""
    told = io.StringIO()
    error.show(told)
    say(told.getvalue().rstrip("\n"), err=True)
