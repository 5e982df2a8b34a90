"""Keeps the lab's two versions running as the pods that the Kubernetes API shows.

A pod is one process. One that crashes is started again after a back-off that grows, and meanwhile the pod
says CrashLoopBackOff, as a real kubelet's would.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from console.interpreter import own_module
from console.lab.faults import HEALTHY, Faults
from console.lab.kube.resources import DEPLOYMENTS, PODS, REPLICA_SETS
from console.lab.leash import Leashed, start_on_leash
from console.lab.ready import comes_up
from console.lab.topology import LOOPBACK, NAMESPACE, SERVICE, workload

if TYPE_CHECKING:
    from pathlib import Path

    from console.lab.ground_truth import TruthLog
    from console.lab.kube.store import ObjectStore

BACK_OFF_S = (0.0, 1.0, 2.0, 4.0)
"""Before the first restart, the second, ...; the last one holds. A real kubelet's go on to five minutes."""

TEMPLATE_HASH = "6d5f7c9b84"
"""What tells one generation of a Deployment's pods from the next."""

Json = dict[str, Any]


class Pod:
    """One pod with its only container, a process of `console.lab.app`."""

    def __init__(
        self, *, version: str, port: int, store: ObjectStore, truth: TruthLog, folder: Path, pace: float
    ) -> None:
        self.version = version
        self.port = port
        self.faults = HEALTHY
        self.up = asyncio.Event()
        self._store = store
        self._truth = truth
        self.log = folder / f"{workload(version)}.log"
        self._pace = pace
        self._restarts = 0
        self._last_state: Json = {}
        self._process: Leashed | None = None
        owner = store.create(DEPLOYMENTS, deployment(version))
        owner = store.create(REPLICA_SETS, replica_set(version, owner=owner))
        self.name = store.create(PODS, pod(version, owner=owner))["metadata"]["name"]

    async def keep_running(self) -> None:
        """Start the process, and again whenever it has ended."""
        while True:
            self._process = self._start()
            if await comes_up(self._process, port=self.port, path="/metrics"):
                self._say(ready=True, state={"running": {"startedAt": _now()}})
                self.up.set()
            await asyncio.to_thread(self._process.wait)
            self.up.clear()
            await self._back_off(self._process.stop())

    async def suffer(self, faults: Faults) -> None:
        """Let these faults hold, in the process that runs now and in those that follow it."""
        self.faults = faults
        self._truth.note("faults", version=self.version, faults=msgspec.to_builtins(faults))
        if self.up.is_set():
            await _post_faults(self.port, msgspec.json.encode(faults))

    def stop(self) -> None:
        """End the process; `keep_running` must be cancelled first."""
        if self._process is not None:
            self._process.stop()

    def _start(self) -> Leashed:
        args = own_module("console.lab.app", "--version", self.version, "--pod", self.name)
        faults = msgspec.json.encode(self.faults).decode()
        return start_on_leash([*args, "--port", str(self.port), "--faults", faults], log=self.log)

    async def _back_off(self, code: int) -> None:
        """Say that the container crashed, and wait before the next try."""
        self._truth.note("crash", version=self.version)
        self._last_state = {"terminated": {"exitCode": code, "reason": "Error", "finishedAt": _now()}}
        wait_s = BACK_OFF_S[min(self._restarts, len(BACK_OFF_S) - 1)]
        if wait_s:
            message = f"back-off {wait_s:g}s restarting failed container=app pod={self.name}"
            self._say(ready=False, state={"waiting": {"reason": "CrashLoopBackOff", "message": message}})
        else:
            self._say(ready=False, state=self._last_state)
        await asyncio.sleep(wait_s / self._pace)
        self._restarts += 1
        self._truth.note("restart", version=self.version)

    def _say(self, *, ready: bool, state: Json) -> None:
        """Write the pod's and the Deployment's status."""
        container = {
            "name": "app",
            "image": image(self.version),
            "imageID": "",
            "ready": ready,
            "started": ready,
            "restartCount": self._restarts,
            "state": state,
            "lastState": self._last_state,
        }
        condition = {"type": "Ready", "status": str(ready)}
        self._write(
            PODS,
            self.name,
            {"phase": "Running", "conditions": [condition], "containerStatuses": [container]},
        )
        ready_replicas = {"readyReplicas": 1, "availableReplicas": 1} if ready else {}
        unavailable = {} if ready else {"unavailableReplicas": 1}
        counts = {
            "observedGeneration": 1,
            "replicas": 1,
            "updatedReplicas": 1,
            **ready_replicas,
            **unavailable,
        }
        self._write(DEPLOYMENTS, workload(self.version), counts)

    def _write(self, resource: Any, name: str, status: Json) -> None:
        """Put a whole new status: what it does not hold is gone."""
        obj = self._store.get(resource, namespace=NAMESPACE, name=name)
        self._store.replace(resource, {**obj, "status": status}, subresource="status", manager="kubelet")


def labels(version: str) -> dict[str, str]:
    """Give the labels by which a version's pods are selected."""
    return {"app": SERVICE, "version": version}


def image(version: str) -> str:
    """Name the image that a version's container would have."""
    return f"registry.example/{SERVICE}:{version}"


def deployment(version: str) -> Json:
    """Make a version's Deployment."""
    selector = labels(version)
    return {
        "metadata": {"name": workload(version), "namespace": NAMESPACE, "labels": selector},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": selector},
            "template": {"metadata": {"labels": selector}, "spec": _pod_spec(version)},
        },
    }


def replica_set(version: str, *, owner: Json) -> Json:
    """Make the ReplicaSet between a version's Deployment and its pod."""
    meta = {
        "name": f"{workload(version)}-{TEMPLATE_HASH}",
        "namespace": NAMESPACE,
        "labels": _hashed(version),
        "ownerReferences": [controlled_by(owner)],
    }
    template = {"metadata": {"labels": _hashed(version)}, "spec": _pod_spec(version)}
    selector = {"matchLabels": _hashed(version)}
    return {"metadata": meta, "spec": {"replicas": 1, "selector": selector, "template": template}}


def pod(version: str, *, owner: Json) -> Json:
    """Make a version's only pod; the store completes its name."""
    meta = {
        "generateName": f"{owner['metadata']['name']}-",
        "namespace": NAMESPACE,
        "labels": _hashed(version),
        "ownerReferences": [controlled_by(owner)],
    }
    return {"metadata": meta, "spec": _pod_spec(version), "status": {"phase": "Pending"}}


def controlled_by(owner: Json) -> Json:
    """Refer to the object that controls another one."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def _hashed(version: str) -> dict[str, str]:
    return {**labels(version), "pod-template-hash": TEMPLATE_HASH}


def _pod_spec(version: str) -> Json:
    return {"containers": [{"name": "app", "image": image(version)}]}


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def _post_faults(port: int, body: bytes) -> None:
    """Tell the process; one that has just died learns it when it is started again."""
    try:
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        head = f"POST /lab/faults HTTP/1.1\r\nhost: lab\r\ncontent-length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await reader.readline()
        writer.close()
    except OSError:
        return
