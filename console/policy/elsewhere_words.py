"""What "all traffic" means: the route that the release moves, and what else still goes its own way."""

from __future__ import annotations

from console.elsewhere import Elsewhere, in_words
from console.release.state import Release


def back_in_words(release: Release) -> str:
    """Say where traffic is behind a rollback; `all` only where nothing else can send to another version."""
    stable, canary = release.plan.stable.name, release.plan.canary.name
    empty = ", which has 0 READY PODS" if release.stable_is_gone else ""
    stays = _staying(release)
    if not stays:
        return f"all traffic on {stable}{empty}"
    return f"{canary}'s weight in its route is 0, {stable} gets it{empty}; NOT all traffic: {in_words(stays)}"


def is_all_back(release: Release) -> bool:
    """Whether a rollback has brought all traffic to pods that can answer it."""
    return not _staying(release) and not release.stable_is_gone


def _staying(release: Release) -> tuple[Elsewhere, ...]:
    # What else goes to stable is where a rollback wants it. For a promotion it is the other way round
    # (below).
    return tuple(each for each in release.elsewhere if each.canary or each.third)


def not_moved_in_words(release: Release) -> str:
    """Say what a promotion has left where it was; empty where that is nothing."""
    stays = tuple(each for each in release.elsewhere if each.stable or each.third)
    return f"; not moved: {in_words(stays)}" if stays else ""
