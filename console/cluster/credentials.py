"""Running a kubeconfig's credential plugin.

The Kubernetes client would run it too, but lets it read the terminal's keyboard, prints its failure through
the root logger, and then goes on as an anonymous user.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
from datetime import datetime
from typing import Any

from msgspec import Struct

from console.errors import Denied

Json = dict[str, Any]

PLUGIN_TIMEOUT_S = 60.0
"""A plugin may ask a browser or a token service; calls that wait for it give up earlier by themselves."""


class Credential(Struct, frozen=True, kw_only=True):
    """What a plugin gave."""

    user: Json
    """The kubeconfig's user that stands for it."""
    expires_at: float | None
    """Seconds since the epoch; None where the plugin does not say."""


def run_plugin(plugin: Json, *, cluster: Json) -> Credential:
    """Run the plugin once, without a keyboard, and read its credential.

    Raises `Denied` with the plugin's own last line where it fails.
    """
    command = [str(plugin.get("command", "")), *map(str, plugin.get("args") or ())]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=PLUGIN_TIMEOUT_S,
            env=_environment(plugin, cluster),
        )
    except FileNotFoundError:
        raise _failed(command[0], "it is not installed", hint=str(plugin.get("installHint") or "")) from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _failed(command[0], f"it could not be run ({type(error).__name__})") from None
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {done.returncode}"]
        raise _failed(command[0], lines[-1][:200])
    return _credential(command[0], done.stdout)


def _environment(plugin: Json, cluster: Json) -> dict[str, str]:
    spec: Json = {"interactive": False}
    if plugin.get("provideClusterInfo"):
        spec["cluster"] = cluster
    info = {"apiVersion": plugin.get("apiVersion"), "kind": "ExecCredential", "spec": spec}
    added = {str(entry["name"]): str(entry["value"]) for entry in plugin.get("env") or ()}
    return {**os.environ, **added, "KUBERNETES_EXEC_INFO": json.dumps(info)}


def _credential(command: str, output: bytes) -> Credential:
    try:
        status = json.loads(output)["status"]
        expires = status.get("expirationTimestamp")
        expires_at = datetime.fromisoformat(expires).timestamp() if expires else None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _failed(command, "what it printed is not a credential") from None
    user: Json = {"token": status["token"]} if status.get("token") else {}
    for given, wanted in (
        ("clientCertificateData", "client-certificate-data"),
        ("clientKeyData", "client-key-data"),
    ):
        if status.get(given):
            user[wanted] = base64.b64encode(str(status[given]).encode()).decode()
    if not user:
        raise _failed(command, "it gave neither a token nor a certificate")
    return Credential(user=user, expires_at=expires_at)


def _failed(command: str, why: str, *, hint: str = "") -> Denied:
    return Denied(
        f"The credential plugin {os.path.basename(command)} failed: {why}.",  # noqa: PTH119 - a command, not a file
        hint=hint or "Run `kubectl get pods` once in this terminal: it uses the same plugin.",
    )
