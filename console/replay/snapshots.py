"""A state as it is kept in memory: without what stands in the records before it; and made whole again. Pure.

Nearly all of a state is the evidence within the guards' windows, samples and sums over them; of these it is
enough to know how many samples there were. The rest is mostly the plan.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from console.judge.window import Seen, parts_of, window_of
from console.plan.model import Plan
from console.release.state import Release


class Cut(Struct, frozen=True, array_like=True):
    """A window, by the number of samples in its two parts."""

    window_s: float
    older: int
    newer: int


class Snapshot(Struct, frozen=True, array_like=True):
    """A state whose memory of single samples was taken out, and most of its plan."""

    release: Release
    recent: int
    """So many samples it remembered: the last ones before it."""
    windows: tuple[Cut, ...]


def snapshot_of(release: Release) -> Snapshot:
    """Take out what can be put back."""
    memory, plan = release.memory, release.plan
    return Snapshot(
        release=replace(
            release,
            memory=replace(memory, recent=(), windows=()),
            plan=replace(plan, stages=plan.stages[:1]),
        ),
        recent=len(memory.recent),
        windows=tuple(Cut(each.window_s, *parts_of(each, memory.recent)) for each in memory.windows),
    )


def restored(state: Snapshot, *, plan: Plan, seen: Sequence[Seen]) -> Release:
    """Put it back; `seen` are the last samples before the state, as many as it remembered."""
    recent = tuple(seen)
    windows = tuple(
        window_of(recent, window_s=cut.window_s, older=cut.older, newer=cut.newer) for cut in state.windows
    )
    memory = replace(state.release.memory, recent=recent, windows=windows)
    return replace(state.release, memory=memory, plan=plan)
