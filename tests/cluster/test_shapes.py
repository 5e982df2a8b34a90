"""Whatever an API server answers: it is read, or refused with the name of the field that is wrong."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from console.cluster.answers import read_answer
from console.cluster.lease import ClusterLease
from console.cluster.pods import PodWatch
from console.cluster.whoami import who_am_i
from console.errors import ClusterError, Unreachable
from console.traffic.marks import Marks
from console.traffic.prerequisites import check_cluster, check_deployment
from console.traffic.registry import open_router
from tests.traffic.ground import plan_for, virtual_service

Json = dict[str, Any]
DEADLINE_S = 1.0
META = {"name": "x", "namespace": "shop", "resourceVersion": "7"}
ROUTER = virtual_service() | {"metadata": META}


class Said:
    """An API server that says one thing to whoever asks."""

    context, server = "lab", "https://lab"

    def __init__(self, document: object) -> None:
        self._body = json.dumps(document).encode()

    async def log_in(self, *, deadline_s: float) -> None: ...

    async def get(self, *_args: Any, **_more: Any) -> Json:
        return read_answer(200, {}, self._body, server=self.server)

    patch = post = delete = get


def router(api: Said) -> Awaitable[object]:
    marks = Marks(release="x", driver="ana@host/x/0a", version="0")
    return open_router(api, plan_for("shop"), marks=marks).read()


def pods(api: Said) -> Awaitable[object]:
    return PodWatch(api, namespace="shop", deployment="x").look(deadline_s=DEADLINE_S)


def lease(api: Said) -> Awaitable[object]:
    return ClusterLease(api, namespace="shop", name="x", identity="ana@host/x/0a").holder()


def account(api: Said) -> Awaitable[object]:
    return who_am_i(api, deadline_s=DEADLINE_S)


SELECTOR = {"matchLabels": {"app": "x"}}


@pytest.mark.parametrize(
    ("ask", "document", "named"),
    [
        (router, {}, "metadata"),
        (router, {"metadata": {}}, "resourceVersion"),
        (router, ROUTER | {"spec": []}, "spec"),
        (router, ROUTER | {"spec": {"http": [7]}}, "http"),
        (router, ROUTER | {"spec": {"http": [{"route": [{"weight": "many"}]}]}}, "weight"),
        (router, ROUTER | {"spec": {"http": [{"route": [{"weight": -1}]}]}}, "weight"),
        (router, ROUTER | {"spec": {"http": [{"route": [{"destination": "v1"}]}]}}, "destination"),
        (router, ROUTER | {"metadata": META | {"annotations": "x"}}, "annotations"),
        (router, ROUTER | {"metadata": META | {"managedFields": 7}}, "managedFields"),
        (pods, {"spec": {"selector": 7}}, "selector"),
        (pods, {"spec": {"selector": SELECTOR, "replicas": 10**13}}, "replicas"),
        (pods, {"spec": {"selector": {"matchExpressions": [{"key": "x", "operator": "?"}]}}}, "operator"),
        (pods, {"spec": {"selector": SELECTOR}, "items": [{}]}, "metadata"),
        (pods, {"spec": {"selector": SELECTOR}, "items": [{"metadata": {}, "status": 7}]}, "status"),
        (
            pods,
            {
                "spec": {"selector": SELECTOR},
                "items": [{"metadata": {}, "status": {"containerStatuses": [{"restartCount": -1}]}}],
            },
            "restartCount",
        ),
        (lease, {"metadata": {}}, "resourceVersion"),
        (lease, {"metadata": META, "spec": {"holderIdentity": 7}}, "holderIdentity"),
        (lease, {"metadata": META, "spec": {"leaseDurationSeconds": "15"}}, "leaseDurationSeconds"),
        (account, {"status": 7}, "status"),
    ],
)
async def test_an_object_of_another_shape_is_an_error_that_names_the_field(
    ask: Callable[[Said], Awaitable[object]], document: Json, named: str
) -> None:
    with pytest.raises(ClusterError, match=rf"can't be read: .*{named}"):
        await ask(Said(document))


async def test_a_preflight_says_it_as_a_check_that_failed() -> None:
    for check in (
        await check_cluster(Said({"gitVersion": 7}), deadline_s=DEADLINE_S),
        await check_deployment(Said({"spec": 7}), namespace="shop", name="x", deadline_s=DEADLINE_S),
    ):
        assert not check.ok
        assert "can't be read" in check.words


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b'{"metadata":{"name":"\\ud800"}}', id="half a character"),
        pytest.param(b'{"a":"\xff"}', id="no UTF-8"),
        pytest.param(b'{"a":NaN}', id="NaN"),
        pytest.param(b"[]", id="a list"),
    ],
)
def test_what_is_no_document_is_called_so(body: bytes) -> None:
    with pytest.raises(ClusterError, match="not a Kubernetes object"):
        read_answer(200, {}, body, server="https://lab")


@pytest.mark.parametrize("said", [{"message": 7}, {"details": "x"}, {"details": {"causes": 7}}, []])
def test_an_error_that_is_said_in_another_way_says_nothing(said: object) -> None:
    with pytest.raises(Unreachable, match="does not say why"):
        read_answer(503, {}, json.dumps(said).encode(), server="https://lab")


@pytest.mark.parametrize(
    ("after", "wait_s"), [("7", 7.0), ("9" * 400, None), ("٣", None), ("-1", None), ("soon", None)]
)
def test_how_long_to_wait_is_believed_where_it_can_be(after: str, wait_s: float | None) -> None:
    with pytest.raises(ClusterError) as caught:
        read_answer(429, {"Retry-After": after}, b"", server="https://lab")
    assert caught.value.retry_after_s == wait_s
