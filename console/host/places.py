"""Where things are kept on this host: releases in one private folder each, and backtests beside them.

`$XDG_STATE_HOME/pithead/releases/NAME/` holds `journal.jsonl`, `order.json`, `worker.log`, `worker.lock` and
the control socket; `PITHEAD_HOME` moves the whole tree.
"""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

from console.errors import UsageError
from console.private import private_folder, refuse_unsafe

OPEN_FILES = Path("/proc/self/fd")
"""A path by way of an open folder is short, however long the folder's own is; Linux has it."""
SOCKET_PATH_BYTES = 100
"""A Unix socket's path must stay below 104 bytes on macOS and 108 on Linux."""


def releases_folder() -> Path:
    """Give the folder of all releases of this user; it need not exist yet."""
    return _home() / "releases"


def lab_releases_folder() -> Path:
    """Give the folder of the demo's releases: apart, so that no command takes one for a real one."""
    return _home() / "lab" / "releases"


def forgotten_file() -> Path:
    """Give the file that keeps one line of each release that was removed."""
    return _home() / "forgotten.jsonl"


def backtests_folder() -> Path:
    """Give the folder of this user's backtests: their recordings, and what was fetched for them."""
    return _home() / "backtests"


def _home() -> Path:
    home = os.environ.get("PITHEAD_HOME")
    if home:
        return Path(home)
    state = os.environ.get("XDG_STATE_HOME")
    return (Path(state) if state else Path.home() / ".local" / "state") / "pithead"


def new_release_folder(service: str, *, now: float, root: Path | None = None) -> Path:
    """Make the private folder of a new release below `root`, and give it; its name is the release's name.

    Raises `UsageError` where no folder can be made.
    """
    root = root or releases_folder()
    try:
        return _new_folder(root, release_name(service, at=now))
    except OSError as error:
        raise UsageError(
            f"no folder can be made in {root}: {error.strerror}", hint="PITHEAD_HOME names another place"
        ) from error


def release_name(service: str, *, at: float) -> str:
    """Name a release that begins then, where no other one of its service begins in the same second."""
    return f"{service}-{time.strftime('%Y%m%d-%H%M%S', time.gmtime(at))}"


def _new_folder(root: Path, name: str) -> Path:
    private_folder(root)
    refuse_unsafe(root)
    for attempt in range(1, 1000):
        suffix = "" if attempt == 1 else f"-{attempt}"
        folder = root / f"{name}{suffix}"
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return folder
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))


def known_releases(root: Path | None = None) -> list[Path]:
    """Give the folders of all releases below `root` that have a journal or an order, the newest first.

    One that may not be looked into is among them. Raises `UsageError` where the folder of all may not be.
    """
    root = root or releases_folder()
    try:
        found = [(when, folder) for folder in root.iterdir() if (when := _written_at(folder)) is not None]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise UsageError(
            f"{root} can't be read: {error.strerror}", hint="PITHEAD_HOME names another place"
        ) from error
    return [folder for _, folder in sorted(found, reverse=True)]


def every_folder() -> list[Path]:
    """Give the folders of all releases, the demo's too, also of those without a journal; a link is none."""
    return [*_folders_in(releases_folder()), *_folders_in(lab_releases_folder())]


def _folders_in(root: Path) -> list[Path]:
    try:
        return [folder for folder in root.iterdir() if folder.is_dir() and not folder.is_symlink()]
    except OSError:
        return []


def _written_at(folder: Path) -> float | None:
    """When the folder's journal was written last, or its order where that is all; None without either."""
    for path in (journal_of(folder), order_of(folder)):
        try:
            return path.stat().st_mtime
        except PermissionError:
            return 0.0
        except OSError:
            continue
    return None


def journal_of(folder: Path) -> Path:
    """Give the path of the release's journal."""
    return folder / "journal.jsonl"


def order_of(folder: Path) -> Path:
    """Give the path of what the worker was asked to do."""
    return folder / "order.json"


def log_of(folder: Path) -> Path:
    """Give the path of what the worker's process printed, for the day when it should not have."""
    return folder / "worker.log"


def lock_of(folder: Path) -> Path:
    """Give the path of the lock that the release's worker holds for as long as it lives; its pid is in it."""
    return folder / "worker.lock"


def laboratory_lock_of(folder: Path) -> Path:
    """Give the path of the lock that a demo's laboratory holds for as long as it lives."""
    return folder / "laboratory.lock"


def kept_mark_of(folder: Path) -> Path:
    """Give the path of the empty file that says: a person let this laboratory run on."""
    return folder / "laboratory.kept"


def socket_of(folder: Path) -> Path:
    """Give the path of the control socket: in the release's folder, whatever TMPDIR is at either end.

    Where a long path can't be named by way of the open folder it is in a private short one.
    """
    path = folder / "control.sock"
    if is_short(path) or OPEN_FILES.is_dir():
        return path
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return Path(runtime) / "pithead" / _short_name(folder) if runtime else former_sockets(path)[0]


def is_short(path: Path) -> bool:
    """Whether a socket at this path can be named to the system as it is."""
    return len(os.fsencode(path)) < SOCKET_PATH_BYTES


def former_sockets(path: Path) -> tuple[Path, ...]:
    """Give where a worker of an older pithead listens whose socket's path is long: by its own TMPDIR."""
    if is_short(path):
        return ()
    import tempfile  # noqa: PLC0415 - for the rare long path only: the first frame waits for each import

    name = _short_name(path.parent)
    temporary = dict.fromkeys((tempfile.gettempdir(), "/tmp", "/var/tmp"))  # noqa: S108 - only looked into
    return tuple(Path(each) / f"pithead-{os.getuid()}" / name for each in temporary)


def _short_name(folder: Path) -> str:
    import hashlib  # noqa: PLC0415 - as above

    return f"{hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]}.sock"
