"""Why, for Kayenta's judge: the score, each metric's class, and the samples that it comes from."""

from __future__ import annotations

from collections.abc import Iterator

from console.judge.kayenta import Label, MetricResult
from console.policy.kayenta_words import NAME, result_in_words, score_in_words, scored
from console.release.state import Release
from screens.replay.frame import Frame
from screens.replay.labelled import headed, labelled
from screens.replay.verdict_signs import INKS, sign_of
from screens.rows import Row
from themes.ink import Ink


def why_scores(frame: Frame, release: Release, width: int) -> Iterator[Row]:
    """Write what Kayenta's judge said last; nothing where the plan does not want it."""
    if release.plan.kayenta is None:
        return
    cut, verdict, latest = frame.glyphs.cut, scored(release), release.memory.scores.latest
    yield ()
    if verdict is None or latest is None:
        yield from headed(frame.glyphs.dot, "no score", NAME, width, cut=cut, ink=Ink.DIM)
        return
    words = score_in_words(release)
    yield from headed(
        sign_of(frame.glyphs, verdict), latest.verdict, words, width, cut=cut, ink=INKS[verdict]
    )
    for place, result in enumerate(latest.metrics):
        ink = Ink.TEXT if result.label is Label.PASS else Ink.WAIT
        yield from labelled(
            result.name,
            f"{result_in_words(result)}; {_samples(release, place, result)}",
            width,
            cut=cut,
            ink=ink,
        )


def _samples(release: Release, place: int, result: MetricResult) -> str:
    scores, plan = release.memory.scores, release.plan
    counted = [
        f"{sum(value is not None for value in series[place])} of {name}"
        for series, name in ((scores.canary, plan.canary.name), (scores.stable, plan.stable.name))
    ]
    return f"{' and '.join(counted)} samples, in {', '.join(result.groups)}"
