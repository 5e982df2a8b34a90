"""Releases whose pods are scraped one by one, each at a phase of its own, until they are decided.

What hits both versions hits them at one true time. Requests are drawn every tenth of a second and pod by pod;
what Prometheus would hold of them goes its way through raw samples, stretches, ticks and keys.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from math import inf, log

import numpy as np
import numpy.typing as npt

from console.evidence import Counts, Stretch
from console.judge.keys.blocks import Tick
from console.judge.keys.channels import Channels, Share, choose_channels
from console.judge.keys.judge import KeysState, begin, take, verdict
from console.judge.keys.noise import Noise, Profile
from console.judge.keys.settings import Settings
from console.judge.verdict import Action
from console.metrics.presets import preset_of
from console.metrics.range_answer import RangeAnswer, Track
from console.metrics.stretches import SUSPECTED_SCRAPES, is_suspicious, raw_samples, window_s
from console.plan.model import MetricsSource

PRESET = preset_of(MetricsSource(prometheus="http://prometheus", preset="istio", business={}))
Floats = npt.NDArray[np.float64]

STEP_S = 0.1
"""Of the drawing."""
BOUNDS_MS = (25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2500.0)
_SIGMA = log(300 / 60) / 2.3263
_MEDIAN_MS = 60.0
STABLE, CANARY = "checkout-v1", "checkout-v2"
LATE_S = 0.05
"""A sample can be seen so long after its scrape began."""
CALM_S = 200.0
"""From the begin to the first damage: the canary is warm by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """What fails at a time: both versions, or one."""

    from_s: float = 0.0
    until_s: float = inf
    errors: float = 0.0
    latency_times: float = 1.0
    traffic_times: float = 1.0
    stable: bool = True
    canary: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One release: everything but chance."""

    scrape_s: float = 15.0
    looks_s: float = 5.0
    rps: float = 200.0
    errors: float = 0.002
    weights: tuple[int, ...] = (50,)
    stage_s: float = 600.0
    hits: tuple[Hit, ...] = ()
    stable_pods: int = 4
    canary_pods: int = 1
    restarts: tuple[tuple[int, float], ...] = ()
    """Pods whose counters begin anew at a time; stable's first."""
    pod_errors: tuple[float, ...] = ()
    """Each pod's factor; stable's first."""
    export_s: float = 0.0
    """Counters move once in so long only, each pod at its own phase."""
    unscraped: tuple[tuple[int, float, float], ...] = ()
    """Pods whose scrapes fail between two times."""
    jitter_s: float = 0.02

    @property
    def span_s(self) -> float:
        return self.stage_s * len(self.weights)

    def weight(self, at_s: float) -> int:
        return self.weights[min(len(self.weights) - 1, int(max(0.0, at_s) // self.stage_s))]


@dataclass
class Drawn:
    """What each pod counted, and when it was scraped."""

    scene: Scene
    chance: np.random.Generator
    counts: Floats = field(init=False)
    """Cumulative: pods x kinds (requests, errors, slower than each bound) x steps."""
    scrapes_s: list[Floats] = field(init=False)

    def __post_init__(self) -> None:
        scene = self.scene
        steps = int((scene.span_s + CALM_S) / STEP_S)
        self.at_s = (np.arange(steps) + 1) * STEP_S - CALM_S
        pods = scene.stable_pods + scene.canary_pods
        self.counts = np.stack([self._pod(pod) for pod in range(pods)])
        self.scrapes_s = [self._scrapes(pod) for pod in range(pods)]

    def _pod(self, pod: int) -> Floats:
        scene, chance = self.scene, self.chance
        is_stable = pod < scene.stable_pods
        weight = np.array([scene.weights[0] if at < 0 else scene.weight(at) for at in self.at_s]) / 100
        share = (1 - weight) / scene.stable_pods if is_stable else weight / scene.canary_pods
        rate = scene.rps * STEP_S * share
        errors = np.full(rate.shape, scene.errors * (scene.pod_errors[pod] if scene.pod_errors else 1.0))
        scale = np.zeros(rate.shape)
        for hit in scene.hits:
            if hit.stable if is_stable else hit.canary:
                there = (self.at_s > hit.from_s) & (self.at_s <= hit.until_s)
                errors += hit.errors * there * (scene.pod_errors[pod] if scene.pod_errors else 1.0)
                scale += log(hit.latency_times) * there
                rate = rate * np.where(there, hit.traffic_times, 1.0)
        requests = chance.poisson(rate)
        failed = chance.binomial(requests, np.clip(errors, 0, 1))
        kinds = [requests, failed, *self._slower(requests, scale)]
        total = np.cumsum(np.stack(kinds), axis=1).astype(float)
        for which, at_s in scene.restarts:
            if which == pod:
                at = int((at_s + CALM_S) / STEP_S)
                total[:, at:] -= total[:, at, None]
        if scene.export_s:
            phase_s = chance.uniform(0, scene.export_s)
            shown = np.floor((self.at_s + CALM_S - phase_s) / scene.export_s) * scene.export_s + phase_s
            total = total[:, np.clip((shown / STEP_S).astype(int) - 1, 0, None)]
        return total

    def _slower(self, requests: npt.NDArray[np.int64], scale: Floats) -> list[npt.NDArray[np.int64]]:
        from scipy.special import ndtr  # noqa: PLC0415 - takes a second to import

        left, above, found = requests, np.ones(scale.shape), []
        for bound in BOUNDS_MS:
            share = ndtr((scale - log(bound / _MEDIAN_MS)) / _SIGMA)
            left = self.chance.binomial(left, np.clip(share / above, 0, 1))
            above = np.maximum(share, 1e-300)
            found.append(left)
        return found

    def _scrapes(self, pod: int) -> Floats:
        scene = self.scene
        first = self.chance.uniform(0, scene.scrape_s) - CALM_S
        times = np.arange(first, scene.span_s, scene.scrape_s)
        times = times + self.chance.uniform(0, scene.jitter_s, times.shape)
        for which, from_s, until_s in scene.unscraped:
            if which == pod:
                times = times[(times < from_s) | (times > until_s)]
        return np.sort(times)

    def shown(self, pod: int, *, at_s: float) -> Floats:
        """Give what a scrape at a time reads."""
        step = int((at_s + CALM_S) / STEP_S) - 1
        found: Floats = self.counts[pod, :, max(0, step)]
        return found


class Looks:
    """Looks at one release until it is decided."""

    def __init__(self, drawn: Drawn) -> None:
        self.drawn, self.scene = drawn, drawn.scene
        self.state = begun(drawn.scene)
        self.last: list[Floats] | None = None
        self.newest: tuple[float, float] = (-inf, -inf)
        self.counted_at_s = 0.0
        self.suspects_until_s = -inf
        self.asked = 0

    def decided(self, *, phase_s: float) -> tuple[float, str]:
        """Give when the release is rolled back, and by what; never: infinity."""
        at_s = phase_s
        while at_s < self.scene.span_s - 1:
            self.look(at_s)
            said = verdict(self.state, at_s=at_s)
            if said.action is Action.ROLL_BACK:
                return at_s, "gross" if said.gross is not None and said.gross.proven else "keys"
            at_s += min(1.0, self.scene.looks_s) if at_s < self.suspects_until_s else self.scene.looks_s
        return inf, ""

    def look(self, at_s: float) -> None:
        scene, drawn = self.scene, self.drawn
        scraped = [times[times <= at_s - LATE_S] for times in drawn.scrapes_s]
        shown = [drawn.shown(pod, at_s=times[-1]) for pod, times in enumerate(scraped)]
        newest = (
            max(times[-1] for times in scraped[: scene.stable_pods]),
            max(times[-1] for times in scraped[scene.stable_pods :]),
        )
        counts: tuple[Counts, Counts] | None = None
        span_s = 0.0
        if self.last is None:
            self.last, self.newest, self.counted_at_s = shown, newest, max(newest)
        elif all(now > before for now, before in zip(newest, self.newest, strict=True)):
            more = [np.where(now < was, now, now - was) for now, was in zip(shown, self.last, strict=True)]
            counts = (
                _counts(np.sum(more[: scene.stable_pods], axis=0)),
                _counts(np.sum(more[scene.stable_pods :], axis=0)),
            )
            span_s = max(newest) - self.counted_at_s
            self.last, self.newest, self.counted_at_s = shown, newest, max(newest)
            if is_suspicious(*counts):
                self.suspects_until_s = at_s + SUSPECTED_SCRAPES * scene.scrape_s
        stretches: tuple[Stretch, ...] = ()
        if at_s < self.suspects_until_s:
            self.asked += 1
            stretches = self.stretches(at_s)
        fresh = counts is not None and span_s > 0
        self.state = take(
            self.state,
            Tick(
                at_s=at_s,
                span_s=span_s,
                weight=scene.weight(at_s),
                bounds_ms=BOUNDS_MS,
                stable=counts[0] if counts and fresh else None,
                canary=counts[1] if counts and fresh else None,
                stable_pods=scene.stable_pods,
                canary_pods=scene.canary_pods,
                stretches=stretches,
            ),
        )

    def stretches(self, at_s: float) -> tuple[Stretch, ...]:
        began_s = at_s - window_s(self.scene.scrape_s)
        tracks = []
        for pod, times in enumerate(self.drawn.scrapes_s):
            seen = times[(times <= at_s - LATE_S) & (times > began_s)]
            values = np.array([self.drawn.shown(pod, at_s=each) for each in seen])
            workload = STABLE if pod < self.scene.stable_pods else CANARY
            tracks += _tracks(pod, workload=workload, times=seen, values=values)
        found = raw_samples(
            RangeAnswer(tracks=tuple(tracks)),
            preset=PRESET,
            stable=STABLE,
            canary=CANARY,
            began_s=began_s,
        )
        return found.stretches(at_s=at_s)


def _tracks(pod: int, *, workload: str, times: Floats, values: Floats) -> list[Track]:
    labels = {"destination_workload": workload, "pod": f"pod-{pod}", "instance": "a"}
    if not len(times):
        return []
    requests, failed = values[:, 0], values[:, 1]
    named = {
        ("istio_requests_total", "response_code", "200"): requests - failed,
        ("istio_requests_total", "response_code", "503"): failed,
        **{
            ("istio_request_duration_milliseconds_bucket", "le", f"{bound:g}"): requests - values[:, 2 + at]
            for at, bound in enumerate(BOUNDS_MS)
        },
        ("istio_request_duration_milliseconds_bucket", "le", "+Inf"): requests,
    }
    return [
        Track(
            labels={**labels, "__name__": name, label: text},
            points=tuple(zip(times.tolist(), column.tolist(), strict=True)),
        )
        for (name, label, text), column in named.items()
    ]


def _counts(more: Floats) -> Counts:
    slower = [float(more[0]), *(float(each) for each in more[2:])]
    latency = [above - below for above, below in pairwise(slower)]
    return Counts(
        requests=float(more[0]),
        errors_5xx=float(more[1]),
        latency=tuple(max(0.0, x) for x in (*latency, slower[-1])),
    )


def channels_of() -> Channels:
    from scipy.special import ndtr  # noqa: PLC0415 - takes a second to import

    slower = [1.0, *(float(ndtr(-log(bound / _MEDIAN_MS) / _SIGMA)) for bound in BOUNDS_MS), 0.0]
    latency = tuple(1e6 * (a - b) for a, b in pairwise(slower))
    return choose_channels(bounds_ms=BOUNDS_MS, history=Counts(requests=1e6, latency=latency), limits=())


def begun(scene: Scene) -> KeysState:
    """Begin with what an hour of stable has shown."""
    from scipy.special import ndtr  # noqa: PLC0415 - takes a second to import

    channels = channels_of()
    past = tuple(
        Share(total=1e5, bad=1e5 * float(ndtr(-log(each.edge_ms / _MEDIAN_MS) / _SIGMA)))
        if each.edge_ms
        else Share(total=1e5, bad=1e5 * scene.errors * (each.name == "errors"))
        for each in channels.judged
    )
    settings = Settings(block_s=max(15.0, scene.scrape_s))
    return begin(
        settings=settings,
        channels=channels,
        profile=Profile(judged=(Noise(burst=1.0),) * len(channels.judged), judged_past=past),
        planned_blocks=int(3000 / settings.block_s),
        stages=len(scene.weights),
    )
