from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from console.cluster.pods import PodWatch, count, selector_of
from console.errors import ClusterError, Unreachable

if TYPE_CHECKING:
    from console.cluster.api import Json


def pod(*, ready: bool = True, leaving: bool = False, init: str = "", waiting: str = "") -> Json:
    def state(reason: str) -> Json:
        return {"state": {"waiting": {"reason": reason}} if reason else {"running": {}}, "restartCount": 2}

    return {
        "metadata": {"name": "p", **({"deletionTimestamp": "2026-01-01T00:00:00Z"} if leaving else {})},
        "status": {
            "conditions": [{"type": "Ready", "status": str(ready)}],
            "initContainerStatuses": [state(init)],
            "containerStatuses": [state(waiting)],
        },
    }


class Answers:
    """An API that answers from a table, and remembers what it was asked."""

    context = "table"
    server = "https://table"

    def __init__(self, *answers: Any) -> None:
        self.asked: list[tuple[str, dict[str, str] | None]] = []
        self._answers = list(answers)

    async def log_in(self, *, deadline_s: float) -> None:
        assert deadline_s > 0

    async def get(self, path: str, *, query: dict[str, str] | None = None, deadline_s: float) -> Json:
        assert deadline_s > 0
        self.asked.append((path, query))
        if not self._answers:
            await asyncio.Event().wait()
        answer: Json = self._answers.pop(0)
        return answer

    async def patch(self, *_: Any, **__: Any) -> Json:
        raise NotImplementedError

    async def post(self, *_: Any, **__: Any) -> Json:
        raise NotImplementedError


DEPLOYMENT = {"spec": {"replicas": 2, "selector": {"matchLabels": {"app": "a"}}}}


def test_a_pod_on_its_way_out_is_not_ready_but_its_restarts_count() -> None:
    pods = count(DEPLOYMENT, [pod(), pod(leaving=True), pod(ready=False)])
    assert (pods.desired, pods.ready, pods.restarts, pods.crash_looping) == (2, 1, 12, 0)


def test_a_crash_loop_of_an_init_container_counts_and_a_pod_counts_once() -> None:
    loop = "CrashLoopBackOff"
    pods = count(DEPLOYMENT, [pod(init=loop), pod(init=loop, waiting=loop), pod(waiting="ImagePullBackOff")])
    assert pods.crash_looping == 2


def test_a_pod_that_was_only_just_made_counts_as_not_ready() -> None:
    assert count(DEPLOYMENT, [{"metadata": {"name": "new"}}]).ready == 0


def test_a_selector_is_written_as_a_query_takes_it() -> None:
    expressions = [
        {"key": "tier", "operator": "In", "values": ["a", "b"]},
        {"key": "old", "operator": "NotIn", "values": ["x"]},
        {"key": "live", "operator": "Exists"},
        {"key": "dead", "operator": "DoesNotExist"},
    ]
    selector = {"matchLabels": {"app": "a"}, "matchExpressions": expressions}
    assert selector_of({"spec": {"selector": selector}}) == "app=a,tier in (a,b),old notin (x),live,!dead"


def test_a_deployment_without_a_selector_counts_no_strangers() -> None:
    with pytest.raises(ClusterError):
        selector_of({"spec": {}})


async def test_pods_are_asked_for_by_the_selector_from_the_first_look_on() -> None:
    api = Answers(DEPLOYMENT, {"items": [pod()]}, DEPLOYMENT, {"items": []})
    watch = PodWatch(api, namespace="shop", deployment="a")
    assert (await watch.look(deadline_s=1)).ready == 1
    assert (await watch.look(deadline_s=1)).ready == 0
    pods = ("/api/v1/namespaces/shop/pods", {"labelSelector": "app=a"})
    deployment = ("/apis/apps/v1/namespaces/shop/deployments/a", None)
    assert api.asked == [deployment, pods, deployment, pods]


async def test_both_reads_together_keep_the_deadline() -> None:
    watch = PodWatch(Answers(DEPLOYMENT), namespace="shop", deployment="a")
    with pytest.raises(Unreachable, match="not counted"):
        await watch.look(deadline_s=0.01)
