"""`pithead schema`."""

from __future__ import annotations

import json

import click

from console.errors import ExitCode
from console.plan.schema import json_schema


@click.command()
def command() -> int:
    """Print the JSON Schema of a plan, for editors."""
    click.echo(json.dumps(json_schema(), indent=2))
    return ExitCode.PROMOTED
