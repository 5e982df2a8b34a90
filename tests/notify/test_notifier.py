"""Who is told of what, and that nothing waits for it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from msgspec.structs import replace

from console.errors import ExitCode
from console.notify.delivery import Delivery, Outcome
from console.notify.notifier import MOST_WAITING, Notifier
from console.plan.model import Grafana, Notice, Occasion, Plan
from console.policy.decide import decide
from console.release import events as ev
from tests.releases import ANA, PREFLIGHT, Story, counts, guard, plan, sample, stage
from tests.virtual_time import virtually
from tests.worker.ports import Stand

TO = "env:PITHEAD_SLACK"


def told_plan(*on: Occasion, grafana: Grafana | None = None) -> Plan:
    of = plan(stage(10, guard()), stage(100, guard()))
    return replace(of, notify=(Notice(to=TO, on=on or tuple(Occasion)),), grafana=grafana)


class Ear:
    """A notifier on a story, and everything that it would have sent."""

    def __init__(self, of: Plan) -> None:
        self.sent: list[Delivery] = []
        self.noted: list[ev.Notified | ev.NotifyFailed] = []
        self.answer: list[Outcome | float] = []
        self.story = Story(of)
        self.notifier = Notifier(self.story.release, self.noted.append, carry=self._carry)

    async def _carry(self, delivery: Delivery) -> Outcome:
        self.sent.append(delivery)
        answer = self.answer.pop(0) if self.answer else Outcome()
        if isinstance(answer, float):
            await asyncio.sleep(answer)
            return Outcome(trouble="too late")
        return answer

    async def hear(self, *events: ev.AnyEvent, settle: bool = True) -> None:
        heard = len(self.story.records)
        self.story.tell(*events, after_s=1.0)
        for record in self.story.records[heard:]:
            self.notifier(record)
        if settle:
            await asyncio.sleep(0)
            await asyncio.sleep(0)

    async def begin(self) -> None:
        await self.hear(PREFLIGHT, ev.RouterSeen(weight=0), ev.StageEntered(stage=0))
        await self.hear(ev.WeightRequested(number=1, weight=10))
        await self.hear(ev.WeightConfirmed(number=1, weight=10, took_ms=5.0))

    @property
    def occasions(self) -> list[str]:
        return [delivery.occasion for delivery in self.sent]


@virtually
async def test_a_release_that_goes_well_is_told_of_at_its_end() -> None:
    ear = Ear(told_plan())
    await ear.begin()
    await ear.hear(ev.SampleTaken(sample=sample()))
    assert ear.sent == []
    await ear.hear(ev.ReleaseEnded(outcome=ev.Outcome.PROMOTED, exit_code=0, reason="v2 passed every stage"))
    (delivery,) = ear.sent
    assert (delivery.secret, delivery.title) == (TO, "checkout v2: PROMOTED")
    assert "v2 passed every stage" in delivery.text
    assert "pithead attach checkout-1" in delivery.text
    assert ear.noted[0] == ev.Notified(to=TO, occasion="promoted", took_ms=0.0)


@virtually
async def test_a_pause_is_told_of_once_and_again_when_it_comes_again() -> None:
    ear = Ear(told_plan())
    await ear.begin()
    await ear.hear(ev.Paused(person=ANA))
    await ear.hear(ev.SampleTaken(sample=sample()))
    await ear.hear(ev.Resumed(person=ANA))
    await ear.hear(ev.Paused(person=ANA))
    assert ear.occasions == ["hold", "hold"]


@virtually
async def test_a_rollback_is_told_of_at_the_routers_first_answer() -> None:
    ear = Ear(told_plan())
    await ear.begin()
    await ear.hear(ev.RollbackDecided(cause=ev.Cause.GUARD, reason="errors"))
    await ear.hear(ev.WeightRequested(number=2, weight=0))
    assert ear.sent == []
    await ear.hear(ev.WriteFailed(number=2, trouble="no route"))
    assert "NOT CONFIRMED" in ear.sent[-1].text
    await ear.hear(ev.WeightRequested(number=3, weight=0))
    await ear.hear(ev.WeightConfirmed(number=3, weight=0, took_ms=5.0))
    assert "all traffic on v1" in ear.sent[-1].text
    await ear.hear(ev.ReleaseEnded(outcome=ev.Outcome.ROLLED_BACK, exit_code=10, reason="errors"))
    assert ear.occasions == ["rollback", "rollback"]


@virtually
async def test_a_wanted_approval_is_told_of() -> None:
    of = replace(told_plan(), stages=(stage(10, guard(), hold_s=1.0, approve=True), stage(100, guard())))
    ear = Ear(of)
    await ear.begin()
    for _ in range(3):
        await ear.hear(ev.SampleTaken(sample=sample(canary=counts(500))))
    assert decide(ear.story.release, now=ear.story.at) == ()
    assert ear.occasions == ["approval"]


@virtually
async def test_only_those_who_asked_are_told() -> None:
    ear = Ear(told_plan(Occasion.PROMOTED))
    await ear.begin()
    await ear.hear(ev.Paused(person=ANA))
    assert ear.sent == []


@virtually
async def test_a_refused_release_has_failed() -> None:
    ear = Ear(told_plan(Occasion.FAILED))
    await ear.hear(ev.ReleaseEnded(outcome=ev.Outcome.REFUSED, exit_code=3, reason="route: not found"))
    assert ear.occasions == ["failed"]


@virtually
async def test_grafana_gets_each_weight_and_the_end() -> None:
    ear = Ear(told_plan(Occasion.FAILED, grafana=Grafana(url="http://grafana", token="env:T")))  # noqa: S106 - its place
    await ear.begin()
    await ear.hear(ev.ReleaseEnded(outcome=ev.Outcome.PROMOTED, exit_code=0, reason="done"))
    assert [delivery.secret for delivery in ear.sent] == ["env:T", "env:T"]
    assert "10%" in ear.sent[0].text
    assert ear.sent[0].tags == ("pithead", "checkout", "checkout-1")


@virtually
async def test_what_the_cluster_says_is_told_literally() -> None:
    ear = Ear(told_plan())
    await ear.begin()
    await ear.hear(ev.RouterSeen(weight=50, changed_by="\x1b]0;x\x07mallory"))
    assert "\x1b" not in ear.sent[0].text
    assert "mallory" in ear.sent[0].text


@virtually
async def test_a_message_that_did_not_arrive_is_sent_again_then_given_up() -> None:
    ear = Ear(told_plan())
    ear.answer = [Outcome(trouble="500")] * 3
    await ear.begin()
    await ear.hear(ev.Paused(person=ANA))
    await ear.notifier.finish(within_s=60.0)
    assert ear.occasions == ["hold"] * 3
    assert ear.noted == [ev.NotifyFailed(to=TO, occasion="hold", trouble="500")]


@virtually
async def test_a_service_that_hangs_costs_messages_and_never_time() -> None:
    ear = Ear(told_plan())
    ear.answer = [3600.0]
    await ear.begin()
    for _ in range(MOST_WAITING + 3):
        await ear.hear(ev.Paused(person=ANA))
        await ear.hear(ev.Resumed(person=ANA))
    assert ear.occasions == ["hold"]
    await ear.notifier.finish(within_s=5.0)
    first, *rest = ear.noted
    assert isinstance(first, ev.NotifyFailed)
    assert (first.dropped, first.trouble) == (2, "the release ended before it arrived")
    assert len(rest) == MOST_WAITING


@virtually
async def test_a_hanging_service_delays_no_rollback(tmp_path: Path) -> None:
    stand = Stand(tmp_path, told_plan())

    async def hang(_errand: Delivery) -> Outcome:
        await asyncio.sleep(3600.0)
        return Outcome()

    notifier = Notifier(stand.worker.release, stand.worker.note, carry=hang)
    stand.book.add_listener(notifier)
    stand.source.of = lambda tick: counts(100, errors=50 if tick > 5 else 0)
    assert await stand.run() == ExitCode.ROLLED_BACK_BY_GUARD
    (decided,) = stand.times_of(ev.RollbackDecided)
    assert stand.times_of(ev.WeightConfirmed)[-1] == decided


@virtually
async def test_a_release_that_was_taken_up_holds_and_is_told_of() -> None:
    ear = Ear(told_plan())
    await ear.begin()
    ear.story.tell(ev.WorkerResumed(person=ANA, pithead="0"))
    ear.story.tell(ev.RouterSeen(weight=10))
    ear.notifier = Notifier(ear.story.release, ear.noted.append, carry=ear._carry)
    await ear.hear(ev.SampleTaken(sample=sample()))
    await ear.hear(ev.SampleTaken(sample=sample()))
    assert ear.occasions == ["hold"]
    assert "HOLDING" in ear.sent[0].title
    assert "its worker died" in ear.sent[0].text
