"""`pithead check`."""

from __future__ import annotations

from pathlib import Path

import click

from console.errors import ExitCode
from console.plan.load import load_plan
from console.plan.words import describe
from screens.commands.options import PLAN


@click.command()
@PLAN
def command(plan_file: Path) -> int:
    """Print the release of PLAN as it would run, or everything that is wrong with it."""
    click.echo(describe(load_plan(plan_file)))
    return ExitCode.PROMOTED
