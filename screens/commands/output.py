"""Where a command's product goes: to a file, whole or not at all, or to standard output."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from console.errors import UsageError
from screens.streams import OutputLostError

OUTPUT = click.option(
    "-o",
    "--output",
    "output",
    type=click.Path(path_type=Path),
    help="Write to this file, not to the terminal.",
)


def goes_to_a_terminal(output: Path | None) -> bool:
    """Whether a person reads the product right here."""
    return output is None and sys.stdout.isatty()


def deliver(product: str | bytes, output: Path | None) -> None:
    """Write the product; a file that is there is replaced in one step, so that nobody reads half of it."""
    if output is not None:
        _replace(output, product if isinstance(product, bytes) else product.encode())
    elif isinstance(product, str):
        _pass_on(product.encode() + (b"" if product.endswith("\n") else b"\n"))
    elif goes_to_a_terminal(output):
        raise UsageError("this is nothing that a terminal can show", hint="-o names a file")
    else:
        _pass_on(product)


def _pass_on(data: bytes) -> None:
    """Write it as a file would be: UTF-8, whatever the locale's encoding is."""
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
    except OSError as error:
        raise OutputLostError(error) from error


def _replace(output: Path, data: bytes) -> None:
    beside = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        beside.write_bytes(data)
        beside.replace(output)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise UsageError(
            f"{output} can't be written: {error.strerror}", hint="-o names another place"
        ) from error
