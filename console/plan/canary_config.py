"""Kayenta's canary configuration, as far as a plan can hold one; the defaults are Kayenta's own."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

MOST_METRICS = 50
Factor = Annotated[float, Meta(ge=0.0, le=1e6)]
Score = Annotated[float, Meta(ge=0.0, le=100.0)]
Every = Annotated[float, Meta(ge=60.0, le=86400.0)]
Stretch = Annotated[float, Meta(ge=0.0, le=86400.0)]


class Direction(StrEnum):
    """Which change is bad."""

    INCREASE = "increase"
    DECREASE = "decrease"
    EITHER = "either"


class Missing(StrEnum):
    """What becomes of a missing sample: Kayenta's `nanStrategy`."""

    REMOVE = "remove"
    REPLACE = "replace"
    """It counts as 0: for errors, where no series means no error."""


class Measure(StrEnum):
    """How large an effect is."""

    MEAN_RATIO = "mean_ratio"
    CLES = "cles"
    """The chance that a sample of the canary is higher than one of the baseline's."""


class MetricConfig(Struct, frozen=True, kw_only=True):
    """One metric."""

    name: str
    groups: tuple[str, ...] = ()
    direction: Direction = Direction.EITHER
    missing: Missing = Missing.REMOVE
    critical: bool = False
    must_have_data: bool = False
    muted: bool = False
    remove_outliers: bool = False
    outlier_factor: Factor = 3.0
    measure: Measure = Measure.MEAN_RATIO
    allowed_increase: Factor | None = None
    """None: 1, or 0.5 for `CLES`; so the three below."""
    allowed_decrease: Factor | None = None
    critical_increase: Factor | None = None
    critical_decrease: Factor | None = None

    def threshold(self, configured: float | None) -> float:
        """Return an effect size's threshold, or its default."""
        if configured is not None:
            return configured
        return 0.5 if self.measure is Measure.CLES else 1.0


class Kayenta(Struct, frozen=True, kw_only=True):
    """The judge of teams who come from Kayenta."""

    metrics: Annotated[tuple[MetricConfig, ...], Meta(min_length=1, max_length=MOST_METRICS)]
    weights: dict[str, Score] = {}
    """Percent by group; groups without one share what is left."""
    pass_score: Score = 95.0
    """A stage is passed from here on."""
    marginal_score: Score = 75.0
    """Below, the canary is rolled back; between the two the release waits for the next analysis."""
    every_s: Every = 300.0
    """Seconds between two analyses."""
    warmup_s: Stretch = 0.0
    """Seconds at the beginning of each weight that are left out."""
    lookback_s: Stretch = 0.0
    """An analysis covers this many seconds up to now; 0: all since the weight began."""
