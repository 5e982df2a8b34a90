"""Which part of a store the plan looks at, in words: a wrong tenant or label finds nothing; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.plan.access import is_place
from console.plan.literal import literal

if TYPE_CHECKING:
    from console.plan.model import MetricsSource


def narrowed(metrics: MetricsSource) -> str:
    """Say it as the end of a clause: ` with cluster="a" and X-Scope-OrgID: shop`; empty for all of it."""
    access = metrics.access
    if not access:
        return ""
    labels = [f'{name}="{literal(value)}"' for name, value in access.labels.items()]
    headers = [
        f"{literal(name)} of {literal(value)}" if is_place(value) else f"{literal(name)}: {literal(value)}"
        for name, value in access.headers.items()
    ]
    return f" with {' and '.join([*labels, *headers])}" if labels or headers else ""
