"""Finding the cluster as kubectl finds it: which files, which context, which credential plugin.

Pure but for reading the files. `console.cluster.client` hands the outcome to the Kubernetes client, whose own
reading of several files differs from kubectl's: there the last file's current-context wins, not the first's.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import yaml
from msgspec import Struct

from console.errors import ClusterError

Json = dict[str, Any]

SECTIONS = {"clusters": "cluster", "contexts": "context", "users": "user"}
PATHS = {
    "cluster": ("certificate-authority",),
    "context": (),
    "user": ("client-certificate", "client-key", "tokenFile"),
}


class _Variable(Struct):
    name: Any
    value: Any


class _Plugin(Struct):
    """A program that gives the credential."""

    command: str = ""
    args: list[Any] | None = None
    env: list[_Variable] | None = None


class _Member(Struct):
    """A cluster, a context or a user, as far as it matters that it is what it should be."""

    exec: _Plugin | None = None


class _Entry(Struct):
    name: Any = None
    cluster: _Member | None = None
    context: _Member | None = None
    user: _Member | None = None


class _Kubeconfig(Struct):
    clusters: list[_Entry] | None = None
    contexts: list[_Entry] | None = None
    users: list[_Entry] | None = None


class Way(Struct, frozen=True, kw_only=True):
    """One way into one cluster."""

    context: str
    namespace: str
    """The context's own; empty where it says none."""
    cluster: Json
    user: Json

    def document(self, *, user: Json) -> Json:
        """Write a kubeconfig of this way alone, with `user` as its credentials."""
        name = self.context
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": name,
            "clusters": [{"name": name, "cluster": self.cluster}],
            "users": [{"name": name, "user": user}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        }


def find_files(kubeconfig: str | None) -> list[Path]:
    """List the files to read, most important first; empty where there is none and none was asked for."""
    if kubeconfig:
        path = Path(kubeconfig).expanduser()
        if not path.exists():
            raise ClusterError(f"The kubeconfig {path} does not exist.", hint="Check --kubeconfig.")
        return [path]
    named = os.environ.get("KUBECONFIG", "")
    found = [Path(part).expanduser() for part in named.split(os.pathsep) if part]
    return [path for path in found or [Path("~/.kube/config").expanduser()] if path.exists()]


def choose(files: list[Path], *, context: str | None) -> Way:
    """Merge the files as kubectl does, the first to name a thing wins, and pick the context."""
    merged, current = _merged([(path, _read(path)) for path in files])
    name = context or current
    if not name:
        raise ClusterError(
            "The kubeconfig has no current context.",
            hint="Give --context, or run `kubectl config use-context`.",
        )
    chosen = _named(merged, "contexts", name)
    cluster = _named(merged, "clusters", str(chosen.get("cluster", "")))
    if not cluster.get("server"):
        raise ClusterError(f'The cluster of the context "{name}" has no server address.')
    return Way(
        context=name,
        namespace=str(chosen.get("namespace") or ""),
        cluster=cluster,
        user=_named(merged, "users", str(chosen["user"])) if chosen.get("user") else {},
    )


def _read(path: Path) -> Json:
    try:
        document: Json = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        # A YAML error quotes the file, which holds credentials: only its kind is told.
        raise ClusterError(f"The kubeconfig {path} can't be read ({type(error).__name__}).") from None
    try:
        msgspec.convert(document, _Kubeconfig)
    except msgspec.ValidationError as error:
        raise ClusterError(
            f"The kubeconfig {path} is not a kubeconfig: {error}.", hint="See `kubectl config view`."
        ) from None
    return document


def _merged(documents: list[tuple[Path, Json]]) -> tuple[dict[str, dict[str, Json]], str]:
    merged: dict[str, dict[str, Json]] = {section: {} for section in SECTIONS}
    current = ""
    for path, document in documents:
        current = current or str(document.get("current-context") or "")
        for section, member in SECTIONS.items():
            for entry in document.get(section) or ():
                merged[section].setdefault(
                    str(entry.get("name")), _absolute(entry.get(member) or {}, member, path)
                )
    return merged, current


def _absolute(entry: Json, member: str, path: Path) -> Json:
    """Make the entry's file names stand on their own: they are relative to the file that says them."""
    folder = path.absolute().parent
    named: Json = {key: str(folder / str(entry[key])) for key in PATHS[member] if entry.get(key)}
    plugin = entry.get("exec")
    if isinstance(plugin, dict) and os.sep in str(plugin.get("command", "")):
        named["exec"] = {**plugin, "command": str(folder / str(plugin["command"]))}
    return entry | named


def _named(merged: dict[str, dict[str, Json]], section: str, name: str) -> Json:
    found = merged[section].get(name)
    if found is None:
        known = ", ".join(sorted(merged[section])) or "none"
        raise ClusterError(
            f'The kubeconfig has no {SECTIONS[section]} named "{name}".', hint=f"It has: {known}."
        )
    return found
