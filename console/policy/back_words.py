"""The headline of the way back and of an end: where traffic is, whether users recover, why it went back."""

from __future__ import annotations

from console.judge.tally import ratio
from console.plan.units import words_count, words_duration, words_percent
from console.policy.elsewhere_words import back_in_words, is_all_back
from console.policy.ending import CLOSED, to_check
from console.policy.headline import Line, Tone, Word, headline
from console.policy.retries import fights_after_s
from console.release.events import Outcome
from console.release.parts import End, Rollback
from console.release.state import Release

HANGS_AFTER_S = 0.5
"""Seconds without an answer after which a pending write is shown."""


def rolling_back(release: Release, *, now: float) -> Line:
    """Say how far the way back has come."""
    rollback = release.rollback
    assert rollback is not None
    # In the moment between the decision and the first write the line says why, since nothing else has
    # happened; from then on it says how far it is.
    if rollback.confirmed_at is None and not rollback.attempts:
        stable = release.plan.stable.name
        return headline(Word.ROLLING_BACK, f"all requests go back to {stable}", f"because {rollback.reason}")
    if rollback.confirmed_at is None:
        waited = f"{now - rollback.decided_at:.1f}s"
        text = f"NOT CONFIRMED, attempt {rollback.attempts} after {waited}{_why_not_yet(release, now)}"
        return headline(Word.ROLLING_BACK, text)
    # Confirmed once, and users are on the canary all the same: somebody has written it again. That is the
    # line before anything of the recovery.
    if release.weight:
        return headline(Word.ROLLING_BACK, _fight(release, rollback, now))
    confirmed = _confirmed(release, rollback)
    if release.watches_back and rollback.stayed_at is None:
        return headline(Word.ROLLING_BACK, confirmed, "reading back whether it stays", tone=Tone.BACK)
    return headline(Word.ROLLED_BACK, confirmed, _until_when(release, rollback, now))


def ended(release: Release) -> Line:
    """Say how it ended: of one that went back why it did, and where users are now."""
    end, rollback = release.end, release.rollback
    assert end is not None
    word = word_of(end, rollback)
    if word is Word.ROLLED_BACK and rollback is not None and rollback.confirmed_at is not None:
        return headline(word, *_why_and_where(release, end, rollback))
    return headline(word, end.reason)


def _why_and_where(release: Release, end: End, rollback: Rollback) -> tuple[str, str]:
    """Say why it went back, then where users are; what a person must look at comes first."""
    check = "" if end.laboratory_closed else to_check(release, rollback)
    closed = f"; {CLOSED} before users were seen to recover" if end.laboratory_closed else ""
    where = f"{_confirmed(release, rollback)}{_recovered(release, rollback)}{check}{closed}"
    why = f"because {rollback.reason}"
    # Lines are cut at their end on a narrow screen. What a person must still do may not be what is cut off.
    return (where, why) if check or not is_all_back(release) else (why, where)


def word_of(end: End, rollback: Rollback | None) -> Word:
    """Return an end's word: what went back went back, also where an older journal calls it held."""
    # Older journals call a rollback by patience held: the exit code of both is one.
    if end.outcome is Outcome.HELD and rollback is not None and rollback.confirmed_at is not None:
        return Word.ROLLED_BACK
    return _ENDS[end.outcome]


_ENDS = {
    Outcome.PROMOTED: Word.PROMOTED,
    Outcome.ROLLED_BACK: Word.ROLLED_BACK,
    Outcome.NOT_CONFIRMED: Word.NOT_CONFIRMED,
    Outcome.HELD: Word.HELD,
    Outcome.REFUSED: Word.REFUSED,
    Outcome.TAKEN_OVER: Word.TAKEN_OVER,
    Outcome.CLOSED: Word.LABORATORY_CLOSED,
}


def _confirmed(release: Release, rollback: Rollback) -> str:
    assert rollback.confirmed_at is not None
    took_ms = (rollback.confirmed_at - rollback.decided_at) * 1000
    tries = f", {rollback.attempts} attempts" if rollback.attempts > 1 else ""
    return f"{back_in_words(release)}, confirmed after {took_ms:.0f} ms{tries}"


def _recovered(release: Release, rollback: Rollback) -> str:
    """Say how users are now, and whom it hurt."""
    canary, stable = release.plan.canary.name, release.plan.stable.name
    over = bool(rollback.gone_at or rollback.clear_since) and not rollback.served
    now = f"{canary} serves nobody{_errors_of_stable(rollback, stable)}" if over else ""
    hurt = _hurt(release.failed_on_canary, canary)
    return "".join(f"; {part}" for part in (now, hurt) if part)


def _errors_of_stable(rollback: Rollback, stable: str) -> str:
    rate = ratio(rollback.clear_errors, rollback.clear_requests)
    return "" if rate is None else f", {stable} fails {words_percent(rate, digits=2)} of requests"


def _hurt(failed: float, canary: str) -> str:
    return f"{words_count(failed, 'request')} failed on {canary}" if round(failed) else ""


def _fight(release: Release, rollback: Rollback, now: float) -> str:
    """Say who takes the traffic away again, and when the rollback is written the next time."""
    by, canary = rollback.overwritten_by or "someone", release.plan.canary.name
    times = "" if rollback.overwritten < 2 else f", {rollback.overwritten} times now"  # noqa: PLR2004 - grammar
    in_s = max(0.0, rollback.overwritten_at + fights_after_s(rollback) - now)
    return f"{by} has set {canary} to {release.weight}% again{times}; 0% is written again in {in_s:.1f}s"


def _until_when(release: Release, rollback: Rollback, now: float) -> str:
    """Say what the release still waits for, which is back."""
    canary, stable = release.plan.canary.name, release.plan.stable.name
    if not release.watches_back:
        return "waiting to see it in the metrics"
    if rollback.clear_since is not None:
        lasted = words_duration(max(0, round(now - rollback.clear_since)))
        serves = f"{canary} has served nobody for {lasted}{_errors_of_stable(rollback, stable)}"
        return f"{serves}; watching until users have recovered"
    if rollback.served:
        served = f"{canary} still had {words_count(rollback.served, 'request')} in the last look"
        return f"{served}; watching until it has none"
    return f"waiting to see in the metrics that {canary} serves nobody"


def _why_not_yet(release: Release, now: float) -> str:
    if release.failure:
        return f": {release.failure.trouble}"
    if release.writes and now - release.writes[0].at >= HANGS_AFTER_S:
        hung = f"{now - release.writes[0].at:.1f}s"
        return f": no answer from {release.cluster} for {hung}; check it and the network"
    return ""
