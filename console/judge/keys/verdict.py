"""What the judge says after a block: how far both keys have turned, who turned them, and what to do."""

from __future__ import annotations

import math

from msgspec import Struct

from console.judge.keys.channels import Kind
from console.judge.keys.estimate import Uplift
from console.judge.keys.gross import Gross
from console.judge.keys.usage import UsageVerdict
from console.judge.verdict import Action, Why


class ChannelVerdict(Struct, frozen=True, kw_only=True):
    """One channel's part."""

    name: str
    kind: Kind
    weight: float
    worse: float
    """Evidence that the canary is worse: 100.0 is 100:1."""
    beyond: float
    """Evidence that it is worse by more than is tolerated."""
    tolerated: float
    """The ratio that is tolerated now."""
    pod: str
    """Which of stable's pods it is as wide for; empty where it would be as wide without the pods."""
    uplift: Uplift | None
    """None before anything was compared."""
    tempered: float = 1.0
    """What the latest block's log gains were divided by; above 1 the service or this release is restless."""


class LimitVerdict(Struct, frozen=True, kw_only=True):
    """One hard limit."""

    name: str
    limit: float
    """The share that holds: what was configured, or twice what stable is used to."""
    canary: float
    """Evidence that the canary exceeds it."""
    both: float
    """Evidence that both versions together do."""


class SplitVerdict(Struct, frozen=True, kw_only=True):
    """How the requests are split at the weight in force."""

    asked: float
    """The canary's share of the requests that was asked for."""
    served: float
    """The share that it had, by what its proxies counted."""
    requests: float
    """Both versions' that this is known from; 0 right after a change of the weight."""


class KeysVerdict(Struct, frozen=True, kw_only=True):
    """After a block."""

    action: Action
    why: Why
    k1: float
    """Evidence for "worse": turned at `1 / alpha`."""
    k2: float
    """Evidence for "worse by more than is tolerated": turned at `1 / beta`."""
    k1_needed: float
    k2_needed: float
    agreeing: int
    """Blocks in a row that have seen both keys turned."""
    culprit: str
    """The channel with most of the evidence."""
    channels: tuple[ChannelVerdict, ...]
    limits: tuple[LimitVerdict, ...]
    p99_times: float | None
    """The canary's P99 by stable's; None where it lies outside the edges that are counted."""
    usage: tuple[UsageVerdict, ...]
    """What is measured and not counted, where there were minutes enough."""
    split: SplitVerdict
    shared: bool
    """Both versions are beyond a hard limit: rolling back would not help."""
    blind_s: float
    """Since the last block."""
    harmless: bool = False
    """The third key has turned: at this weight the canary is shown not to be worse than is tolerated."""
    calm_s: float | None
    """Since a version was last beyond a hard limit; None: it never was."""
    gross: Gross | None = None
    """What the last look shows from sample to sample, where that is gross damage."""

    @property
    def turned(self) -> tuple[float, float]:
        """How far each key has turned, 0..1, on the scale on which evidence grows evenly."""
        return _turned(self.k1, self.k1_needed), _turned(self.k2, self.k2_needed)


def _turned(evidence: float, needed: float) -> float:
    return min(1.0, max(0.0, math.log(max(evidence, 1.0)) / math.log(needed)))
