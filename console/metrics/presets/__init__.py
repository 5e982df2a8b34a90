"""The presets, each in a file of its own whose name the plan's format lists; here alone they are imported."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from console.errors import EvidenceError
from console.plan import defaults
from console.plan.literal import literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.metrics.preset import Preset
    from console.plan.model import MetricsSource

PRESETS: dict[str, Callable[[MetricsSource], Preset]] = {
    name: import_module(f"{__name__}.{name}").preset for name in defaults.PRESETS
}


def preset_of(metrics: MetricsSource) -> Preset:
    """Return the preset that a plan names, told what the plan tells it.

    Raises `EvidenceError` where only another version of pithead knows it: its release is blind here, and can
    be rolled back, replayed and reported.
    """
    if metrics.preset not in PRESETS:
        raise EvidenceError(
            f"this pithead does not know the preset {literal(metrics.preset)}",
            hint="go on with the version that began the release",
        )
    return PRESETS[metrics.preset](metrics)
