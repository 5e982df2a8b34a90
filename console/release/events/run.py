"""What a release's run is: its opening, its preflight, its workers, its end."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta
from msgspec.structs import replace

from console.identity import Resolved
from console.person import Person
from console.plan.model import Plan
from console.preflight import Check
from console.release.about import About, By, Gravity
from console.release.causes import Outcome
from console.release.event import Event, Remark
from console.release.event_words import STOPS, person_in_words
from console.release.parts import End, Lease
from console.release.shown import Shown
from console.release.state import Phase, Release
from console.version import VERSION

FORMAT = 1
"""The journal's format; it grows only when an old reader would go wrong."""


class ReleaseOpened(Event, frozen=True, kw_only=True, tag="release_opened"):
    """A worker has taken up a plan."""

    about: ClassVar[About] = About(by=By.PERSON)

    format: int
    release: str
    """The release's name: unique on its host."""
    plan: Plan
    person: Person
    pithead: str
    """The version of pithead that wrote this."""
    cluster: str = ""
    """The kubeconfig's context, or the API server's address."""
    attended: bool = True
    """False in a pipeline, where nobody can be asked and the release must end."""
    leased: bool = False
    """Whether nothing may go forward without the lease; false in journals from before there was one."""
    backtest: str = ""
    """What the evidence was made from, where no worker drove this release; empty where one did."""
    goes_back: bool = False
    """Whether it was taken up for its rollback alone: what was before it is not known here."""
    resolved: Resolved | None = None
    """What the words of the command came to; None where there was no way in, and in older journals."""
    undoes: str = ""
    """The ended release whose traffic it takes back, having looked whether stable can serve it."""
    in_place_of: str | None = None
    """The release whose record is lost, and whose traffic it takes back by what stands in the cluster; empty
    where nothing there names one; None where it is a release like others."""
    watches_back: bool = False
    """Whether a rollback is read back until it has stayed, and watched until users have recovered; false in
    journals from before that was so."""
    shown: Shown | None = None
    """What the person was shown who rolls back by what stands in the cluster: of another nothing is taken
    back. None for every other release."""

    def in_words(self, _release: Release, /) -> str:
        plan = self.plan
        kind = "backtest of a release" if self.backtest else "release"
        made_from = f", {self.backtest}" if self.backtest else ""
        who = person_in_words(self.person)
        if self.in_place_of is not None:
            whose = f"the release {self.in_place_of}" if self.in_place_of else "a release"
            back = f"{plan.canary.name} back to {plan.stable.name}"
            return f"{plan.service}: {back} for {whose} without a record, by {who}"
        way = f"{plan.stable.name} to {plan.canary.name} in {len(plan.stages)} stages"
        return f"{kind} of {plan.service}: {way}, by {who}{made_from}"


KEPT = (
    *("plan", "person", "cluster", "attended", "leased", "resolved"),
    *("goes_back", "undoes", "in_place_of", "watches_back", "shown"),
)
"""What a release keeps of its opening, under the same names."""


def opening_of(release: Release) -> ReleaseOpened:
    """Open the same release again, for a journal that lacks its first line."""
    kept = {name: getattr(release, name) for name in KEPT}
    return ReleaseOpened(format=FORMAT, release=release.name, pithead=VERSION, **kept)


class PreflightDone(Event, frozen=True, kw_only=True, tag="preflight_done"):
    """Everything that the release needs was looked at."""

    about: ClassVar[About] = About(by=By.WORLD, gravity=Gravity.QUIET)

    checks: tuple[Check, ...]
    metrics: str = ""
    """Which program gives the evidence: `Prometheus 2.42.0`; empty where none answered."""
    account: str = ""
    """Whom the cluster takes the worker for; empty where it does not say."""

    @property
    def ok(self) -> bool:
        """Whether the release may begin."""
        return all(check.ok for check in self.checks)

    @property
    def gravity(self) -> Gravity:
        """One that failed is the end of the release."""
        return self.about.gravity if self.ok else Gravity.GRAVE

    def change(self, release: Release, _at: float, /) -> Release:
        # Who the cluster takes the worker for is known only once it has been asked: the opening was written
        # before.
        person = replace(release.person, account=self.account)
        return replace(release, checks=self.checks, metrics=self.metrics, person=person)

    def in_words(self, _release: Release, /) -> str:
        wrong = [f"{check.name}: {check.words.rstrip('.')}" for check in self.checks if not check.ok]
        if wrong:
            return "preflight failed: " + "; ".join(wrong)
        passed = f"preflight: all {len(self.checks)} checks passed"
        return "; ".join((passed, *(f"mind: {check.words}" for check in self.checks if check.warning)))


class WorkerResumed(Event, frozen=True, kw_only=True, tag="worker_resumed"):
    """Another worker goes on with a release whose worker died; the router is read next."""

    about: ClassVar[About] = About(by=By.PERSON, noted=True)

    person: Person
    """Who wanted it."""
    pithead: str
    attended: bool = True
    torn_bytes: int = 0
    """What the crash had left of a record that was being written."""
    goes_back: bool = False
    """Whether it was taken up for its rollback alone: the records so far may not be all that there were."""
    looks_first: bool = False
    """Whether nothing is done before the router was looked at; older workers acted at once."""
    missing: tuple[str, ...] = ()
    """Variables with credentials that were set when the release began, and are not where it goes on."""

    def change(self, release: Release, at: float, /) -> Release:
        """Begin with what is certain: no write of a dead worker's is, nor its lease, nor its preflight."""
        lease = release.lease
        # A dead worker's lease may be another's by now. The next worker takes it before it does anything
        # forward.
        if lease is not None and lease.held:
            lease = Lease(held=False, at=at, why="the worker that held it died")
        resumed = replace(
            release,
            attended=self.attended,
            lease=lease,
            # A write of the dead worker may yet arrive. The next worker reads what came of it (`unseen`), and
            # writes on condition of that version, so that the late one fails.
            writes=(),
            failure=None,
            unrecorded="",
            goes_back=release.goes_back or self.goes_back,
        )
        # Nothing was written yet, so there is nothing that a person must let go on: the preflight is made
        # again, and with it the weight that the release begins from.
        if release.phase is Phase.PREPARING:
            return replace(resumed, checks=(), weight=None)
        # What the worker before has found is no state that this release was left in: somebody looks again.
        stranger = release.stranger if self.looks_first else None
        return replace(resumed, taken_up_by=self.person, unseen=self.looks_first, stranger=stranger)

    def in_words(self, release: Release, /) -> str:
        torn = f"; the crash tore a record of {self.torn_bytes} bytes" if self.torn_bytes else ""
        holds = "; it goes forward when somebody lets it" if release.taken_up_by and self.attended else ""
        missing = f"; not set here as it was then: {', '.join(self.missing)}" if self.missing else ""
        return f"another worker goes on, for {person_in_words(self.person)}{torn}{holds}{missing}"


class OnSignal(StrEnum):
    """What a worker does upon a signal."""

    GO_ON = "go_on"
    """Nothing: the terminal is gone, or a rollback is under way and comes to its end."""
    ROLL_BACK = "roll_back"
    HOLD = "hold"
    """It stops; the weight stays, and the one who resumes the release goes on from there."""
    LEAVE = "leave"
    """It stops at a second signal, whatever is still under way."""


class Signalled(Remark, frozen=True, kw_only=True, tag="signalled"):
    """A signal reached the worker's process: its host shuts down, its pipeline was cancelled."""

    about: ClassVar[About] = About(by=By.PERSON, gravity=Gravity.AMISS, noted=True)

    signal: str
    """Its name, as `SIGTERM`."""
    does: OnSignal

    def in_words(self, release: Release, /) -> str:
        if self.signal == STOPS:
            words = "a stopped process guards nothing, so this one goes on; Ctrl-C does what the plan says"
            return f"{STOPS}: {words}"
        return f"{self.signal}: {_ON_SIGNAL[self.does](release)}"


def _goes_on(release: Release) -> str:
    return (
        "the rollback goes on to its end" if release.rollback else "the release goes on without its terminal"
    )


def _stops(release: Release) -> str:
    where = "" if release.weight is None else f", the weight stays at {release.weight}%"
    return f"this worker stops{where}; pithead resume {release.name} goes on, holding first"


_ON_SIGNAL: dict[OnSignal, Callable[[Release], str]] = {
    OnSignal.GO_ON: _goes_on,
    OnSignal.ROLL_BACK: lambda release: f"back to {release.plan.stable.name}, then the end",
    OnSignal.HOLD: _stops,
    OnSignal.LEAVE: lambda release: f"a second time; {_stops(release)}",
}


class ReleaseEnded(Event, frozen=True, kw_only=True, tag="release_ended"):
    """Nothing more will happen."""

    about: ClassVar[About] = About(by=By.POLICY, gravity=Gravity.STEP, annotates=True, decides=("outcome",))

    outcome: Outcome
    exit_code: Annotated[int, Meta(ge=0, le=255)]
    reason: str
    laboratory_closed: bool = False
    """Whether its demo's laboratory was closed before it had come to its own end."""

    def change(self, release: Release, at: float, /) -> Release:
        end = End(
            at=at,
            outcome=self.outcome,
            exit_code=self.exit_code,
            reason=self.reason,
            laboratory_closed=self.laboratory_closed,
        )
        return replace(release, phase=Phase.ENDED, end=end)

    def in_words(self, _release: Release, /) -> str:
        return f"{self.outcome.replace('_', ' ').upper()}: {self.reason}"
