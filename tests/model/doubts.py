"""What is against a decision, by the books: a decision that has anything against it breaks a promise."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from console.judge.kayenta import ScoreVerdict
from console.judge.keys.gate import gate
from console.judge.keys.judge import BLIND_BLOCKS
from console.judge.verdict import Action
from console.plan.model import LowTraffic, Stage
from tests.model.books import SLACK_S, UNREAD_TICKS, Books
from tests.model.judges import keys_in, scores_in
from tests.model.oracle import Says, answers, owed, served

Doubts = Iterator[str]
TELLING, SHARE = 1000.0, 0.3
"""Of so many requests so large a part must have been answered, well below what the policy asks for."""


def against_promotion(books: Books) -> Doubts:
    """Say what is against the end of the last stage."""
    yield from against_leaving(books)
    if books.unread or books.tick_at != books.now:
        yield "the router was not read in this tick"


def against_any_write(books: Books) -> Doubts:
    """Say what is against any write but a rollback's."""
    if books.rollback is not None:
        yield "a rollback has begun"
    yield from _by_the_lease(books)
    if books.stuck:
        yield "the journal takes nothing"
    if books.paused:
        yield "it is paused"
    yield from _left_to_a_person(books)
    if books.altered:
        yield "something changes what is written"
    if books.withheld is not None:
        yield "a rollback is due"
    if books.changed:
        yield "someone else set the weight"
    if books.pending:
        yield "a write is on its way"


def _by_the_lease(books: Books) -> Doubts:
    if not books.held:
        yield "the lease is not held"
    if books.held_meanwhile:
        yield "somebody else has held the lease"
    if books.end_lost:
        yield "the lease tells of an end that is lost"


def _left_to_a_person(books: Books) -> Doubts:
    if books.taken_up:
        yield "nobody let it go on after the crash"
    if books.stranger or books.unseen:
        yield "only a person moves it"


def against_more_weight(books: Books) -> Doubts:
    """Say what is against more weight: its stage was entered rightly, but that may be a while ago."""
    yield from _against_any_way_forward(books)
    if books.seen and not books.seen[-1].clear:
        yield "it is blind"
    yield from _beyond(books)


def against_leaving(books: Books) -> Doubts:
    """Say what is against the step out of the stage."""
    yield from _against_any_way_forward(books)
    if books.unread_ticks >= UNREAD_TICKS:
        yield "the router is not read"
    stage = books.stage
    if stage is None:
        return
    if not books.in_force or books.weight != stage.weight:
        yield f"{stage.weight}% is not in force"
    if not books.seen or not books.seen[-1].clear:
        yield "it is blind"
        return
    yield from _beyond(books)
    yield from (f"{guard.name} has seen too little" for guard in books.who_say(Says.TOO_LITTLE))
    yield from _not_answered(books, stage)
    yield from _not_shown(books, stage)
    yield from _not_scored(books, stage)
    if not books.promoted:
        yield from _not_waited(books, stage)


def _against_any_way_forward(books: Books) -> Doubts:
    yield from against_any_write(books)
    if books.is_old:
        yield "what was seen is old"
    said = keys_in(books.memory).said
    if said is not None and (said.action is not Action.GO_ON or said.agreeing):
        yield f"the judge says {said.action}, {said.agreeing} agreeing"
    if books.retreated:
        yield "it has retreated"


def _beyond(books: Books) -> Doubts:
    yield from (f"{guard.name} is beyond its limit" for guard in books.who_say(Says.BEYOND))


def _not_waited(books: Books, stage: Stage) -> Doubts:
    """Say what a person may skip."""
    if books.held_from is None or books.now < books.held_from + stage.hold_s - SLACK_S:
        yield "the hold is not over"
    if served(books.seen) < stage.min_requests:
        yield "too few requests"
    if stage.approve and not books.approved:
        yield "nobody approved it"


def _not_answered(books: Books, stage: Stage) -> Doubts:
    """Say what nobody may skip: the canary has pods, and answered about what the weight asks for."""
    if books.canary_ready == 0:
        yield "no pod of the canary is ready"
    if stage.weight == 0:
        return
    answered = sum(map(answers, books.whole))
    asked = owed(books.whole, stage.weight, rps=books.least_rps if books.least_rps < inf else 0.0)
    if answered <= 0:
        yield "the canary answered no request"
    elif asked >= TELLING and answered < SHARE * asked:
        yield f"the canary answered {answered:.0f} of {asked:.0f} requests"


def _not_shown(books: Books, stage: Stage) -> Doubts:
    """Say what the keys have not seen yet, where there is a judge."""
    keys, said, judge = keys_in(books.memory).keys, keys_in(books.memory).said, books.plan.judge
    if keys is None or judge is None or books.tick_at is None:
        return
    if said is not None and said.blind_s > BLIND_BLOCKS * keys.settings.block_s:
        yield "the judge is blind"
    if stage.weight in (0, 100) or judge.low_traffic is LowTraffic.PROCEED or books.advanced:
        return
    if not gate(keys, at_s=books.tick_at, stage_s=books.tick_at - books.began_at).open:
        yield "the stage could hide damage"


def _not_scored(books: Books, stage: Stage) -> Doubts:
    """Say what Kayenta's judge has against it, where the plan has that one."""
    if books.plan.kayenta is None or stage.weight in (0, 100):
        return
    latest = scores_in(books.memory).latest
    if latest is None:
        yield "it has no score"
    elif latest.verdict is not ScoreVerdict.PASS:
        yield f"its score says {latest.verdict}"
