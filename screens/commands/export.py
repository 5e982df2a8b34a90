"""`pithead export`."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import click

from console.errors import ExitCode, UsageError
from console.plan.literal import quoted
from console.replay.recording import Recording
from screens.commands.output import OUTPUT, deliver
from screens.replay.opening import course_of, recording_of

LEAST_CELLS, MOST_CELLS = 20, 500


@click.command()
@click.argument("recording", metavar="[FILE|RELEASE|-]", required=False)
@click.option("--csv", "form", flag_value="csv", help="The evidence, a line a look.")
@click.option("--openmetrics", "form", flag_value="openmetrics", help="For promtool and so Prometheus.")
@click.option("--asciicast", "form", flag_value="asciicast", help="The screen as a film for asciinema.")
@click.option("--svg", "form", flag_value="svg", help="The screen at --at as a picture.")
@click.option(
    "--packed", "form", flag_value="packed", help="As pithead itself: the whole recording in 75 bytes a look."
)
@click.option(
    "--at", default="end", metavar="T", help="14:02:11, +5m, stage 3, 50%, end, which is the default."
)
@click.option("--size", default="120x40", show_default=True, help="Of the screen, in cells.")
@OUTPUT
def command(recording: str | None, form: str | None, at: str, size: str, output: Path | None) -> int:
    """Give a recording in the format of another tool, or small."""
    if form is None:
        raise UsageError("no form is named", hint="add --csv, --openmetrics, --asciicast, --svg, --packed")
    opened = recording_of(recording)
    deliver(_product(form, opened, at=at, size=size), output)
    return ExitCode.PROMOTED


def _product(form: str, recording: Recording, *, at: str, size: str) -> str | bytes:
    match form:
        case "packed":
            return b"".join(recording.packed())
        case "csv":
            from console.export.table import table  # noqa: PLC0415 - one form is made, not all

            return table(recording.all_records())
        case "openmetrics":
            from console.export.openmetrics import openmetrics  # noqa: PLC0415 - as above

            return openmetrics(recording.all_records())
        case _:
            return _screen(form, recording, at=at, size=size)


def _screen(form: str, recording: Recording, *, at: str, size: str) -> str:
    from screens.asciicast import Size, film, picture  # noqa: PLC0415 - imports textual
    from screens.replay.headless import moment_or_error  # noqa: PLC0415 - for pictures only

    cells = Size(*_cells(size))
    if form == "asciicast":
        return asyncio.run(film(recording.all_records(), size=cells))
    moment = moment_or_error(at, course_of(recording))
    return asyncio.run(picture(recording.all_records(), at=moment, size=cells))


def _cells(size: str) -> tuple[int, int]:
    found = re.fullmatch(r"([0-9]{1,4})x([0-9]{1,4})", size)
    cells = (int(found[1]), int(found[2])) if found else (0, 0)
    if not all(LEAST_CELLS <= side <= MOST_CELLS for side in cells):
        hint = f"write one like 120x40, each side from {LEAST_CELLS} to {MOST_CELLS}"
        raise UsageError(f"{quoted(size)} is no size of a screen", hint=hint)
    return cells
