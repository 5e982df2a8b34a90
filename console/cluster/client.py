"""The cluster, reached as kubectl reaches it: the one place that imports `kubernetes`.

Each call runs in a daemon thread of its own. A hung one holds no slot that another needs (a rollback's write
above all), and keeps no process alive. No call is tried twice, but for one new login after a 401: what to do
after a failure is the worker's to decide.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from console.cluster.answers import read_answer
from console.cluster.credentials import Credential, run_plugin
from console.cluster.kubeconfig import Way, choose, find_files
from console.errors import ClusterError, LoggedOut, Unreachable
from console.redact import keep_secret, without_secrets
from console.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable

    from kubernetes.client import ApiClient

    from console.cluster.api import Json

FIELD_MANAGER = "pithead"
USER_AGENT = "pithead"
POOL = 32
"""Connections kept open; more calls than these open connections of their own and never wait."""
DOUBT_AFTER_S = 0.4
"""A call without an answer for so long may hang on a dead connection: the next ones share none with it."""
LARGEST_BYTES = 64 * 2**20
"""The pods of the largest namespaces take a tenth of it; an answer without an end would take all memory."""
EXPIRY_MARGIN_S = 15.0
"""A credential this close to its end is renewed before it is used."""
POD_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


class Session:
    """One login: a client with its connections and, where a plugin gave it, the credential's end."""

    def __init__(self, client: ApiClient, *, expires_at: float | None = None) -> None:
        self.client = client
        self.expires_at = expires_at

    @property
    def is_stale(self) -> bool:
        """Whether the credential is at its end."""
        return self.expires_at is not None and time.time() > self.expires_at - EXPIRY_MARGIN_S

    def send(self, method: str, url: str, *, body: Any, content_type: str, until: float) -> Json:
        """Send one request, give it until `until` on the monotonic clock, and read the answer."""
        import urllib3  # noqa: PLC0415 - comes with kubernetes, after the first frame

        configuration = self.client.configuration
        headers = {"Accept": "application/json", "User-Agent": USER_AGENT}
        headers |= {auth["key"]: auth["value"] for auth in configuration.auth_settings().values()}
        keep_secret(headers.get("authorization", "").rpartition(" ")[2])
        if body is not None:
            headers["Content-Type"] = content_type
        server = without_secrets(configuration.host)
        left_s = until - time.monotonic()
        if left_s <= 0:
            raise Unreachable(
                f"{server} was not asked in time: logging in took too long.",
                hint="Run the kubeconfig's credential plugin by hand.",
            )
        try:
            answer = self.client.rest_client.pool_manager.request(
                method,
                configuration.host + url,
                headers=headers,
                body=None if body is None else json.dumps(body),
                timeout=urllib3.Timeout(connect=left_s, read=left_s),
                retries=False,
                preload_content=False,
                decode_content=False,  # none is asked for: a small answer can't become a huge one
            )
            data = answer.read(LARGEST_BYTES + 1)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            self.connect_anew()
            raise _no_answer(error, server=server) from None
        if len(data) > LARGEST_BYTES:
            answer.close()
            raise ClusterError(
                f"{server} answered with more than {LARGEST_BYTES >> 20} MiB, and was not heard out.",
                hint="Something else than an API server may be there: check the kubeconfig's server.",
            )
        answer.release_conn()
        return read_answer(answer.status, answer.headers, data, server=server)

    def connect_anew(self) -> None:
        """Open a connection for each call from now on; those that are kept open may lead nowhere."""
        self.client.rest_client.pool_manager.clear()


class Cluster:
    """Keeps `console.cluster.api.Api` against a real API server."""

    def __init__(self, login: Callable[[], Session], *, context: str, namespace: str) -> None:
        self.context = context
        self.namespace = namespace
        """Where objects are looked for unless the plan says another place."""
        self._login = login
        self._logging_in = threading.Lock()
        self._session = login()

    @classmethod
    def connect(cls, *, kubeconfig: str | None, context: str | None, namespace: str | None) -> Cluster:
        """Find the cluster and log in; sends no request yet, but may run a credential plugin."""
        files = find_files(kubeconfig)
        if not files and not context:
            return cls(_login_from_pod, context="in-cluster", namespace=namespace or _pod_namespace())
        way = choose(files, context=context)

        def login() -> Session:
            # Read again: the file is where `kubectl config` and login commands leave what is new.
            return _log_in(choose(files, context=way.context))

        return cls(login, context=way.context, namespace=namespace or way.namespace or "default")

    @property
    def server(self) -> str:
        """The API server's address, without credentials."""
        return without_secrets(self._session.client.configuration.host)

    @property
    def certificate(self) -> str:
        """The client certificate that we show, as PEM; empty where we log in otherwise."""
        file = self._session.client.configuration.cert_file
        return Path(file).read_text(encoding="ascii", errors="replace") if file else ""

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
        until = time.monotonic() + deadline_s

        def ask(session: Session) -> Json:
            return session.send(method, url, body=body, content_type=content_type, until=until)

        def work() -> Json:
            session = self._logged_in(instead_of=None)
            try:
                return ask(session)
            except LoggedOut:
                return ask(self._logged_in(instead_of=session))

        doubt = asyncio.get_running_loop().call_later(DOUBT_AFTER_S, self._doubt)
        try:
            # Not `wait_for`: on Python 3.11 that can swallow a cancellation which comes with the answer.
            async with asyncio.timeout(deadline_s):
                return await in_thread(work, name="kubernetes call")
        except TimeoutError:
            raise Unreachable(
                f"{self.server} did not answer within {deadline_s:g} s.",
                hint="Check its load and the network between.",
            ) from None
        finally:
            doubt.cancel()

    def _doubt(self) -> None:
        self._session.connect_anew()

    def _logged_in(self, *, instead_of: Session | None) -> Session:
        """Give a session that is good to use, logging in anew where it is not."""
        with self._logging_in:
            if self._session is instead_of or self._session.is_stale:
                self._session = self._login()
            return self._session


def _log_in(way: Way) -> Session:
    import urllib3  # noqa: PLC0415 - comes with kubernetes
    from kubernetes import client, config  # noqa: PLC0415 - 150 ms, after the first frame

    plugin = way.user.get("exec")
    credential = (
        run_plugin(plugin, cluster=way.cluster) if plugin else Credential(user=way.user, expires_at=None)
    )
    configuration = _bare_configuration()
    try:
        config.load_kube_config_from_dict(  # type: ignore[no-untyped-call]  # kubernetes is untyped here
            way.document(user=credential.user), client_configuration=configuration, persist_config=False
        )
        if "proxy-url" not in way.cluster and _is_loopback(configuration.host):
            # Like kubectl: a proxy of the environment is never asked for this machine itself.
            configuration.proxy = None
        if not configuration.verify_ssl:
            # The kubeconfig asks for it, and a warning a call would be written across the screen.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        return Session(client.ApiClient(configuration), expires_at=credential.expires_at)
    except (config.ConfigException, OSError, ValueError) as error:
        raise ClusterError(
            f'The context "{way.context}" can\'t be used ({type(error).__name__}).',
            hint="Check its certificates and keys with `kubectl config view --minify`.",
        ) from None


def _login_from_pod() -> Session:
    from kubernetes import client, config  # noqa: PLC0415 - 150 ms, after the first frame

    configuration = _bare_configuration()
    try:
        config.load_incluster_config(  # type: ignore[no-untyped-call]  # kubernetes is untyped here
            client_configuration=configuration
        )
    except config.ConfigException:
        raise ClusterError(
            "There is no kubeconfig, and this is not a pod.",
            hint="Give --kubeconfig, or set KUBECONFIG, or check ~/.kube/config.",
        ) from None
    return Session(client.ApiClient(configuration))


def _bare_configuration() -> Any:
    from kubernetes import client  # noqa: PLC0415 - 150 ms, after the first frame

    configuration = client.Configuration()
    configuration.connection_pool_maxsize = POOL
    return configuration


def _pod_namespace() -> str:
    try:
        return POD_NAMESPACE.read_text(encoding="utf-8").strip() or "default"
    except OSError:
        return "default"


def _is_loopback(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _no_answer(error: Exception, *, server: str) -> Unreachable:
    """Say why there was no answer, by the kind of failure only: its own words may hold what was sent."""
    import ssl  # noqa: PLC0415 - comes with kubernetes, after the first frame

    import urllib3.exceptions as failures  # noqa: PLC0415 - as above

    if isinstance(error, failures.SSLError) and isinstance(error.args[0], ssl.SSLEOFError):
        error = failures.ProtocolError("cut while the two shook hands")  # which says nothing of certificates
    # The narrower kinds first: a refused connection is a kind of connect timeout to urllib3.
    reasons: tuple[tuple[type[Exception], str, str], ...] = (
        (failures.NameResolutionError, "its name is not known", "Check the server's name, the VPN and DNS."),
        (failures.NewConnectionError, "the connection was refused", "Check that this is the right context."),
        (failures.ConnectTimeoutError, "no connection in time", "Check the VPN and the firewall."),
        (failures.ReadTimeoutError, "no answer in time", "Check its load and the network between."),
        (
            failures.ProxyError,
            "the proxy did not let us through",
            "Check HTTPS_PROXY, NO_PROXY and proxy-url.",
        ),
        (
            failures.SSLError,
            "its certificate was not accepted",
            "Check certificate-authority-data of the cluster.",
        ),
        (
            failures.ProtocolError,
            "the connection was cut before the answer",
            "Check the API server and what stands before it.",
        ),
    )
    for kind, why, hint in reasons:
        if isinstance(error, kind):
            return Unreachable(f"{server} can't be reached: {why}.", hint=hint)
    return Unreachable(f"{server} can't be reached ({type(error).__name__}).")
