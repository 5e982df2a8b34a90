"""`pithead install-unit`."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
from pathlib import Path

import click

from console.errors import ClusterError, ExitCode, UsageError
from console.host.unit import NAME, unit, unit_path
from console.identity import Resolved
from console.interpreter import own_module
from screens.say import say

VERIFY_WITHIN_S = 20.0


@click.command()
@click.option("--print", "prints", is_flag=True, help="Only show the unit; write nothing.")
def command(*, prints: bool) -> int:
    """Write a systemd user unit that takes up this host's releases after a restart, each holding first."""
    text = unit(own_module("screens", "resume", "--all"), os.environ, way=_way())
    if prints:
        say(text.rstrip("\n"))
        return ExitCode.PROMOTED
    path = unit_path()
    _write(path, text)
    say(f"written: {path}")
    for complaint in _complaints(path):
        say(f"systemd-analyze: {complaint}", err=True)
    say(f"to begin:                  systemctl --user enable {NAME}")
    say(f"to run without a login:    loginctl enable-linger {getpass.getuser()}")
    return ExitCode.PROMOTED


def _way() -> Resolved | None:
    """Give what leads to a cluster here and now; None where nothing does."""
    from console.cluster.resolve import resolve  # noqa: PLC0415 - imports yaml

    try:
        return resolve(kubeconfig=None, context=None, namespace=None, variables=os.environ)
    except ClusterError:
        return None


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{path} can't be written: {error.strerror}",
            hint="--print only shows the unit",
        ) from error


def _complaints(path: Path) -> list[str]:
    """Ask systemd what it thinks of the unit, where systemd is."""
    if shutil.which("systemd-analyze") is None:
        return []
    try:
        asked = subprocess.run(
            ["systemd-analyze", "--user", "verify", str(path)],
            capture_output=True,
            text=True,
            check=False,
            timeout=VERIFY_WITHIN_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [line for line in asked.stderr.splitlines() if path.name in line]
