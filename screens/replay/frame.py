"""What the replay's screen paints from: a state of the past, and where on the track it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from console.claims.moments import Course
from console.replay.event_index import IndexedEvent, StageSpan
from screens.replay.chain import Seal
from screens.view_state import ViewState


class Frame(ViewState, frozen=True, kw_only=True):
    """One instant of a recording; all but `release` and what is made of it speaks of the whole."""

    at: float
    """Where the playhead is; `now` stands still once the release has ended."""
    course: Course
    spans: tuple[StageSpan, ...]
    events: tuple[IndexedEvent, ...]
    heat: Callable[[int], Sequence[int | None]]
    """One a column of the track, for as many as there are."""
    number: int
    """The last record that has happened."""
    records: int
    playing: bool
    speed: float
    direction: int
    skips_quiet: bool
    seal: Seal
    """What the journal's hashes say."""
    progress: float
    """How much of the recording has been read, 0..1."""
