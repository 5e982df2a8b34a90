"""What a real API server wrote down about its own writes, and who must not have made one.

Nothing of pithead's own word is in it: the order is etcd's revisions, which all objects share, and the times
are the API server's.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [
        {
            "level": "RequestResponse",
            "verbs": ["create", "update", "patch"],
            "resources": [
                {"group": "networking.istio.io", "resources": ["virtualservices"]},
                {"group": "coordination.k8s.io", "resources": ["leases"]},
            ],
        },
        {"level": "None", "users": ["system:apiserver", "admin"]},
        {"level": "Metadata"},
    ],
}
"""Whole writes of what is driven and of the right to drive it; of other calls only that they were made."""


FORBIDDEN = 403


class Written(Struct, frozen=True, kw_only=True):
    """One write of a lease or of a route that the API server has done."""

    revision: int
    at: float
    """When the API server got it: epoch seconds."""
    by: str
    """The account."""
    namespace: str
    holder: str | None = None
    """Of a lease: whom it names now, empty where nobody; None for a route."""
    weight: int = 0
    """Of a route: the canary's."""


def writes_in(log: Path, *, namespace: str) -> Iterator[Written]:
    """Read the writes that were done in one namespace: other tests have other objects in theirs."""
    for entry, ref in _entries(log):
        done = entry["level"] == "RequestResponse" and entry["responseStatus"]["code"] < 300
        if done and ref.get("namespace") == namespace:
            yield _written(entry)


def calls_in(log: Path, *, account: str, namespace: str) -> set[tuple[str, str, str, str]]:
    """Give verb, group, resource and name of all that an account has asked for in a namespace.

    What is created has no name: no role can narrow that.
    """
    return {
        (verb, ref.get("apiGroup", ""), ref["resource"], "" if verb == "create" else ref.get("name", ""))
        for entry, ref in _entries(log)
        if entry["user"].get("username") == account and ref.get("namespace") == namespace  # nobody has none
        for verb in (entry["verb"],)
    }


def denials_in(log: Path, *, namespace: str) -> list[str]:
    """Give what was asked for in a namespace and forbidden."""
    return [
        entry["requestURI"]
        for entry, ref in _entries(log)
        if entry["responseStatus"]["code"] == FORBIDDEN and ref.get("namespace") == namespace
    ]


def _entries(log: Path) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    for line in log.read_text().splitlines():
        entry = json.loads(line)
        yield entry, entry.get("objectRef") or {}


def charges(writes: Iterable[Written], *, certain_s: float) -> list[str]:
    """Say each write forward in one namespace that was not its writer's to make.

    A host may be certain of its lease for `certain_s` after the API server got its last renewal, or until it
    lets go of it; one that takes it from another, only from the end of the other one's time on. Whoever
    writes forward must be certain, and nobody else may be.
    """
    certain: dict[str, tuple[float, float]] = {}
    weight = 0
    found: list[str] = []
    for write in sorted(writes, key=lambda write: write.revision):
        if write.holder:
            others = [until for host, (_, until) in certain.items() if host != write.holder]
            since, _ = certain.get(write.holder) or (max([write.at, *others]), 0.0)
            certain[write.holder] = since, write.at + certain_s
        elif write.holder == "":
            certain.pop(write.by, None)
        else:
            if write.weight > weight:
                found += _charges(write, certain)
            weight = write.weight
    return found


def _charges(write: Written, certain: dict[str, tuple[float, float]]) -> Iterator[str]:
    what = f"{write.by} wrote {write.weight}% at revision {write.revision}"
    sure = [host for host, (since, until) in certain.items() if since <= write.at < until]
    if write.by not in sure:
        yield f"{what} without being certain"
    for host in sure:
        if host != write.by:
            yield f"{what} while {host} could be certain"


def _written(entry: dict[str, Any]) -> Written:
    obj, ref = entry["responseObject"], entry["objectRef"]
    is_lease = ref["resource"] == "leases"
    return Written(
        revision=int(obj["metadata"]["resourceVersion"]),
        at=datetime.fromisoformat(entry["requestReceivedTimestamp"]).timestamp(),
        by=entry["user"]["username"],
        namespace=ref["namespace"],
        holder=(obj["spec"].get("holderIdentity") or "").partition("@")[0] if is_lease else None,
        weight=0 if is_lease else int(obj["spec"]["http"][0]["route"][1].get("weight", 0)),
    )
