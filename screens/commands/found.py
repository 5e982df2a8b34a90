"""The release that a person means."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from console.errors import UsageError
from console.host.alive import worker_of
from console.host.places import known_releases, releases_folder
from console.plan.literal import quoted

MOST_NAMED = 5


def folder_of(release: str | None) -> Path:
    """Give the folder of the release that was named, or of the newest."""
    return known()[0] if release is None else named(release)


def named(release: str) -> Path:
    """Give the folder of the release of this name, or of the only one whose name begins so.

    Of several that begin so it is the one that runs, if only one does.
    """
    folders = known()
    matching = [folder for folder in folders if folder.name == release]
    matching = matching or [folder for folder in folders if release and folder.name.startswith(release)]
    if len(matching) > 1:
        matching = [folder for folder in matching if worker_of(folder) is not None] or matching
    if len(matching) == 1:
        return matching[0]
    if matching:
        raise UsageError(f"{len(matching)} releases begin with {quoted(release)}", hint=some_names(matching))
    raise UsageError(f"there is no release {quoted(release)}", hint=_nearest(release, folders))


def known() -> list[Path]:
    """Give the folders of all releases, the newest first; raises UsageError where there is none."""
    folders = known_releases()
    if not folders:
        raise UsageError(f"there is no release in {releases_folder()}", hint="start one: pithead run PLAN")
    return folders


def some_names(folders: list[Path]) -> str:
    """Name a few releases to choose from."""
    more = len(folders) - MOST_NAMED
    names = ", ".join(folder.name for folder in folders[:MOST_NAMED])
    return f"name one: {names}" + (f" and {more} more: pithead runs" if more > 0 else "")


def _nearest(release: str, folders: list[Path]) -> str:
    near = get_close_matches(release, [folder.name for folder in folders], n=1)
    return f"did you mean {near[0]}?" if near else some_names(folders)
