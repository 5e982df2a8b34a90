"""The numbers that events hold, and what each may be."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

Ordinal = Annotated[int, Meta(ge=0, le=10**12)]
Generation = Annotated[int, Meta(ge=0, le=2**63 - 1)]
"""How often what the router's object wants was changed, as the API server counts; 0 where it is not known."""
LATEST = 1e11
"""In the year 5138."""
Time = Annotated[float, Meta(ge=0.0, le=LATEST)]
"""Epoch seconds, UTC."""
Milliseconds = Annotated[float, Meta(ge=0.0, le=1e12)]
