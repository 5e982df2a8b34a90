"""A release as another plan would have driven it, as far as the recording knows."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from console.release import events as ev
from console.release.about import By
from console.release.state import Release
from console.whatif.evidence import Basis


class Tick(Struct, frozen=True, kw_only=True):
    """One look of the recording, and the weights that both releases had then."""

    at: float
    recorded: int | None
    simulated: int | None
    basis: Basis


class Dropped(Struct, frozen=True, kw_only=True):
    """A person's command that has no place in the simulated release."""

    record: ev.Record
    why: str


class Simulation(Struct, frozen=True, kw_only=True):
    """A whole journal of a release that never was."""

    records: tuple[ev.Record, ...]
    """As a worker would have written them: they fold, replay and report like any others."""
    release: Release
    """The state after the last of `records`."""
    ticks: tuple[Tick, ...]
    dropped: tuple[Dropped, ...]
    evidence_ends_at: float | None
    """When the recording had nothing more to tell and the release had not ended; None where it had."""


def is_decision(event: ev.AnyEvent) -> bool:
    """Whether it changes a release; a guard that decision_steps is only told."""
    return event.about.by is By.POLICY


def decisions(records: Sequence[ev.Record]) -> list[tuple[float, object]]:
    """Give what was decided and when."""
    return [(record.at, gist(record.event)) for record in records if is_decision(record.event)]


def gist(event: ev.AnyEvent) -> object:
    """Give what an event decides, without its words: another plan, or another pithead, has others."""
    fields = event.about.decides
    return event if fields is None else (type(event), *(getattr(event, field) for field in fields))
