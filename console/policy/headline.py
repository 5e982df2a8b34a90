"""The headline's words: a closed list, each with its condition, for every place where a release is told.

A headline is a word, then what users feel, then what happens next and when. `explain` chooses the word; the
screen, `status`, the log, messages and the report write what it gives, and none has words of its own.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Tone(StrEnum):
    """How a headline should look; a sign and a word go with each, colour is never alone."""

    CALM = "calm"
    """All is well and the clock runs."""
    WAIT = "wait"
    """Something is missing: time, evidence, a person."""
    ALARM = "alarm"
    """Users suffer or may suffer, or a person should look."""
    DONE = "done"
    """Promoted."""
    BACK = "back"
    """Back on stable."""


class Word(StrEnum):
    """The word that a headline begins with; `CONDITIONS` says when each is the one."""

    LOOKING = "LOOKING"
    GOING_WELL = "GOING WELL"
    TOO_FEW_REQUESTS = "TOO FEW REQUESTS"
    BLIND = "BLIND"
    SUSPECT = "SUSPECT"
    HOLDING = "HOLDING"
    WAITING_FOR_APPROVAL = "WAITING FOR APPROVAL"
    ROLLING_BACK = "ROLLING BACK"
    ROLLED_BACK = "ROLLED BACK"
    PROMOTED = "PROMOTED"
    WORKER_DEAD = "WORKER DEAD"
    REFUSED = "REFUSED"
    HELD = "HELD"
    NOT_CONFIRMED = "NOT CONFIRMED"
    TAKEN_OVER = "TAKEN OVER"
    LABORATORY_CLOSED = "LABORATORY CLOSED"


CONDITIONS = {
    Word.LOOKING: "nothing can be said yet: the preflight is on, or too little was compared at this weight "
    "and the stage is young",
    Word.GOING_WELL: "both versions were compared at this weight, and the judge and every guard say healthy",
    Word.TOO_FEW_REQUESTS: "the stage has had its time, and the requests cannot tell good from bad",
    Word.BLIND: "there is no evidence of now: the metrics, or the worker's record, are silent",
    Word.SUSPECT: "users get something worse from the canary as of now; that it lasts or is no chance is not "
    "proven yet",
    Word.HOLDING: "an obstacle that goes neither way: a person's pause, a change from outside, a lost lease, "
    "an outage that both versions share",
    Word.WAITING_FOR_APPROVAL: "nothing else stands before the step than a person's approval",
    Word.ROLLING_BACK: "the way back has begun, and stable is not known to keep all traffic yet",
    Word.ROLLED_BACK: "stable has kept all traffic for several reads of the router; until users have "
    "recovered the line says what is missing",
    Word.PROMOTED: "the canary has passed every stage and has all traffic",
    Word.WORKER_DEAD: "the release should go on, and no process drives it",
    Word.REFUSED: "the preflight found something wrong; nothing was written",
    Word.HELD: "the release has ended and left its weight as it was, where the plan or the evidence lets "
    "nothing go back by itself",
    Word.NOT_CONFIRMED: "the release has ended, and the router has never confirmed its rollback",
    Word.TAKEN_OVER: "another worker drives the router now",
    Word.LABORATORY_CLOSED: "the demo's laboratory has ended, and its release with it",
}
"""When each word is the headline's, for the help, the documents and their test."""

NEXT = " · "
"""Stands between what users feel and what happens next."""


class Line(Struct, frozen=True, kw_only=True):
    """A headline."""

    tone: Tone
    word: str
    """One of `Word`."""
    text: str
    """What users feel, then what happens next and when."""

    @property
    def sentence(self) -> str:
        """Write both as one."""
        return f"{self.word}: {self.text}"


def headline(word: Word, *parts: str, tone: Tone | None = None) -> Line:
    """Make a headline of its parts, the empty ones left out; `tone` where it is not the word's own."""
    # Parts may be empty, so that each author says what it knows and none has to know who comes after it.
    return Line(tone=tone or TONES[word], word=word, text=NEXT.join(part for part in parts if part))


TONES = {
    Word.LOOKING: Tone.WAIT,
    Word.GOING_WELL: Tone.CALM,
    Word.TOO_FEW_REQUESTS: Tone.WAIT,
    Word.BLIND: Tone.WAIT,
    Word.SUSPECT: Tone.ALARM,
    Word.HOLDING: Tone.ALARM,
    Word.WAITING_FOR_APPROVAL: Tone.WAIT,
    Word.ROLLING_BACK: Tone.ALARM,
    Word.ROLLED_BACK: Tone.BACK,
    Word.PROMOTED: Tone.DONE,
    Word.WORKER_DEAD: Tone.ALARM,
    Word.REFUSED: Tone.ALARM,
    Word.HELD: Tone.WAIT,
    Word.NOT_CONFIRMED: Tone.ALARM,
    Word.TAKEN_OVER: Tone.ALARM,
    Word.LABORATORY_CLOSED: Tone.WAIT,
}
"""How each word looks, unless what it is about asks for another."""
