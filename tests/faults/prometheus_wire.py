"""A Prometheus over real HTTP that scrapes a mesh of two versions, and goes wrong on order."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Self

from console.metrics.answer import Row
from tests.metrics.http_fake import Asked, FakePrometheus, answering, fake_prometheus
from tests.metrics.scripted import V1, V2, Pod, ScriptedPrometheus

Json = dict[str, Any]
Answer = Callable[[Asked], None]
Bend = Callable[[list[Json]], list[Json]]

SCRAPE_S = 5.0
RPS = 1000.0
EPOCH_S = 1_800_000_000.0
BUILD = {"status": "success", "data": {"version": "2.42.0"}}
NO_PAST = {"status": "success", "data": {"resultType": "matrix", "result": []}}


class Mesh:
    """Two pods whose counters grow with the weight that is in force, and are scraped every few seconds."""

    def __init__(self, *, clock: Callable[[], float], weight: Callable[[], int]) -> None:
        self.v1 = Pod(V1, "10.0.0.1:15090", scraped_s=0.0)
        self.v2 = Pod(V2, "10.0.0.2:15090", scraped_s=0.0)
        for pod in self.pods:
            pod.requests = {"200": 0.0, "503": 0.0}
            pod.below = dict.fromkeys(("100.0", "500.0", "1000.0", "+Inf"), 0.0)
        self.scraped = True
        """False: Prometheus gets no new samples and goes on answering with the last."""
        self.skew_s = 0.0
        """How far Prometheus' clock goes before ours."""
        self.late_s = 0.0
        """How far the clock that stamps the samples goes behind Prometheus' own."""
        self.served = {V1: 0.0, V2: 0.0}
        """How many requests each version has answered, whatever became of its counters."""
        self._prometheus = ScriptedPrometheus(*self.pods)
        self._prometheus.numbers["60 / max"] = (SCRAPE_S,)
        self._clock = clock
        self._weight = weight
        self._turns = 0
        self._one_at_a_time = threading.Lock()

    @property
    def pods(self) -> tuple[Pod, Pod]:
        return self.v1, self.v2

    @property
    def now_s(self) -> float:
        """The time by Prometheus' clock."""
        return EPOCH_S + self._clock() + self.skew_s

    def rows(self, promql: str) -> list[Row]:
        """What Prometheus finds for a query now."""
        with self._one_at_a_time:
            self._scrape()
            return self._prometheus._rows(promql)

    def _scrape(self) -> None:
        turns = int(self._clock() // SCRAPE_S)
        for _ in range(turns - self._turns if self.scraped else 0):
            share = self._weight() / 100
            self._serve(self.v1, RPS * SCRAPE_S * (1 - share))
            self._serve(self.v2, RPS * SCRAPE_S * share)
            self._turns += 1
        for pod in self.pods:
            pod.scraped_s = EPOCH_S + self.skew_s + self._turns * SCRAPE_S - self.late_s

    def _serve(self, pod: Pod, requests: float) -> None:
        """A request in a thousand fails, with either version."""
        self.served[pod.deployment] += requests
        pod.requests["200"] += requests * 0.999
        pod.requests["503"] += requests * 0.001
        for le in pod.below:
            pod.below[le] += requests


class Wire:
    """The connection to that Prometheus; `answer` and `bend` are what goes wrong on it."""

    def __init__(self, mesh: Mesh, *, tls: ssl.SSLContext | None = None) -> None:
        self.mesh = mesh
        self.tls = tls
        self.answer: Answer | None = None
        """Answers everything in Prometheus' place."""
        self.porter: Callable[[Asked], Answer | None] = lambda _asked: None
        """Answers in its place those that it does not let in."""
        self.bend: Bend = list
        """Makes other rows of the rows of an answer."""
        self.beside: Json = {}
        """Stands in every answer beside its data."""
        self.hanging = 0
        """How many calls get no answer."""
        self._counting = threading.Lock()
        self._fake = FakePrometheus()
        self._line = ExitStack()
        self._port = 0

    @property
    def url(self) -> str:
        return self._fake.url

    @property
    def asked(self) -> FakePrometheus:
        """All that was asked of it."""
        return self._fake

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(self, *_: object) -> None:
        self.let_go()
        self.down()

    def up(self) -> None:
        """Listen, on the same port as before."""
        self._fake = self._line.enter_context(fake_prometheus(self._port, tls=self.tls))
        self._port = int(self._fake.url.rpartition(":")[2])
        self._fake.answer = self._answered

    def down(self) -> None:
        """Listen no more."""
        self._line.close()

    def hang(self, handler: Asked) -> None:
        """Answer nothing until `let_go`."""
        with self._counting:
            self.hanging += 1
        self._fake.hang(handler)

    def let_go(self) -> None:
        """End all that hangs."""
        self.answer = None
        self._fake.let_go.set()
        self.hanging = 0

    def _answered(self, handler: Asked) -> None:
        if self.answer is not None:
            self.answer(handler)
        elif (kept_out := self.porter(handler)) is not None:
            kept_out(handler)
        else:
            answering(json.dumps(self._document(handler)).encode())(handler)

    def _document(self, asked: Asked) -> Json:
        if asked.path.endswith("buildinfo"):
            return BUILD
        if asked.path.endswith("query_range"):
            return NO_PAST
        promql = asked.form["query"][0]
        at_s = self.mesh.now_s
        rows = self.bend([row_in_json(row, at_s=at_s) for row in self.mesh.rows(promql)])
        return {"status": "success", "data": {"resultType": "vector", "result": rows}, **self.beside}


def row_in_json(row: Row, *, at_s: float) -> Json:
    return {"metric": row.labels, "value": [at_s, f"{row.value:.10g}"]}
