"""Who asks: a person, or a pipeline, as the record names them."""

from __future__ import annotations

from msgspec import Struct


class Person(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who asked: the login, the host, and where the connection came from."""

    login: str
    host: str = ""
    via: str = ""
    """The client's address of an SSH connection, where there is one."""
    account: str = ""
    """The cluster's own name for the account with which the worker acts for them, where it says one."""
