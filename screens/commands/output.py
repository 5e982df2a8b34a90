"""Where a command's product goes: to a file, whole or not at all, or to standard output."""

from __future__ import annotations

import os
from pathlib import Path

import click

from console.errors import UsageError

OUTPUT = click.option(
    "-o",
    "--output",
    "output",
    type=click.Path(path_type=Path),
    help="Write to this file, not to the terminal.",
)


def deliver(product: str, output: Path | None) -> None:
    """Write the product; a file that is there is replaced in one step, so that nobody reads half of it."""
    if output is None:
        click.echo(product, nl=not product.endswith("\n"))  # noqa: TID251 - its format makes it harmless
        return
    beside = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        beside.write_text(product, encoding="utf-8")
        beside.replace(output)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise UsageError(
            f"{output} can't be written: {error.strerror}", hint="-o names another place"
        ) from error
