"""The third key: shown not worse than is tolerated, by the second key's bet with the roles swapped.

That nothing was proven against a canary says little: perhaps there was too little traffic. Here the bet is
laid against "worse by more than is tolerated": it wins where the canary's requests are bad as seldom as
stable's. It is laid anew at each weight, for damage may come with load, and all channels must win: whoever
is worse in one of them is worse. So no part of the error budget is taken from the other two keys, and a
release that is just beyond what is tolerated passes for harmless at any of its weights with a chance of at
most `alpha`, however often one looks.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from console.judge.keys.channels import Channel, Split
from console.judge.keys.evidence import Evidence, add_block, log_gains, mirrored, no_evidence
from console.judge.keys.noise import Noise
from console.judge.keys.settings import Settings
from console.judge.keys.tolerance import Tolerated, lent_to

ALL = 1.0
"""The whole purse is laid out with the first block of a weight: what is shown early lets a stage be left."""


class Harmless(Struct, frozen=True, kw_only=True):
    """What the present weight has shown, one entry a channel; empty before its first block."""

    weight: int = -1
    evidence: tuple[Evidence, ...] = ()


def show(
    before: Harmless,
    splits: Sequence[Split],
    *,
    weight: int,
    tolerated: Sequence[Tolerated],
    noise: Sequence[Noise],
    tempered: Sequence[float],
    settings: Settings,
) -> Harmless:
    """Take a block in; `splits` have the canary on trial, and all else was known before the block."""
    nothing = tuple(no_evidence(settings.grid) for _ in splits)
    begun = before.evidence if before.weight == weight else nothing
    fresh = 0.0 if before.weight == weight else ALL
    evidence = tuple(
        add_block(
            each,
            gains=log_gains(
                # What is lent to stable is its expectation, and no draw: the bet wins less than by a draw.
                mirrored(lent_to(split, limit)),
                grid=settings.grid,
                tolerated=1 / limit.asked,
                burst=own.burst,
                tempered=divided,
                cap=settings.cap,
            ),
            fresh=fresh,
        )
        for each, split, limit, own, divided in zip(begun, splits, tolerated, noise, tempered, strict=True)
    )
    return Harmless(weight=weight, evidence=evidence)


def shown(
    harmless: Harmless, *, channels: Sequence[Channel], weight: int, settings: Settings, stages: int
) -> bool:
    """Return whether every channel that counts has shown it at this weight; its stages share the budget."""
    if harmless.weight != weight:
        return False
    needed = max(1, stages) / settings.alpha
    judged = [
        each.against(spent=ALL) >= needed
        for channel, each in zip(channels, harmless.evidence, strict=True)
        if channel.weight > 0
    ]
    return bool(judged) and all(judged)
