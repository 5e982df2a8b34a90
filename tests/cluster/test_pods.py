from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from console.cluster.owned import selector_of
from console.cluster.pods import PodWatch, addresses_of, count, names_of
from console.errors import ClusterError, NotFound, Unreachable

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
        answer: Json | Exception = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def patch(self, *_: Any, **__: Any) -> Json:
        raise NotImplementedError

    async def post(self, *_: Any, **__: Any) -> Json:
        raise NotImplementedError

    async def delete(self, *_: Any, **__: Any) -> Json:
        raise NotImplementedError


DEPLOYMENT = {
    "metadata": {"uid": "d1"},
    "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "a"}}},
}


def owned_by(kind: str, owner: str, **metadata: str) -> Json:
    """Write the metadata of an object that another one controls."""
    return {**metadata, "ownerReferences": [{"kind": kind, "uid": owner, "controller": True}]}


def of(replica_set: str, name: str = "p", *, kind: str = "ReplicaSet") -> Json:
    """Write a ready pod of a ReplicaSet, or of something else."""
    return {**pod(), "metadata": owned_by(kind, replica_set, name=name)}


def sets(**owners: str) -> Json:
    """Write a list of ReplicaSets, each with the UID of its Deployment; empty: nobody's."""
    return {
        "items": [
            {"metadata": owned_by("Deployment", owner, uid=uid) if owner else {"uid": uid}}
            for uid, owner in owners.items()
        ]
    }


def test_a_pod_on_its_way_out_neither_is_ready_nor_loops_but_its_restarts_count() -> None:
    leaving = pod(leaving=True, waiting="CrashLoopBackOff")
    pods = count(DEPLOYMENT, [pod(), leaving, pod(ready=False)])
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


def asked_of(name: str) -> tuple[str, dict[str, str] | None]:
    """Give the read of the deployment, or of a list by its selector."""
    if name == "deployment":
        return "/apis/apps/v1/namespaces/shop/deployments/a", None
    root = "/api/v1" if name == "pods" else "/apis/apps/v1"
    return f"{root}/namespaces/shop/{name}", {"labelSelector": "app=a"}


async def looks(*answers: Any, times: int) -> tuple[list[int | None], list[tuple[str, Any]]]:
    """Look so many times; gives how many were ready each time, and what was asked."""
    api = Answers(*answers)
    watch = PodWatch(api, namespace="shop", deployment="a")
    ready = [(await watch.look(deadline_s=1)).ready for _ in range(times)]
    return ready, api.asked


async def test_pods_are_asked_for_by_the_selector_from_the_first_look_on() -> None:
    first = (DEPLOYMENT, {"items": [of("r1")]}, sets(r1="d1"))
    ready, asked = await looks(*first, DEPLOYMENT, {"items": []}, times=2)
    assert ready == [1, 0]
    assert asked == [asked_of(name) for name in ("deployment", "pods", "replicasets", "deployment", "pods")]


async def test_a_pod_of_another_owner_with_the_same_labels_is_not_counted() -> None:
    pods = [of("r1"), of("r2"), of("s1", kind="StatefulSet"), pod(), of("r1")]
    (ready, *_), _ = await looks(DEPLOYMENT, {"items": pods}, sets(r1="d1", r2="d2"), times=1)
    assert ready == 2


async def test_a_new_replica_set_is_looked_up_once_and_a_strangers_not_again() -> None:
    first = (DEPLOYMENT, {"items": [of("r1"), of("r9")]}, sets(r1="d1", r9="d9"))
    then = {"items": [of("r1"), of("r2"), of("r9")]}
    second = (DEPLOYMENT, then, sets(r1="d1", r2="d1", r9="d9"))
    ready, asked = await looks(*first, *second, DEPLOYMENT, then, times=3)
    assert ready == [1, 2, 2]
    assert [path.rpartition("/")[2] for path, _ in asked].count("replicasets") == 2


async def test_a_replica_set_that_is_adopted_later_counts_from_then_on() -> None:
    first = (DEPLOYMENT, {"items": [of("r1"), of("r0")]}, sets(r1="d1", r0=""))
    second = (DEPLOYMENT, {"items": [of("r1"), of("r0")]}, sets(r1="d1", r0="d1"))
    ready, _ = await looks(*first, *second, times=2)
    assert ready == [1, 2]


async def test_a_deployment_that_was_made_anew_with_another_selector_has_its_own_pods() -> None:
    first = (DEPLOYMENT, {"items": [of("r1")]}, sets(r1="d1"))
    anew = {
        "metadata": {"uid": "d2"},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "b"}}},
    }
    second = (anew, {"items": [of("r1")]}, {"items": [of("r2"), of("r2"), of("r1")]}, sets(r2="d2", r1="d1"))
    ready, asked = await looks(*first, *second, times=2)
    assert ready == [1, 2]
    assert asked[-1][1] == {"labelSelector": "app=b"}


async def test_a_deployment_that_is_deleted_in_the_middle_wants_no_pod_and_what_still_serves_counts() -> None:
    first = (DEPLOYMENT, {"items": [of("r1"), of("r1")]}, sets(r1="d1"))
    gone = NotFound("not found")
    api = Answers(*first, gone, {"items": [of("r1")]}, gone, {"items": []})
    watch = PodWatch(api, namespace="shop", deployment="a")
    seen = [await watch.look(deadline_s=1) for _ in range(3)]
    assert [(pods.desired, pods.ready) for pods in seen] == [(2, 2), (0, 1), (0, 0)]


async def test_a_deployment_that_was_never_there_is_an_error() -> None:
    with pytest.raises(NotFound):
        await PodWatch(Answers(NotFound("not found")), namespace="shop", deployment="a").look(deadline_s=1)


async def test_where_no_controllers_run_the_pods_that_nobody_controls_are_its_own() -> None:
    pods = [pod(), of("s1", kind="StatefulSet")]
    (ready, *_), _ = await looks(DEPLOYMENT, {"items": pods}, sets(), times=1)
    assert ready == 1


async def test_the_names_are_those_of_the_last_look_and_of_pods_that_run() -> None:
    evicted = {**of("r1", "evicted"), "status": {"phase": "Failed"}}
    listed = {"items": [of("r1", "b"), of("r2", "stranger"), evicted, of("r1", "a")]}
    api = Answers(DEPLOYMENT, listed, sets(r1="d1", r2="d2"))
    watch = PodWatch(api, namespace="shop", deployment="a")
    before = watch.names
    await watch.look(deadline_s=1)
    assert (before, watch.names) == (None, ("a", "b"))
    with pytest.raises(Unreachable):
        await watch.look(deadline_s=0.01)
    assert watch.names is None, "what is not known is not asked for"


async def test_a_pod_that_was_made_since_the_first_look_is_young_and_an_adopted_one_is_not() -> None:
    first = (DEPLOYMENT, {"items": [of("r1", "a"), of("r0", "orphan")]}, sets(r1="d1", r0=""))
    then = {"items": [of("r1", "a"), of("r1", "b"), of("r0", "orphan")]}
    api = Answers(*first, DEPLOYMENT, then, sets(r1="d1", r0="d1"), DEPLOYMENT, {"items": [of("r1", "b")]})
    watch = PodWatch(api, namespace="shop", deployment="a")
    seen = []
    for _ in range(3):
        await watch.look(deadline_s=1)
        seen.append((watch.names, set(watch.young)))
    assert seen == [(("a",), set()), (("a", "b", "orphan"), {"b"}), (("b",), {"b"})]


async def test_the_first_pods_of_a_deployment_that_had_none_are_young() -> None:
    api = Answers(DEPLOYMENT, {"items": []}, sets(r1="d1"), DEPLOYMENT, {"items": [of("r1", "a")]})
    watch = PodWatch(api, namespace="shop", deployment="a")
    for _ in range(2):
        await watch.look(deadline_s=1)
    assert watch.young == {"a"}


def test_a_pod_without_a_name_is_not_named() -> None:
    assert names_of([{"metadata": {}}]) == ()


async def test_all_reads_together_keep_the_deadline() -> None:
    watch = PodWatch(Answers(DEPLOYMENT), namespace="shop", deployment="a")
    with pytest.raises(Unreachable, match="not counted"):
        await watch.look(deadline_s=0.01)


def test_an_address_is_a_pod_s_own_or_none() -> None:
    def addressed(name: str, ip: str, *, phase: str = "Running", **spec: Any) -> Json:
        return {"metadata": {"name": name}, "spec": spec, "status": {"phase": phase, "podIP": ip}}

    listed = [
        addressed("a", "10.0.0.1"),
        addressed("waits", ""),
        addressed("evicted", "10.0.0.2", phase="Failed"),
        addressed("on-the-node", "192.168.0.1", hostNetwork=True),
    ]
    assert addresses_of(listed) == {"a": "10.0.0.1"}
