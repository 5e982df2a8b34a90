"""What several kinds of event change in a release alike."""

from __future__ import annotations

from msgspec.structs import replace

from console.judge import memory as judge
from console.release.state import Release


def known(release: Release, generation: int) -> Release:
    """Take the object's present generation for known: no earlier write can get through any more."""
    # 0 comes from routers and older journals that count nothing. The same number again may still be followed
    # by a write that is on its way, so what was asked for stays in `asked_since`. With a higher number a
    # write that was sent on top of the old object fails its condition, and can be forgotten.
    if generation in (0, release.generation):
        return release
    return replace(release, generation=generation, asked_since=())


def come_into_force(release: Release, at: float) -> Release:
    """Begin the evidence of the wanted weight: what was seen at another weight on the way is none for it."""
    # The clocks are not set back: a rollback's try, or our weight again after a stranger's, is the same
    # stage, and its patience must not begin anew with each write.
    return replace(release, stage_at=at, memory=judge.enter_stage(release.memory, at=at))


def another_weight(release: Release, at: float) -> Release:
    """Count arrivals anew at a weight that is not the wanted one."""
    # Only arrivals depend on the weight in force. Guards and keys look on: a canary that is bad at somebody
    # else's weight is bad.
    return replace(release, memory=judge.count_anew(release.memory, at=at))


def gone_on(release: Release, at: float) -> Release:
    """Let a release go on by itself, with a judge that watches anew."""
    return replace(release, retreated=False, memory=judge.resume_judge(release.memory, at=at))
