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

    def covers(self, **asked: str) -> bool:
        """Tell whether the rule forbids what these fields say."""
        return all(getattr(self, field) in ("", value) for field, value in asked.items())


class Access:
    """The caller's rights; reviews of them are never forbidden, as `system:basic-user` has it."""

    def __init__(self, *, user: str = "lab") -> None:
        self.user = user
        self.denied: list[Deny] = []

    def allows(self, **asked: str) -> bool:
        """Tell whether the caller may what the fields of a rule say."""
        return not any(rule.covers(**asked) for rule in self.denied)

    def review(self, body: dict[str, Any]) -> dict[str, Any]:
        """Answer a SelfSubjectAccessReview with the rules that requests meet."""
        asked = body.get("spec", {}).get("resourceAttributes", {})
        allowed = self.allows(**{field: asked.get(field, "") for field in Deny.__struct_fields__})
        return {**body, "status": {"allowed": allowed}}

    def introduce(self, body: dict[str, Any]) -> dict[str, Any]:
        """Answer a SelfSubjectReview."""
        return {**body, "status": {"userInfo": {"username": self.user, "groups": ["system:authenticated"]}}}
