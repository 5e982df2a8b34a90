"""Requests that no pod counted, told by their callers' proxies; pure.

A pod's own proxy counts what reaches it. That nobody could be reached, or that an answer never came, only the
caller's proxy knows. Where it found nobody to send the request to, no pod has counted it. Where it lost the
answer the pod may have counted the request as failed, a scrape earlier or later: such a failure counts when
no failure of a pod about that time can be the same request. An answer that came is the pod's to count.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from console.metrics.counters import Memory, advance
from console.metrics.outcomes import NOBODY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.metrics.counters import Scrapes, Series
    from console.metrics.preset import OfCallers

HOLD_S = 30.0
"""Seconds for which a lost answer waits for the pod's own count of it: two usual scrapes."""
SEPARATOR = "|"


class Fate(StrEnum):
    """What became of a request that failed for its caller."""

    SENT_NOWHERE = "sent nowhere"
    LOST = "lost"
    """Its answer never came."""
    ANSWERED = "answered"


Dated = tuple[tuple[float, float], ...]
"""When, and how many."""


class Account(NamedTuple):
    """What callers and pods told of one version's failures, as far as it is not settled."""

    owed: Dated = ()
    """Failures that callers counted, and no pod yet."""
    credit: Dated = ()
    """Failures that pods counted, and no caller yet."""


def settle(before: Account, *, by_callers: float, by_pods: float, now_s: float) -> tuple[Account, float]:
    """Match what both counted; return the failures that no pod can have counted."""
    owed, credit = (*before.owed, (now_s, by_callers)), (*before.credit, (now_s, by_pods))
    both = min(_total(owed), _total(credit))
    owed, credit = _less(owed, both), _less(credit, both)
    late = tuple(each for each in owed if now_s - each[0] >= HOLD_S)
    account = Account(owed[len(late) :], tuple(each for each in credit if now_s - each[0] < HOLD_S))
    return account, _total(late)


def _total(dated: Dated) -> float:
    return sum((count for _, count in dated), 0.0)


def _less(dated: Dated, count: float) -> Dated:
    """Take this number away, the oldest first."""
    left = []
    for at_s, there in dated:
        taken = min(there, count)
        count -= taken
        if there > taken:
            left.append((at_s, there - taken))
    return tuple(left)


@dataclass(frozen=True, slots=True)
class Callers:
    """What is remembered from one look to the next."""

    counted: Memory = field(default_factory=Memory)
    accounts: Mapping[str, Account] = field(default_factory=dict)

    def add(
        self, reading: Mapping[Series, float], scrapes: Scrapes, *, by_pods: Mapping[str, float], now_s: float
    ) -> tuple[Callers, dict[str, float]]:
        """Take a look in; gives the requests of each workload that nobody answered and no pod counted.

        `by_pods` are the failures that the pods of each workload counted themselves.
        """
        counted, increments = advance(self.counted, reading, now_s=now_s, scrapes=scrapes)
        accounts: dict[str, Account] = {}
        unanswered: dict[str, float] = {}
        for workload, pods in by_pods.items():
            own = {series.what: count for series, count in increments.items() if series.workload == workload}
            lost = sum((count for what, count in own.items() if _fate(what) == Fate.LOST), 0.0)
            before = self.accounts.get(workload, Account())
            accounts[workload], unseen = settle(before, by_callers=lost, by_pods=pods, now_s=now_s)
            nowhere = sum((count for what, count in own.items() if _fate(what) == Fate.SENT_NOWHERE), 0.0)
            unanswered[workload] = nowhere + unseen
        return Callers(counted, accounts), unanswered


def failure_of(labels: Mapping[str, str], *, code_label: str, told_by: OfCallers) -> str:
    """Write what kind of failure a series counts, and behind it all that tells it from others."""
    rest = ",".join(f"{name}={text}" for name, text in sorted(labels.items()))
    flags = labels.get(told_by.flags_label, "").split(",")
    return f"{_fate_by(flags, labels.get(code_label, ''), told_by)}{SEPARATOR}{rest}"


def _fate_by(flags: list[str], code: str, told_by: OfCallers) -> Fate:
    if not told_by.sent_nowhere.isdisjoint(flags):
        return Fate.SENT_NOWHERE
    return Fate.LOST if code == NOBODY or not told_by.lost.isdisjoint(flags) else Fate.ANSWERED


def _fate(what: str) -> str:
    return what.partition(SEPARATOR)[0]
