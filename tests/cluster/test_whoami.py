from __future__ import annotations

from typing import Any, cast

from console.cluster.api import Api
from console.cluster.whoami import who_am_i
from console.errors import NotFound
from tests.virtual_time import virtually


class Served:
    """An API server that serves reviews in these versions."""

    def __init__(self, *versions: str) -> None:
        self._versions = versions

    async def post(self, path: str, body: Any, *, deadline_s: float) -> Any:  # noqa: ARG002 - the protocol
        if body["apiVersion"].rpartition("/")[2] not in self._versions:
            raise NotFound(path)
        return {"status": {"userInfo": {"username": "ana"}}}


async def name(*versions: str) -> str:
    return await who_am_i(cast("Api", Served(*versions)), deadline_s=1.0)


@virtually
async def test_kubernetes_1_27_is_asked_in_its_own_version() -> None:
    assert (await name("v1"), await name("v1beta1")) == ("ana", "ana")


@virtually
async def test_where_nobody_answers_nobody_is_named() -> None:
    assert await name() == ""
