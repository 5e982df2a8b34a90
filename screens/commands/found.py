"""The release that a person means, or its journal."""

from __future__ import annotations

from pathlib import Path

from console.errors import UsageError
from console.places import journal_of, known_releases, releases_folder


def folder_of(release: str | None) -> Path:
    """Give the folder of the named release, or of the newest; raises UsageError where there is none."""
    known = {folder.name: folder for folder in known_releases()}
    if release is None and known:
        return next(iter(known.values()))
    if release in known:
        return known[release]
    if not known:
        raise UsageError(f"there is no release in {releases_folder()}", hint="start one: pithead run PLAN")
    raise UsageError(f"there is no release {release!r}", hint=f"known: {', '.join(list(known)[:5])}")


def journal_path(journal: str | None) -> Path:
    """Give the path of a journal: of a file, of the named release, or of the newest."""
    if journal is not None and Path(journal).is_file():
        return Path(journal)
    return journal_of(folder_of(journal))
