"""What pithead makes on this host: closed to others all the way down, and never reached by a link."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from console.errors import JournalError, UsageError
from console.host.alive import Lock, holder_of, only_worker, worker_of
from console.host.launch import start_worker
from console.host.order import Order, Reach, order_to_roll_back, read_order, write_order
from console.host.places import journal_of, lock_of, log_of, new_release_folder, order_of
from console.host.runs import run_in
from console.journal import Journal
from console.journal.checkpoint import checkpoint_of, keep_checkpoint
from console.journal.ends import ends_of
from console.private import open_private, private_folder, refuse_unsafe
from console.release import events as ev
from console.worker.found import found_at
from tests.releases import ANA, plan, running

VICTIM = "what is in another file\n"


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    path = tmp_path / "victim"
    path.write_text(VICTIM)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return new_release_folder("checkout", now=1.7e9, root=tmp_path / "releases")


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def order() -> Order:
    return Order(release="checkout-1", plan=plan(), reach=Reach(), person=ANA, attended=True)


@pytest.mark.usefixtures("open_umask")
def test_every_folder_that_is_made_is_closed_to_others(tmp_path: Path) -> None:
    private_folder(tmp_path / "state" / "pithead" / "releases" / "checkout-1")
    made = [tmp_path / "state", *(tmp_path / "state").rglob("*")]
    assert {each.stat().st_mode & 0o777 for each in made} == {0o700}
    assert len(made) == 4


@pytest.mark.usefixtures("open_umask")
def test_every_file_of_a_release_is_closed_to_others(folder: Path) -> None:
    write_order(order_of(folder), order())
    with only_worker(folder), Journal(journal_of(folder)) as journal:
        journal.append(running().records[0])
        journal.keep(b"x")
    assert {each.stat().st_mode & 0o777 for each in folder.iterdir()} == {0o600}


def links(folder: Path, victim: Path) -> None:
    for path in (lock_of(folder), log_of(folder), journal_of(folder), order_of(folder)):
        path.symlink_to(victim)
    for draft in ("order.draft", "checkpoint.draft"):
        (folder / draft).symlink_to(victim)


def test_nothing_is_written_through_a_link(folder: Path, victim: Path) -> None:
    links(folder, victim)
    with pytest.raises(UsageError, match="it is a link, and is not followed"), only_worker(folder):
        pass
    with pytest.raises(UsageError, match="it is a link"):
        write_order(order_of(folder), order())
    with pytest.raises(UsageError, match="it is a link"):
        read_order(order_of(folder))
    with pytest.raises(UsageError, match="it is a link"):
        start_worker(order(), folder)
    with pytest.raises(JournalError, match="File exists"):
        Journal(journal_of(folder))
    with suppress(OSError):
        keep_checkpoint(journal_of(folder), b"x")
    assert worker_of(folder) is None
    assert victim.read_text() == VICTIM


def test_a_journal_that_is_a_link_is_not_gone_on_with(folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.jsonl"
    with Journal(elsewhere) as journal:
        for record in running().records:
            journal.append(record)
    before = elsewhere.read_bytes()
    journal_of(folder).symlink_to(elsewhere)
    with pytest.raises(JournalError, match="is a link, and is not followed"):
        found_at(journal_of(folder), order())
    write_order(order_of(folder), order())
    back = found_at(journal_of(folder), order_to_roll_back(order_of(folder), ANA, reason=""))
    assert isinstance(back.replaced, ev.JournalReplaced)
    assert elsewhere.read_bytes() == before
    assert not journal_of(folder).is_symlink()


def test_a_pipe_in_a_files_place_is_not_waited_for(folder: Path) -> None:
    for path in (lock_of(folder), order_of(folder)):
        os.mkfifo(path)
    assert holder_of(lock_of(folder)) is None
    with pytest.raises(UsageError, match="it is no file"):
        read_order(order_of(folder))
    with pytest.raises(UsageError, match="it is no file"), only_worker(folder):
        pass


def test_a_place_that_takes_no_folder_is_told_and_not_tried_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(self: Path, mode: int = 0o777) -> None:
        raise FileNotFoundError(errno.ENOENT, f"{self}, {mode:o}")

    monkeypatch.setattr(Path, "mkdir", missing)  # as /proc has it, where there is one
    with pytest.raises(UsageError, match="no folder can be made"):
        new_release_folder("checkout", now=1.7e9, root=tmp_path)
    with pytest.raises(FileNotFoundError):
        private_folder(tmp_path / "a" / "b")


def test_a_pipe_in_a_journals_place_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(journal_of(folder))
    assert "it is no file" in run_in(folder).trouble
    with pytest.raises(JournalError, match="it is no file"):
        ends_of(journal_of(folder))
    assert checkpoint_of(journal_of(folder)) is None


def test_a_folder_of_a_release_that_is_a_link_is_not_used(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    folder.rename(kept)
    folder.symlink_to(kept)
    with pytest.raises(OSError, match="it is a link"):
        Lock(folder)
    assert list(kept.iterdir()) == []


def test_a_state_folder_that_is_ones_own_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "releases").symlink_to(tmp_path / "disk")
    folder = new_release_folder("checkout", now=1.7e9, root=tmp_path / "releases")
    with only_worker(folder):
        assert worker_of(folder) is not None


def test_what_belongs_to_another_user_is_not_acted_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_order(order_of(folder), order())
    with Journal(journal_of(folder)) as journal:
        journal.append(running().records[0])
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(JournalError, match=r"journal\.jsonl belongs to another user, and is not acted on"):
        found_at(journal_of(folder), order())
    with pytest.raises(UsageError, match="belongs to another user"):
        read_order(order_of(folder))
    with pytest.raises(UsageError, match="belongs to another user"), only_worker(folder):
        pass
    with pytest.raises(OSError, match="it belongs to another user"):
        open_private(journal_of(folder), os.O_RDONLY)


@pytest.mark.parametrize(("mode", "safe"), [(0o755, False), (0o777, False), (0o1777, True)])
def test_releases_are_not_kept_where_another_user_could_swap_them(
    mode: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, safe: bool
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(mode)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    monkeypatch.setattr("console.private._ROOT", 12345)
    if safe:
        refuse_unsafe(shared)
        return
    with pytest.raises(UsageError, match="shared: it belongs to another user"):
        new_release_folder("checkout", now=1.7e9, root=shared)
