"""`pithead attach`."""

from __future__ import annotations

import click

from screens.commands.found import folder_of
from screens.watch import watch


@click.command()
@click.argument("release", required=False)
def command(release: str | None) -> int:
    """Come back to RELEASE, or to the newest one."""
    return watch(folder_of(release))
