"""The program on the shell: finds the command that was called, and turns what goes wrong into a sentence."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from console.errors import ExitCode, PitheadError, PlanError
from console.version import VERSION
from screens.commands import ASKED, SUMMARIES
from screens.say import say, say_lost, say_why
from screens.streams import OutputLostError, let_go, trouble_with


class Commands(click.Group):
    """Commands that are loaded when they are called, and not for a list of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's names
        """Give all names in the order of the help."""
        return list(SUMMARIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """Load one command; None where there is none of this name."""
        if cmd_name not in SUMMARIES:
            return None
        if cmd_name in ASKED:
            from screens.commands.asked import asking  # noqa: PLC0415 - no other command waits for it

            return asking(cmd_name)
        found = import_module(f"screens.commands.{cmd_name.replace('-', '_')}").command
        assert isinstance(found, click.Command)
        found.name = cmd_name
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """List the commands by what is known of them without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="pithead")
def cli() -> None:
    """Drive a canary release, see both versions, pull it back, and know why."""


def main() -> None:
    """Run a command and leave with its exit code; an error of ours is a sentence, never a traceback."""
    try:
        code = _run()
    except OutputLostError as error:
        code = _lost(error.why)
    except OSError as error:
        if not _is_of_a_help(error):
            raise
        code = _lost(error)
    except SystemExit:  # click's, where who read that went away
        code = ExitCode.USAGE
    for stream in (
        sys.stdout,
        sys.stderr,
    ):  # else Python complains of them at its end, with a code of its own
        if trouble_with(stream) is not None:
            let_go(stream)
    sys.exit(code)


def _run() -> int:
    try:
        code: int = cli.main(prog_name="pithead", standalone_mode=False)
    except PlanError as error:
        # Bare, so that an editor can jump to file:line:column.
        say(str(error) if error.problems else f"pithead: {error}", err=True)
        return error.exit_code
    except PitheadError as error:
        say(f"pithead: {error}", err=True)
        if error.hint:
            say(f"         {error.hint}", err=True)
        return error.exit_code
    except click.ClickException as error:
        say_why(error)
        return ExitCode.USAGE
    except click.Abort:
        say("pithead: interrupted", err=True)
        return ExitCode.USAGE
    return code


def _is_of_a_help(error: OSError) -> bool:
    """Whether click could not write what it writes by itself."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return frame is not None and frame.tb_frame.f_globals.get("__name__") == click.utils.__name__


def _lost(error: OSError) -> ExitCode:
    let_go(sys.stdout)
    say_lost(error)
    return ExitCode.USAGE
