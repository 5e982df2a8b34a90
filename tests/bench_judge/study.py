"""Every policy on the same releases of a case: when each rolls back, and what is broken until then.

A decision at the end of a tick stops the damage at the end of the next one. Releases are made and judged in
portions, so that memory stays small, and every case has its own stream of random numbers.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol
from zlib import crc32

import numpy as np

from console.judge.keys.settings import Settings
from tests.bench_judge import ours
from tests.bench_judge.blocks import BY_ERRORS_AND_LATENCY, blocks_of
from tests.bench_judge.hard_limits import watch
from tests.bench_judge.kayenta import Kayenta
from tests.bench_judge.releases import Counted, Floats, Releases, simulate
from tests.bench_judge.thresholds import NEVER, Argo, Flagger, Seed, delays_s
from tests.bench_judge.windows import Windows, last_minute
from tests.bench_judge.worlds import Case

PORTION = 100


class Rule(Protocol):
    """A policy of today: it looks at windows of a minute."""

    @property
    def name(self) -> str: ...

    def decide(self, seen: Windows) -> Counted:
        """Give the tick at whose end each release is rolled back."""


FLAGGER = Flagger(name="Flagger 5 x 60 s", interval_s=60, threshold=5)
KAYENTA = Kayenta(name="Kayenta 5 m", window_minutes=5)
RIVALS: tuple[Rule, ...] = (
    Flagger(name="Flagger threshold 1", interval_s=60, threshold=1),
    FLAGGER,
    Flagger(name="Flagger 10 x 15 s", interval_s=15, threshold=10),
    Argo(name="Argo 0.95, limit 3", success=0.95),
    Argo(name="Argo 0.99, limit 3", success=0.99),
    Seed(name="Seed rules, all", limits=True),
    Seed(name="Seed rules, for 10 m", limits=False),
    Kayenta(name="Kayenta 10 m", window_minutes=10),
    KAYENTA,
)
OURS = "pithead"
OURS_5S = "pithead, 5 s blocks"
WITHOUT_4XX = "pithead without 4xx"
"""The judge as it was before it knew them: its whole budget is for errors and latency."""
BLOCKS = {OURS: 15}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a case's releases under each policy, one entry a release."""

    case: Case
    stops: dict[str, Counted]
    damage: dict[str, Floats]
    pauses: Counted
    """The tick at which our hard limits pause a release."""
    outage_tick: Counted

    @property
    def count(self) -> int:
        """Give the number of releases."""
        return self.outage_tick.size

    def rollbacks(self, policy: str) -> int:
        """Count what was rolled back at all."""
        return int((self.stops[policy] < NEVER).sum())

    def delays_s(self, policy: str) -> Floats:
        """Give the seconds from the defect's onset to the decision; infinite: never, or before it."""
        onset_s = self.case.change.from_s
        delays = delays_s(self.stops[policy], onset_s=onset_s)
        return np.where(delays > 0, delays, np.inf)

    def pause_delays_s(self) -> Floats:
        """Give the seconds from the outage's onset to the pause; infinite: not while it lasted."""
        after = delays_s(np.where(self.pauses < NEVER, self.pauses - self.outage_tick, NEVER))
        span_s = self.case.world.outage.span_s if self.case.world.outage else 0
        return np.where((after > 0) & (after <= span_s), after, np.inf)


class Study:
    """Outcomes, each made when it is first asked for."""

    def __init__(
        self,
        *,
        seeds: Sequence[int],
        settings: Settings | None = None,
        rivals: Sequence[Rule] = RIVALS,
        progress: bool = True,
    ) -> None:
        self.seeds = seeds
        self.rivals = rivals
        self.settings = settings or Settings()
        self.progress = progress
        self.outcomes: dict[str, Outcome] = {}

    def outcome(
        self,
        case: Case,
        *,
        count: int,
        alone: bool = False,
        ours_s: dict[str, int] = BLOCKS,
        without_4xx: bool = False,
    ) -> Outcome:
        """Give what became of `count` releases a seed; `alone`: no rival is asked."""
        known = self.outcomes.get(case.name)
        if known is None:
            if self.progress:
                sys.stderr.write(f"{case.name}\n")
            portions = [
                self._judged(releases, () if alone else self.rivals, ours_s, without_4xx=without_4xx)
                for seed in self.seeds
                for releases in portions_of(case, count=count, seed=seed)
            ]
            known = self.outcomes[case.name] = _joined(portions)
        return known

    def _judged(
        self, releases: Releases, rivals: Sequence[Rule], ours_s: dict[str, int], *, without_4xx: bool
    ) -> Outcome:
        windows = last_minute(releases) if rivals else None
        stops = {rule.name: rule.decide(windows) for rule in rivals if windows is not None}
        past = ours.past_of(releases, self.settings)
        blocks = {
            name: blocks_of(releases, past.layout, length_s=length_s) for name, length_s in ours_s.items()
        }
        for name, each in blocks.items():
            stops[name] = ours.judge(releases, each, past, self.settings).decide(self.settings)
        if without_4xx:
            of_old = ours.past_of(releases, self.settings, BY_ERRORS_AND_LATENCY)
            keys = ours.judge(releases, blocks[OURS], of_old, self.settings)
            stops[WITHOUT_4XX] = keys.decide(self.settings)
        return Outcome(
            case=releases.case,
            stops=stops,
            damage={policy: _damage(releases, stop) for policy, stop in stops.items()},
            pauses=watch(releases, blocks[OURS], self.settings).pauses(self.settings),
            outage_tick=releases.outage_tick,
        )


def portions_of(case: Case, *, count: int, seed: int) -> Iterator[Releases]:
    """Make a case's releases; the same seed gives the same ones."""
    rng = np.random.default_rng([seed, crc32(case.name.encode())])
    for at in range(0, count, PORTION):
        yield simulate(case, count=min(PORTION, count - at), rng=rng)


def _damage(releases: Releases, stop: Counted) -> Floats:
    total = np.cumsum(releases.damage, axis=1)
    last = np.minimum(stop, total.shape[1] - 2) + 1
    until: Floats = np.take_along_axis(total, last[:, None], axis=1)[:, 0]
    return until


def _joined(portions: Sequence[Outcome]) -> Outcome:
    policies = portions[0].stops
    return Outcome(
        case=portions[0].case,
        stops={name: np.concatenate([each.stops[name] for each in portions]) for name in policies},
        damage={name: np.concatenate([each.damage[name] for each in portions]) for name in policies},
        pauses=np.concatenate([each.pauses for each in portions]),
        outage_tick=np.concatenate([each.outage_tick for each in portions]),
    )
