"""Many releases of one case at once: what both versions count in each tick, and the damage that is done.

Arrays are releases x ticks. A request's outcome depends on its version, its pod and the moment only, so the
sum over stable's pods is drawn at once, with the mean of the pods' rates; the history before the release is
drawn pod by pod, for that is where a judge learns how much pods differ.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import inf, log

import numpy as np
import numpy.typing as npt

from tests.bench_judge.worlds import FEW_PODS_BELOW, HISTORY_MINUTES, SAME, SLOW_MS, TICK_S, Case, Change

Floats = npt.NDArray[np.float64]
Counted = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

WARM_UP_TICKS = 12
"""Before the first tick of the release, stable alone: windows of one minute are full from the start."""
MINUTE_TICKS = 60 // TICK_S
_HISTORY_TICKS = HISTORY_MINUTES * MINUTE_TICKS
_TAIL_MS = 2000
_Z99 = 2.3263478740408408


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Counts of one version."""

    requests: Counted
    errors: Counted
    refused: Counted
    """Answered as the caller's own fault: 4xx."""
    slower: Counted
    """One axis more: requests slower than each bucket bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Releases:
    """What is known of some releases of a case; ticks run from `WARM_UP_TICKS` before the release."""

    case: Case
    stable: Seen
    canary: Seen
    history: Seen
    """Of stable, releases x minutes x pods."""
    reachable: Flags
    """Whether Prometheus answers at the end of this tick."""
    damage: Floats
    """Bad responses that the canary's change costs, from the release's first tick to its end at 100 %."""
    outage_tick: Counted
    """When the shared outage begins, counted from the release's first tick."""


def simulate(case: Case, *, count: int, rng: np.random.Generator) -> Releases:
    """Draw so many releases."""
    return _Drawing(case, count=count, rng=rng).releases()


class _Drawing:
    """The random course of one set of releases: levels first, then counts."""

    def __init__(self, case: Case, *, count: int, rng: np.random.Generator) -> None:
        self.case, self.count, self.rng = case, count, rng
        world, ticks = case.world, _HISTORY_TICKS + WARM_UP_TICKS + case.stages.ticks
        self.clock_s = TICK_S * (np.arange(ticks) - _HISTORY_TICKS - WARM_UP_TICKS)
        self.weight = _weights(case, self.clock_s)
        self.traffic = self._traffic(ticks)
        self.errors = case.errors * np.exp(self._wander(world.errors_sd, ticks))
        self.scale = self._wander(world.latency_sd, ticks) + world.load * np.log(self.traffic)
        self.share = np.minimum(1.0, self.weight * np.exp(self._wander(world.share_sd, ticks)))
        self._drift()
        self._spike()
        self.outage_tick = self._outage_tick()
        self.canary_errors, self.canary_scale = self._suffer()
        self.pod_errors, self.pod_scale = self._pods(ticks)

    def releases(self) -> Releases:
        """Draw the counts."""
        live = slice(_HISTORY_TICKS, _HISTORY_TICKS + WARM_UP_TICKS + self.case.stages.judged_ticks)
        arrivals = self.rng.poisson(self.traffic * (self.case.rps * TICK_S) * self.share)
        world, lead = self.case.world, self.case.world.lead_s // TICK_S
        burst = world.release_burst or world.burst
        stable = self._stable(live, burst)
        refused = self._usually_refused(live) + self.case.change.refused_plus * self._active(
            live, self.case.change
        )
        canary = self._seen(arrivals[:, live], *self._canary_rates(live, self.case.change), burst, refused)
        return Releases(
            case=self.case,
            stable=self._scraped(stable, ticks=max(0, lead), copies=1),
            canary=self._scraped(canary, ticks=max(0, -lead), copies=world.canary_copies),
            history=self._history(),
            reachable=self._reachable(live),
            damage=self._damage(arrivals),
            outage_tick=self.outage_tick,
        )

    def _scraped(self, seen: Seen, *, ticks: int, copies: int) -> Seen:
        """Show what was counted so many ticks ago, or by chance earlier, as a later scrape does."""
        most = self.case.world.jitter_s // TICK_S
        seen = self._counted(seen, copies=copies)
        if not ticks and not most:
            return seen
        number = seen.requests.shape[1]
        late = np.repeat(self.rng.integers(0, most + 1, (self.count, -(-number // 3))), 3, axis=1)[:, :number]
        read = np.maximum.accumulate(np.clip(np.arange(number) - ticks - late, 0, None), axis=1)
        return Seen(**{part.name: _read(getattr(seen, part.name), read) for part in fields(seen)})

    def _counted(self, seen: Seen, *, copies: int) -> Seen:
        """Count some requests several times, and those not at all that a restart took along."""
        if copies == 1 and self.case.world.restart_s == inf:
            return seen
        lost = self.rng.random(seen.requests.shape) < TICK_S / self.case.world.restart_s
        parts = {part.name: getattr(seen, part.name) for part in fields(seen)}
        return Seen(
            **{
                name: np.where(lost.reshape(*lost.shape, *(1,) * (counts.ndim - 2)), 0, copies * counts)
                for name, counts in parts.items()
            }
        )

    def _traffic(self, ticks: int) -> Floats:
        world = self.case.world
        phase = self.rng.uniform(0, 2 * np.pi, (self.count, 1))
        day = 1 + world.diurnal * np.sin(2 * np.pi * self.clock_s / 7200 + phase)
        level: Floats = day * np.exp(self._wander(world.traffic_sd, ticks))
        return level

    def _wander(self, sd: float, ticks: int) -> Floats:
        return wander(self.rng, (self.count, ticks), sd=sd, tau_s=self.case.world.tau_s)

    def _some_time(self, *, span_s: int) -> Counted:
        """Choose a tick of the release, so that what lasts `span_s` is over a minute before the end."""
        last = self.case.stages.judged_ticks - span_s // TICK_S - MINUTE_TICKS
        return self.rng.integers(0, last, self.count)

    def _drift(self) -> None:
        """Let errors grow slowly, from the release's start on."""
        span_s = TICK_S * self.case.stages.judged_ticks
        self.errors *= np.exp(self.case.world.drift * np.clip(self.clock_s / span_s, 0, 1))

    def _spike(self) -> None:
        """Let spikes change both versions' levels, in the hour before as in the release."""
        spikes = self.case.world.spikes
        if spikes is None:
            return
        phase_s = self.rng.integers(0, spikes.every_s, (self.count, 1))
        hit = (self.clock_s + phase_s) % spikes.every_s < spikes.span_s
        self.traffic *= np.where(hit, spikes.traffic_times, 1.0)
        self.errors += spikes.errors_plus * hit
        self.scale += log(spikes.latency_times) * hit

    def _outage_tick(self) -> Counted:
        outage = self.case.world.outage
        if outage is None or outage.from_s is None:
            return self._some_time(span_s=outage.span_s if outage else 0)
        return np.full(self.count, round(outage.from_s / TICK_S))

    def _suffer(self) -> tuple[Floats, Floats]:
        """Let the shared outage change both versions' levels; gives the canary's, which may last longer."""
        outage = self.case.world.outage
        if outage is None:
            return self.errors, self.scale
        levels: list[tuple[Floats, Floats]] = []
        for longer_s in (0, outage.canary_longer_s):
            hit = self._in_outage(span_s=outage.span_s + longer_s)
            levels.append(
                (self.errors + outage.errors_plus * hit, self.scale + log(outage.latency_times) * hit)
            )
        (self.errors, self.scale), canary = levels
        return canary

    def _in_outage(self, *, span_s: float) -> Flags:
        since_s = self.clock_s - TICK_S * self.outage_tick[:, None]
        hit: Flags = (since_s >= 0) & (since_s < span_s)
        return hit

    def _pods(self, ticks: int) -> tuple[Floats, Floats]:
        """Give each pod's factor of errors and log factor of latency, releases x ticks x pods.

        Stable's pods first, then the canary's two; a single pod each where pods do not differ.
        """
        spread, pods = self.case.world.pods, self.case.world.stable_pods + 2
        if spread is None:
            return self._with_odd_pod(np.ones((1, 1, pods)), np.zeros((1, 1, pods)))
        shape = (self.count, pods, ticks)
        errors = np.exp(wander(self.rng, shape, sd=spread.errors_sd, tau_s=spread.tau_s))
        scale = wander(self.rng, shape, sd=spread.latency_sd, tau_s=spread.tau_s)
        return self._with_odd_pod(errors.transpose(0, 2, 1), scale.transpose(0, 2, 1))

    def _with_odd_pod(self, errors: Floats, scale: Floats) -> tuple[Floats, Floats]:
        odd = self.case.world.odd_pod
        errors[..., 0] *= odd.errors_times
        scale[..., 0] += log(odd.latency_times)
        return errors, scale

    def _stable(self, live: slice, burst: float) -> Seen:
        arrivals = self.rng.poisson((self.traffic * (1 - self.share) * self.case.rps * TICK_S)[:, live])
        pods = slice(0, self.case.world.stable_pods)
        change, active = self.case.world.stable, self._active(live, self.case.world.stable)
        plain = self.errors[:, live] * _cut(self.pod_errors, live)[..., pods].mean(axis=-1)
        errors = np.where(active, plain * change.errors_times + change.errors_plus, plain)
        scale = self.scale[:, live] + log(change.latency_times) * active
        slower = self._mean_slower(scale, live, pods)
        return self._seen(arrivals, errors, slower, burst, self._usually_refused(live))

    def _usually_refused(self, span: slice) -> Floats:
        """Give the rate of both versions, which wanders with that of the errors."""
        rate: Floats = self.case.world.refused * self.errors[:, span] / (self.case.errors or 1.0)
        return rate

    def _active(self, live: slice, change: Change) -> Flags:
        active: Flags = (self.clock_s[live] >= change.from_s) & (self.clock_s[live] < change.until_s)
        return active

    def _mean_slower(self, scale: Floats, live: slice, pods: slice) -> Floats:
        shifts = _cut(self.pod_scale, live)[..., pods]
        if self.case.world.pods is None and self.case.world.odd_pod == SAME:
            shifts = shifts[..., :1]
        each = [self._slower(scale + shift) for shift in np.moveaxis(shifts, -1, 0)]
        mean: Floats = np.mean(each, axis=0)
        return mean

    def _slower(self, scale: Floats, bounds_ms: tuple[float, ...] | None = None) -> Floats:
        """Give the share of responses slower than each bound, where latency is e^scale times its normal."""
        world = self.case.world
        sigma = log(world.p99_ms / world.p50_ms) / _Z99
        bounds = np.log(bounds_ms or world.bounds_ms) - log(world.p50_ms)
        from scipy.special import ndtr  # noqa: PLC0415 - takes a second to import

        share: Floats = ndtr((scale[..., None] - bounds) / sigma)
        return share

    def _canary_rates(self, live: slice, change: Change) -> tuple[Floats, Floats]:
        """Give the canary's rates of errors and of slow responses under this change."""
        own = self._canary_pods(live)
        active = self._active(live, change)
        plain = self.canary_errors[:, live] * (_cut(self.pod_errors, live) * own).sum(axis=-1)
        plain = plain + self.case.world.canary_blip * (self.clock_s[live] % self.case.stages.stage_s < TICK_S)
        errors = np.where(active, plain * change.errors_times + change.errors_plus, plain)
        scale = self.canary_scale[:, live] + log(change.latency_times) * active
        slower = self._own_slower(scale, live, own, self.case.world.bounds_ms)
        tail = (change.tail * active)[:, None]
        return errors, (1 - tail) * slower + tail * (np.asarray(self.case.world.bounds_ms) < _TAIL_MS)

    def _own_slower(self, scale: Floats, live: slice, own: Floats, bounds_ms: tuple[float, ...]) -> Floats:
        if self.case.world.pods is None:
            return self._slower(scale, bounds_ms)
        shifts = _cut(self.pod_scale, live)
        pods = range(self.case.world.stable_pods, shifts.shape[-1])
        total: Floats = np.sum(
            [own[:, pod, None] * self._slower(scale + shifts[..., pod], bounds_ms) for pod in pods], axis=0
        )
        return total

    def _canary_pods(self, live: slice) -> Floats:
        """Give the share of the canary's requests that each pod serves, ticks x pods."""
        few = self.weight[live] < FEW_PODS_BELOW
        own = np.zeros((few.size, self.case.world.stable_pods + 2))
        own[:, -2] = np.where(few, 1.0, 0.5)
        own[:, -1] = np.where(few, 0.0, 0.5)
        return own

    def _seen(
        self,
        requests: Counted,
        errors: Floats,
        slower: Floats,
        burst: float,
        refused: Floats | float = 0.0,
    ) -> Seen:
        failed = self._errors(requests, errors, burst)
        return Seen(
            requests=requests,
            errors=failed,
            slower=_chain(self.rng, requests, slower),
            refused=self._refused(requests - failed, refused),
        )

    def _refused(self, requests: Counted, rate: Floats | float) -> Counted:
        """Draw nothing where nothing is refused: other worlds' random numbers stay what they are."""
        if not np.any(rate):
            return np.zeros_like(requests)
        return self.rng.binomial(requests, np.clip(rate, 0, 1))

    def _errors(self, requests: Counted, rate: Floats, burst: float) -> Counted:
        share = self.case.world.burst_share
        runs = bursts(self.rng, requests, rate * share, mean=burst)
        alone = self.rng.binomial(requests, np.clip(rate * (1 - share), 0, 1)) if share < 1 else 0
        errors_in_all: Counted = np.minimum(runs + alone, requests)
        return errors_in_all

    def _history(self) -> Seen:
        """Draw the hour before, minute by minute and pod by pod."""
        past, pods = slice(0, _HISTORY_TICKS), slice(0, self.case.world.stable_pods)
        rate = _by_minute(self.traffic[:, past]) * (60 * self.case.rps / self.case.world.stable_pods)
        shape = (self.count, HISTORY_MINUTES, self.case.world.stable_pods)
        errors = _by_minute(self.errors[:, past, None] * _cut(self.pod_errors, past)[..., pods])
        scale = _by_minute(self.scale[:, past, None] + _cut(self.pod_scale, past)[..., pods])
        requests = self.rng.poisson(np.broadcast_to(rate[..., None], shape))
        return self._seen(
            requests,
            np.broadcast_to(errors, shape),
            self._slower(np.broadcast_to(scale, shape)),
            self.case.world.burst,
            np.broadcast_to(_by_minute(self._usually_refused(past)[..., None]), shape),
        )

    def _reachable(self, live: slice) -> Flags:
        gap_s = self.case.world.gap_s
        since_s = self.clock_s[live] - TICK_S * self._some_time(span_s=gap_s)[:, None]
        reachable: Flags = (since_s < 0) | (since_s >= gap_s)
        outage = self.case.world.outage
        # Counts of one version wait for the other's, so a canary that is not scraped is as a gap in both.
        if outage and outage.canary_unseen:
            reachable &= ~self._in_outage(span_s=outage.span_s)[:, live]
        return reachable

    def _damage(self, arrivals: Counted) -> Floats:
        """Expect how many of the canary's responses are bad only because of its defect."""
        change, live = self.case.defect, slice(_HISTORY_TICKS + WARM_UP_TICKS, None)
        if change is None:
            return np.zeros((self.count, self.case.stages.ticks))
        normal, _ = self._canary_rates(live, Change())
        worse, _ = self._canary_rates(live, change)
        active = self.clock_s[live] >= change.from_s
        own, scale = self._canary_pods(live), self.canary_scale[:, live]
        slow = self._own_slower(scale, live, own, (SLOW_MS,))[..., 0]
        shifted = self._own_slower(scale + log(change.latency_times) * active, live, own, (SLOW_MS,))[..., 0]
        tail = change.tail * active
        refused = change.refused_plus * active
        extra = np.clip(worse, 0, 1) - normal + refused + (1 - tail) * shifted + tail - slow
        damage: Floats = arrivals[:, live] * extra
        return damage


def wander(rng: np.random.Generator, shape: tuple[int, ...], *, sd: float, tau_s: float) -> Floats:
    """Draw stationary AR(1) courses along the last axis; constant ones where `tau_s` is infinite."""
    if not sd:
        return np.zeros(shape)
    if tau_s == inf:
        return np.broadcast_to(sd * rng.standard_normal((*shape[:-1], 1)), shape).copy()
    keep = float(np.exp(-TICK_S / tau_s))
    steps = rng.standard_normal(shape)
    steps[..., 1:] *= np.sqrt(1 - keep * keep)
    from scipy.signal import lfilter  # noqa: PLC0415 - as above

    course: Floats = sd * lfilter([1.0], [1.0, -keep], steps, axis=-1)
    return course


def bursts(rng: np.random.Generator, requests: Counted, rate: Floats, *, mean: float) -> Counted:
    """Draw how many requests fail, one by one or in runs of geometric length."""
    rate = np.clip(rate, 0, 1)
    if mean <= 1:
        return rng.binomial(requests, rate)
    runs = rng.poisson(requests * rate / mean)
    longer = np.where(runs > 0, rng.negative_binomial(np.maximum(runs, 1), 1 / mean), 0)
    return np.minimum(runs + longer, requests)


def _chain(rng: np.random.Generator, requests: Counted, slower: Floats) -> Counted:
    """Draw the requests slower than each bound: each bound's are some of the bound's before it."""
    counts = np.empty(slower.shape, dtype=np.int64)
    left, above = requests, np.ones(slower.shape[:-1])
    for bound in range(slower.shape[-1]):
        share = slower[..., bound]
        left = rng.binomial(left, np.clip(share / np.maximum(above, 1e-300), 0, 1))
        counts[..., bound] = left
        above = share
    return counts


def _read(counts: Counted, read: Counted) -> Counted:
    """Give what each tick's reading adds, where a reading shows the counts up to the tick `read`."""
    total = np.cumsum(counts, axis=1)
    shown = np.take_along_axis(total, read.reshape(*read.shape, *(1,) * (total.ndim - 2)), axis=1)
    return np.diff(shown, axis=1, prepend=0)


def _weights(case: Case, clock_s: Counted) -> Floats:
    stage = np.clip(clock_s // case.stages.stage_s, 0, len(case.stages.weights) - 1)
    return np.where(clock_s < 0, 0.0, np.asarray(case.stages.weights)[stage])


def _by_minute(course: Floats) -> Floats:
    split = course.reshape(course.shape[0], -1, MINUTE_TICKS, *course.shape[2:])
    mean: Floats = split.mean(axis=2)
    return mean


def _cut(course: Floats, live: slice) -> Floats:
    """Take some ticks of a course that may be the same at all times."""
    return course if course.shape[1] == 1 else course[:, live]
