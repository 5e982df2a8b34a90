"""Every error that pithead raises on purpose, and the exit code that each ends a command with.

```
PitheadError
├── PlanError            the plan can't be run as it is written                    exit 2
├── UsageError           the command was asked for something that can't be         exit 2
├── JournalError         a journal can't be read or written                        exit 2
├── ControlError         the worker can't be reached, or it refused                exit 2
│   └── NoAnswer         nobody at the socket has answered
├── NoticeError          a message to someone outside was not delivered             (never ends a command)
├── NoSecret             a secret is not where the plan says                        (never ends a command)
├── EvidenceError        a look at the metrics gave nothing that can be judged     exit 2, in a backtest only
└── ClusterError         the Kubernetes API did not do what was asked              exit 3
    ├── Unreachable      no answer, or none in time: the write may have happened
    │   └── NotConnected no connection came about: nothing was sent
    ├── NoThread         this machine starts no thread: nothing was sent
    ├── Conflict         the object changed under us: read it back
    ├── AnotherCluster   not the cluster in which the release began: nothing is asked of it
    ├── TakenOver        another driver has the lease, or has written the router
    ├── NotFound         the object is not there
    │   └── NotServed    the API server does not know the kind
    ├── NotAsPlanned     the object lacks what the plan names in it
    └── Denied           the API says that we may not
        └── LoggedOut    the API does not know who we are: a new login may help
```
"""

from __future__ import annotations

from enum import IntEnum

from msgspec import Struct

from console.redact import without_secrets


class ExitCode(IntEnum):
    """What a command ends with: the README's table is this class."""

    PROMOTED = 0
    ASSERTION_FAILED = 1
    USAGE = 2
    PREFLIGHT_FAILED = 3
    WORKER_DEAD = 4
    LEFT = 5
    ROLLED_BACK_BY_GUARD = 10
    ROLLED_BACK_BY_PERSON = 11
    ROLLBACK_NOT_CONFIRMED = 12
    HELD = 13
    TAKEN_OVER = 14


class PitheadError(Exception):
    """The root: `str(error)` is a whole sentence for the operator, `hint` says how to mend it.

    Neither holds a secret: what looks like one is hidden here, whoever raises.
    """

    exit_code = ExitCode.USAGE

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(without_secrets(message))
        self.hint = without_secrets(hint)

    @property
    def with_hint(self) -> str:
        """The error and its mend in one line."""
        if not self.hint:
            return str(self)
        return f"{self}{' ' if str(self).endswith('.') else '; '}{self.hint}"


class Problem(Struct, frozen=True, kw_only=True, order=True):
    """One thing in a plan file that can't be run, and where it stands."""

    line: int
    """From 1, as editors count."""
    column: int
    """From 1."""
    message: str
    hint: str = ""
    """How to mend it."""


class PlanError(PitheadError):
    """The plan can't be run as it is written.

    `str(error)` names every problem, one a line: `file:line:column: what is wrong; how to mend it`. A file
    that can't even be read has one sentence and no `problems`.
    """

    def __init__(self, message: str, *, hint: str = "", problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message, hint=hint)
        self.problems = problems


class UsageError(PitheadError):
    """The command was asked for something that can't be."""


class JournalError(PitheadError):
    """A journal can't be read or written."""


class ControlError(PitheadError):
    """The worker of a release can't be reached, or it refused."""


class NoAnswer(ControlError):  # noqa: N818 - named for the caller's situation, as httpx and anyio do
    """Nobody at the worker's socket has answered."""

    def __init__(self, message: str, *, asleep: bool = False) -> None:
        super().__init__(message)
        self.asleep = asleep
        """Whether somebody was reached who is stopped, or hangs."""


class NoticeError(PitheadError):
    """A message to someone outside was not delivered; its words never hold the address."""


class NoSecret(PitheadError):  # noqa: N818 - named for the caller's situation, as httpx and anyio do
    """A secret is not where the plan says that it is found; its words name the place alone."""


class EvidenceError(PitheadError):
    """A look at the metrics gave nothing that can be judged: the tick is blind."""


class ClusterError(PitheadError):
    """The Kubernetes API did not do what was asked."""

    exit_code = ExitCode.PREFLIGHT_FAILED
    retry_after_s: float | None = None
    """How long the API server asks us to wait, where it says."""


class Unreachable(ClusterError):  # noqa: N818 - named for the caller's situation, as httpx and anyio do
    """No answer, or none in time: a write may or may not have happened."""


class NotConnected(Unreachable):
    """No connection came about, so that nothing was sent."""


class NoThread(ClusterError):  # noqa: N818 - as above
    """This machine starts no thread for a call, so that nothing was sent."""

    def __init__(self) -> None:
        super().__init__(
            "Nothing was asked of the cluster: this machine starts no thread any more.",
            hint="Raise the limit of processes (`ulimit -u`, a container's pids limit), or end others.",
        )


class AnotherCluster(ClusterError):  # noqa: N818 - as above
    """This is not the cluster in which the release began."""


class Conflict(ClusterError):  # noqa: N818 - as above
    """The object changed between our read and our write."""


class TakenOver(ClusterError):  # noqa: N818 - as above
    """Another driver has what we would drive: `by` says who, in words."""

    def __init__(self, message: str, *, by: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.by = by


class NotFound(ClusterError):  # noqa: N818 - as above
    """The object is not there."""


class NotAsPlanned(ClusterError):  # noqa: N818 - as above
    """The object is there, and what the plan names is not to be found in it."""


class NotServed(NotFound):
    """The API server does not know the kind: its CRD is not installed."""


class Denied(ClusterError):  # noqa: N818 - as above
    """The API server says that we may not."""


class LoggedOut(Denied):
    """The API server does not know who we are: a new login may help."""
