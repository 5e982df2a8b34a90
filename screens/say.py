"""The one way in which a command speaks to a terminal or a pipe: nothing that it says can act on it.

Words come from plans, clusters, journals and people. What can't be printed is shown as an escape here, so
that no command needs to think of it. Nor does it of a stream that takes nothing: a command that only tells
ends there, and one that acts goes on.
"""

from __future__ import annotations

import io
import sys

import click

from console.plan.literal import literal
from screens.commands import ACTS
from screens.streams import OutputLostError, let_go


def say(words: str = "", *, err: bool = False) -> None:
    """Say one line or several, on standard output or on standard error.

    Raises OutputLostError where a command that only tells can't tell on standard output.
    """
    for line in words.split("\n"):
        try:
            click.echo(literal(line, longest=len(line)), err=err)  # noqa: TID251 - here it is harmless
        except OSError as error:
            if not err and not _acts():
                raise OutputLostError(error) from error
            let_go(sys.stderr if err else sys.stdout)
            if not err:
                say_lost(error)


def say_lost(error: OSError) -> None:
    """Say that standard output has not taken what was said; a reader who went away wants no word of it."""
    if not isinstance(error, BrokenPipeError):
        say(f"pithead: standard output takes nothing: {error.strerror}", err=True)


def _acts() -> bool:
    """Whether the command does more than tell: then its deed and its exit code matter more than its words."""
    context = click.get_current_context(silent=True)
    return context is not None and context.find_root().invoked_subcommand in ACTS


def say_why(error: click.ClickException) -> None:
    """Say what was wrong with the words of a command, and where its help is."""
    told = io.StringIO()
    error.show(told)
    say(told.getvalue().rstrip("\n"), err=True)
