"""Gross damage: the two keys on the last minutes, from sample to sample, where one block may be enough.

A block of the keys is no shorter than a scrape, and two have to agree, because an outage of both versions
shows itself at one of them first. Here both are compared over the same time instead (`Stretch`): what the
canary surely had against the most that stable can have had. Each bound is on the safe side, so that the
bets stay fair: a bet against "as often as stable" loses by every bad request of stable that is added, and
by every request of the canary that is left out of its odds.

A look bets anew on the stretches since the damage began, wherever that is. So the first key's price is that
of all beginnings together: each second of the release has its share of the error budget, and it turns at
one over the share of the stretch in which the damage begins. The second key is the one of the blocks.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from msgspec import Struct

from console.evidence import Counts, Stretch
from console.judge.keys.channels import Channel, Kind, Share, Split, count
from console.judge.keys.evidence import CEILING, log_gains
from console.judge.keys.settings import Settings
from console.judge.keys.tolerance import Tolerated, lent_to
from console.judge.total import total
from console.plan.exposure import Compares, Exposure

BUDGET = 0.2
"""What it may err beside the keys, as a part of their own budget."""
PLANNED = 0.9
"""The part of that budget, ratio, for the time that the release is planned to take."""
GROSS = 0.1
"""What is gross: a share of bad requests that is higher by this than stable's, a ratio."""
ILL = {Kind.ERRORS: 0.01, Kind.REFUSED: 0.01, Kind.SLOW: 0.05}
"""Where stable's own share is higher by this than it is used to, a ratio, beyond what chance makes, the
blocks decide: an outage of both may end later for one of them."""
_CHANCE = 3.0
"""Standard deviations that are taken for chance."""
KINDS = (Kind.ERRORS, Kind.REFUSED, Kind.SLOW)
"""What is looked at: each has the same part of the budget, which its channels share."""
MOST = 20
"""Stretches of a look that are read; a source gives fewer."""
SHORTEST_S = 0.001
"""No two samples are nearer, seconds."""
FEWEST = 20
"""Fewer bad requests may be one client's."""
GRID = (4.0, 25.0, 100.0)
"""How many times worse the canary may be: one bet on each."""
EDGE_FEWEST = 3
"""Bad requests beyond the usual that show that damage began before the stretches that show it whole."""
ALONE_S = 2.0
ALONE_FEWEST = 100
"""Seconds, and bad requests, from which on what shows itself in one stretch only is damage: less may be one
client's."""
LONGEST_BLIP_S = 1.1
"""What is over as soon is no damage: a connection pool that is made anew, a leader that is elected."""
LONGEST_START_S = 5.0
"""The same right after a new weight, where caches and connections of new users are made."""
STARTS_S = 10.0
"""For how long a new weight is new: a mesh takes as long to spread it."""


class Gross(Struct, frozen=True, kw_only=True):
    """What the last minutes show of the channel that speaks loudest."""

    name: str
    kind: Kind
    k1: float
    """Evidence that the canary is worse, all channels together: 100.0 is 100:1."""
    k2: float
    """Evidence that it is so by more than is tolerated."""
    k1_needed: float
    stable: float
    """Stable's share of bad requests, at most."""
    canary: float
    """The canary's, in its newest stretch."""
    lasted_s: float
    """For how long this has lasted at least."""
    proven: bool


class _Run(Struct, frozen=True):
    """The stretches that one channel's damage has lasted, the newest last."""

    stretches: tuple[Stretch, ...]
    lasted_s: float
    usual: float
    """Stable's share of bad requests meanwhile, at most."""
    newest: float
    """The canary's, in the newest stretch."""


class Situation(Struct, frozen=True, kw_only=True):
    """What the judge knows when it looks."""

    settings: Settings
    channels: tuple[Channel, ...]
    tolerated: tuple[Tolerated, ...]
    usual: tuple[float, ...]
    """Stable's share of bad requests, one a channel."""
    bursts: tuple[float, ...]
    tempered: tuple[float, ...]
    weight: int
    """Percent of requests that the canary is given; the larger one where it has just changed."""
    cold: bool
    """Whether the canary's latency is not judged yet."""
    new_for_s: float
    """Since when the weight is in force, at least, seconds."""
    passed_s: float
    """Of the release."""
    planned_s: float


def read_gross(
    stretches: Sequence[Stretch], situation: Situation, *, bounds_ms: tuple[float, ...]
) -> Gross | None:
    """Read the newest stretches; None where no channel shows gross damage that stable does not share."""
    stretches = tuple(each for each in stretches if each.span_s >= SHORTEST_S)[-MOST:]
    if not stretches or Exposure(weight=situation.weight).compares is not Compares.BOTH:
        return None
    read = [
        _Reader(situation, at, bounds_ms)
        for at, each in enumerate(situation.channels)
        if each.weight > 0 and each.kind in KINDS
    ]
    if any(
        each.channel.kind in (Kind.ERRORS, Kind.REFUSED) and each.stable_is_ill(stretches) for each in read
    ):
        return None
    readers = [each for each in read if each.compares(stretches)]
    found = [(each, run) for each in readers if (run := each.run(stretches)) is not None]
    if not found:
        return None
    # Both keys are asked about one time for all channels, within what the longest of them has lasted. That
    # it may begin at any stretch is paid for by the price; where it ends, a bet may be stopped.
    longest = max((run for _, run in found), key=lambda run: len(run.stretches))
    best = max(_bets(readers, longest.stretches, situation), key=lambda bet: bet.k1 / bet.k1_needed)
    loudest, run = max(found, key=lambda each: each[0].weight * each[0].worse(best.aligned))
    bad = total(loudest.bad(each) for each in best.aligned)
    turned = best.k1 >= best.k1_needed and best.k2 >= 1 / situation.settings.beta and bad >= FEWEST
    return Gross(
        name=loudest.channel.name,
        kind=loudest.channel.kind,
        k1=best.k1,
        k2=best.k2,
        k1_needed=best.k1_needed,
        stable=run.usual,
        canary=run.newest,
        lasted_s=run.lasted_s,
        proven=turned and run.lasted_s >= _longest_blip_s(situation, longest.stretches[0]),
    )


class _Bet(Struct, frozen=True):
    """Both keys over some stretches in a row."""

    aligned: tuple[Stretch, ...]
    k1: float
    k2: float
    k1_needed: float


def _bets(readers: Sequence[_Reader], stretches: Sequence[Stretch], situation: Situation) -> Iterator[_Bet]:
    """Bet on every row of stretches that stable's samples reach."""
    for first in range(len(stretches)):
        for end in range(first + 1, len(stretches) + 1):
            aligned = tuple(each for each in stretches[first:end] if each.stable is not None)
            yield _Bet(
                aligned,
                min(CEILING, total(each.weight * each.worse(aligned) for each in readers)),
                min(CEILING, total(each.weight * each.beyond(aligned) for each in readers)),
                k1_needed(situation, stretches[first]),
            )


def k1_needed(situation: Situation, first: Stretch) -> float:
    """Return the odds at which key 1 turns for damage that begins in this stretch.

    Most of the budget lies evenly on the time that the release is planned to take, the rest on all that may
    come behind it, thinner and thinner: together never more than all of it.
    """
    planned_s = max(situation.planned_s, first.span_s)
    began_s = max(0.0, situation.passed_s - first.ago_s - first.span_s)
    later = (1 - PLANNED) * planned_s / max(began_s, 1.0) ** 2
    density = PLANNED / planned_s if began_s < planned_s else later
    return 1 / (BUDGET * situation.settings.alpha * min(1.0, density * first.span_s))


def _longest_blip_s(situation: Situation, first: Stretch) -> float:
    return LONGEST_START_S if _is_new(situation, first) else LONGEST_BLIP_S


def _is_new(situation: Situation, first: Stretch) -> bool:
    """Whether the weight was new when this stretch began, or is since."""
    return situation.new_for_s - first.ago_s - first.span_s < STARTS_S


class _Reader:
    """Reads one channel."""

    def __init__(self, situation: Situation, at: int, bounds_ms: tuple[float, ...]) -> None:
        self.channel = situation.channels[at]
        alike = [each for each in situation.channels if each.kind is self.channel.kind]
        self.weight = 1 / len(KINDS) / len(alike)
        self._bounds_ms = bounds_ms
        self._situation = situation
        self._tolerated = situation.tolerated[at]
        self._usual = situation.usual[at]
        self._burst = situation.bursts[at]
        self._tempered = situation.tempered[at]
        self._skipped = self.channel.kind not in KINDS or (situation.cold and self.channel.kind is Kind.SLOW)

    def stable_is_ill(self, stretches: Sequence[Stretch]) -> bool:
        """Return whether stable suffers too, or nobody knows; stretches without its samples say nothing."""
        if self._skipped:
            return False
        # Stable's samples do not reach the oldest stretch, so nobody knows whether it suffered then.
        if stretches[0].stable is None:
            return True
        return any(self._is_ill(each.stable) for each in stretches if each.stable is not None)

    def compares(self, stretches: Sequence[Stretch]) -> bool:
        """Tell whether the channel is one of these looks, and stable as it is used to be."""
        return not self._skipped and not self.stable_is_ill(stretches)

    def _is_ill(self, stable: Counts) -> bool:
        found, usual = self._count(stable), self._usual
        chance = _CHANCE * math.sqrt(usual * found.total) + EDGE_FEWEST
        return found.bad - usual * found.total > chance + ILL[self.channel.kind] * found.total

    def run(self, stretches: Sequence[Stretch]) -> _Run | None:
        """Return the stretches that gross damage has lasted up to now; None where there are none.

        In the first of them it may just have begun.
        """
        usual = max((self._stable_share(each) or 0.0 for each in stretches), default=0.0)
        usual = max(usual, self._usual)
        excess = [self._share(each) - usual for each in stretches[1:]]
        gross = 0
        # From the newest backwards: only damage that goes on now takes the weight away.
        while gross < len(excess) and excess[-1 - gross] >= GROSS:
            gross += 1
        if not gross:
            return None
        whole = list(stretches[1:])[-gross:]
        # Damage may begin and end within a stretch: the outer ones count by the part of their requests that
        # was bad.
        edges = whole[:1] if gross > 1 else []
        inner, last = whole[len(edges) : -1], whole[-1]
        before = stretches[-gross - 1]
        if gross < len(excess) and self._has_begun(before, usual):
            edges, inner, whole = [before], whole[:-1], [before, *whole]
        lasted_s = total(each.span_s for each in inner) + total(
            self._excess(each, usual) / self._rps(each, whole) for each in (*edges, last)
        )
        alone = lasted_s >= ALONE_S and self.bad(last) >= ALONE_FEWEST
        if len(whole) == 1 and (_is_new(self._situation, last) or not alone):
            return None
        return _Run(tuple(whole), lasted_s, usual, self._share(last))

    def _rps(self, stretch: Stretch, run: Sequence[Stretch]) -> float:
        """Give how many requests a second would have been bad if all were.

        A stretch with a new weight in it has a lower mean than its end, where the bad ones are.
        """
        there = run if _is_new(self._situation, run[0]) else (stretch,)
        return max(max(1.0, self._requests(each)) / each.span_s for each in there)

    def _has_begun(self, stretch: Stretch, usual: float) -> bool:
        """Return whether more of its requests were bad than chance makes of the usual."""
        chance = 2 * math.sqrt(usual * self._requests(stretch))
        return self._excess(stretch, usual) >= EDGE_FEWEST + chance

    def bad(self, stretch: Stretch) -> float:
        """Count the canary's bad requests."""
        return self._count(stretch.canary).bad

    def worse(self, stretches: Sequence[Stretch]) -> float:
        """Return the evidence of "worse at all"."""
        return self._evidence(stretches, Tolerated())

    def beyond(self, stretches: Sequence[Stretch]) -> float:
        """Return the evidence of "worse by more than is tolerated"."""
        return self._evidence(stretches, self._tolerated)

    def _evidence(self, stretches: Sequence[Stretch], tolerated: Tolerated) -> float:
        gains = [
            log_gains(
                lent_to(self._split(each), tolerated),
                grid=GRID,
                tolerated=tolerated.asked,
                burst=self._burst,
                tempered=self._tempered,
                cap=math.inf,
            )
            for each in stretches
        ]
        sums = (total(gain[at] for gain in gains) for at in range(len(GRID)))
        # The exponent is cut far beyond the ceiling and far below where `exp` raises OverflowError.
        return total(min(CEILING, math.exp(min(each, 300.0))) for each in sums) / len(GRID)

    def _split(self, stretch: Stretch) -> Split:
        """Bet at the odds that were asked for, or at those that were seen where chance makes no such ones."""
        assert stretch.stable is not None
        canary = self._count(stretch.canary)
        stable = self._count(stretch.stable)
        weight = self._situation.weight
        asked = weight / (100 - weight)
        chance = _CHANCE * math.sqrt((1 + asked) / max(1.0, canary.total))
        odds = stretch.odds if stretch.odds > asked * (1 + chance) else asked
        return Split(
            stable=canary.total / odds, stable_bad=stable.bad, canary=canary.total, canary_bad=canary.bad
        )

    def _count(self, counts: Counts) -> Share:
        return count((self.channel,), counts, bounds_ms=self._bounds_ms, events={})[0]

    def _share(self, stretch: Stretch) -> float:
        found = self._count(stretch.canary)
        return found.bad / max(1.0, found.total)

    def _requests(self, stretch: Stretch) -> float:
        return self._count(stretch.canary).total

    def _excess(self, stretch: Stretch, usual: float) -> float:
        """Count the canary's bad requests beyond the usual."""
        found = self._count(stretch.canary)
        return max(0.0, found.bad - usual * found.total)

    def _stable_share(self, stretch: Stretch) -> float | None:
        if stretch.stable is None:
            return None
        found = self._count(stretch.stable)
        return found.bad / max(1.0, found.total)
