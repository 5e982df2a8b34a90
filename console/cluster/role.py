"""Rights written as the Role and the RoleBinding that grant them, and nothing more. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from console.cluster.api import Json
    from console.cluster.rights import Right

GROUP = "rbac.authorization.k8s.io"


class Account(StrEnum):
    """The kinds of account that a binding can name."""

    USER = "User"
    GROUP = "Group"
    SERVICE_ACCOUNT = "ServiceAccount"


class Subject(Struct, frozen=True, kw_only=True):
    """Who gets the role."""

    account: Account
    name: str
    namespace: str = ""
    """Of a service account."""

    def document(self) -> Json:
        """Write it as a binding names it."""
        if self.account is Account.SERVICE_ACCOUNT:
            return {"kind": self.account.value, "name": self.name, "namespace": self.namespace}
        return {"apiGroup": GROUP, "kind": self.account.value, "name": self.name}


def role(rights: Iterable[Right], *, name: str, namespace: str) -> Json:
    """Write the Role: one rule for what may be done to the same objects."""
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "Role",
        "metadata": {"name": name, "namespace": namespace},
        "rules": rules(rights),
    }


def binding(subject: Subject, *, name: str, namespace: str) -> Json:
    """Write the RoleBinding that gives the Role of the same name to `subject`."""
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": name, "namespace": namespace},
        "roleRef": {"apiGroup": GROUP, "kind": "Role", "name": name},
        "subjects": [subject.document()],
    }


def rules(rights: Iterable[Right]) -> list[Json]:
    """Gather verbs on the same object, then objects with the same verbs."""
    verbs: dict[tuple[str, str, str], list[str]] = {}
    for right in rights:
        verbs.setdefault((right.group, right.plural, right.name), []).append(right.verb)
    names: dict[tuple[str, str, bool, tuple[str, ...]], list[str]] = {}
    for (group, plural, name), may in verbs.items():
        names.setdefault((group, plural, bool(name), tuple(may)), []).append(name)
    return [
        {
            "apiGroups": [group],
            "resources": [plural],
            **({"resourceNames": found} if named else {}),
            "verbs": list(may),
        }
        for (group, plural, named, may), found in names.items()
    ]
