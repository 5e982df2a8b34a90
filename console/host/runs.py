"""All releases of this host, past and present, each as its journal tells it, without folding it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from console.errors import JournalError
from console.host.alive import worker_of
from console.host.places import journal_of
from console.identity import Identity
from console.journal import Tail
from console.journal.ends import ends_of
from console.person import Person
from console.release.events import (
    Identified,
    JournalRestored,
    Record,
    ReleaseEnded,
    ReleaseOpened,
    RollbackDecided,
    WeightConfirmed,
    WeightRequested,
)
from console.release.fold import fold
from console.release.state import Release

CHANGED = "lines are not as they were written; pithead verify names them"
EMPTY = "its worker died before the first record"


class Run(Struct, frozen=True, kw_only=True):
    """One release: what its journal says of it, and whether someone drives it."""

    name: str
    worker: int | None
    """The process that drives it; None where none lives."""
    person: Person | None = None
    """Who began it; None where the journal does not say."""
    service: str = ""
    route: str = ""
    """What it moves, and where: `istio:shop/checkout in prod`; empty where the journal does not say."""
    target: str = ""
    """What it moves: `istio:shop/checkout`."""
    identity: Identity | None = None
    """The cluster and the object that it is about; None where neither is on record."""
    began_at: float | None = None
    last_at: float | None = None
    """When the last record was written, and for a release that has ended, its end."""
    weight: int | None = None
    """The weight that the router confirmed last."""
    went_back: bool = False
    """Whether it began to roll back: an older journal calls one held that its patience took back."""
    moved: bool = False
    """Whether it ever asked the router for a share of the traffic."""
    ended: ReleaseEnded | None = None
    trouble: str = ""
    """What is wrong with the journal; empty where nothing is."""

    def moves_the_same(self, other: Run) -> bool:
        """Whether two releases move one route, by the identities on record; by their contexts without these.

        A route that was made anew under its name is still the same one: who moves it moves the same requests.
        """
        if self.identity is None or other.identity is None:
            return self.route == other.route
        same = self.identity.cluster.is_same(other.identity.cluster)
        if same is None:  # no two objects have one UID
            same = self.route == other.route or self.identity.route == other.identity.route != ""
        return same and self.target == other.target

    @property
    def live(self) -> bool:
        """Whether someone drives it now."""
        return self.worker is not None

    @property
    def dead(self) -> bool:
        """Whether it should go on and nobody drives it."""
        return not self.live and self.ended is None and self.person is not None

    @property
    def took_s(self) -> float | None:
        """From its first record to its end, or to the last record so far."""
        if self.began_at is None or self.last_at is None:
            return None
        return self.last_at - self.began_at


def run_in(folder: Path) -> Run:
    """Read one release as it is now; a journal that can't be read makes a run with a trouble."""
    worker = worker_of(folder)
    tail = Tail(journal_of(folder), samples=False)
    try:
        records = tail.poll()
        carried = _carried(records)
    except JournalError as error:
        return Run(name=folder.name, worker=worker, trouble=str(error))
    opened = records[0].event if records else None
    if not isinstance(opened, ReleaseOpened):
        trouble = "" if worker is not None else EMPTY
        return Run(name=folder.name, worker=worker, trouble=trouble)
    end = next((record for record in reversed(records) if isinstance(record.event, ReleaseEnded)), None)
    return Run(
        name=folder.name,
        worker=worker,
        person=opened.person,
        service=opened.plan.service,
        route=f"{opened.plan.route} in {opened.cluster}",
        target=opened.plan.route,
        identity=_identity(records, opened, carried),
        began_at=records[0].at,
        last_at=end.at if end else tail.place.at,
        weight=_weight(records, carried),
        went_back=any(isinstance(record.event, RollbackDecided) for record in records),
        moved=bool(carried and carried.last_number)
        or any(isinstance(record.event, WeightRequested) for record in records),
        ended=end.event if end is not None and isinstance(end.event, ReleaseEnded) else None,
        trouble=CHANGED if tail.chain.breaks else "",
    )


def has_ended(journal: Path) -> bool:
    """Whether the journal's end is its release's; one that can't be read goes on."""
    try:
        return ends_of(journal).ended is not None
    except JournalError:
        return False


def _identity(records: Sequence[Record], opened: ReleaseOpened, carried: Release | None) -> Identity | None:
    """Give what was identified last; before that what the words of its command came to."""
    events = (record.event for record in reversed(records))
    last = next((event.identity for event in events if isinstance(event, Identified)), None)
    if last is None and carried is not None:
        last = carried.identity
    resolved = opened.resolved
    return last or (Identity(cluster=resolved.cluster) if resolved is not None else None)


def _carried(records: Sequence[Record]) -> Release | None:
    """Give the state that a journal begins with which was cut; None where it has all its records."""
    for record in records:
        if isinstance(record.event, JournalRestored) and record.event.state:
            return fold(fold(None, records[0]), record)
    return None


def _weight(records: Sequence[Record], carried: Release | None) -> int | None:
    events = (record.event for record in reversed(records))
    before = carried.weight if carried is not None else None
    return next((event.weight for event in events if isinstance(event, WeightConfirmed)), before)
