"""Why, for Kayenta's judge: the score, each metric's class, and the samples that it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import to_builtins

from console.judge.kayenta import Label, MetricResult
from console.plan.judges.kayenta import NAME
from console.plan.literal import literal
from console.policy.judges.kayenta import result_in_words, score_in_words, scores_of
from console.release.state import Release
from screens.judges.judge_why import LABEL, MOST_CHARS, JudgeWhy
from screens.replay.frame import Frame
from screens.replay.labelled import headed, labelled
from screens.rows import Row
from screens.verdict_signs import INKS, sign_of
from themes.ink import Ink


class KayentasWhy(JudgeWhy):
    """The score, and each metric's class."""

    key = "kayenta"

    def rows(self, frame: Frame, release: Release, width: int) -> Iterator[Row]:
        """Write it with the number of the samples."""
        cut, verdict, latest = frame.glyphs.cut, release.judge_word, scores_of(release).latest
        yield ()
        if verdict is None or latest is None:
            yield from headed(frame.glyphs.dot, "no score", NAME, width, cut=cut, ink=Ink.DIM)
            return
        sign, words = sign_of(frame.glyphs, verdict), score_in_words(release)
        yield from headed(sign, latest.verdict, words, width, cut=cut, ink=INKS[verdict])
        for place, result in enumerate(latest.metrics):
            ink = Ink.TEXT if result.label is Label.PASS else Ink.WAIT
            words = f"{result_in_words(result)}; {_samples(release, place, result)}"
            yield from labelled(result.name, words, width, cut=cut, ink=ink)

    def lines(self, release: Release) -> list[str]:
        """Write it as text."""
        latest = scores_of(release).latest
        if latest is None:
            return []
        return [
            f"{NAME:{LABEL}}{latest.verdict:13}{literal(score_in_words(release), longest=MOST_CHARS)}",
            *(f"{'':{LABEL}}{literal(result_in_words(each), longest=MOST_CHARS)}" for each in latest.metrics),
        ]

    def as_json(self, release: Release) -> Any:
        """Give the latest analysis."""
        return to_builtins(scores_of(release).latest)


WHY = KayentasWhy()


def _samples(release: Release, place: int, result: MetricResult) -> str:
    scores, plan = scores_of(release), release.plan
    counted = [
        f"{sum(value is not None for value in series[place])} of {name}"
        for series, name in ((scores.canary, plan.canary.name), (scores.stable, plan.stable.name))
    ]
    return f"{' and '.join(counted)} samples, in {', '.join(result.groups)}"
