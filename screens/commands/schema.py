"""`pithead schema`."""

from __future__ import annotations

import json

import click

from console.errors import ExitCode
from console.plan.schema import json_schema
from screens.say import say


@click.command()
def command() -> int:
    """Print the JSON Schema of a plan, for editors."""
    say(json.dumps(json_schema(), indent=2))
    return ExitCode.PROMOTED
