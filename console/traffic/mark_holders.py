"""Another release's mark on the object, and its lease, as the preflight sees them: who drives, since when.

A lease tells whether its holder lives. A mark alone does not: who runs without a lease, or may not read it,
takes the release that a mark names for one that lives.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from console.cluster.api import Api
from console.cluster.holder import Holder, holder_in_words, release_in
from console.cluster.lease import ClusterLease
from console.cluster.rights import is_granted
from console.errors import ClusterError
from console.plan.literal import literal
from console.plan.model import Plan
from console.preflight import Check
from console.traffic.marks import DRIVER, Marks, other_driver, read_way_back, written_in_words
from console.traffic.rights import to_read_the_lease

Json = dict[str, Any]

LONGEST_MARK_CHARS = 300
"""Characters of a mark that are quoted: anybody who may annotate the object can write one."""


async def check_marks(
    api: Api,
    plan: Plan,
    annotations: Json,
    ours: Marks,
    *,
    leased: bool,
    is_dead: Callable[[str], bool],
    deadline_s: float,
) -> tuple[Check, ...]:
    """Name who else has marked the object or holds its lease; without a lease of ours that is refused."""
    mark = other_driver(annotations, ours)
    if leased and not mark:
        return ()  # the lease is asked for next, and says who has it
    name = f"other releases on {plan.namespace}/{plan.driven.target}"
    holder, known = await _holder(api, plan, is_dead, deadline_s=deadline_s)
    if leased:
        words = f"{_marked(mark, annotations)}; {_lives(annotations, holder, known=known, kind=plan.kind)}"
        return (Check(name=name, ok=True, words=words, warning=True),)
    if holder is not None:
        words = f"{holder_in_words(holder)} drives it: without a lease nothing keeps the two apart"
        mend = "wait until that release ends, or take it over: --take-over in place of --no-lease"
        return (Check(name=name, ok=False, words=f"{literal(words, longest=LONGEST_MARK_CHARS)}; {mend}"),)
    if not mark or (known and not _has_no_lease(annotations, plan.kind)):
        return ()  # its lease has run out: its worker is dead
    words = f"{_marked(mark, annotations)}, and nothing tells whether its worker lives"
    mend = f"wait until it ends; if it is dead, pithead rollback --route {plan.route}"
    mend += " sends all to stable and takes the mark off"
    return (Check(name=name, ok=False, words=f"{words}; {mend}"),)


async def _holder(
    api: Api, plan: Plan, is_dead: Callable[[str], bool], *, deadline_s: float
) -> tuple[Holder | None, bool]:
    """Return who renews the lease, and whether that could be seen: who needs no lease may not read one."""
    namespace = plan.namespace
    try:
        if not await is_granted(api, to_read_the_lease(plan), namespace=namespace, deadline_s=deadline_s):
            return None, False
        lease = ClusterLease(api, namespace=namespace, name=plan.lock, identity="", is_dead=is_dead)
        return await lease.living(), True
    except ClusterError:
        return None, False


def _marked(mark: str, annotations: Json) -> str:
    return literal(f"it bears the mark of {mark}{written_in_words(annotations)}", longest=LONGEST_MARK_CHARS)


def _lives(annotations: Json, holder: Holder | None, *, known: bool, kind: str) -> str:
    """Say whether the one who is marked lives, as far as the lease tells."""
    if holder is not None and release_in(holder.identity) == release_in(str(annotations.get(DRIVER))):
        return "it holds the lease"
    if _has_no_lease(annotations, kind):
        return "it runs without a lease, and stops where it is once this release has written"
    if not known:
        return "the lease may not be read, so that nothing tells whether its worker lives"
    return "it does not hold the lease any more: its worker is dead, or the mark came with a manifest"


def _has_no_lease(annotations: Json, kind: str) -> bool:
    way_back = read_way_back(annotations, kind=kind)
    return way_back is not None and not way_back.leased
