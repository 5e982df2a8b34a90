"""Everything that a report says, before it is laid out: pages, Markdown and JSON are made from here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from console.evidence import Counts
from console.judge.reading import Reading
from console.person import Person
from console.plan.model import Plan
from console.plan.plan_words import describe, guard_in_words, versions_in_words
from console.policy.explain import explain
from console.policy.headline import Tone
from console.policy.judge_text import JudgeTold
from console.policy.judge_words import text_for
from console.policy.reading_words import reading_in_words
from console.release import events as ev
from console.release.about import By, Gravity
from console.release.event_words import event_in_words, person_in_words
from console.release.state import Release
from console.release.walk import Step, walk
from console.report.damage import Budget, Damage, DamageWatch, budget_of
from console.report.dates import moment
from console.report.plainly import plainly, proof_of
from console.report.reaction import Reaction, ReactionWatch
from console.report.standing import Standing, StandingWatch
from console.report.summary import summary_of


class Heard(Struct, frozen=True, kw_only=True):
    """What one guard said when something was decided."""

    guard: str
    verdict: str
    words: str


class Decision(Struct, frozen=True, kw_only=True):
    """A step of the release, and the evidence on which it was taken."""

    at: float
    words: str
    heard: tuple[Heard, ...]
    judge: JudgeTold | None
    """What the judge said, where one line would not say it."""
    stable: Counts | None
    canary: Counts | None
    """All that was counted at the weight that the step left."""


class Moment(Struct, frozen=True, kw_only=True):
    """A line of the timeline."""

    at: float
    kind: str
    """The event's kind, as the journal calls it."""
    words: str
    grave: bool
    """Whether it is something that went wrong, or was taken back."""
    quiet: bool = False
    """Whether it is routine."""
    mark: str = ""
    """What it is called in the charts; empty where they don't show it."""


class Act(Struct, frozen=True, kw_only=True):
    """What one person did."""

    at: float
    who: str
    words: str


class Facts(Struct, frozen=True, kw_only=True):
    """A release, told."""

    release: str
    service: str
    stable: str
    canary: str
    opened_at: float
    ended_at: float
    over: bool
    """False where the recording stops before the release's end."""
    outcome: str
    """The headline's word."""
    headline: str
    """What stands behind it."""
    tone: Tone
    summary: tuple[str, ...]
    stood: tuple[Standing, ...]
    """What it stood still for on its way."""
    damage: Damage
    budget: Budget | None
    reaction: Reaction | None
    timeline: tuple[Moment, ...]
    people: tuple[Act, ...]
    decisions: tuple[Decision, ...]
    about_judge: str
    """What the judge's evidence means; empty where there is nothing to explain."""
    plan: str
    environment: tuple[tuple[str, str], ...]
    chain: tuple[str, ...]
    """What the hash chain says of the journal, a sentence each."""


def facts_of(records: Iterable[ev.Record], *, chain: Sequence[str] = (), slo: float | None = None) -> Facts:
    """Tell a release from its journal, gone through once.

    `slo` is the share of requests that should succeed, 0..1.
    """
    damage_watch, reaction_watch, standing_watch = DamageWatch(), ReactionWatch(), StandingWatch()
    steps: list[Step] = []  # all but the samples: of a week these are few

    last: Step | None = None
    for last in walk(records):
        for watch in (damage_watch, reaction_watch, standing_watch):
            watch.take(last)
        if not isinstance(last.record.event, ev.SampleTaken):
            steps.append(last)
    assert last is not None
    release, last_at = last.release, last.record.at
    damage, reaction, stood = damage_watch.seen(), reaction_watch.seen(), standing_watch.seen()
    proof = _proof(steps)
    line = explain(_plain(release, proof), now=last_at)
    return Facts(
        release=release.name,
        service=release.plan.service,
        stable=release.plan.stable.name,
        canary=release.plan.canary.name,
        opened_at=release.opened_at,
        ended_at=last_at,
        over=release.end is not None,
        outcome=_outcome(release, line.word),
        headline=line.text,
        tone=line.tone,
        summary=tuple(
            summary_of(
                release,
                damage=damage,
                reaction=reaction,
                stood=stood,
                proof=proof,
                last_at=last_at,
            )
        ),
        stood=stood,
        damage=damage,
        budget=budget_of(damage, release.plan, slo=slo),
        reaction=reaction,
        timeline=tuple(_timeline(steps, proof)),
        people=tuple(_people(steps)),
        decisions=tuple(_decisions(steps, proof)),
        about_judge=text_for(release.plan).meaning_in_words(release.plan),
        plan=describe(release.plan),
        environment=tuple(_environment(release, steps[0].record, last_at=last_at)),
        chain=tuple(chain),
    )


def _plain(release: Release, proof: str) -> Release:
    """Give the release with its rollback's reason in plain words: an older journal has the keys' own."""
    rollback = release.rollback
    return replace(release, rollback=replace(rollback, reason=proof)) if rollback and proof else release


def _outcome(release: Release, word: str) -> str:
    """Say how it ended, or that it has not."""
    return word if release.end is not None else f"NOT OVER: {word}"


def _proof(steps: Sequence[Step]) -> str:
    """Say why the two keys rolled the release back, where they did."""
    decided = (
        proof_of(before, record.event)
        for record, before, _ in steps
        if before is not None and isinstance(record.event, ev.RollbackDecided)
    )
    return next(decided, "")


def _timeline(steps: Sequence[Step], proof: str) -> list[Moment]:
    moments = []
    for record, _, release in steps:
        event = record.event
        if event.gravity is Gravity.HIDDEN:
            continue
        words = event_in_words(plainly(event, release, proof=proof), release)
        kind = str(type(event).__struct_config__.tag)
        moments.append(
            Moment(
                at=record.at,
                kind=kind,
                words=words,
                grave=event.gravity >= Gravity.AMISS,
                quiet=event.gravity <= Gravity.QUIET,
                mark=_mark(event, words),
            )
        )
    return moments


def _mark(event: ev.AnyEvent, words: str) -> str:
    """Name the mark in the charts of a step that the policy or a person took: of a stage by its weight."""
    if isinstance(event, ev.StageEntered):
        return words.rpartition(": ")[2]
    return event.about.means if event.about.by in (By.POLICY, By.PERSON) else ""


def _people(steps: Sequence[Step]) -> list[Act]:
    acts = []
    for record, _, release in steps:
        person = getattr(record.event, "person", None)
        if isinstance(person, Person):
            words = _acts_in_words(record.event, release)
            acts.append(Act(at=record.at, who=person_in_words(person), words=words))
        elif isinstance(record.event, ev.RouterSeen) and release.drifted:
            words = f"set the weight to {record.event.weight}% past pithead"
            acts.append(Act(at=record.at, who=release.changed_by, words=words))
    return acts


def _acts_in_words(event: ev.AnyEvent, release: Release) -> str:
    match event:
        case ev.ReleaseOpened():
            return "started the release"
        case ev.RollbackAsked(reason=reason):
            return f"asked for the rollback{f': {reason}' if reason else ''}"
        case ev.CommandRefused(command=command, why=why):
            return f"asked for {command.replace('_', ' ')} and was refused: {why}"
        case _:
            return event_in_words(event, release).partition(" by ")[0]


def _decisions(steps: Sequence[Step], proof: str) -> list[Decision]:
    """Give each decision with what was known just before it."""
    decisions = []
    for record, before, release in steps:
        event = record.event
        first = isinstance(event, ev.StageEntered) and event.stage == 0
        if before is None or first or before.rollback is not None or not _is_step(event):
            continue
        decisions.append(
            Decision(
                at=record.at,
                words=event_in_words(plainly(event, release, proof=proof), release),
                heard=tuple(_heard(before.memory.readings, before)),
                judge=text_for(before.plan).told(before),
                stable=before.evidence.stable,
                canary=before.evidence.canary,
            )
        )
    return decisions


def _is_step(event: ev.AnyEvent) -> bool:
    """Whether the policy has decided it by the evidence: a write only follows from that."""
    return event.about.by is By.POLICY and event.gravity >= Gravity.STEP


def _heard(readings: Sequence[Reading], release: Release) -> list[Heard]:
    guards = {guard.name: guard for guard in release.stage.guards} if release.stage else {}
    judge = text_for(release.plan).heard(release)
    first = [] if judge is None else [Heard(guard=judge.rule, verdict=judge.verdict, words=judge.words)]
    return first + [
        Heard(
            guard=guard_in_words(guards[reading.guard], release.plan),
            verdict=reading.verdict,
            words=reading_in_words(guards[reading.guard], reading, release.plan),
        )
        for reading in readings
        if reading.guard in guards
    ]


def _environment(release: Release, first: ev.Record, *, last_at: float) -> list[tuple[str, str]]:
    opened = first.event
    assert isinstance(opened, ev.ReleaseOpened)
    plan: Plan = release.plan
    return [
        ("release", release.name),
        ("service", f"{plan.service} in namespace {plan.namespace}"),
        ("versions", versions_in_words(plan)),
        ("cluster", release.cluster or "not named"),
        (
            "evidence",
            f"{release.metrics or 'unknown'} at {plan.metrics.where}, {plan.metrics.preset} queries",
        ),
        ("started by", person_in_words(release.person)),
        ("from", moment(release.opened_at)),
        ("to", moment(last_at)),
        ("attended", "yes" if release.attended else "no: in a pipeline"),
        ("pithead", opened.pithead),
        *((f"checked: {check.name}", check.words) for check in release.checks),
    ]
