"""A worker is killed at every boundary between two records, and another takes the release up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path

import pytest
from msgspec import Struct

from console.command import Command
from console.errors import EvidenceError, ExitCode
from console.host.control import Ask
from console.journal.verify import verify
from console.plan.model import Plan
from console.replay.source import lines_at
from tests.releases import ANA, counts, guard, plan, stage
from tests.sample import sampled
from tests.survival.deaths import Course, Deed, Fate, course
from tests.virtual_time import virtually
from tests.worker.ports import World

SHORT = plan(stage(10, guard(), hold_s=4.0), stage(50, guard(), hold_s=4.0), stage(100, guard(), hold_s=4.0))


class Told(Struct, frozen=True, kw_only=True):
    """A release, and how it ends whenever its worker dies."""

    code: ExitCode
    weights: tuple[int, ...]
    of: Plan = SHORT
    plot: dict[float, Deed] = {}
    prepare: Callable[[World], object] = lambda _world: None


def asks(command: Command) -> Deed:
    return lambda stand: stand.worker.take(Ask(command=command, person=ANA, reason="pager"))


def bad_from(tick: int) -> Callable[[World], object]:
    def prepare(world: World) -> None:
        world.source.of = lambda now: counts(100, errors=50 if now > tick else 0)

    return prepare


def blind_from(tick: int) -> Callable[[World], object]:
    def prepare(world: World) -> None:
        world.source.of = lambda now: EvidenceError("Prometheus is down") if now > tick else counts(100)

    return prepare


RELEASES = {
    "healthy": Told(code=ExitCode.PROMOTED, weights=(10, 50, 100)),
    "bad": Told(code=ExitCode.ROLLED_BACK_BY_GUARD, weights=(10, 50, 0), prepare=bad_from(6)),
    "called back": Told(
        code=ExitCode.ROLLED_BACK_BY_PERSON, weights=(10, 50, 0), plot={7.0: asks(Command.ROLL_BACK)}
    ),
    "blind": Told(
        code=ExitCode.HELD,
        weights=(10, 50, 0),
        of=plan(*SHORT.stages, patience_s=6.0),
        prepare=blind_from(6),
    ),
    "paused": Told(
        code=ExitCode.PROMOTED,
        weights=(10, 50, 100),
        plot={2.5: asks(Command.PAUSE), 20.0: asks(Command.RESUME)},
    ),
}


def killed_everywhere(told: Told, folder: Path, fate: Fate) -> Iterator[tuple[int, Course]]:
    """Give the release's course for each record behind which its worker dies; the last one ends it anyway."""
    whole = run(told, folder / "undisturbed")
    assert (whole.code, tuple(whole.weights)) == (told.code, told.weights)
    for n in sampled("boundaries of survival", range(1, len(whole.records))):
        died = run(told, folder / str(n), deaths=(n,), fate=fate)
        assert died.records[:n] == whole.records[:n]
        yield n, died


def run(told: Told, folder: Path, *, deaths: tuple[int, ...] = (), fate: Fate = Fate.LOST) -> Course:
    folder.mkdir()
    found: list[Course] = []

    @virtually
    async def here() -> None:
        found.append(
            await course(folder, told.of, plot=told.plot, prepare=told.prepare, deaths=deaths, fate=fate)
        )

    here()
    return found[0]


def without_repeats(weights: list[int]) -> tuple[int, ...]:
    return tuple(weight for weight, _ in groupby(weights))


@pytest.mark.parametrize("fate", Fate)
@pytest.mark.parametrize("name", RELEASES)
def test_a_release_ends_as_it_would_have_wherever_its_worker_is_killed(
    name: str, fate: Fate, tmp_path: Path
) -> None:
    told = RELEASES[name]
    for n, died in killed_everywhere(told, tmp_path, fate):
        where = f"killed behind record {n}, {died.records[n - 1].event}"
        assert died.code == told.code, where
        assert without_repeats(died.weights) in (told.weights, (*told.weights[:1], 0), (0,)), where
        assert died.world.router.weight == told.weights[-1], where
        assert verify(lines_at(str(tmp_path / str(n) / "journal.jsonl"))).whole, where


@pytest.mark.parametrize("again", [1, 2, 3, 5])
def test_a_worker_that_is_killed_while_it_takes_up_a_release_is_no_other_case(
    again: int, tmp_path: Path
) -> None:
    told = RELEASES["bad"]
    records = len(run(told, tmp_path / "undisturbed").records)
    for n in range(1, records):
        died = run(told, tmp_path / str(n), deaths=(n, n + again), fate=Fate.LANDED)
        assert died.code == told.code, n
        assert without_repeats(died.weights) == told.weights, n


def test_a_weight_that_landed_is_not_written_again(tmp_path: Path) -> None:
    for _n, died in killed_everywhere(RELEASES["healthy"], tmp_path, Fate.LANDED):
        assert died.weights == [10, 50, 100]
