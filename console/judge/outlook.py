"""What a release can show at a service's traffic: the terms of every prediction before it begins."""

from __future__ import annotations

from msgspec import Struct

from console.evidence import MINUTE_S, History
from console.judge.keys.channels import Kind, usual_share
from console.judge.keys.gate import shown_uplift
from console.judge.keys.history import total_counts
from console.judge.keys.horizon import horizon_s, smallest_weight
from console.judge.keys.settings import Settings
from console.judge.keys.tolerance import Tolerated, tolerances
from console.judge.terms import Terms


class Outlook(Struct, frozen=True, kw_only=True):
    """The terms of every prediction for one service."""

    rps: float
    """Requests a second of both versions together."""
    usual: float
    """Stable's share of bad requests, ratio."""
    burst: float
    share: float
    tolerated: Tolerated
    """What is tolerated of errors, by a canary of one pod."""
    settings: Settings

    @property
    def uplift(self) -> float:
        """Give the increase of errors that each stage must be able to show, ratio."""
        return shown_uplift(self.settings, usual=self.usual)

    def blind_s(self, weight: int, uplift: float) -> float | None:
        """Return for how many seconds `uplift` more errors (ratio) stay hidden; None: for ever."""
        return horizon_s(
            rps=self.rps,
            weight=weight / 100,
            usual=self.usual,
            uplift=uplift,
            alpha=self.settings.alpha,
            share=self.share,
            burst=self.burst,
            block_s=self.settings.block_s,
            bets=len(self.settings.grid),
            beta=self.settings.beta,
            tolerated=self.tolerated,
        )

    def smallest_weight(self, *, stage_s: float) -> int | None:
        """Find the smallest weight, percent, that shows five points within half of the stage."""
        return smallest_weight(
            stage_s=stage_s,
            rps=self.rps,
            usual=self.usual,
            alpha=self.settings.alpha,
            share=self.share,
            burst=self.burst,
            block_s=self.settings.block_s,
            beta=self.settings.beta,
            tolerated=self.tolerated,
        )


def outlook_of(history: History, terms: Terms) -> Outlook:
    """Make the terms of every prediction from stable's past."""
    channels, profile = terms.channels, terms.profile
    # Errors alone: how long a release takes to show damage is said of the channel that users notice first.
    at = next(i for i, each in enumerate(channels.judged) if each.kind is Kind.ERRORS)
    usual = usual_share(profile.judged_past[at])
    return Outlook(
        rps=total_counts(history).requests / (MINUTE_S * len(history.minutes)),
        usual=usual,
        burst=profile.judged[at].burst,
        share=channels.judged[at].weight,
        tolerated=tolerated_of(history, terms)[at],
        settings=terms.settings,
    )


def tolerated_of(history: History, terms: Terms) -> tuple[Tolerated, ...]:
    """Give what is tolerated of each channel where a canary of one pod stands beside stable's pods of now."""
    return tolerances(
        terms.settings,
        channels=terms.channels.judged,
        past=terms.profile.judged_past,
        noise=terms.profile.judged,
        stable_pods=len(history.minutes[-1]),
        canary_pods=1,
    )
