"""The pods that a question to Prometheus is about, each by its name.

Whose a pod is, Kubernetes knows, and no pattern on names does: `checkout-[a-z0-9]+-[a-z0-9]{5}` takes in the
pods of a DaemonSet `checkout-v2`. So a question names the pods that were there a moment ago, and no others.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Protocol

from console.errors import EvidenceError
from console.metrics.template import Regex, escaped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LONGEST_QUESTION_CHARS = 12_000
"""The longest list of names in a question, characters: VictoriaMetrics refuses a question of more than 16,384
bytes. It has room for 1,900 pods of one ReplicaSet."""

Names = tuple[str, ...]


KEPT_S = 60.0
"""Seconds for which a pod that is gone is still asked for: its last scrape counts. For as long the last
list of pods stands in where none can be had."""


class Lately:
    """The pods that were there a moment ago, of each Deployment whose pods were listed lately."""

    def __init__(self) -> None:
        self._seen_at_s: dict[str, dict[str, float]] = {}

    def see(self, known: Mapping[str, Names], *, clock_s: float) -> dict[str, Names]:
        """Take a look in, and name those of now and of a moment ago."""
        for deployment, names in known.items():
            self._seen_at_s.setdefault(deployment, {}).update(dict.fromkeys(names, clock_s))
        for names_at_s in self._seen_at_s.values():
            for name in [name for name, at_s in names_at_s.items() if clock_s - at_s > KEPT_S]:
                del names_at_s[name]
        return {
            deployment: tuple(sorted(names_at_s))
            for deployment, names_at_s in self._seen_at_s.items()
            if names_at_s or deployment in known
        }


class PodNames(Protocol):
    """Knows the pods of both versions."""

    @property
    def known(self) -> Mapping[str, Names]:
        """By Deployment, as of the last look at them; absent where that could not be made."""

    @property
    def addresses(self) -> Mapping[str, str]:
        """The IP of each that has one of its own, by its name."""

    @property
    def young(self) -> frozenset[str]:
        """Those that were made since the first look at them."""

    async def learn(self, *, deadline_s: float) -> None:
        """Look at those that nobody has looked at yet; raises nothing."""


class GivenNames:
    """Names that somebody else knows; none to begin with."""

    def __init__(
        self, known: Mapping[str, Names] | None = None, addresses: Mapping[str, str] | None = None
    ) -> None:
        self.known: Mapping[str, Names] = known or {}
        self.addresses: Mapping[str, str] = addresses or {}
        self.young: frozenset[str] = frozenset()

    async def learn(self, *, deadline_s: float) -> None:
        """Know what is known."""


def one_of(names: Iterable[str]) -> Regex:
    """Write a regular expression that these names match, and no other; raises `EvidenceError` where too long.

    Names of one ReplicaSet begin alike, which is written once.
    """
    endings: defaultdict[str, list[str]] = defaultdict(list)
    for name in names:
        begin, dash, ending = name.rpartition("-")
        endings[begin + dash].append(ending)
    written = "|".join(_alike(begin, each) for begin, each in endings.items())
    if len(written) > LONGEST_QUESTION_CHARS:
        count = sum(map(len, endings.values()))
        raise EvidenceError(f"{count} pods are more than a question can name")
    return Regex(written)


def _alike(begin: str, endings: list[str]) -> str:
    ends = "|".join(map(escaped, endings))
    return escaped(begin) + (ends if len(endings) == 1 else f"({ends})")
