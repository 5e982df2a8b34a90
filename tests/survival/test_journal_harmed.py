"""What log rotation, rsync, editors and people do to a living worker's journal: noticed, said, mended."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest

from console.errors import ExitCode, JournalError
from console.host.runs import run_in
from console.journal import Tail, past_of, read_journal
from console.journal.verify import verify
from console.release import events as ev
from console.release.event_words import event_in_words
from console.release.fold import fold, fold_all
from console.release.state import Release
from console.replay.source import lines_at
from console.whatif.simulate import what_if
from screens.feed import JournalFeed
from screens.glyphs import UNICODE
from screens.reader import Reader
from tests.releases import counts, guard, plan, stage
from tests.survival.test_disk import PATIENT, ROLL_BACK
from tests.virtual_time import virtually
from tests.worker.ports import EPOCH, Stand

Harm = Callable[[Path], None]


def deleted(path: Path) -> None:
    path.unlink()


def without_its_folder(path: Path) -> None:
    shutil.rmtree(path.parent)


def moved_away(path: Path) -> None:
    path.rename(path.with_name("journal.jsonl.1"))


def replaced(path: Path) -> None:
    path.unlink()
    path.write_text("someone's")


def replaced_by_a_copy(path: Path) -> None:
    copy = path.with_name("copy")
    shutil.copy(path, copy)
    copy.replace(path)


def replaced_by_an_older_one(path: Path) -> None:
    older = path.with_name("older")
    older.write_bytes(path.read_bytes()[:2000])
    older.replace(path)


def replaced_by_a_link(path: Path) -> None:
    other = path.with_name("other")
    other.write_text("another program's\n")
    path.unlink()
    path.symlink_to(other)


def written_into(path: Path) -> None:
    with path.open("a") as file:
        file.write("someone was here\n")


def cut_to_nothing(path: Path) -> None:
    os.truncate(path, 0)


def cut_within_a_line(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def cut_by_a_byte(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def overwritten(path: Path) -> None:
    size = path.stat().st_size
    path.write_bytes(b"x" * size)


PUT_BACK = [
    deleted,
    without_its_folder,
    moved_away,
    replaced,
    replaced_by_a_copy,
    replaced_by_an_older_one,
    replaced_by_a_link,
    written_into,
]
CUT = [cut_to_nothing, cut_within_a_line, cut_by_a_byte, overwritten]


class Viewer:
    """Somebody who has read the journal from the beginning, and reads on every half second."""

    def __init__(self, path: Path) -> None:
        self._tail = Tail(path)
        self.release: Release | None = None
        self._look()

    def _look(self) -> None:
        for record in self._tail.poll():
            self.release = fold(self.release, record)
        asyncio.get_event_loop().call_later(0.5, self._look)

    def last_look(self) -> Release | None:
        self._look()
        return self.release


def released(tmp_path: Path) -> Stand:
    folder = tmp_path / "release"
    folder.mkdir()
    return Stand(folder, PATIENT)


@pytest.mark.parametrize("harm", PUT_BACK)
@virtually
async def test_a_journal_that_is_not_in_its_place_is_put_back_whole(harm: Harm, tmp_path: Path) -> None:
    stand = released(tmp_path)
    path = tmp_path / "release" / "journal.jsonl"
    viewer = Viewer(path)
    asyncio.get_running_loop().call_at(3.6, lambda: harm(path))
    assert await stand.run() == ExitCode.PROMOTED
    (said,) = stand.all_of(ev.JournalRestored)
    assert isinstance(said, ev.JournalRestored)
    assert said.trouble
    assert not said.lost
    assert stand.all_of(ev.JournalStuck) == []
    assert read_journal(path) == stand.records
    assert verify(lines_at(str(path))).whole
    assert viewer.last_look() == stand.worker.release


@pytest.mark.parametrize("harm", CUT)
@virtually
async def test_where_lines_are_lost_the_journal_begins_anew_with_all_that_the_worker_knows(
    harm: Harm, tmp_path: Path
) -> None:
    stand = released(tmp_path)
    path = tmp_path / "release" / "journal.jsonl"
    viewer = Viewer(path)
    asyncio.get_running_loop().call_at(3.6, lambda: harm(path))
    assert await stand.run() == ExitCode.PROMOTED
    (said,) = stand.all_of(ev.JournalRestored)
    assert isinstance(said, ev.JournalRestored)
    assert said.lost == stand.records[0].n + stand.records.index(_of(stand, said)) - 1
    found = read_journal(path)
    assert isinstance(found[0].event, ev.ReleaseOpened)
    assert found[1:] == stand.records[stand.records.index(_of(stand, said)) :]
    assert verify(lines_at(str(path))).whole
    assert f"it begins with record {found[0].n}: its file was cut" in "\n".join(
        verify(lines_at(str(path))).in_words()
    )
    assert fold_all(found) == stand.worker.release
    assert viewer.last_look() == stand.worker.release


def _of(stand: Stand, event: ev.AnyEvent) -> ev.Record:
    return next(record for record in stand.records if record.event is event)


@virtually
async def test_what_is_left_of_a_journal_that_was_cut_is_kept(tmp_path: Path) -> None:
    stand = released(tmp_path)
    path = tmp_path / "release" / "journal.jsonl"
    asyncio.get_running_loop().call_at(3.5, lambda: os.truncate(path, 2000))
    await stand.run()
    aside = path.with_name("journal.jsonl.damaged-1")
    assert aside.stat().st_size == 2000
    assert "kept as journal.jsonl.damaged-1" in _words(stand)
    assert "records up to" in _words(stand)


def _words(stand: Stand) -> str:
    (said,) = stand.all_of(ev.JournalRestored)
    return event_in_words(said, stand.worker.release)


@virtually
async def test_a_journal_that_is_cut_again_and_again_ends_no_release(tmp_path: Path) -> None:
    stand = released(tmp_path)
    path = tmp_path / "release" / "journal.jsonl"
    for at in range(4, 30, 3):
        asyncio.get_running_loop().call_at(at + 0.5, lambda: os.truncate(path, 0))
    assert await stand.run() == ExitCode.PROMOTED
    assert len(stand.all_of(ev.JournalRestored)) > 3
    assert fold_all(read_journal(path)) == stand.worker.release


@virtually
async def test_guards_watch_on_behind_a_journal_that_was_cut(tmp_path: Path) -> None:
    stand = released(tmp_path)
    path = tmp_path / "release" / "journal.jsonl"
    stand.source.of = lambda tick: counts(100, errors=50 if tick > 8 else 0)
    asyncio.get_running_loop().call_at(3.5, lambda: os.truncate(path, 0))
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_GUARD
    assert fold_all(read_journal(path)) == stand.worker.release


@pytest.mark.parametrize("first", ["", "rollback"])
@virtually
async def test_a_release_is_gone_on_with_from_a_journal_that_was_cut(
    first: Literal["", "rollback"], tmp_path: Path
) -> None:
    patient = plan(*(stage(weight, guard(), hold_s=20.0) for weight in (10, 50, 100)), patience_s=600.0)
    path = tmp_path / "journal.jsonl"
    stand = Stand(tmp_path, patient)
    loop = asyncio.get_running_loop()
    loop.call_at(3.5, lambda: os.truncate(path, 0))
    running = asyncio.ensure_future(stand.worker.run())
    await asyncio.sleep(10.2)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    stand.journal.close()
    run = run_in(tmp_path)
    assert (run.trouble, run.weight, run.moved) == ("", 10, True)
    assert run.began_at == stand.records[0].at
    assert past_of(path).release == stand.worker.release
    next_one = Stand(tmp_path, patient, world=stand.world, first=first)
    if not first:
        loop.call_at(loop.time() + 3.0, lambda: next_one.worker.take(ROLL_BACK))
    assert await next_one.run() == ExitCode.ROLLED_BACK_BY_PERSON
    assert fold_all(read_journal(path)) == next_one.worker.release


@virtually
async def test_a_disk_that_is_full_when_a_journal_is_cut_gets_it_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand = released(tmp_path)
    path = tmp_path / "release" / "journal.jsonl"
    loop = asyncio.get_running_loop()
    begin_anew, full_until = stand.journal.begin_anew, 9.2

    def on_a_full_disk(first: ev.Record) -> ev.JournalRestored:
        if loop.time() < full_until:
            raise OSError(28, "No space left on device")
        return begin_anew(first)

    monkeypatch.setattr(stand.journal, "begin_anew", on_a_full_disk)
    loop.call_at(3.5, lambda: os.truncate(path, 0))
    assert await stand.run() == ExitCode.PROMOTED
    assert len(stand.all_of(ev.JournalStuck)) == len(stand.all_of(ev.JournalMended)) == 1
    assert fold_all(read_journal(path)) == stand.worker.release


@virtually
async def test_no_other_plan_is_told_of_a_recording_that_lacks_its_beginning(tmp_path: Path) -> None:
    stand = released(tmp_path)
    path = tmp_path / "release" / "journal.jsonl"
    asyncio.get_running_loop().call_at(3.5, lambda: os.truncate(path, 0))
    await stand.run()
    with pytest.raises(JournalError, match="was cut while the release ran"):
        what_if(read_journal(path), PATIENT)


@virtually
async def test_a_screen_shows_it_and_goes_on(tmp_path: Path) -> None:
    stand = released(tmp_path)
    path = tmp_path / "release" / "journal.jsonl"
    reader = Reader(JournalFeed(path))
    loop = asyncio.get_running_loop()
    loop.call_at(3.4, reader.read)
    loop.call_at(3.5, lambda: os.truncate(path, 0))
    loop.call_at(3.6, reader.read)
    await stand.run()
    while reader.reading:
        reader.read()
    assert reader.story.release == stand.worker.release
    scene = reader.story.view_state(now=EPOCH + loop.time(), glyphs=UNICODE, read_only=False)
    told = [entry.text for entry in scene.entries]
    assert any("THE JOURNAL BEGINS ANEW HERE: its file was cut" in text for text in told)
