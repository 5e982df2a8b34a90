"""Who may do what: everything, but for the rules that forbid."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class Deny(Struct, frozen=True, kw_only=True):
    """Forbid a verb on a resource; an empty field forbids every one."""

    verb: str = ""
    resource: str = ""
    namespace: str = ""
    name: str = ""

    def covers(self, *, verb: str, resource: str, namespace: str, name: str) -> bool:
        """Tell whether the rule forbids this."""
        asked = (
            (self.verb, verb),
            (self.resource, resource),
            (self.namespace, namespace),
            (self.name, name),
        )
        return all(ruled in ("", seen) for ruled, seen in asked)


class Access:
    """The caller's rights; reviews of them are never forbidden, as `system:basic-user` has it."""

    def __init__(self, *, user: str = "lab") -> None:
        self.user = user
        self.denied: list[Deny] = []

    def allows(self, *, verb: str, resource: str, namespace: str, name: str) -> bool:
        """Tell whether the caller may."""
        return not any(
            rule.covers(verb=verb, resource=resource, namespace=namespace, name=name) for rule in self.denied
        )

    def review(self, body: dict[str, Any]) -> dict[str, Any]:
        """Answer a SelfSubjectAccessReview with the rules that requests meet."""
        asked = body.get("spec", {}).get("resourceAttributes", {})
        allowed = self.allows(
            verb=asked.get("verb", ""),
            resource=asked.get("resource", ""),
            namespace=asked.get("namespace", ""),
            name=asked.get("name", ""),
        )
        return {**body, "status": {"allowed": allowed}}

    def introduce(self, body: dict[str, Any]) -> dict[str, Any]:
        """Answer a SelfSubjectReview."""
        return {**body, "status": {"userInfo": {"username": self.user, "groups": ["system:authenticated"]}}}
