"""`python -m tests.bench_judge.events [RELEASES]`: events that must not become rarer, in simulated releases.

Four pods and the canary serve 500 requests a second (or 5), of which 30% (or 2%) end in an order; the canary
gets 1, 5, 25 and 50%, ten minutes each. The judge sees errors and orders alone, in blocks of 15 seconds. 100
releases a row take about three minutes of one core.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from console.evidence import Counts, History, PodMinute
from console.judge.keys.blocks import Block
from console.judge.keys.channels import Split, choose_channels
from console.judge.keys.history import total_counts
from console.judge.keys.judge import KeysState, begin, observe
from console.judge.keys.noise import profile_of
from console.judge.keys.settings import Settings
from tests.bench_judge.releases import Floats

SETTINGS = Settings()
STAGES = (1, 5, 25, 50)
BLOCKS = 40
"""Of each stage."""
PODS = 4
"""Stable's; the canary has one, and two at 50%."""
ERRORS = 0.002
SWING_BLOCKS = 12
RELEASES = 100
_ERRORS, _REFUSED, _ORDERS = 1, 2, 3
"""Where each is in what a side counts; none is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A service that sells."""

    name: str
    rps: float = 500.0
    sold: float = 0.3
    """Orders by requests."""
    canary_sells: float = 1.0
    """So many times as much."""
    shared_sd: float = 0.2
    """How much the orders of both versions wander, on the log scale; the others alike."""
    pods_sd: float = 0.0
    pods_fixed_sd: float = 0.0
    burst: float = 1.0
    swing: float = 1.0
    """For three minutes both versions sell so many times as much."""
    skewed: bool = False
    """Whether the canary's counts are a block ahead."""


SHOPS = (
    Shop(name="nothing wanders", shared_sd=0.0),
    Shop(name="mild"),
    Shop(name="wild", shared_sd=0.6),
    Shop(name="orders come in fives", burst=5.0),
    Shop(name="noisy pods", pods_sd=0.1),
    Shop(name="pods with a level of their own", pods_fixed_sd=0.05),
    Shop(name="a sale: x3", swing=3.0),
    Shop(name="payment is down: x0.1", swing=0.1),
    Shop(name="a sale, skewed", swing=3.0, skewed=True),
    Shop(name="payment is down, skewed", swing=0.1, skewed=True),
)
SIZES = ((5.0, 0.3), (500.0, 0.3), (500.0, 0.02))
DROPS = (0.95, 0.8, 0.5)


class Release:
    """One release of a shop, drawn."""

    def __init__(self, shop: Shop, *, seed: int) -> None:
        self._shop = shop
        self._random = np.random.default_rng(seed)
        self._levels = np.exp(self._random.normal(0.0, shop.pods_fixed_sd, PODS + 2))

    def rolled_back_after_s(self) -> float | None:
        """Judge it to its end; None where it is not rolled back."""
        state = self._begun()
        for block in self._blocks():
            state = observe(state, block)
            if state.keys.agreeing >= SETTINGS.confirm_blocks:
                return block.at_s
        return None

    def _begun(self) -> KeysState:
        past = self._past()
        channels = choose_channels(bounds_ms=(), history=total_counts(past), events=("orders",))
        return begin(
            settings=SETTINGS,
            channels=channels,
            profile=profile_of(past, channels=channels, half_life_s=SETTINGS.half_life_s),
            planned_blocks=BLOCKS * len(STAGES),
            stages=len(STAGES),
        )

    def _past(self) -> History:
        shared = self._wander(60, self._shop.shared_sd, tau_s=60.0, step_s=60.0)
        pods = [self._wander(60, self._shop.pods_sd, tau_s=300.0, step_s=60.0) for _ in range(PODS)]
        minutes = tuple(
            tuple(
                self._pod_minute(pod, shared[at] * pods[pod][at] * self._levels[pod]) for pod in range(PODS)
            )
            for at in range(60)
        )
        return History(minutes=minutes)

    def _pod_minute(self, pod: int, factor: float) -> PodMinute:
        requests = float(self._random.poisson(self._shop.rps * 60 / PODS))
        counts = Counts(requests=requests, errors_5xx=self._errors(requests))
        return PodMinute(pod=f"pod-{pod}", counts=counts, events={"orders": self._orders(requests, factor)})

    def _blocks(self) -> Iterator[Block]:
        many, block_s = BLOCKS * len(STAGES), SETTINGS.block_s
        shared = self._swung(self._wander(many + 1, self._shop.shared_sd, tau_s=60.0, step_s=block_s))
        pods = [
            self._wander(many, self._shop.pods_sd, tau_s=300.0, step_s=block_s) * level
            for level in self._levels
        ]
        for at in range(many):
            weight = STAGES[at // BLOCKS]
            canary_pods = 1 if weight < STAGES[-1] else 2
            stable = self._side(1 - weight / 100, shared[at] * np.mean([pod[at] for pod in pods[:PODS]]))
            ours = np.mean([pod[at] for pod in pods[PODS : PODS + canary_pods]]) * self._shop.canary_sells
            canary = self._side(weight / 100, shared[at + self._shop.skewed] * ours)
            yield Block(
                at_s=block_s * (at + 1),
                span_s=block_s,
                weight=weight,
                judged=tuple(_split(stable, canary, what) for what in (_ERRORS, _REFUSED, _ORDERS)),
                stable_pods=PODS,
                canary_pods=canary_pods,
            )

    def _side(self, share: float, factor: float) -> tuple[float, ...]:
        """Give the requests, and of them errors, 4xx and orders."""
        requests = float(self._random.poisson(self._shop.rps * SETTINGS.block_s * share))
        return requests, self._errors(requests), 0.0, self._orders(requests, factor)

    def _errors(self, requests: float) -> float:
        return float(self._random.binomial(int(requests), ERRORS))

    def _orders(self, requests: float, factor: float) -> float:
        share, burst = min(1.0, self._shop.sold * factor), self._shop.burst
        if burst == 1:
            return float(self._random.binomial(int(requests), share))
        return float(self._random.geometric(1 / burst, self._random.poisson(requests * share / burst)).sum())

    def _wander(self, many: int, sd: float, *, tau_s: float, step_s: float) -> Floats:
        kept = math.exp(-step_s / tau_s)
        fresh = self._random.normal(0.0, sd * math.sqrt(1 - kept * kept), many)
        level = 0.0
        found = []
        for step in fresh:
            level = kept * level + step
            found.append(math.exp(level))
        return np.array(found)

    def _swung(self, shared: Floats) -> Floats:
        begin_at = int(self._random.integers(0, len(shared) - SWING_BLOCKS))
        shared[begin_at : begin_at + SWING_BLOCKS] *= self._shop.swing
        return shared


def _split(stable: Sequence[float], canary: Sequence[float], what: int) -> Split:
    return Split(stable=stable[0], stable_bad=stable[what], canary=canary[0], canary_bad=canary[what])


def main(arguments: Sequence[str]) -> None:
    """Print a row for every shop, and for every drop."""
    releases = int(arguments[0]) if arguments else RELEASES
    for rps, sold in SIZES:
        for shop in SHOPS:
            _print(replace(shop, rps=rps, sold=sold), releases)
        for sells in DROPS:
            name = f"mild, v2 sells x{sells:g}"
            _print(Shop(name=name, rps=rps, sold=sold, canary_sells=sells), max(1, releases // 4))


def _print(shop: Shop, releases: int) -> None:
    ends = [Release(shop, seed=seed).rolled_back_after_s() for seed in range(releases)]
    found = [at_s for at_s in ends if at_s is not None]
    when = f", median after {median(found):.0f} s" if found else ""
    sys.stdout.write(
        f"{shop.rps:5g} rps, {shop.sold:4.0%} sold | {shop.name:32} | rolled back"
        f" {len(found):3} of {releases}{when}\n"
    )
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
