"""Running a kubeconfig's credential plugin, as kubectl does, but for the keyboard.

The Kubernetes client would run it too, but lets it read the terminal's keyboard, prints its failure through
the root logger, and then goes on as an anonymous user.
"""

from __future__ import annotations

import atexit
import base64
import json
import os
import re
import selectors
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from console.access.credential import Credential, can_be_shown, end_of
from console.access.tether import tethered
from console.errors import Denied
from console.plan.units import words_bytes

Json = dict[str, Any]

PLUGIN_TIMEOUT_S = 60.0
"""A plugin may ask a browser or a token service; calls that wait for it give up earlier by themselves."""
LAST_OUTPUT_S = 1.0
"""After its end a plugin's output is awaited for so long: a child of it may hold the pipe open for ever."""
_GLANCE_S = 0.2
MOST_OUTPUT_BYTES = 2**20
"""A credential with a chain of certificates has some 20 KB; what prints without end would fill the memory."""
LAST_WORDS_BYTES = 2**16
"""As much of a plugin's complaints is kept: their last line is what is told."""
_PIECE_BYTES = 2**16
LONGEST_WORDS = 200
CLUSTER_INFO = "client.authentication.k8s.io/exec"
"""The extension of a cluster that holds what its plugin is given."""
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_TOKEN = re.compile(r"[\w.~+/=-]+")
"""What a bearer token is made of, RFC 6750; JSON has braces."""
LOGINS = {
    "aws": "Run `aws sso login`, or renew the keys that the AWS profile uses.",
    "aws-iam-authenticator": "Run `aws sso login`, or renew the keys that the AWS profile uses.",
    "gke-gcloud-auth-plugin": "Run `gcloud auth login`.",
    "kubelogin": "Run `az login`, or `kubelogin get-token` once in a terminal.",
    "kubectl-oidc_login": "Run `kubectl oidc-login get-token` once in a terminal.",
    "tsh": "Run `tsh login`.",
    "doctl": "Run `doctl auth init`.",
    "oci": "Run `oci session authenticate`.",
}
"""What logs a person in anew, by the plugin that they have."""
_NOT_INSTALLED = "Install it, or check the user's exec section."
_BY_HAND = "Run `kubectl get pods` once in this terminal: it uses the same plugin."


_RUNNING: set[subprocess.Popen[bytes]] = set()


@atexit.register
def _end_all() -> None:
    """Leave no plugin behind that hangs when this process ends."""
    for process in tuple(_RUNNING):
        _kill(process)


def name_of(plugin: Json) -> str:
    """Give the plugin's name without its folder."""
    return os.path.basename(str(plugin.get("command") or ""))  # noqa: PTH119 - a command, not a file


def login_of(plugin: Json) -> str:
    """Say what a person runs to log in anew."""
    return LOGINS.get(name_of(plugin), str(plugin.get("byHand") or _BY_HAND))


def run_plugin(plugin: Json, *, cluster: Callable[[], Json], bare: bool = False) -> Credential:
    """Run the plugin once, without a keyboard, and read its credential.

    With `bare` a token alone is taken too, in one line, as `gcloud auth print-access-token` prints it. Raises
    `Denied` with the plugin's own last line where it fails, or where it has not ended in time; then it is
    killed together with all that it started.
    """
    command = [str(plugin.get("command") or ""), *map(str, plugin.get("args") or ())]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env=_environment(plugin, cluster),
        )
    except FileNotFoundError:
        hint = _plain(str(plugin.get("installHint") or "")) or _NOT_INSTALLED
        raise _failed(plugin, "it is not installed", hint=hint) from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", "") or type(error).__name__
        raise _failed(plugin, f"it could not be run ({why})") from None
    _RUNNING.add(process)
    try:
        with tethered(process.pid):
            output, said = _heard(process, plugin)
    finally:
        _RUNNING.discard(process)
    if process.returncode:
        lines = _plain(said.decode(errors="replace")) or f"exit code {process.returncode}"
        raise _failed(plugin, lines)
    if bare and (token := _bare_token(output)):
        return Credential(authorization=f"Bearer {token}", expires_at=end_of(token))
    return _credential(plugin, output)


def _heard(process: subprocess.Popen[bytes], plugin: Json) -> tuple[bytes, bytes]:
    """Read what it says until it ends; whatever it has started does not outlive its time.

    No more is kept than a credential may have, and of its complaints only the end.
    """
    out, complaints = process.stdout, process.stderr
    assert out is not None
    assert complaints is not None
    output, said = bytearray(), bytearray()
    until = time.monotonic() + PLUGIN_TIMEOUT_S
    try:
        with selectors.PollSelector() as selector:
            selector.register(out, selectors.EVENT_READ, output)
            selector.register(complaints, selectors.EVENT_READ, said)
            while selector.get_map() or not _has_ended(process):
                _read_on(selector)
                del said[:-LAST_WORDS_BYTES]
                if len(output) > MOST_OUTPUT_BYTES:
                    why = f"it printed more than {words_bytes(MOST_OUTPUT_BYTES)}, and was stopped"
                    raise _failed(plugin, why)
                if process.poll() is not None:
                    until = min(until, time.monotonic() + LAST_OUTPUT_S)
                if time.monotonic() > until:
                    if process.poll() is not None:
                        break
                    why = f"it has not ended within {PLUGIN_TIMEOUT_S:g} s, and was stopped"
                    raise _failed(plugin, why)
    finally:
        if process.poll() is None or time.monotonic() > until:
            _kill(process)
        process.wait()
        out.close()
        complaints.close()
    return bytes(output), bytes(said)


def _read_on(selector: selectors.BaseSelector) -> None:
    """Take what there is to read, or wait for it for an instant; a pipe that has ended is let go."""
    for key, _ in selector.select(_GLANCE_S) if selector.get_map() else ():
        piece = os.read(key.fd, _PIECE_BYTES)
        key.data.extend(piece)
        if not piece:
            selector.unregister(key.fileobj)


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Wait for its end for an instant: its output ends a little earlier."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(_GLANCE_S)
    return process.returncode is not None


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _environment(plugin: Json, cluster: Callable[[], Json]) -> dict[str, str]:
    spec: Json = {"interactive": False}
    if plugin.get("provideClusterInfo"):
        spec["cluster"] = cluster()
    info = {"apiVersion": plugin.get("apiVersion"), "kind": "ExecCredential", "spec": spec}
    added = {str(entry["name"]): str(entry.get("value") or "") for entry in plugin.get("env") or ()}
    return {**os.environ, **added, "KUBERNETES_EXEC_INFO": json.dumps(info)}


def cluster_info(cluster: Json, *, authorities: bytes) -> Json:
    """Write what a plugin is told of the cluster where it asks for it."""
    info: Json = {
        key: cluster[key]
        for key in ("server", "tls-server-name", "insecure-skip-tls-verify", "proxy-url")
        if cluster.get(key)
    }
    if authorities:
        info["certificate-authority-data"] = base64.b64encode(authorities).decode()
    for entry in cluster.get("extensions") or ():
        if isinstance(entry, dict) and entry.get("name") == CLUSTER_INFO:
            info["config"] = entry.get("extension")
    return info


def _bare_token(output: bytes) -> str:
    """Give the one line of a program that knows no ExecCredential; empty where that is not what it says."""
    text = output.decode(errors="replace").strip()
    return text if _TOKEN.fullmatch(text) else ""


def _credential(plugin: Json, output: bytes) -> Credential:
    try:
        said = json.loads(output)
        version, status = said.get("apiVersion"), said["status"]
        expires = status.get("expirationTimestamp")
        expires_at = datetime.fromisoformat(expires).timestamp() if expires else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _failed(plugin, "what it printed is not a credential") from None
    if version != plugin.get("apiVersion"):
        raise _failed(plugin, f"it was asked for {plugin.get('apiVersion')} and answered with {version}")
    token, certificate, key = (
        str(status.get(name) or "") for name in ("token", "clientCertificateData", "clientKeyData")
    )
    if bool(certificate) != bool(key):
        raise _failed(plugin, "it gave a certificate or a key, but not both")
    if not can_be_shown(token):
        raise _failed(plugin, "its token has a character that no token has")
    if not token and not certificate:
        raise _failed(plugin, "it gave neither a token nor a certificate")
    return Credential(
        authorization=f"Bearer {token}" if token else "",
        certificate=certificate.encode(),
        key=key.encode(),
        expires_at=expires_at,
    )


def _plain(text: str) -> str:
    """Give the last line that says something, cut, without what colours it."""
    lines = [line.strip() for line in _ANSI.sub("", text).splitlines() if line.strip()]
    return "".join(letter for letter in (lines or [""])[-1] if letter.isprintable())[:LONGEST_WORDS]


def _failed(plugin: Json, why: str, *, hint: str = "") -> Denied:
    return Denied(
        f"The credential plugin {name_of(plugin)} failed: {why.rstrip('.')}.", hint=hint or login_of(plugin)
    )
