"""What a kubeconfig must look like to be read: the fields that mean something to us, and their types.

As kubectl's own: a number where a text belongs is refused with the field's name, and never guessed at. All
other fields may be whatever they are.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct


class Variable(Struct):
    """One that a credential plugin is run with."""

    name: str
    value: str = ""


class Plugin(Struct, rename="camel"):
    """A program that gives the credential."""

    command: str | None = None
    args: list[str] | None = None
    env: list[Variable] | None = None
    api_version: str | None = None
    install_hint: str | None = None
    interactive_mode: str | None = None
    provide_cluster_info: bool | None = None


class Provider(Struct):
    """A login that the client itself knows, by name."""

    name: str | None = None
    config: dict[str, str] | None = None


class Cluster(Struct, rename="kebab"):
    """Where the API server is, and what proves that it is the one."""

    server: str | None = None
    tls_server_name: str | None = None
    insecure_skip_tls_verify: bool | None = None
    certificate_authority: str | None = None
    certificate_authority_data: str | None = None
    proxy_url: str | None = None


class Context(Struct):
    """Which user goes to which cluster."""

    cluster: str | None = None
    user: str | None = None
    namespace: str | None = None


class User(Struct, rename="kebab"):
    """What proves who we are, and whom we act as."""

    client_certificate: str | None = None
    client_certificate_data: str | None = None
    client_key: str | None = None
    client_key_data: str | None = None
    token: str | None = None
    token_file: str | None = msgspec.field(default=None, name="tokenFile")
    username: str | None = None
    password: str | None = None
    as_user: str | None = msgspec.field(default=None, name="as")
    as_uid: str | None = None
    as_groups: list[str] | None = None
    as_user_extra: dict[str, list[str]] | None = None
    exec: Plugin | None = None
    auth_provider: Provider | None = None


class Entry(Struct):
    """One of a list: a name, and what it stands for."""

    name: Any = None
    cluster: Cluster | None = None
    context: Context | None = None
    user: User | None = None


class ContextEntry(Struct):
    """One context: its cluster and user are names, not entries."""

    name: Any = None
    context: Context | None = None


class Kubeconfig(Struct, rename="kebab"):
    """A file."""

    clusters: list[Entry] | None = None
    contexts: list[ContextEntry] | None = None
    users: list[Entry] | None = None
    current_context: str | None = None
