"""The events that one watch is sent: a replay of what it missed, then what happens, then a bookmark."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from console.lab.kube.refusals import Refusal, bad_request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from console.lab.kube.calls import Call
    from console.lab.kube.store import Change, ObjectStore

Event = dict[str, Any]

BOOKMARK_EVERY_S = 30.0


async def events(
    store: ObjectStore,
    call: Call,
    *,
    since: str,
    matches: Callable[[Event], bool],
    timeout_s: float,
    bookmarks: bool,
) -> AsyncIterator[Event]:
    """Yield the events of one watch until its time is over; one ERROR event where it starts too far back."""
    news = asyncio.Event()
    unsubscribe = store.subscribe(lambda _type, _object: news.set())
    ends = asyncio.get_running_loop().time() + timeout_s
    try:
        version = _start(store, since)
        for event in _first(store, call, since=since, matches=matches):
            yield event
        while (left_s := ends - asyncio.get_running_loop().time()) > 0:
            news.clear()
            for change in store.changes_since(version):
                version = change.version
                if seen := _seen(change, call, matches):
                    yield seen
            if not await _came(news, within_s=min(left_s, BOOKMARK_EVERY_S)) and bookmarks:
                yield _bookmark(call, store.version)
    except Refusal as refusal:
        yield {"type": "ERROR", "object": refusal.body()}
    finally:
        unsubscribe()


def _start(store: ObjectStore, since: str) -> int:
    if not since.isdecimal() and since:
        raise bad_request(f'invalid resource version "{since}"')
    return int(since or 0) or store.version


def _first(store: ObjectStore, call: Call, *, since: str, matches: Callable[[Event], bool]) -> list[Event]:
    """Give what is there now, to a watch that says no version to start from."""
    if since not in ("", "0"):
        return []
    found = store.list(call.resource, namespace=call.namespace or None)
    return [{"type": "ADDED", "object": obj} for obj in found if _is_meant(obj, call) and matches(obj)]


def _is_meant(obj: Event, call: Call) -> bool:
    metadata = obj["metadata"]
    return call.namespace in ("", metadata.get("namespace", "")) and call.name in ("", metadata["name"])


def _seen(change: Change, call: Call, matches: Callable[[Event], bool]) -> Event | None:
    """Say what a change is to this watch: an object may come into its sight, and leave it."""
    if change.resource != call.resource or not _is_meant(change.after, call):
        return None
    before = change.before is not None and matches(change.before)
    after = change.type != "DELETED" and matches(change.after)
    kind = {(False, True): "ADDED", (True, True): "MODIFIED", (True, False): "DELETED"}.get((before, after))
    return {"type": kind, "object": change.after} if kind else None


async def _came(news: asyncio.Event, *, within_s: float) -> bool:
    try:
        await asyncio.wait_for(news.wait(), within_s)
    except TimeoutError:
        return False
    return True


def _bookmark(call: Call, version: int) -> Event:
    metadata = {"resourceVersion": str(version), "creationTimestamp": None}
    return {"type": "BOOKMARK", "object": {"kind": call.resource.kind, "metadata": metadata}}
