"""Playing sequences to their end, and counting what they saw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from console.release import events as ev
from console.release.event_words import event_in_words
from console.release.fold import fold
from tests.model.deeds import PERSON, setup_number, turns
from tests.model.drive import Drive
from tests.model.promises import Promises
from tests.model.setups import Setup, setup_of
from tests.model.sights import Sight

Maker = Callable[[Setup, Promises], Drive]
SEVERAL = 3


class BrokenPromiseError(AssertionError):
    """A promise was not kept; its words tell which one, and the story."""


class Tally:
    """What many sequences saw, in sum."""

    def __init__(self) -> None:
        self.sequences = 0
        self.full = 0
        """Those in which several ticks, a fault and a person's command came to pass before the end."""
        self.ticks = 0
        self.deeds: Counter[str] = Counter()
        self.sights: Counter[Sight] = Counter()

    def add(self, drive: Drive, done: Counter[str]) -> None:
        ticks = sum(isinstance(record.event, ev.SampleTaken) for record in drive.records)
        self.sequences += 1
        self.full += ticks >= SEVERAL and 0 < done[PERSON] < done.total()
        self.ticks += ticks
        self.deeds += done
        self.sights.update(drive.promises.sights)

    def unseen(self) -> list[Sight]:
        return [sight for sight in Sight if not self.sights[sight]]

    def __str__(self) -> str:
        lines = [f"{self.sequences} sequences, {self.full} of them full, {self.ticks} ticks"]
        lines += [f"{count:9} {name}" for name, count in self.deeds.most_common()]
        lines += [f"{self.sights[sight]:9} {sight}" for sight in Sight]
        return "\n".join(lines)


def play(sequence: bytes, make: Maker, tally: Tally) -> None:
    """Play one sequence to its end; raises BrokenPromiseError where a promise is not kept."""
    setup = setup_of(setup_number(sequence))
    drive = make(setup, Promises(setup))
    done: Counter[str] = Counter()
    for ticks, deed, how in turns(sequence):
        drive.pass_time(ticks)
        if drive.promises.ended is not None:
            break
        deed.do(drive, how)
        done[deed.name] += 1
        check(drive)
    drive.end()
    check(drive)
    tally.add(drive, done)


def plainest(sequence: bytes, make: Maker) -> BrokenPromiseError:
    """Give what breaks, still broken with every byte at zero that can be."""
    found = _broken(sequence, make)
    assert found is not None
    for at in range(len(sequence)):
        plainer = sequence[:at] + b"\0" + sequence[at + 1 :]
        if broken := _broken(plainer, make):
            sequence, found = plainer, broken
    return BrokenPromiseError(f"{found}\nin {sequence.hex()}")


def _broken(sequence: bytes, make: Maker) -> BrokenPromiseError | None:
    try:
        play(sequence, make, Tally())
    except BrokenPromiseError as broken:
        return broken
    return None


def check(drive: Drive) -> None:
    """See that all promises are kept so far."""
    drive.check()
    if drive.promises.broken:
        raise BrokenPromiseError("\n".join((*drive.promises.broken, *story(drive))))


def story(drive: Drive) -> list[str]:
    """Tell what happened, a line a record."""
    began = drive.records[0].at
    told: list[str] = []
    release = None
    for record in drive.records:
        release = fold(release, record)
        told.append(f"{record.at - began:9.3f} {event_in_words(record.event, release)}")
    return told
