"""`pithead export`."""

from __future__ import annotations

from pathlib import Path

import click

from console.errors import ExitCode, UsageError
from screens.commands.output import OUTPUT, deliver
from screens.commands.recorded import read


@click.command()
@click.argument("recording", metavar="[FILE|RELEASE|-]", required=False)
@click.option("--csv", "form", flag_value="csv", help="The evidence, a line a look.")
@click.option("--openmetrics", "form", flag_value="openmetrics", help="For promtool and so Prometheus.")
@OUTPUT
def command(recording: str | None, form: str | None, output: Path | None) -> int:
    """Give a recording in the format of another tool."""
    if form is None:
        raise UsageError("no format is named", hint="add --csv or --openmetrics")
    records = read(recording).records
    if form == "csv":
        from console.export.table import table  # noqa: PLC0415 - one form is made, not all

        deliver(table(records), output)
    else:
        from console.export.openmetrics import openmetrics  # noqa: PLC0415 - as above

        deliver(openmetrics(records), output)
    return ExitCode.PROMOTED
