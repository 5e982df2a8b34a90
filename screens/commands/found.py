"""The release that a person means.

A short name is a whole service, or a release's name cut short behind it: `checkout` means
`checkout-20260102-150405` and never `checkout-admin-20260102-150405`. A command that can move traffic takes
`named`, which never guesses; one that only reads takes `named_to_read`, which says what it has guessed. The
demo's releases, which lie apart, are meant by their whole names, or where there is no real one.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path

from console.errors import UsageError
from console.host.alive import worker_of
from console.host.places import journal_of, known_releases, lab_releases_folder, releases_folder
from console.plan.literal import quoted
from console.private import is_anothers
from screens.say import say

ELSEWHERE = "of another host's, or a lost one: pithead rollback --route ROUTER:NAMESPACE/NAME"
"""What can be done about a release that has no record here."""
MOST_NAMED = 5
"""A refusal names this many releases to choose from: more do not fit into a line that is read."""
_STAMPED = re.compile(r"(?P<service>.+)-(?P<begun>\d{8}-\d{6})(?:-(?P<same_second>\d+))?")
"""A release's name, as `console.host.places.new_release_folder` makes it."""


def folder_of(release: str | None) -> Path:
    """Give the folder of the release that was named, or of the newest, for a command that only reads."""
    return _say_whose(known()[0]) if release is None else named_to_read(release)


def named(release: str) -> Path:
    """Give the folder of the one release that is meant, for a command that can move its traffic.

    Of several of one service it is the newest, if that one has not ended and all others have. Raises
    `UsageError` with the candidates where more than that would be a guess.
    """
    folders = known(hint=ELSEWHERE)
    matching = _of_that_name(release, folders)
    if len(matching) > 1:
        going_on = [folder for folder in matching if not is_over(folder)]
        if going_on == matching[:1]:
            return _refuse_anothers(going_on[0])
        what = f"{quoted(release)} is {len(matching)} releases, {len(going_on)} of them not ended"
        raise UsageError(what, hint=some_names(going_on or matching))
    if not matching:
        return _refuse(release, folders, more=f"; {ELSEWHERE}")
    return _refuse_anothers(matching[0])


def the_one() -> Path:
    """Give the release that runs, or the only one that should; raises UsageError where it is not one."""
    folders = known(hint=ELSEWHERE)
    found = [folder for folder in folders if worker_of(folder) is not None]
    found = found or [folder for folder in folders if not is_over(folder)]
    if len(found) == 1:
        return found[0]
    what = f"{len(found)} releases have not ended" if found else "no release is under way"
    raise UsageError(what, hint=some_names(found or folders))


def named_to_read(release: str) -> Path:
    """Give the folder of a release to be read: of several the one that runs, or the newest; says which."""
    folders = known()
    matching = _of_that_name(release, folders) or _newest_first(
        [folder for folder in folders if release and folder.name.startswith(release)]
    )
    if not matching:
        return _refuse(release, folders)
    live = [folder for folder in matching if worker_of(folder) is not None]
    chosen = live[0] if len(live) == 1 else matching[0]
    if len(matching) > 1:
        which = "the one that runs" if len(live) == 1 else "the newest"
        say(f"pithead: {chosen.name}, {which} of {len(matching)}", err=True)
    return _say_whose(chosen)


def _say_whose(folder: Path) -> Path:
    """Say so where a release that is only read is another user's."""
    if is_anothers(folder) or is_anothers(journal_of(folder)):
        say(f"pithead: {folder.name} belongs to another user: it is only read", err=True)
    return folder


def _refuse_anothers(folder: Path) -> Path:
    """Raise `UsageError` where a release that traffic could be moved with is another user's."""
    if is_anothers(folder):
        raise UsageError(
            f"the release's folder {folder} belongs to another user, and is not acted on",
            hint="run it as the user whose release it is",
        )
    return folder


def known(*, hint: str = "start one: pithead run PLAN") -> list[Path]:
    """Give the folders of all releases, the newest first; raises UsageError with a hint where there is none.

    The demo's are among them only where there is no real one.
    """
    folders = known_releases() or known_releases(lab_releases_folder())
    if not folders:
        raise UsageError(f"there is no release in {releases_folder()}", hint=hint)
    return folders


def some_names(folders: list[Path]) -> str:
    """Name a few releases to choose from."""
    more = len(folders) - MOST_NAMED
    names = ", ".join(folder.name for folder in folders[:MOST_NAMED])
    return f"name one: {names}" + (f" and {more} more: pithead runs" if more > 0 else "")


def _of_that_name(release: str, folders: list[Path]) -> list[Path]:
    """Give the release of exactly this name, or else those that a short name stands for, the newest first."""
    everywhere = [*folders, *known_releases(lab_releases_folder())]
    exact = [folder for folder in everywhere if folder.name == release][:1]
    return exact or _newest_first([folder for folder in folders if _is_short_for(release, folder.name)])


def _is_short_for(short: str, name: str) -> bool:
    stamped = _STAMPED.fullmatch(name)
    if stamped is None:
        return False
    service = stamped["service"]
    return short == service or (short.startswith(f"{service}-") and name.startswith(short))


def _newest_first(folders: list[Path]) -> list[Path]:
    """Sort by when the releases began: by their journals' times a dead one could come before a newer one."""
    return sorted(folders, key=lambda folder: _begun(folder.name), reverse=True)


def _begun(name: str) -> tuple[str, int]:
    stamped = _STAMPED.fullmatch(name)
    return (stamped["begun"], int(stamped["same_second"] or 1)) if stamped else ("", 0)


def is_over(folder: Path) -> bool:
    """Whether a release has ended and its worker has left."""
    if worker_of(folder) is not None:
        return False
    from console.host.runs import has_ended  # noqa: PLC0415 - the fold, for which no whole name waits

    return has_ended(journal_of(folder))


def _refuse(release: str, folders: list[Path], *, more: str = "") -> Path:
    raise UsageError(f"there is no release {quoted(release)}", hint=_nearest(release, folders) + more)


def _nearest(release: str, folders: list[Path]) -> str:
    longer = [folder for folder in folders if release and folder.name.startswith(release)]
    if longer:
        return some_names(longer)
    near = get_close_matches(release, [folder.name for folder in folders], n=1)
    return f"did you mean {near[0]}?" if near else some_names(folders)
