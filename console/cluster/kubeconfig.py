"""Finding the cluster as kubectl finds it: which files, which context, which user.

Pure but for reading the files. What stands in them is checked in `usable`, and used in `credentials` and
`session`.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import yaml
from msgspec import Struct

from console.cluster.kubeconfig_shape import Kubeconfig
from console.errors import ClusterError

Json = dict[str, Any]

SECTIONS = {"clusters": "cluster", "contexts": "context", "users": "user"}
PATHS = {
    "cluster": ("certificate-authority",),
    "context": (),
    "user": ("client-certificate", "client-key", "tokenFile"),
}
IN_CLUSTER = "in-cluster"
"""The name of the way that a pod has by itself."""
ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where a pod finds its own way to the API server."""


class KubeContext(Struct, frozen=True, kw_only=True):
    """One context of a kubeconfig: a cluster, a user, a namespace."""

    context: str
    namespace: str
    """The context's own; empty where it says none."""
    cluster: Json
    user: Json
    user_name: str = ""
    """What the kubeconfig calls the user; it need not be the name that the cluster knows."""
    user_file: Path | None = None
    """The file that says the user; None in a pod."""


def files_named(kubeconfig: str | None) -> tuple[Path, ...]:
    """List the files that kubectl would look for, most important first, as absolute names."""
    if kubeconfig:
        return (Path(kubeconfig).expanduser().absolute(),)
    named = os.environ.get("KUBECONFIG", "")
    parts = named.split(os.pathsep) if named else ["~/.kube/config"]
    return tuple(Path(part).expanduser().absolute() for part in dict.fromkeys(parts) if part)


def find_files(kubeconfig: str | None) -> list[Path]:
    """List the files to read, most important first; empty where there is none and none was asked for."""
    return there(files_named(kubeconfig), asked=bool(kubeconfig))


def there(named: tuple[Path, ...], *, asked: bool) -> list[Path]:
    """Leave out the files that are absent; raises ClusterError where a person asked for one."""
    found = [path for path in named if path.exists()]
    if asked and not found:
        raise ClusterError(f"The kubeconfig {named[0]} does not exist.", hint="Check --kubeconfig.")
    return found


def find_context(named: tuple[Path, ...], *, context: str, asked: bool) -> KubeContext:
    """Find the way in as kubectl does: by the files, or where they say nothing, by that of this pod.

    Raises `ClusterError` where there is none.
    """
    files = there(named, asked=asked)
    pod = context_of_pod() if context in ("", IN_CLUSTER) else None
    # In this order, as client-go's loader has it: a kubeconfig that says something goes before the pod's own
    # account, also inside a pod.
    if pod and (not files or is_empty(files)):
        return pod
    if not files:
        raise ClusterError(
            "There is no kubeconfig, and this is not a pod.",
            hint="Give --kubeconfig, or set KUBECONFIG, or check ~/.kube/config.",
        )
    return choose(files, context=context or None)


def choose(files: list[Path], *, context: str | None) -> KubeContext:
    """Merge the files as kubectl does, the first to name a thing wins, and pick the context."""
    merged, places, current = _merged([(path, _read(path)) for path in files])
    name = context or current
    if not name:
        raise ClusterError(
            "The kubeconfig has no current context.",
            hint="Give --context, or run `kubectl config use-context`.",
        )
    chosen = _named(merged, "contexts", name)
    cluster = _named(merged, "clusters", str(chosen.get("cluster") or ""))
    if not cluster.get("server"):
        raise ClusterError(f'The cluster of the context "{name}" has no server address.')
    user = str(chosen.get("user") or "")
    return KubeContext(
        context=name,
        namespace=str(chosen.get("namespace") or ""),
        cluster=cluster,
        # As with kubectl, a user that no file knows is nobody.
        user=merged["users"].get(user, {}),
        user_name=user,
        user_file=places.get(user),
    )


def context_of_pod() -> KubeContext | None:
    """Give the way that a pod has by itself; None where this is no pod."""
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST"), os.environ.get("KUBERNETES_SERVICE_PORT")
    token, authority = ACCOUNT / "token", ACCOUNT / "ca.crt"
    if not (host and port and token.exists()):
        return None
    address = f"[{host}]" if ":" in host else host
    cluster = {"server": f"https://{address}:{port}"}
    if authority.exists():
        cluster["certificate-authority"] = str(authority)
    return KubeContext(
        context=IN_CLUSTER, namespace=_namespace_of_pod(), cluster=cluster, user={"tokenFile": str(token)}
    )


def is_empty(files: list[Path]) -> bool:
    """Tell whether no file says anything: then kubectl looks whether it is in a pod."""
    merged, _, current = _merged([(path, _read(path)) for path in files])
    return not current and not any(merged.values())


def _namespace_of_pod() -> str:
    try:
        return (ACCOUNT / "namespace").read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _read(path: Path) -> Json:
    try:
        document = _parsed(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        # A YAML error quotes the file, which holds credentials: only its kind and its line are told.
        raise ClusterError(
            f"The kubeconfig {path} can't be read ({_kind_of(error)}).", hint="See `kubectl config view`."
        ) from None
    try:
        msgspec.convert(document, Kubeconfig)
        _refuse_twins(document)
    except (msgspec.ValidationError, _Twins) as error:
        raise ClusterError(
            f"The kubeconfig {path} is not a kubeconfig: {error}.", hint="See `kubectl config view`."
        ) from None
    return dict(document)


@lru_cache(maxsize=16)
def _parsed(text: str) -> Any:
    """Parse a file; one with hundreds of contexts takes seconds, and is read again on every failure."""
    if text.lstrip().startswith("{"):
        try:
            return msgspec.json.decode(text)  # it may be indented by tabs, which is no YAML
        except msgspec.DecodeError:
            pass
    return yaml.safe_load(text) or {}


def _kind_of(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    mark = getattr(error, "problem_mark", None)
    return f"no YAML, line {mark.line + 1}" if mark else type(error).__name__


class _Twins(Exception):  # noqa: N818 - never leaves this file
    """Two entries of one file have the same name."""


def _refuse_twins(document: Json) -> None:
    for section, member in SECTIONS.items():
        seen: set[str] = set()
        for entry in document.get(section) or ():
            name = str(entry.get("name"))
            if name in seen:
                raise _Twins(f'it has two {member}s named "{name}"')
            seen.add(name)


def _merged(
    documents: list[tuple[Path, Json]],
) -> tuple[dict[str, dict[str, Json]], dict[str, Path], str]:
    """Give what each section says by name, the file of each user, and the current context."""
    merged: dict[str, dict[str, Json]] = {section: {} for section in SECTIONS}
    places: dict[str, Path] = {}
    current = ""
    for path, document in documents:
        # The first file to name a thing wins, and the current context is one of these things.
        current = current or str(document.get("current-context") or "")
        for section, member in SECTIONS.items():
            for entry in document.get(section) or ():
                name = str(entry.get("name"))
                merged[section].setdefault(name, _absolute(entry.get(member) or {}, member, path))
                if section == "users":
                    places.setdefault(name, path)
    return merged, places, current


def _absolute(entry: Json, member: str, path: Path) -> Json:
    """Make the entry's file names stand on their own: they are relative to the file that says them."""
    folder = path.absolute().parent
    named: Json = {key: str(folder / str(entry[key])) for key in PATHS[member] if entry.get(key)}
    plugin = entry.get("exec")
    # A bare name is looked for in PATH; only one with a folder in it is relative to the kubeconfig.
    if isinstance(plugin, dict) and os.sep in str(plugin.get("command") or ""):
        named["exec"] = {**plugin, "command": str(folder / str(plugin["command"]))}
    return entry | named


def _named(merged: dict[str, dict[str, Json]], section: str, name: str) -> Json:
    found = merged[section].get(name)
    if found is None:
        known = ", ".join(sorted(merged[section])) or "none"
        mend = "; --context names another" if section == "contexts" and merged[section] else ""
        raise ClusterError(
            f'The kubeconfig has no {SECTIONS[section]} named "{name}".', hint=f"It has: {known}{mend}."
        )
    return found
