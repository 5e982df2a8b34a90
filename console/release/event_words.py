"""An event in words: one line, for the log on the screen, for pipelines and for reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.judge.reading import Verdict
from console.person import Person
from console.release.causes import Unread

if TYPE_CHECKING:
    from console.release.events import AnyEvent
    from console.release.events.router import RouterFound
    from console.release.parts import Stranger
    from console.release.state import Release


def event_in_words(event: AnyEvent, release: Release) -> str:
    """Say what happened; `release` is the state after the event."""
    return event.in_words(release)


def person_in_words(person: Person) -> str:
    """Say who: `ana@bastion from 10.1.2.3 (in the cluster: ana@example.com)`."""
    host = f"@{person.host}" if person.host else ""
    via = f" from {person.via}" if person.via else ""
    account = f" (in the cluster: {person.account})" if person.account else ""
    return f"{person.login}{host}{via}{account}"


def unread_in_words(cause: Unread) -> str:
    """Say why, in a few words."""
    return _UNREAD[cause]


_UNREAD = {
    Unread.GONE: "deleted or renamed",
    Unread.CHANGED: "its route is another now",
    Unread.FORBIDDEN: "forbidden",
    Unread.UNREACHABLE: "unreachable",
    Unread.ELSEWHERE: "another cluster answers",
    Unread.UNUSABLE: "the answer says nothing of it",
}


def stranger_in_words(found: RouterFound | Stranger) -> str:
    """Say who has been at the router since the last worker died, as far as the object tells."""
    if found.replaced:
        return "this is another object of the same name"

    by = f"{found.by} wrote it last" if found.by else "nobody says who wrote it last"
    return f"somebody else has been at the router: {by}, {_what_tells_it(found)}"


def _what_tells_it(found: RouterFound | Stranger) -> str:
    if found.unlike_shown:
        mark = f" and bears the mark of {found.mark}" if found.mark else ""
        return f"it is not what was shown when the rollback was confirmed{mark}"
    if found.mark:
        return f"it bears the mark of {found.mark}"
    since = "it was changed behind all that this release has on record"
    return since if found.since else "this release's mark is gone from it"


def verdict_in_words(verdict: str) -> str:
    """Say a verdict as the screens and the help say it."""
    return "too few" if verdict == Verdict.INSUFFICIENT else verdict


STOPS = "SIGTSTP"
"""What Ctrl-Z sends."""
