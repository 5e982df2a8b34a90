"""The cluster, reached as kubectl reaches it.

Each call runs in a daemon thread of its own. A hung one holds no slot that another needs (a rollback's
write above all), and keeps no process alive. No call is tried twice, but where nothing was sent and there
is another login: after a 401, or where no connection came about. What to do after a failure is the worker's
to decide.
"""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

from console.cluster.api import FIELD_MANAGER, Json, Passed
from console.cluster.kubeconfig import KubeContext
from console.cluster.login import Login
from console.cluster.logins import SHARE, WAIT_S, Logins
from console.cluster.pool import prepare
from console.cluster.session import Session, address_of
from console.errors import AnotherCluster, ClusterError, LoggedOut, NotConnected, NoThread, Unreachable
from console.redact import without_secrets
from console.threads import in_thread

T = TypeVar("T")

DOUBT_AFTER_S = 0.4
"""Seconds without an answer after which later calls open a new connection: the old one may be half open. Well
beyond what a healthy API server takes, and well below what a rollback may wait."""


class Calls(ABC):
    """Keeps `console.cluster.api.Api` over whatever sends one request."""

    @property
    @abstractmethod
    def context(self) -> str:
        """The kubeconfig's name for the way in."""

    @property
    @abstractmethod
    def server(self) -> str:
        """The API server's address, without credentials."""

    @property
    @abstractmethod
    def authorities(self) -> bytes:
        """The certificate authorities that the kubeconfig names; empty where it names none."""

    @abstractmethod
    async def log_in(self, *, deadline_s: float) -> None:
        """Log in where we have not; raises `ClusterError`."""

    @abstractmethod
    async def _through(self, ask: Callable[[Session], T], *, wait_s: float) -> T:
        """Ask by a login that is good to use, and wait so long for one at most."""

    async def get(self, path: str, *, query: dict[str, str] | None = None, deadline_s: float) -> Json:
        """Read an object or a list."""
        return await self._ask("GET", path, query=query, deadline_s=deadline_s)

    async def patch(
        self,
        path: str,
        body: Json | list[Json],
        *,
        content_type: str,
        query: dict[str, str] | None = None,
        deadline_s: float,
    ) -> Json:
        """Change an object; answers with the object as stored."""
        query = {"fieldManager": FIELD_MANAGER, **(query or {})}
        return await self._ask(
            "PATCH", path, query=query, body=body, content_type=content_type, deadline_s=deadline_s
        )

    async def post(
        self, path: str, body: Json, *, query: dict[str, str] | None = None, deadline_s: float
    ) -> Json:
        """Create an object, or ask for a review."""
        query = {"fieldManager": FIELD_MANAGER, **(query or {})}
        return await self._ask("POST", path, query=query, body=body, deadline_s=deadline_s)

    async def delete(self, path: str, *, only: Json, deadline_s: float) -> Json:
        """Remove an object where it is still what `only` says: its `uid`, its `resourceVersion`."""
        body = {"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": only}
        return await self._ask("DELETE", path, query=None, body=body, deadline_s=deadline_s)

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None,
        deadline_s: float,
        body: Any = None,
        content_type: str = "application/json",
    ) -> Json:
        url = f"{path}?{urlencode(query)}" if query else path
        # One deadline for all that a call waits for: a login, a thread, the connection, the answer.
        until = time.monotonic() + deadline_s

        def ask(session: Session) -> Json:
            return session.send(method, url, body=body, content_type=content_type, until=until)

        return await self._within(deadline_s, ask)

    async def pass_on(
        self, path: str, *, query: dict[str, str], headers: Callable[[], dict[str, str]], deadline_s: float
    ) -> Passed:
        """Ask a Service through the API server's proxy, by the login of every other call."""
        url = f"{path}?{urlencode(query)}" if query else path
        until = time.monotonic() + deadline_s

        def ask(session: Session) -> Passed:
            return session.pass_on(url, headers=headers(), until=until)

        return await self._within(deadline_s, ask)

    async def _within(self, deadline_s: float, ask: Callable[[Session], T]) -> T:
        try:
            # Not `wait_for`: on Python 3.11 that can swallow a cancellation which comes with the answer.
            async with asyncio.timeout(deadline_s):
                return await self._through(ask, wait_s=min(WAIT_S, SHARE * deadline_s))
        except TimeoutError:
            raise self._late(deadline_s) from None

    def _late(self, deadline_s: float) -> ClusterError:
        return Unreachable(
            f"{self.server} did not answer within {deadline_s:g} s.",
            hint="Check its load and the network between.",
        )


class OneLogin(Calls):
    """Asks by one login and no other: for who must look at it before it is used."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def context(self) -> str:
        """The kubeconfig's name for the way in."""
        return self._session.material.kube_context.context

    @property
    def server(self) -> str:
        """The API server's address, without credentials."""
        return self._session.server

    @property
    def authorities(self) -> bytes:
        """The certificate authorities that the kubeconfig names; empty where it names none."""
        return self._session.material.authorities

    async def log_in(self, *, deadline_s: float) -> None:
        """Stay: this is a login."""

    async def _through(self, ask: Callable[[Session], T], *, wait_s: float) -> T:  # noqa: ARG002 - the protocol's names
        # No second try here, and no look at another login: what is being looked at is this very one.
        return await _in_a_thread(lambda: ask(self._session))


class Cluster(Calls):
    """The cluster of one release, logged in to when that is needed, and anew when it fails."""

    def __init__(self, login: Login, *, namespace: str | None) -> None:
        self._login = login
        self._logins = Logins(login)
        self._namespace = namespace
        self._kube_context: KubeContext | None = None

    @classmethod
    def connect(
        cls,
        *,
        kubeconfig: str | None,
        context: str | None,
        namespace: str | None,
        files: tuple[Path, ...] | None = None,
    ) -> Cluster:
        """Name the cluster; logs in with the first call only.

        With `files` these are read, and no others: what the environment says does not count. Raises
        nothing: a kubeconfig that can't be read now may be readable later. `trouble` says what it is.
        """
        # The Kubernetes client takes a fifth of a second to import, which a rollback's first write would
        # wait for.
        prepare()  # here, and not while a call waits
        return cls(Login(kubeconfig=kubeconfig, context=context, files=files), namespace=namespace)

    def on_login(self, look: Callable[[OneLogin], Awaitable[None]]) -> None:
        """Let `look` ask by each new login before a call goes through it.

        Where `look` raises a `ClusterError` the login is not used: the old one goes on where it still
        holds, else every call fails with that error until another login is looked at.
        """

        async def vouch(session: Session) -> None:
            await look(OneLogin(session))

        self._logins.vouch = vouch

    @property
    def trouble(self) -> ClusterError | None:
        """What is wrong with the kubeconfig, before anything is asked; None where nothing is."""
        try:
            self._kube_context = self._login.find()
        except ClusterError as error:
            return error
        return None

    @property
    def files(self) -> tuple[Path, ...]:
        """Every kubeconfig file that is looked for, as an absolute name, most important first."""
        return self._login.files

    @property
    def context(self) -> str:
        """The kubeconfig's name for the way in; `in-cluster` in a pod; empty until it is known."""
        self._found()
        return self._login.context

    @property
    def user(self) -> str:
        """The kubeconfig's name for who we are; empty where it is not known."""
        kube_context = self._found()
        return kube_context.user_name if kube_context else ""

    @property
    def namespace(self) -> str:
        """Where objects are looked for unless the plan says another place."""
        kube_context = self._found()
        return self._namespace or (kube_context.namespace if kube_context else "") or "default"

    @property
    def server(self) -> str:
        """The API server's address, without credentials."""
        if self._logins.session is not None:
            return self._logins.session.server
        kube_context = self._found()
        return without_secrets(address_of(kube_context.cluster)) if kube_context else "The cluster"

    @property
    def authorities(self) -> bytes:
        """The certificate authorities of the login in use; empty where there is none."""
        return self._logins.session.material.authorities if self._logins.session is not None else b""

    async def log_in(self, *, deadline_s: float) -> None:
        """Log in where we have not, and give it longer than a call would; raises `ClusterError`."""
        await self._logins.good(wait_s=deadline_s)

    async def _through(self, ask: Callable[[Session], T], *, wait_s: float) -> T:
        # At most one second try, by another login, and only where the server has done nothing yet: it has
        # refused to know us, or there was no connection. After anything else it may have, and a retry could
        # write twice.
        # The login may run a plugin that asks a person: the call waits for its own share of time only, and
        # the login goes on beside it for the next call.
        session = await self._logins.good(wait_s=wait_s)
        try:
            return await self._sent(session, ask)
        except LoggedOut:
            other = await self._logins.instead_of(session, anew=True, wait_s=wait_s)
            if other is None:
                raise
        except NotConnected as failure:
            other = await self._reconnected(session, failure, wait_s=wait_s)
        return await self._sent(other, ask)

    async def _sent(self, session: Session, ask: Callable[[Session], T]) -> T:
        # This call is left to its deadline; what it must not do is to lead the next ones into the same dead
        # connection. A kernel may take a quarter of an hour to notice that the other end is gone.
        doubt = asyncio.get_running_loop().call_later(DOUBT_AFTER_S, session.connect_anew)
        try:
            answer = await _in_a_thread(lambda: ask(session))
        except (LoggedOut, NotConnected, NoThread):
            raise
        except ClusterError as error:
            # A refusal (403, 404, 409) is an answer, and proves the login; silence proves nothing, and may be
            # a server that has moved: then the files are read again beside what goes on.
            if isinstance(error, Unreachable):
                self._logins.look_again()
            else:
                self._logins.worked(session)
            raise
        finally:
            doubt.cancel()
        self._logins.worked(session)
        return answer

    async def _reconnected(self, session: Session, failure: NotConnected, *, wait_s: float) -> Session:
        """Read the files again: the server may be elsewhere by now, or have another authority."""
        try:
            other = await self._logins.instead_of(session, anew=False, wait_s=wait_s)
        # Not hidden behind "can't be reached": the files lead elsewhere, and that is what a person has to
        # know.
        except AnotherCluster:
            raise
        # Why the new login failed is of less use to a person than that the server can't be reached.
        except ClusterError:
            raise failure from None
        if other is None:
            raise failure
        return other

    def _late(self, deadline_s: float) -> ClusterError:
        # Who is late decides whom the error names: a plugin that has not answered is no fault of the
        # server's.
        if self._logins.is_awaited:
            return self._logins.late()
        self._logins.look_again()
        return super()._late(deadline_s)

    def _found(self) -> KubeContext | None:
        """Give the way, found once; None where there is none yet."""
        if self._logins.session is not None:
            return self._logins.session.material.kube_context
        if self._kube_context is None and self.trouble is not None:
            return None
        return self._kube_context


async def _in_a_thread(ask: Callable[[], T]) -> T:
    try:
        return await in_thread(ask, name="kubernetes call")
    except BlockingIOError as error:
        raise NoThread from error
