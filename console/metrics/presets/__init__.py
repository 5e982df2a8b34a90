"""The presets, each in a file of its own whose name the plan's format lists; here alone they are imported."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from console.errors import EvidenceError
from console.plan import defaults
from console.plan.literal import literal

if TYPE_CHECKING:
    from console.metrics.preset import Preset

PRESETS: dict[str, Preset] = {name: import_module(f"{__name__}.{name}").PRESET for name in defaults.PRESETS}


def preset_of(name: str) -> Preset:
    """Give the preset of this name.

    Raises `EvidenceError` where only another version of pithead knows it: its release is blind here, and can
    be rolled back, replayed and reported.
    """
    if name not in PRESETS:
        raise EvidenceError(
            f"this pithead does not know the preset {literal(name)}",
            hint="go on with the version that began the release",
        )
    return PRESETS[name]
