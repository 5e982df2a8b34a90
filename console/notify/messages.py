"""What is said: a release as someone reads it who has no screen before them."""

from __future__ import annotations

from console.notify.delivery import Delivery, DeliveryMethod
from console.plan.literal import literal
from console.plan.model import Grafana, Notice
from console.policy.explain import explain
from console.policy.situation import Situation
from console.policy.told import record_in_words
from console.release import events as ev
from console.release.state import Release

LONGEST_TEXT = 1000
ANNOTATION = "annotation"


def message(notice: Notice, news: Situation, release: Release, *, now: float) -> Delivery:
    """Say where the release is, why, and how to come back to it."""
    plan, line = release.plan, explain(release, now=now)
    stage = f"stage {release.index + 1} of {len(plan.stages)}, " if release.stage else ""
    where = f"{stage}{release.weight or 0}% on {plan.canary.name}"
    back = f"on {release.person.host or 'its host'}: pithead attach {release.name}"
    return Delivery(
        method=DeliveryMethod.APPRISE,
        secret=notice.to,
        occasion=news.occasion,
        title=literal(f"{plan.service} {plan.canary.name}: {line.word}"),
        text=f"{literal(line.text, longest=LONGEST_TEXT)}\n{literal(where)}\n{literal(back, longest=200)}",
        at=now,
    )


def annotation(grafana: Grafana, event: ev.AnyEvent, release: Release, *, now: float) -> Delivery | None:
    """Give the mark for an event that dashboards should show; None for all others."""
    if not event.about.annotates:
        return None
    plan = release.plan
    words = f"{plan.service} {plan.canary.name}: {record_in_words(event, release)}"
    return Delivery(
        method=DeliveryMethod.GRAFANA,
        secret=grafana.token,
        occasion=ANNOTATION,
        title="",
        text=literal(words, longest=LONGEST_TEXT),
        at=now,
        url=grafana.url,
        tags=("pithead", plan.service, release.name),
    )
