"""A window's tally, kept up by adding what comes and taking away what leaves: a look costs little."""

from __future__ import annotations

from collections import deque

from console.evidence import CLASSES, Counts, Sample
from console.judge.tally import Tally


class Window:
    """The last `span_s` of samples that hold whole counts, all with the same buckets, and never blind."""

    def __init__(self, span_s: float) -> None:
        self._span_s = span_s
        self._seen: deque[tuple[float, Sample]] = deque()
        self._stable = _Sums()
        self._canary = _Sums()
        self._covered_s = 0.0

    def add(self, at: float, sample: Sample) -> Tally:
        """Take a sample in, and give the tally of the window that ends with it."""
        self._seen.append((at, sample))
        self._turn(sample, 1)
        while self._seen[0][0] <= at - self._span_s:
            self._turn(self._seen.popleft()[1], -1)
        return Tally(
            span_s=self._covered_s,
            bounds_ms=sample.bounds_ms,
            stable=self._stable.counts(),
            canary=self._canary.counts(),
        )

    def _turn(self, sample: Sample, sign: int) -> None:
        self._covered_s += sign * sample.span_s
        for sums, look in ((self._stable, sample.stable), (self._canary, sample.canary)):
            if look.counts is not None:
                sums.add(look.counts, sign)


_PLAIN = ("requests", *CLASSES)


class _Sums:
    def __init__(self) -> None:
        self._plain = [0.0] * len(_PLAIN)
        self._by_plan = False
        self._latency: list[float] = []

    def add(self, counts: Counts, sign: int) -> None:
        more = [getattr(counts, name) or 0.0 for name in _PLAIN]
        self._by_plan = counts.errors_by_plan is not None
        self._plain = [old + sign * new for old, new in zip(self._plain, more, strict=True)]
        if counts.latency and not self._latency:
            self._latency = [0.0] * len(counts.latency)
        if counts.latency:
            self._latency = [old + sign * new for old, new in zip(self._latency, counts.latency, strict=True)]

    def counts(self) -> Counts:
        requests, *classes, by_plan = self._plain
        named = dict(zip(CLASSES, classes, strict=False))
        return Counts(
            requests=requests,
            errors_4xx=named["errors_4xx"],
            errors_5xx=named["errors_5xx"],
            no_answer=named["no_answer"],
            grpc_server=named["grpc_server"],
            grpc_caller=named["grpc_caller"],
            errors_by_plan=by_plan if self._by_plan else None,
            latency=tuple(self._latency),
        )
