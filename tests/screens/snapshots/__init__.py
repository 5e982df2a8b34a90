"""The pictures of the main screens, a file each, and why they were made anew."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
REASONS = FOLDER / "reasons.txt"
"""Why pictures were made anew, the latest last."""


def kept(name: str) -> str:
    """Read a picture; empty where there is none."""
    path = FOLDER / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


def all_kept() -> set[str]:
    """Name all pictures that are there."""
    return {path.name for path in FOLDER.glob("*.txt")} - {REASONS.name}
