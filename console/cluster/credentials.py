"""What a kubeconfig's user shows to the API server, with kubectl's own order of what counts."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from console.access.credential import Credential, can_be_shown
from console.access.plugins import cluster_info, name_of, run_plugin
from console.cluster import oidc
from console.cluster.kubeconfig import KubeContext
from console.errors import ClusterError
from console.redact import keep_secret

Json = dict[str, Any]


class Material(Struct, frozen=True, kw_only=True):
    """All that a way says and that the files say which it names; equal where nothing of it has changed."""

    kube_context: KubeContext
    authorities: bytes
    certificate: bytes
    key: bytes
    token: str

    def __repr__(self) -> str:
        """Keep secrets out of whatever prints it."""
        return f"Material(context={self.kube_context.context!r})"


def read_material(kube_context: KubeContext) -> Material:
    """Read what the way needs; raises `ClusterError` with the name of a file that can't be read."""
    return Material(
        kube_context=kube_context,
        authorities=content_of(kube_context.cluster, "certificate-authority"),
        certificate=content_of(kube_context.user, "client-certificate"),
        key=content_of(kube_context.user, "client-key"),
        token=_token(kube_context.user),
    )


def credential_from(material: Material, *, running: Callable[[str], None]) -> Credential:
    """Give what is shown; `running` hears the name of a plugin while it runs, and an empty one after it.

    A token or a password of the kubeconfig itself goes before a plugin, as with kubectl: then it is not run.
    """
    user = material.kube_context.user
    authorization = _authorization(user, material.token)
    found = Credential(authorization=authorization)
    if not authorization and user.get("exec"):
        found = _plugin_s(material, running)
    elif not authorization and user.get("auth-provider"):
        config = user["auth-provider"].get("config") or {}
        found = oidc.credential_of(
            config, user=material.kube_context.user_name, file=material.kube_context.user_file
        )
    # Whatever else is shown: with a client certificate of the kubeconfig a server may want both.
    if material.certificate:
        found = replace(found, certificate=material.certificate, key=material.key)
    keep_secret(found.authorization.rpartition(" ")[2])
    if not can_be_shown(found.authorization):
        who = material.kube_context.user_name
        raise ClusterError(
            f'The user "{who}" can\'t log in: its token has a character that no token has.',
            hint="Check the user's token or tokenFile with `kubectl config view --raw --minify`.",
        )
    return found


def _plugin_s(material: Material, running: Callable[[str], None]) -> Credential:
    plugin = material.kube_context.user["exec"]
    running(name_of(plugin))
    try:
        return run_plugin(
            plugin,
            cluster=lambda: cluster_info(material.kube_context.cluster, authorities=material.authorities),
        )
    finally:
        running("")


def _authorization(user: Json, token: str) -> str:
    if token:
        return f"Bearer {token}"
    if user.get("username") or user.get("password"):
        keep_secret(user.get("password"))
        pair = f"{user.get('username') or ''}:{user.get('password') or ''}"
        return f"Basic {base64.b64encode(pair.encode()).decode()}"
    return ""


def _token(user: Json) -> str:
    """Give the token of the file where it has one, else the one that the kubeconfig says."""
    said = str(user.get("token") or "")
    file = user.get("tokenFile")
    if not file:
        return said
    try:
        # client-go's order: the file goes before the token beside it, and where the file can't be read the
        # token stands in. A file that is renewed is empty for a moment.
        return Path(file).read_text(encoding="utf-8").strip() or said or _empty(file)
    except (OSError, ValueError) as error:
        if said:
            return said
        raise _unreadable(file, error) from None


def _empty(file: str) -> str:
    raise ClusterError(f"The token file {file} is empty.", hint="Check tokenFile of the kubeconfig's user.")


def content_of(entry: Json, name: str) -> bytes:
    """Give what the entry says itself, else what the file says that it names."""
    if data := entry.get(f"{name}-data"):
        try:
            return base64.b64decode(data)
        except (binascii.Error, ValueError):
            raise ClusterError(
                f"The kubeconfig's {name}-data is no base64.", hint="See `kubectl config view --raw`."
            ) from None
    if file := entry.get(name):
        try:
            return Path(file).read_bytes()
        except OSError as error:
            raise _unreadable(file, error) from None
    return b""


def _unreadable(file: str, error: Exception) -> ClusterError:
    why = getattr(error, "strerror", "") or type(error).__name__
    return ClusterError(
        f"The file {file}, which the kubeconfig names, can't be read ({why}).",
        hint="Check it with `kubectl config view --minify`.",
    )
