"""What an API server, Prometheus, a webhook and a worker answer, through the adapters that ask them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import msgspec

from console.cluster.answers import read_answer
from console.cluster.holder import holder_in_words
from console.cluster.lease import ClusterLease, Terms
from console.cluster.pods import PodWatch
from console.cluster.whoami import who_am_i
from console.errors import EvidenceError, PitheadError, TakenOver
from console.evidence import Look, Sample
from console.journal.decode import decode
from console.judge.forecast import foresee
from console.judge.terms import terms_of
from console.metrics.answer import Answer
from console.metrics.answer import decode as decode_answer
from console.metrics.evidence_source import PrometheusSource
from console.metrics.range_answer import RangeAnswer, decode_range
from console.notify.sender import _outcome
from console.plan.exposure import Exposure
from console.plan.model import Judge
from console.release import events as ev
from console.traffic.marks import Marks
from console.traffic.registry import open_router
from tests.fuzz import hostile, mutate
from tests.fuzz.case import Case
from tests.fuzz.watched import Wrong
from tests.metrics.scripted import Pod, ScriptedPrometheus, plan
from tests.traffic.ground import pod_status, virtual_service
from tests.virtual_time import VirtualTimeLoop

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

Json = dict[str, Any]
PLAN = plan(business={"orders": "orders"}, watches=("p99", "cpu", "orders"))
STATUSES = (*[200] * 30, 201, 204, 302, 400, 401, 403, 404, 404, 409, 410, 418, 422, 429, 500, 502, 503)
AFTER = ("", "", "1", "9" * 400, "٣", "-1")
_LOOP = VirtualTimeLoop()  # what waits for a lease to run out takes no time


def case(rng: Random, _folder: Path) -> Case:
    """Make a conversation in which some of the answers are wrong."""
    return rng.choices(_MAKERS, weights=(6, 5, 1))[0](rng)


# -- Kubernetes -----------------------------------------------------------------------------------------

_META = {"name": "checkout", "namespace": "shop", "resourceVersion": "7", "uid": "x"}
_MARKED = {
    **_META,
    "annotations": {"pithead/driver": "bob@laptop/checkout-9/0b", "pithead/release": "checkout-9"},
    "labels": {"kustomize.toolkit.fluxcd.io/name": "shop"},
    "managedFields": [
        {"manager": "kubectl", "time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:spec": {"f:http": {}}}}
    ],
    "ownerReferences": [{"kind": "Canary", "name": "x", "apiVersion": "flagger.app/v1", "controller": False}],
}
_STATUS = {"kind": "Status", "message": "no", "reason": "Invalid", "details": {"name": "x", "causes": []}}
_DOCUMENTS: tuple[tuple[str, tuple[Json, ...]], ...] = (
    ("/version", ({"gitVersion": "v1.30.1"},)),
    (
        "/virtualservices/",
        (virtual_service() | {"metadata": _META}, virtual_service() | {"metadata": _MARKED}),
    ),
    ("/rollouts", ({"items": [{"metadata": _META, "spec": {"strategy": {"canary": {}}}}]},)),
    ("/selfsubjectaccessreviews", ({"status": {"allowed": True}},)),
    ("/selfsubjectreviews", ({"status": {"userInfo": {"username": "ana"}}},)),
    (
        "/deployments/",
        (
            {
                "metadata": _META,
                "spec": {
                    "replicas": 3,
                    "selector": {
                        "matchLabels": {"app": "x"},
                        "matchExpressions": [{"key": "tier", "operator": "In", "values": ["a", "b"]}],
                    },
                },
                "status": {"readyReplicas": 2},
            },
        ),
    ),
    (
        "/pods",
        (
            {
                "items": [
                    {"metadata": _META, "status": pod_status(ready=True, restarts=2)},
                    {"metadata": _META, "status": pod_status(ready=False, waiting="CrashLoopBackOff")},
                ]
            },
        ),
    ),
    (
        "/leases",
        (
            {"metadata": _META, "spec": {}},
            {
                "metadata": _META,
                "spec": {
                    "holderIdentity": "bob@laptop/checkout-9/0b",
                    "leaseDurationSeconds": 15,
                    "renewTime": "2026-01-01T00:00:00.000000Z",
                    "acquireTime": "2026-01-01T00:00:00.000000Z",
                    "leaseTransitions": 3,
                },
            },
        ),
    ),
)


class Fed:
    """An Api whose answers are bytes, some of them changed."""

    context, server = "lab", "https://lab"

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._share = rng.choice((0.1, 0.3, 1.0))

    async def log_in(self, *, deadline_s: float) -> None:
        assert deadline_s > 0

    async def get(self, path: str, *, query: Any = None, deadline_s: float) -> Json:  # noqa: ARG002 - the protocol
        return self._answer(path)

    async def patch(self, path: str, *_args: Any, **_more: Any) -> Json:
        return self._answer(path)

    async def post(self, path: str, *_args: Any, **_more: Any) -> Json:
        return self._answer(path)

    async def delete(self, path: str, **_more: Any) -> Json:
        return self._answer(path)

    def _answer(self, path: str) -> Json:
        rng = self._rng
        documents = next((found for part, found in _DOCUMENTS if part in path), (_STATUS,))
        status, after, document = 200, "", deepcopy(rng.choice(documents))
        if rng.random() < self._share:
            status, after = rng.choice(STATUSES), rng.choice(AFTER)
            document = document if status < 300 else deepcopy(_STATUS)
            mutate.document(rng, document)
        body = json.dumps(document).encode()
        if rng.random() < self._share / 5:
            body = mutate.bytes_of(rng, body)
        return read_answer(status, {"Retry-After": after}, body, server="https://lab")


def _kubernetes(rng: Random) -> Case:
    api = Fed(rng)
    return _conversation(rng.choice((_router, _pods, _lease, _account)), api)


async def _router(api: Fed) -> None:
    marks = Marks(release="checkout-1", driver="ana@host/checkout-1/0a", version="0")
    router = open_router(api, PLAN, marks=marks)
    checks = await router.preflight()
    _journaled(ev.PreflightDone(checks=checks, metrics="Prometheus"))
    split = await router.read()
    _journaled(ev.RouterSeen(weight=split.weight, changed_by=split.changed_by))
    _journaled(ev.LeaseLost(why=split.driver, by=split.driver))
    for weight in (25, 0):
        after = await router.write(Exposure(weight=weight), base=split)
        _journaled(ev.WeightConfirmed(number=1, weight=after.weight, took_ms=1.0))
    await router.sign_off()


async def _pods(api: Fed) -> None:
    watch = PodWatch(api, namespace="shop", deployment="checkout-v1")
    for _ in range(2):
        _journaled(
            ev.SampleTaken(sample=Sample(span_s=0.0, stable=Look(pods=await watch.look(deadline_s=5.0))))
        )


async def _lease(api: Fed) -> None:
    terms = Terms(duration_s=1, renew_s=0.1, deadline_s=1.0)
    lease = ClusterLease(
        api,
        namespace="shop",
        name="x",
        identity="ana@host/x/0a",
        terms=terms,
        clock=_LOOP.time,
        wall=lambda: 1.8e9,
    )
    holder = await lease.holder()
    if holder is not None:
        _journaled(ev.LeaseHeld(lease=lease.name, taken_from=holder_in_words(holder)))
    try:
        await asyncio.wait_for(lease.acquire(instead_of=""), 5.0)
        await lease.renew()
    except TimeoutError:
        return
    finally:
        await lease.release()


async def _account(api: Fed) -> None:
    account = await who_am_i(api, deadline_s=1.0)
    _journaled(ev.PreflightDone(checks=(), account=account))


# -- Prometheus -----------------------------------------------------------------------------------------


class FedPrometheus(ScriptedPrometheus):
    """A Prometheus whose answers go over a wire on which some are changed."""

    def __init__(self, rng: Random, *pods: Pod) -> None:
        super().__init__(*pods)
        self._rng = rng
        self._share = rng.choice((0.05, 0.3, 1.0))
        self.numbers = {"orders": (3.0,), "cpu": (0.5,), "memory": (2e8,)}

    async def query(self, promql: str, *, deadline_s: float) -> Answer:
        answer = await super().query(promql, deadline_s=deadline_s)
        rows = [{"metric": row.labels, "value": [self.now_s, str(row.value)]} for row in answer.rows]
        return decode_answer(self._wire("vector", rows), status=self._status(), where="Prometheus")

    async def query_range(self, promql: str, **told: Any) -> RangeAnswer:
        answer = await super().query_range(promql, **told)
        rows = [
            {"metric": track.labels, "values": [[at_s, str(value)] for at_s, value in track.points]}
            for track in answer.tracks
        ]
        return decode_range(self._wire("matrix", rows), status=self._status(), where="Prometheus")

    def _status(self) -> int:
        return self._rng.choice(STATUSES) if self._rng.random() < self._share / 5 else 200

    def _wire(self, kind: str, rows: list[Any]) -> bytes:
        rng = self._rng
        body: Json = {"status": "success", "data": {"resultType": kind, "result": rows}}
        if rng.random() < self._share:
            mutate.document(rng, body)
            for row in rows if rng.random() < 0.5 else ():
                for inside, key in [*mutate.places_in(row)]:
                    if isinstance(inside, list) and key == 1 and rng.random() < 0.3:
                        inside[1] = rng.choice(hostile.WRITTEN)
        told = json.dumps(body).encode()
        return mutate.bytes_of(rng, told) if rng.random() < self._share / 5 else told


def _prometheus(rng: Random) -> Case:
    api = FedPrometheus(rng, *_fresh_pods(rng, 1000.0))
    api.past = {1000.0 - 3600 + 60 * minute: _fresh_pods(rng, 60.0 * minute) for minute in range(3)}
    return _conversation(_evidence, api)


def _fresh_pods(rng: Random, scraped_s: float) -> list[Pod]:
    return [
        Pod(
            deployment,
            f"{deployment}:1",
            scraped_s=scraped_s,
            requests={"200": scraped_s * 10, "503": scraped_s * rng.random()},
            below={"10": scraped_s, "250": scraped_s * 9, "+Inf": scraped_s * 10},
        )
        for deployment in ("checkout-v1", "checkout-v2")
    ]


async def _evidence(api: FedPrometheus) -> None:
    source = PrometheusSource(PLAN, api, clock=lambda: api.now_s)
    checks = await source.preflight()
    past = await source.history(deadline_s=5.0)
    if past is not None:
        terms = terms_of(Judge(), past, scrape_s=source.scrape_s)
        _journaled(ev.JudgeBegun(terms=terms))
        checks = (*checks, *foresee(past, plan=PLAN, terms=terms))
    _journaled(ev.PreflightDone(checks=checks, metrics=source.program))
    for _ in range(3):
        api.now_s += 5.0
        for pod in api.pods:
            pod.scraped_s = (pod.scraped_s or 0.0) + 5.0
            pod.requests = {code: count + 7 for code, count in pod.requests.items()}
        try:
            _journaled(ev.SampleTaken(sample=await source.sample(deadline_s=4.0)))
        except EvidenceError as error:
            _journaled(ev.SampleTaken(sample=Sample(span_s=0.0, trouble=error.with_hint)))


# -- the others -----------------------------------------------------------------------------------------


def _others(rng: Random) -> Case:
    """What a process that carries a message prints."""
    told = mutate.bytes_of(rng, b'{"trouble":"the service answered 500"}')

    def feed() -> None:
        outcome = _outcome(told, 0)
        _journaled(ev.NotifyFailed(to="env:X", occasion="hold", trouble=outcome.trouble))

    return Case(content=told, feed=feed)


# -- what all have in common ----------------------------------------------------------------------------


def _conversation(talk: Callable[[Any], Awaitable[None]], api: object) -> Case:
    """Talk until the end or an error of ours: also that one is put on record."""

    def feed() -> None:
        try:
            _LOOP.run_until_complete(talk(api))
        except TakenOver as error:
            _journaled(ev.LeaseLost(why=str(error), by=error.by))
            raise
        except PitheadError as error:
            _journaled(ev.WriteFailed(number=1, trouble=f"{error} {error.hint}"))
            raise

    return Case(feed=feed)


def _journaled(event: ev.AnyEvent) -> None:
    """Write an event down and read it again: what a worker writes, every reader must be able to read."""
    line = msgspec.json.encode(ev.Record(n=1, at=1000.0, event=event))
    try:
        decode(line)
    except PitheadError as error:
        raise Wrong(f"no journal can hold it: {error}") from error


_MAKERS: tuple[Callable[[Random], Case], ...] = (_kubernetes, _prometheus, _others)
