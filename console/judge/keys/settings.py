"""The settings of the two keys; each default was found best in simulation (docs/judge.md)."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from console.plan.model import Alone, OnSharedBreach


class Settings(Struct, frozen=True, kw_only=True):
    """The terms on which a release is judged."""

    alpha: float = 0.01
    """Key 1 turns at `1 / alpha`: the share of healthy releases that may ever get there."""
    beta: float = 0.1
    """Key 2 turns at `1 / beta`."""
    confirm_blocks: int = 2
    """Consecutive blocks that must see both keys turned."""
    cap: float = 50.0
    """No block counts for more than this factor: one skewed scrape decides nothing."""
    grid: tuple[float, ...] = (1.25, 1.6, 2.5, 6.0, 25.0)
    """How many times worse the canary may be: one bet on each."""
    delta: float = 0.001
    """Tolerated increase of a share of bad requests, ratio: the one knob that people turn."""
    errors_factor: float = 1.25
    """Tolerated growth of the error rate, a factor."""
    latency_factor: float = 1.10
    """Tolerated growth of the latency, a factor."""
    events_factor: float = 1.10
    """Tolerated fall of business events: stable may have this many times the canary's."""
    pods_z: float = 5.0
    """How many standard deviations of the stable pods' own spread are tolerated."""
    half_life_s: float = 600.0
    """How fast stable's past fades."""
    warmup_s: float = 60.0
    """New pods of the canary are not held to stable's latency for this long."""
    block_s: float = 15.0
    """No block is shorter, and none should be than a scrape: two versions' are up to one interval apart."""
    third_key: bool | UnsetType = UNSET
    """Whether what is shown not to be worse lets a stage be left early; unset in older terms."""
    alone: Alone = Alone.PAUSE
    on_shared_breach: OnSharedBreach = OnSharedBreach.RETREAT
    retreat_within_s: float = 120.0
    """A shared breach this soon after the weight grew is taken for the canary's doing."""

    @property
    def shows(self) -> bool:
        """Whether the third key is asked."""
        return self.third_key is True
