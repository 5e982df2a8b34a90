"""What the pods use, minute by minute: CPU for each request, and memory for each pod.

Only minutes count in which a pod of either version had about as many requests: CPU that is used without any
is shared by fewer requests where there are fewer, and caches grow with what is asked of them. So a canary at
a weight that leaves its pods idle beside stable's is not compared, and neither is one that has just got
another weight: the CPU that Prometheus tells is the mean of two minutes.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from console.evidence import MINUTE_S
from console.judge.keys.gauges import Gauge, add_minute, lower_bound, needs_more

SETTLED_S = 120.0
"""From a new weight to a minute that shows nothing of the one before."""
MOST_LOAD_RATIO = 2.0
"""Minutes are compared in which a pod of one version has at most this many times the other's requests."""


class Use(Struct, frozen=True, kw_only=True):
    """What one version's pods use in a tick; None where nobody measured it."""

    pods: int = 0
    """Ready ones; 0 where nobody counted them."""
    requests: float = 0.0
    cpu_cores: float | None = None
    """All pods together; so is the memory."""
    memory_bytes: float | None = None


class Minute(Struct, frozen=True, kw_only=True):
    """Sums over the ticks of a minute."""

    requests: float = 0.0
    pod_s: float = 0.0
    """Seconds that pods were there."""
    cpu_s: float = 0.0
    cpu_requests: float = 0.0
    """Requests of the ticks in which the CPU was known."""
    memory_byte_s: float = 0.0
    memory_pod_s: float = 0.0
    """Seconds that pods were there whose memory was known."""


class UsageWatch(Struct, frozen=True, kw_only=True):
    """What the minutes so far say."""

    weight: int = 0
    weight_since_s: float = 0.0
    span_s: float = 0.0
    """Of the minute that is being counted."""
    stable: Minute = Minute()
    canary: Minute = Minute()
    cpu: Gauge = Gauge()
    memory: Gauge = Gauge()
    heard: tuple[str, ...] = ()
    """What a person went on with: it pauses the release no more."""


class UsageVerdict(Struct, frozen=True, kw_only=True):
    """One gauge."""

    name: str
    factor: float
    """What the canary needs by what stable needs."""
    low: float
    """The factor is at least this; true at all times at once."""
    minutes: int
    beyond: bool
    """Whether that is more than is tolerated, and nobody has gone on with it yet."""


def watch_use(
    watch: UsageWatch, *, stable: Use, canary: Use, at_s: float, span_s: float, weight: int
) -> UsageWatch:
    """Take one tick in; every minute makes one more value of each gauge."""
    began_s = at_s - span_s
    if weight != watch.weight:
        watch = replace(watch, weight=weight, weight_since_s=began_s)
    # The minute is thrown away, not only its first part: half a minute of the old weight in it would be
    # compared.
    if began_s < watch.weight_since_s + SETTLED_S:
        return replace(watch, span_s=0.0, stable=Minute(), canary=Minute())
    grown = replace(
        watch,
        span_s=watch.span_s + span_s,
        stable=_add(watch.stable, stable, span_s),
        canary=_add(watch.canary, canary, span_s),
    )
    return _close(grown) if grown.span_s >= MINUTE_S else grown


def read_usage(watch: UsageWatch, *, alpha: float) -> tuple[UsageVerdict, ...]:
    """Say what each gauge shows; nothing of one that has too few minutes. The two share the alarm."""
    found = []
    for name, gauge in (("CPU per request", watch.cpu), ("memory per pod", watch.memory)):
        low = lower_bound(gauge, alpha=alpha / 2)
        if low is not None:
            beyond = needs_more(gauge, alpha=alpha / 2) and name not in watch.heard
            shown = UsageVerdict(name=name, factor=gauge.factor, low=low, minutes=gauge.count, beyond=beyond)
            found.append(shown)
    return tuple(found)


def hear(watch: UsageWatch, *, alpha: float) -> UsageWatch:
    """Go on with what is beyond now: a person has seen it."""
    beyond = (each.name for each in read_usage(watch, alpha=alpha) if each.beyond)
    return replace(watch, heard=(*watch.heard, *beyond))


def _add(minute: Minute, use: Use, span_s: float) -> Minute:
    cpu_s = None if use.cpu_cores is None else use.cpu_cores * span_s
    pod_s = use.pods * span_s
    return Minute(
        requests=minute.requests + use.requests,
        pod_s=minute.pod_s + pod_s,
        cpu_s=minute.cpu_s + (cpu_s or 0.0),
        # Each sum has its own divisor: a tick in which only the memory was measured must not make the CPU
        # look cheaper.
        cpu_requests=minute.cpu_requests + (0.0 if cpu_s is None else use.requests),
        memory_byte_s=minute.memory_byte_s + (use.memory_bytes or 0.0) * span_s,
        memory_pod_s=minute.memory_pod_s + (0.0 if use.memory_bytes is None else pod_s),
    )


def _close(watch: UsageWatch) -> UsageWatch:
    """End the minute, and compare it where the pods had about as much to do."""
    stable, canary = watch.stable, watch.canary
    loads = _ratio(stable.requests, stable.pod_s), _ratio(canary.requests, canary.pod_s)
    ended = replace(watch, span_s=0.0, stable=Minute(), canary=Minute())
    if not 0 < max(loads) <= MOST_LOAD_RATIO * min(loads):
        return ended
    return replace(
        ended,
        cpu=add_minute(
            watch.cpu,
            stable=_ratio(stable.cpu_s, stable.cpu_requests),
            canary=_ratio(canary.cpu_s, canary.cpu_requests),
        ),
        memory=add_minute(
            watch.memory,
            stable=_ratio(stable.memory_byte_s, stable.memory_pod_s),
            canary=_ratio(canary.memory_byte_s, canary.memory_pod_s),
        ),
    )


def _ratio(above: float, below: float) -> float:
    """Divide; 0 says that there is nothing to compare."""
    return above / below if below > 0 else 0.0
