"""The systemd user unit that takes up a host's releases after a restart, as text."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from console.identity import Resolved, environment_of

NAME = "pithead-resume.service"
CARRIED = ("PITHEAD_HOME", "XDG_STATE_HOME", "PATH")
"""What a worker needs to find its releases and the login helpers of a kubeconfig."""
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
# What decides where calls go where a release of an older pithead does not have it on record: {way}
{environment}
# Addresses and tokens that plans find by env:NAME, one NAME=value a line; keep it private.
{credentials}EnvironmentFile=-%h/{secrets}
ExecStart={command}

[Install]
WantedBy=default.target
"""


def unit(command: Sequence[str], environment: Mapping[str, str], *, way: Resolved | None = None) -> str:
    """Write the unit that runs `command`, with what of `environment` a worker needs.

    `way` is what the words kubeconfig and context come to here and now; None where there is no way in.
    """
    deciding, credentials = environment_of(environment)
    carried = {name: environment[name] for name in CARRIED if environment.get(name)} | deciding
    if way is not None and way.files:
        carried["KUBECONFIG"] = way.path
    elif "KUBECONFIG" in carried:  # by a relative path systemd would look elsewhere
        files = (str(Path(file).absolute()) for file in carried["KUBECONFIG"].split(os.pathsep) if file)
        carried["KUBECONFIG"] = os.pathsep.join(files)
    return _UNIT.format(
        environment="\n".join(
            f"Environment={_quoted(f'{name}={carried[name]}')}" for name in sorted(carried)
        ),
        way=_way_told(way),
        credentials=_credentials_told(credentials),
        secrets=SECRETS_FILE,
        command=" ".join(_quoted(word, dollars=True) for word in command),
    )


def _way_told(way: Resolved | None) -> str:
    if way is None:
        return "no kubeconfig was found"
    files = f", of {way.path}" if way.files else ""
    return _one_line(f"the context {way.context}, which leads to {way.cluster.server}{files}")


def _credentials_told(names: Sequence[str]) -> str:
    """Name what was set and may hold secrets: it is not carried."""
    return f"# Set here, and not written down: {_one_line(', '.join(names))}.\n" if names else ""


def _one_line(text: str) -> str:
    """Let nothing of a kubeconfig end a comment and begin a line of the unit."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def unit_path(environment: Mapping[str, str] = os.environ) -> Path:
    """Give where this user's units lie."""
    config = environment.get("XDG_CONFIG_HOME")
    return (Path(config) if config else Path.home() / ".config") / "systemd" / "user" / NAME


def _quoted(word: str, *, dollars: bool = False) -> str:
    """Quote by systemd.syntax(7): a percent sign begins a specifier, in a command a dollar a variable."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("\n", "\\n")
    return f'"{escaped.replace("$", "$$") if dollars else escaped}"'
