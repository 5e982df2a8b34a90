"""What is around a release and can go wrong, the same for one on paper and for a real worker."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

from msgspec.structs import replace

from console.errors import AnotherCluster, ClusterError, Denied, LoggedOut, NotFound, Unreachable
from console.evidence import Counts, Pods, Sample
from console.release.events import Unread
from tests.releases import blind, sample

RPS = 2000.0
FEW = 3.0


class Weather(IntEnum):
    """What the metrics show, from here on."""

    FINE = 0
    BAD = 1
    """The canary fails, whatever is asked of it."""
    SLIGHT = 2
    """The canary is worse, within what the guards allow."""
    OUTAGE = 3
    """Both versions fail."""
    THIN = 4
    """Hardly any requests."""
    BLIND = 5
    """The metrics do not answer."""
    HALF = 6
    """The canary's series are gone."""
    PART = 7
    """All that is seen is fine, and there may be more."""
    NO_STABLE = 8
    """The canary fails, and stable has no pods."""
    SILENT = 9
    """No request reaches the canary."""
    PODLESS = 10
    """The canary has no ready pod."""
    STOPPED = 11
    """Nobody asks for anything."""
    LOST = 12
    """Four of five requests to the canary never reach it."""


class Road(IntEnum):
    """How a write gets to the router, from here on."""

    CLEAR = 0
    REFUSED = 1
    """It says no."""
    MOVED = 2
    """The object is another than it was when it was read."""
    MUTE = 3
    """It does what it is told, and the answer is lost."""
    CUT = 4
    """Nothing gets there, and nothing can be read."""
    SLOW = 5
    """It gets there late."""
    RAISED = 6
    """A webhook makes more of it."""
    LOGGED_OUT = 7
    """The credential has expired."""
    FORBIDDEN = 8
    """The credential is good, and may not."""
    ELSEWHERE = 9
    """The login leads to another cluster."""
    GONE = 10
    """The object was deleted; who brings it back makes another one."""


class Wheel(IntEnum):
    """Whose the lease is."""

    OURS = 0
    UNCERTAIN = 1
    """It could not be renewed."""
    TAKEN = 2
    """Another worker has it."""
    THEIRS = 3
    """And that one has written the router."""


class Other(IntEnum):
    """Who drives the route while this release's worker is cut off, or frozen."""

    NEWER_ENDED = 0
    """A newer release, which has promoted and ended before this one comes back."""
    NEWER_DRIVES = 1
    """A newer release, which still drives then."""
    SECOND_DRIVES = 2
    """Another worker of this release, by a copy of its folder, which still drives then."""
    SECOND_DIED = 3
    """One that has died before."""
    SECOND_BACK = 4
    """One that rolls back."""


class Mark(IntEnum):
    """What a manifest that somebody applies makes of the marks."""

    STRIPPED = 0
    """It has none."""
    COPIED = 1
    """It has this release's: it was saved while that drove."""
    ANOTHERS = 2
    """It has those of an older release."""


SHUT: dict[Road, tuple[ClusterError, Unread]] = {
    Road.CUT: (Unreachable("no route to host"), Unread.UNREACHABLE),
    Road.LOGGED_OUT: (LoggedOut("401: the token has expired"), Unread.FORBIDDEN),
    Road.FORBIDDEN: (Denied("403: may not get virtualservices"), Unread.FORBIDDEN),
    Road.ELSEWHERE: (AnotherCluster("this is another cluster"), Unread.ELSEWHERE),
    Road.GONE: (NotFound("there is no such VirtualService"), Unread.GONE),
}
"""The roads on which nothing gets there and nothing can be read: what a call raises, and how it is told."""


class Harm(IntEnum):
    """What is done to the journal's file."""

    HALVED = 0
    EMPTIED = 1
    DELETED = 2
    REPLACED = 3
    """By something else of the same name."""
    WRITTEN_INTO = 4
    END_CHANGED = 5
    MIDDLE_CHANGED = 6
    """One byte is another one, where the worker does not look again; whoever goes on does."""


LOSES = (Harm.HALVED, Harm.EMPTIED, Harm.END_CHANGED)
"""Harms that take lines from a living worker, which has its file open."""
ANEW_BY = "argocd-controller"
"""Who brings a route back that was deleted."""
BY_A_MANIFEST = "kubectl-client-side-apply"
OLD_DRIVER = "old@elsewhere (release checkout-0)"
NEWER_DRIVER = "carol@desk (release checkout-9)"
NEWER_WEIGHT = 100
"""A newer release has promoted its canary."""
THEIR_WEIGHT = 30
RAISED_BY = 15


def raised(weight: int) -> int:
    """Give what a webhook makes of a weight; nothing stays nothing."""
    return min(100, weight + RAISED_BY) if weight else 0


class Surroundings:
    """Everything around a release."""

    def __init__(self) -> None:
        self.weather = Weather.FINE
        self.road = Road.CLEAR
        self.wheel = Wheel.OURS
        self.disk_full = False

    def mend(self) -> None:
        """Let all be well again, but what another driver took stays taken."""
        self.weather, self.road, self.disk_full = Weather.FINE, Road.CLEAR, False
        if self.wheel is Wheel.UNCERTAIN:
            self.wheel = Wheel.OURS

    def sample(self, weight: int) -> Sample:
        """Give what a tick sees with `weight` percent on the canary."""
        return _SKIES[self.weather](weight)


def _traffic(weight: int, *, stable: float = 0.001, canary: float = 0.001, rps: float = RPS) -> Sample:
    to_canary = rps * weight / 100
    to_stable = rps - to_canary
    return sample(_version(to_stable, stable), _version(to_canary, canary))


def _version(requests: float, bad: float) -> Counts:
    return Counts(requests=requests, errors_5xx=requests * bad)


_SKIES: dict[Weather, Callable[[int], Sample]] = {
    Weather.FINE: _traffic,
    Weather.BAD: lambda weight: _traffic(weight, canary=0.3),
    Weather.SLIGHT: lambda weight: _traffic(weight, canary=0.04),
    Weather.OUTAGE: lambda weight: _traffic(weight, stable=0.3, canary=0.3),
    Weather.THIN: lambda weight: _traffic(weight, rps=FEW),
    Weather.BLIND: lambda _weight: blind(),
    Weather.HALF: lambda weight: _half(_traffic(weight)),
    Weather.NO_STABLE: lambda weight: _without_stable(_traffic(weight, canary=0.3)),
    Weather.SILENT: lambda weight: _reaching(_traffic(weight), 0.0),
    Weather.PODLESS: lambda weight: _without_pods(_reaching(_traffic(weight), 0.0)),
    Weather.STOPPED: lambda weight: _traffic(weight, rps=0.0),
    Weather.LOST: lambda weight: _reaching(_traffic(weight), 0.2),
    Weather.PART: lambda weight: replace(_traffic(weight), partial=True, trouble="a part is missing"),
}


def _without_stable(seen: Sample) -> Sample:
    return replace(seen, stable=replace(seen.stable, pods=Pods(desired=0, ready=0)))


def _without_pods(seen: Sample) -> Sample:
    return replace(seen, canary=replace(seen.canary, pods=Pods(desired=1, ready=0)))


def _reaching(seen: Sample, part: float) -> Sample:
    """Let this part of the canary's requests reach it; the mesh answers the others itself."""
    counts = seen.canary.counts
    assert counts is not None
    fewer = Counts(requests=counts.requests * part, errors_5xx=counts.errors_5xx * part)
    return replace(seen, canary=replace(seen.canary, counts=fewer))


def _half(seen: Sample) -> Sample:
    return Sample(
        span_s=seen.span_s, bounds_ms=seen.bounds_ms, stable=seen.stable, trouble="no series of the canary"
    )
