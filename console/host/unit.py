"""The systemd user unit that takes up a host's releases after a restart, as text."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

NAME = "pithead-resume.service"
CARRIED = ("PITHEAD_HOME", "XDG_STATE_HOME", "KUBECONFIG", "PATH")
"""What a worker needs to find its releases, its cluster, and the login helpers of a kubeconfig."""
SECRETS_FILE = ".config/pithead/environment"

_UNIT = """\
# Written by pithead install-unit. When this user's systemd starts, every release that has not ended and has
# no worker gets one again; it reads the router first, and holds until a person lets it go on.
[Unit]
Description=Take up the releases of pithead that a restart interrupted
After=network.target

[Service]
Type=oneshot
RemainAfterExit=yes
# The workers stay when the unit is stopped or installed anew: they end with their releases.
KillMode=process
{environment}
# Addresses and tokens that plans find by env:NAME, one NAME=value a line; keep it private.
EnvironmentFile=-%h/{secrets}
ExecStart={command}

[Install]
WantedBy=default.target
"""


def unit(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """Write the unit that runs `command`, with what of `environment` a worker needs."""
    carried = (f"{name}={environment[name]}" for name in CARRIED if environment.get(name))
    return _UNIT.format(
        environment="\n".join(f"Environment={_quoted(setting)}" for setting in carried),
        secrets=SECRETS_FILE,
        command=" ".join(_quoted(word, dollars=True) for word in command),
    )


def unit_path(environment: Mapping[str, str] = os.environ) -> Path:
    """Give where this user's units lie."""
    config = environment.get("XDG_CONFIG_HOME")
    return (Path(config) if config else Path.home() / ".config") / "systemd" / "user" / NAME


def _quoted(word: str, *, dollars: bool = False) -> str:
    """Quote by systemd.syntax(7): a percent sign begins a specifier, in a command a dollar a variable."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("\n", "\\n")
    return f'"{escaped.replace("$", "$$") if dollars else escaped}"'
