"""The commands that a person can give. Each name of `Command` has a module here that is called like it."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from console.command import Command
from console.policy.spec import Spec
from console.release.event import Commanded


@cache
def spec_of(command: Command) -> Spec:
    """Return what is particular to a command; raises TypeError where its module has no `SPEC`."""
    # Imported by its name: a command is added as a file, and no list has to be kept beside it.
    spec = getattr(import_module(f"{__name__}.{command}"), "SPEC", None)
    if not isinstance(spec, Spec):
        raise TypeError(f"console/policy/commands/{command}.py has no SPEC")
    return spec


@cache
def command_of(kind: type[Commanded]) -> Command:
    """Return the command that leaves such an event on record."""
    return next(command for command in Command if spec_of(command).event is kind)
