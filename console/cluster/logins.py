"""Keeps one login that is good to use: made when needed, one at a time, renewed beside the calls that use it.

A login that is good is used while another one is made, however long that takes: a plugin that hangs delays
nobody whose credential still holds. Where there is none that holds, calls wait for the one that is being
made, each for a short while only, and then say who is awaited; it goes on beside them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from enum import Enum, auto

from console.cluster.login import Login
from console.cluster.session import Session
from console.errors import AnotherCluster, ClusterError, LoggedOut, NoThread
from console.threads import in_thread

WAIT_S = 2.0
"""Seconds that one call waits for a plugin; then it fails with its name, and the next one waits on."""
SHARE = 0.8
"""A call of a shorter deadline waits for this share of it, so that it can still say who is awaited."""
PACES_S = (0.0, 0.5, 1.0, 2.0, 5.0)
"""How long after a login that did not help the next one begins: at once, then later each time."""
READ_EVERY_S = 1.0
"""Seconds between two readings of the files while the server can't be reached."""
RENEW_EVERY_S = 15.0
"""Seconds between two requests for a new credential while the old one holds: a plugin may give the same."""


class Why(Enum):
    """What makes one log in."""

    NONE_IS_GOOD = auto()
    """There is no login yet, or it has ended, or the server does not know us by it: a plugin is run."""
    ENDS_SOON = auto()
    """It still holds, and a plugin is run beside it."""
    MAY_HAVE_CHANGED = auto()
    """The files may say something else by now; where they do not, no plugin is run."""


Vouch = Callable[[Session], Awaitable[None]]


async def _trusting(_session: Session) -> None:
    """Nobody looks at a new login before it is used."""


class Logins:
    """The logins of one worker to one cluster, one after the other."""

    def __init__(self, login: Login) -> None:
        self.session: Session | None = None
        self.vouch: Vouch = _trusting
        """Asked of each new login before a call goes through it; raises `ClusterError` to refuse it."""
        self._login = login
        self._refused: Session | None = None
        """The last one that the server did not know us by."""
        self._failure: ClusterError | None = None
        self._trying: asyncio.Task[None] | None = None
        self._began_at = 0.0
        self._next_at: dict[Why, float] = {}
        self._in_vain = 0
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def is_awaited(self) -> bool:
        """Whether nobody can be asked before a login that is being made."""
        session = self.session
        return self._trying is not None and (session is None or session.is_over or session is self._refused)

    @property
    def awaited(self) -> str:
        """Say who is awaited, and for how long."""
        who = f"The credential plugin {self._login.helper}" if self._login.helper else "The login"
        return f"{who} has not answered for {self._now() - self._began_at:.0f} s"

    def late(self) -> LoggedOut:
        """Say that a call could not wait any longer for a login."""
        return LoggedOut(
            f"{self.awaited}.",
            hint="It goes on by itself when that answers; `kubectl get pods` shows what it waits for.",
        )

    async def good(self, *, wait_s: float = WAIT_S) -> Session:
        """Give a login to use; raises `ClusterError` where none can be had now."""
        # Only where nothing holds does a call wait. A credential that ends soon is renewed beside the calls
        # which use it: a rollback must not find a browser's login page between itself and the server.
        session = self.session
        if session is None or session.is_over:
            return await self._next(session, wait_s=wait_s)
        if session.ends_soon:
            self._begin(Why.ENDS_SOON)
        elif session.is_to_be_read_again:
            self._begin(Why.MAY_HAVE_CHANGED)
        return session

    async def instead_of(self, session: Session, *, anew: bool, wait_s: float = WAIT_S) -> Session | None:
        """Give another login than this one, which was of no use; None where there is no other.

        Raises `ClusterError` where logging in failed or takes long, and `anew` was asked for, and where the
        files lead to another cluster by now.
        """
        # Another call has met the same failure before and got a new login meanwhile: that one is used, and
        # no second plugin is run.
        if self.session is not session:
            return self.session
        if anew:
            self._refused = session
            other = await self._next(session, wait_s=wait_s)
        else:
            self._begin(Why.MAY_HAVE_CHANGED)
            other = await self._made(wait_s=wait_s) or session
            if isinstance(self._failure, AnotherCluster):
                raise self._failure  # the files lead elsewhere by now, which says more than the old login
        return other if other is not session else None

    def look_again(self) -> None:
        """Read the files again beside what goes on, where they were not just read."""
        self._begin(Why.MAY_HAVE_CHANGED)

    def worked(self, session: Session) -> None:
        """Note that the server knows us by this login: the next time that it does not is a new case."""
        # One 401 may be a server that starts. Once it knows us again its earlier refusal must not make the
        # next login look like the second failure in a row.
        if session is self._refused:
            self._refused = None
        if session is self.session and self._in_vain:
            self._in_vain = 0
            self._next_at.pop(Why.NONE_IS_GOOD, None)

    async def _next(self, session: Session | None, *, wait_s: float) -> Session:
        """Log in anew; give the old login where the new one is the same."""
        self._begin(Why.NONE_IS_GOOD)
        made = await self._made(wait_s=wait_s)
        if made is None:
            raise self._failure or LoggedOut(
                "There is no login to the cluster yet.", hint="It is tried again by itself."
            )
        if self._failure is not None and made is session:
            raise self._failure
        return made

    async def _made(self, *, wait_s: float) -> Session | None:
        """Wait for the login that is being made; raises `LoggedOut` that names a plugin which takes long."""
        # A loop, since another login may begin while this one ends. A login without a plugin is not given
        # up: reading files takes no person, and the call's own deadline ends the wait.
        while (trying := self._trying) is not None:
            done, _ = await asyncio.wait({trying}, timeout=wait_s)
            if not done and self._login.helper:
                raise self.late()
        return self.session

    def _begin(self, why: Why) -> None:
        """Begin to log in, where nobody does already and the last time for this reason was not just now."""
        self._settle_in()
        if self._trying is None and self._now() >= self._next_at.get(why, 0.0):
            self._began_at = self._now()
            # A task of its own: the call that wanted it may give up at its deadline, and the login must not
            # end with it.
            self._trying = asyncio.ensure_future(self._try(why))

    async def _try(self, why: Why) -> None:
        before, anew = self.session, why is not Why.MAY_HAVE_CHANGED
        try:
            made = await in_thread(lambda: self._login.log_in(before, anew=anew), name="kubernetes login")
            # Looked at before a call goes through it: files that lead to another cluster by now would else be
            # noticed by the first write there.
            if made is not before:
                await self.vouch(made)
            self.session, self._failure = made, None
        except ClusterError as error:
            self._failure = error
        except BlockingIOError:
            self._failure = NoThread()
        except Exception as error:  # noqa: BLE001 - a defect must not end the worker: the way back may go through it
            self._failure = ClusterError(f"Logging in to the cluster failed ({type(error).__name__}).")
        finally:
            self._trying = None
            self._next_at[why] = self._now() + self._pace_s(why)

    def _pace_s(self, why: Why) -> float:
        if why is Why.ENDS_SOON:
            return RENEW_EVERY_S
        if why is Why.MAY_HAVE_CHANGED:
            return READ_EVERY_S
        # Counted for each login that was needed, also one that worked: the server may refuse that one as
        # well. `worked` sets it back once a call went through.
        self._in_vain += 1
        return PACES_S[min(self._in_vain, len(PACES_S)) - 1]

    def _settle_in(self) -> None:
        """Forget a login that another event loop began, which has ended: its clock is another too."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._trying, self._next_at = loop, None, {}

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
