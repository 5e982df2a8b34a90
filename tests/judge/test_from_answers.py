"""From Prometheus' answers to the verdict: nothing that happens to numbers on their way rolls back.

The answers are JSON as it comes over the wire, read by the metrics room and judged by the two keys. What is
done to them: NaN and infinities in place of values, series that come twice, rows and scrapes that do not
come, questions that fail, and processes that start again from zero.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from msgspec.structs import replace

from console.errors import EvidenceError
from console.evidence import Counts, History, PodMinute, Sample
from console.judge.memory import Memory, begin_judge, look
from console.judge.terms import terms_of
from console.judge.verdict import Action
from console.metrics.answer import Answer, decode
from console.metrics.evidence_source import PrometheusSource
from console.plan.model import Judge, Slo
from tests.metrics.scripted import V1, V2, Pod, ScriptedPrometheus, plan
from tests.model.judges import keys_in
from tests.sample import many

SEEDS = range(many("seeds of answers", 2))
TICK_S = 5.0
BEGAN_S = 1000.0
TICKS = 120
DUMB = range(40, 60)
"""The ticks in which a series has no number."""
RPS, WEIGHT = 800, 25
ERRORS = 0.004
JUDGE = Judge(slo=Slo(error_rate=0.05), block_s=15.0)
SLOWER = {"100": 0.15, "250": 0.02, "500": 0.001}
"""Of all requests so many are slower than an edge, in milliseconds."""


@dataclass(frozen=True)
class Harm:
    """How likely each is, for a row, an answer, or a pod's tick."""

    nonsense: float = 0.0
    copies: float = 0.0
    rows_lost: float = 0.0
    scrapes_lost: float = 0.0
    failures: float = 0.0
    restarts: float = 0.0
    dumb: tuple[str, str] = ("", "")
    """The series of this workload and status have no number for a while."""


PAST = History(
    bounds_ms=tuple(map(float, SLOWER)),
    minutes=(
        tuple(
            PodMinute(
                pod=pod,
                counts=Counts(requests=24_000, errors_5xx=96, latency=(20_400, 3120, 456, 24)),
            )
            for pod in "ab"
        ),
    )
    * 30,
)
"""Half an hour of the two stable pods, calm and alike."""
NONE = Harm()
EVERYTHING = Harm(nonsense=0.02, copies=0.3, rows_lost=0.002, scrapes_lost=0.1, failures=0.01, restarts=0.02)


@dataclass
class Served:
    """What one pod's own counters say; Prometheus knows it since the latest scrape."""

    requests: Counter[str] = field(default_factory=Counter)
    below: Counter[str] = field(default_factory=Counter)


class Traffic:
    """Two stable pods and a canary, and what chance sends them."""

    def __init__(self, chance: random.Random, harm: Harm, *, worse: float) -> None:
        self.chance, self.harm, self.worse = chance, harm, worse
        self.pods = [Pod(V1, "a"), Pod(V1, "b"), Pod(V2, "c")]
        self.served = [Served() for _ in self.pods]

    def pass_by(self, *, now_s: float) -> None:
        level = RPS * TICK_S * self.chance.uniform(0.7, 1.3)
        shares = ((100 - WEIGHT) / 200, (100 - WEIGHT) / 200, WEIGHT / 100)
        for at, (pod, share) in enumerate(zip(self.pods, shares, strict=True)):
            if self._happens(self.harm.restarts):
                self.served[at] = Served()
            self._serve(
                self.served[at], round(level * share), worse=self.worse if pod.deployment == V2 else 1
            )
            if pod.scraped_s is None or not self._happens(self.harm.scrapes_lost):
                pod.scraped_s = now_s
                pod.requests, pod.below = dict(self.served[at].requests), dict(self.served[at].below)

    def _serve(self, served: Served, requests: int, *, worse: float) -> None:
        bad = self._some(requests, ERRORS * worse)
        served.requests.update({"200": requests - bad, "503": bad})
        in_time = {le: requests - self._some(requests, share) for le, share in SLOWER.items()}
        served.below.update({**in_time, "+Inf": requests})

    def _some(self, requests: int, share: float) -> int:
        """Draw how many: near enough to a binomial."""
        mean = requests * share
        return max(0, round(self.chance.gauss(mean, mean**0.5)))

    def _happens(self, likely: float) -> bool:
        return self.chance.random() < likely


class Wire(ScriptedPrometheus):
    """Answers in JSON, and comes to harm."""

    def __init__(self, traffic: Traffic) -> None:
        super().__init__(*traffic.pods, now_s=BEGAN_S)
        self.chance, self.harm = traffic.chance, traffic.harm

    async def query(self, promql: str, *, deadline_s: float) -> Answer:
        if self.chance.random() < self.harm.failures:
            raise EvidenceError("no answer within 1 s")
        answer = await super().query(promql, deadline_s=deadline_s)
        rows = [row for each in answer.rows for row in self._sent(each.labels, each.value)]
        body = {"status": "success", "data": {"resultType": "vector", "result": rows}}
        return decode(json.dumps(body).encode(), status=200, where="here")

    def _sent(self, labels: dict[str, str], value: float | None) -> Iterator[dict[str, Any]]:
        if self.chance.random() < self.harm.rows_lost:
            return
        broken = self.chance.random() < self.harm.nonsense or self._is_dumb(labels)
        text = self.chance.choice(("NaN", "+Inf", "-Inf")) if broken else repr(value)
        for _ in range(1 + (self.chance.random() < self.harm.copies)):
            yield {"metric": labels, "value": [self.now_s, text]}

    def _is_dumb(self, labels: dict[str, str]) -> bool:
        which = labels.get("destination_workload"), labels.get("response_code")
        return which == self.harm.dumb and (self.now_s - BEGAN_S) // TICK_S in DUMB


def judged(seed: int, harm: Harm, *, worse: float = 1.0) -> list[Action]:
    """Everything that the judge said in a release of some minutes."""
    traffic = Traffic(random.Random(seed), harm, worse=worse)
    of, wire = replace(plan(), judge=JUDGE), Wire(traffic)
    source = PrometheusSource(of, wire, clock=lambda: wire.now_s)
    terms = terms_of(JUDGE, PAST, scrape_s=TICK_S)
    memory, said = begin_judge(Memory(), of, terms), []
    for _ in range(TICKS):
        wire.now_s += TICK_S
        traffic.pass_by(now_s=wire.now_s - 1)
        sample = sampled(source)
        memory = look(memory, of.stages[0], plan=of, at=wire.now_s, weight=WEIGHT, sample=sample)
        now = keys_in(memory).said
        assert now is not None
        said.append(now.action)
    assert now is not None
    assert all(channel.uplift is not None for channel in now.channels)
    return said


def sampled(source: PrometheusSource) -> Sample:
    """Ask as the worker asks: what fails is a tick without evidence."""
    try:
        return asyncio.run(source.sample(deadline_s=1))
    except EvidenceError as error:
        return Sample(span_s=0.0, trouble=str(error))


HARMS = {
    "nothing": NONE,
    "everything": EVERYTHING,
    "nonsense": Harm(nonsense=0.1),
    "copies": Harm(copies=0.9),
    "rows lost": Harm(rows_lost=0.01),
    "scrapes lost": Harm(scrapes_lost=0.4),
    "failures": Harm(failures=0.1),
    "restarts": Harm(restarts=0.1),
    "stable's errors are NaN": Harm(dumb=(V1, "503")),
    "the canary's successes are NaN": Harm(dumb=(V2, "200")),
}


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_healthy_release_is_not_rolled_back_whatever_happens_to_the_answers(seed: int, harm: str) -> None:
    assert Action.ROLL_BACK not in judged(seed, HARMS[harm])


@pytest.mark.parametrize("harm", ["nothing", "everything"])
def test_a_bad_one_is_all_the_same(harm: str) -> None:
    assert Action.ROLL_BACK in judged(1, HARMS[harm], worse=4.0)
