"""An API server that answers at once what a test has written down for a path: no server, no thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.errors import ClusterError, NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = dict[str, Any]


class Paper:
    """Answers with what is written down, or raises it; what is not written down is not there."""

    context, server = "paper", "https://paper:6443"

    def __init__(self, answers: Mapping[str, Json | ClusterError], *, granted: bool = True) -> None:
        self.answers = {"/version": {"gitVersion": "v1.33.0"}, **answers}
        self.sent: list[tuple[str, Any]] = []
        """What was changed: the path, and the patch."""
        self._granted = granted

    async def log_in(self, *, deadline_s: float) -> None:
        """Need no login."""

    async def get(self, path: str, *, query: dict[str, str] | None = None, deadline_s: float) -> Json:  # noqa: ARG002 - the protocol's shape
        """Answer what is written down."""
        answer = self.answers.get(path) or NotFound(f"{path} is not there.")
        if isinstance(answer, ClusterError):
            raise answer
        return answer

    async def patch(
        self,
        path: str,
        body: Json | list[Json],
        *,
        content_type: str,  # noqa: ARG002 - the protocol's shape
        query: dict[str, str] | None = None,  # noqa: ARG002 - as above
        deadline_s: float,
    ) -> Json:
        """Note the patch, and answer with the object as it was."""
        self.sent.append((path, body))
        return await self.get(path, deadline_s=deadline_s)

    async def post(
        self,
        path: str,  # noqa: ARG002 - as above
        body: Json,  # noqa: ARG002 - as above
        *,
        query: dict[str, str] | None = None,  # noqa: ARG002 - as above
        deadline_s: float,  # noqa: ARG002 - as above
    ) -> Json:
        """Review a right."""
        return {"metadata": {}, "status": {"allowed": self._granted}}

    async def delete(self, path: str, *, only: Json, deadline_s: float) -> Json:
        """Note what is removed, and where it still has to be what."""
        self.sent.append((path, only))
        return await self.get(path, deadline_s=deadline_s)
