"""Whether the evidence is enough to go on: the horizon of what could still be hidden, and low traffic."""

from __future__ import annotations

from msgspec import Struct

from console.judge.keys.channels import Kind, usual_share
from console.judge.keys.horizon import horizon_s
from console.judge.keys.judge import KeysState, blind_s, is_harmless, is_stale
from console.judge.keys.settings import Settings
from console.judge.keys.tolerance import tolerated_errors

SHOWN_UPLIFT = 0.01
"""A stage that would not show one point more errors has shown nothing."""
BEYOND_TOLERATED = 2.0
"""Where a point or more is tolerated, this many times as much must show instead."""

_DIGITS = 3
"""A tenth of a point: it is read by people."""


class Gate(Struct, frozen=True, kw_only=True):
    """What stands between a release and its next stage."""

    open: bool
    blind: bool
    """Nothing is known of now."""
    uplift: float
    """The increase of errors that must have had its time to show, ratio."""
    needed_s: float | None
    """Time at this weight until that would have shown; None: never."""

    def wait_s(self, *, stage_s: float) -> float | None:
        """Return what is left of it after `stage_s` at this weight."""
        return None if self.needed_s is None else max(0.0, self.needed_s - stage_s)


def shown_uplift(settings: Settings, *, usual: float) -> float:
    """Return the increase of errors that a stage must be able to show, ratio.

    `usual` is stable's share of them: of many, a quarter more is tolerated.
    """
    tolerated = (tolerated_errors(settings, usual=usual).ratio - 1) * usual
    return max(SHOWN_UPLIFT, round(BEYOND_TOLERATED * tolerated, _DIGITS))


def uplift_to_show(state: KeysState) -> float:
    """Return the increase of errors that the stage under way must be able to show, ratio."""
    return shown_uplift(state.settings, usual=_usual(state))


def _usual(state: KeysState) -> float:
    return usual_share(state.keys.past[_errors(state)])


def _errors(state: KeysState) -> int:
    return next(i for i, each in enumerate(state.channels.judged) if each.kind is Kind.ERRORS)


def gate(state: KeysState, *, at_s: float, stage_s: float) -> Gate:
    """Return whether the stage has shown enough after `stage_s`; a person may still advance it blind."""
    blind = is_stale(state, blind_s=blind_s(state, at_s=at_s))
    uplift = uplift_to_show(state)
    needed_s = horizon(state, uplift=uplift)
    # Time at this weight, not the keys, opens the gate: keys that did not turn are evidence of health only as
    # far as damage of this size would have turned them by now.
    # What the third key has shown needs no waiting.
    enough = is_harmless(state) or (needed_s is not None and needed_s <= stage_s)
    return Gate(open=enough and not blind, blind=blind, uplift=uplift, needed_s=needed_s)


def horizon(state: KeysState, *, uplift: float, weight: int | None = None) -> float | None:
    """Predict how long `uplift` more errors stay hidden at the present traffic; None: for ever.

    Without a `weight` (percent) it is the present one.
    """
    at = _errors(state)
    return horizon_s(
        rps=state.course.rps,
        weight=(state.course.weight if weight is None else weight) / 100,
        usual=_usual(state),
        uplift=uplift,
        alpha=state.settings.alpha,
        share=state.channels.judged[at].weight,
        burst=max(state.profile.judged[at].burst, state.keys.tempered[at]),
        block_s=state.settings.block_s,
        bets=len(state.settings.grid),
        beta=state.settings.beta,
        tolerated=state.keys.tolerated[at],
    )
