"""Two Kubernetes APIs behind one face: the expectations don't know which one they hold."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.error import HTTPError

from console.cluster.client import Cluster
from console.cluster.rights import REVIEWS, Right
from console.lab.kube.access import Deny
from console.lab.kube.server import KubeApi
from console.lab.kube.store import ObjectStore
from console.plan.routers import NAMES
from console.traffic.registry import object_of, rights_of
from tests.kube_apiserver import ADMIN, KubeApiserver
from tests.traffic.audit import POLICY
from tests.traffic.ground import Shop, plan_for
from tests.traffic.kinds import sample_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

RIGHTS = tuple(
    dict.fromkeys(
        (right.group, right.plural, right.verb)
        for name in NAMES
        for right in rights_of(plan_for("shop", sample_of(name).SETTINGS), leased=True)
    )
)
"""All that releases of any kind of router need."""
LACKING = (
    *dict.fromkeys(("patch", object_of(name).PLURAL) for name in NAMES),
    ("delete", "ingresses"),
    ("list", "pods"),
)
"""The rights that expectations do without, one at a time."""
HOSTS = ("ana", "bob")
"""Two accounts with every right: each host of a race has one, so that the API server tells them apart."""
LEAST = "least"
"""An account that has what a test grants it, and nothing else."""
COUNT = itertools.count(1)
Json = dict[str, Any]
RBAC = "rbac.authorization.k8s.io"
SCHEMAS = Path(__file__).parents[1] / "schemas"
SCHEMA = SCHEMAS / "virtualservices.yaml"


class Server(Protocol):
    """A Kubernetes API, and the ground that a test lays in it."""

    account: str
    """Who it says that we are."""

    @property
    def port(self) -> int:
        """Where it listens on loopback."""

    def connect(self, *, through: int = 0) -> Cluster:
        """Log in with every right, by way of another port where one is given."""

    def connect_without(self, verb: str, plural: str) -> Cluster:
        """Log in with what a release needs but for one right."""

    def open_shop(self, name: str = "") -> Shop:
        """Make a namespace for one test, with every right in it; of this name, where one is given."""


class LabServer:
    """The lab's API, in a thread with an event loop of its own."""

    account = "lab"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.store = ObjectStore()
        self.api = KubeApi(self.store)

    def start(self) -> None:
        self._thread.start()
        self._do(self.api.start())

    def stop(self) -> None:
        self._do(self.api.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def port(self) -> int:
        return self.api.port

    def connect(self, *, through: int = 0) -> Cluster:
        self.api.access.denied.clear()
        return self._log_in(through)

    def connect_without(self, verb: str, plural: str) -> Cluster:
        self.api.access.denied[:] = [Deny(verb=verb, resource=plural)]
        return self._log_in()

    def open_shop(self, name: str = "") -> Shop:
        return Shop(self.connect(), name or _next_name())  # the lab's store wants no namespace first

    def kubeconfig(self) -> dict[str, Any]:
        path = self._folder / "way"
        self.api.write_kubeconfig(path)
        way: dict[str, Any] = json.loads(path.read_text())
        return way

    def _log_in(self, through: int = 0) -> Cluster:
        path = self._folder / "kubeconfig"
        self.api.write_kubeconfig(path)
        return _connect(path, port=self.port, through=through)

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=60)


class RealServer:
    """A real kube-apiserver with the schema of each kind of router, over TLS and with RBAC."""

    account = ADMIN

    def __init__(self, assets: Path, folder: Path, *, logins: Path | None = None) -> None:
        """What is written to log in lies in `logins`: with the server, where it is this process' alone."""
        self._folder = folder
        self._logins = logins or folder
        users = [LEAST, *HOSTS, *(_user_without(*right) for right in LACKING)]
        self._apiserver = KubeApiserver(assets, folder, users=users, audit=POLICY)

    def start(self) -> None:
        self._apiserver.start()
        for schema in sorted(SCHEMAS.glob("*.yaml")):
            self._apiserver.install(schema)
        for verb, plural in LACKING:
            self._grant_all_but(verb, plural)
        self._bind(HOSTS, to="cluster-admin")

    def join(self, port: int) -> None:
        """Take one that another process has started in this folder."""
        self._apiserver.join(port)

    def stop(self) -> None:
        self._apiserver.stop()

    @property
    def port(self) -> int:
        return self._apiserver.port

    def connect(self, *, through: int = 0) -> Cluster:
        return self._log_in(ADMIN, through)

    def connect_without(self, verb: str, plural: str) -> Cluster:
        return self._log_in(_user_without(verb, plural))

    def open_shop(self, name: str = "") -> Shop:
        self._apiserver.make_namespace(name := name or _next_name())
        return Shop(self.connect(), name)

    @property
    def audit_log(self) -> Path:
        """What the API server has written down."""
        return self._apiserver.audit_log

    @property
    def authority(self) -> tuple[Path, Path]:
        """The certificate and key whose clients it knows; both are its own too."""
        return self._folder / "server.crt", self._folder / "server.key"

    def kubeconfig(self, user: str = ADMIN) -> dict[str, Any]:
        return self._apiserver.kubeconfig(user)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask raw, as the administrator."""
        return self._apiserver.ask(method, path, body)

    @property
    def certificate(self) -> tuple[Path, Path]:
        """A certificate for 127.0.0.1 that this server trusts for webhooks, and its key."""
        return self._folder / "server.crt", self._folder / "server.key"

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Wait for what the API server does in its own time."""
        self._apiserver.wait_until(holds)

    def apply(
        self, role: Json, binding: Json, *, wanted: Iterable[Right], unwanted: Iterable[Right] = ()
    ) -> None:
        """Put a role and its binding in place of those of the same name; wait until they are in force."""
        namespace, name = role["metadata"]["namespace"], role["metadata"]["name"]
        path = f"/apis/{RBAC}/v1/namespaces/{namespace}"
        for plural, document in (("roles", role), ("rolebindings", binding)):
            with suppress(HTTPError):  # it is not there yet
                self.ask("DELETE", f"{path}/{plural}/{name}")
            self.ask("POST", f"{path}/{plural}", document)
        expected = {**dict.fromkeys(wanted, True), **dict.fromkeys(unwanted, False)}
        self._apiserver.wait_until(
            lambda: all(self._least_may(right, namespace) is may for right, may in expected.items())
        )

    def _least_may(self, right: Right, namespace: str) -> bool:
        return self._may(LEAST, right.group, right.plural, right.verb, name=right.name, namespace=namespace)

    def _grant_all_but(self, verb: str, plural: str) -> None:
        user = _user_without(verb, plural)
        granted = [right for right in RIGHTS if right[1:] != (plural, verb)]
        rules = [
            {"apiGroups": [group], "resources": [kind], "verbs": [does]} for group, kind, does in granted
        ]
        role = {"metadata": {"name": user}, "rules": rules}
        self._apiserver.ask("POST", f"/apis/{RBAC}/v1/clusterroles", role)
        self._bind((user,), to=user)
        self._apiserver.wait_until(lambda: all(self._may(user, *right) for right in granted))

    def _bind(self, users: Iterable[str], *, to: str) -> None:
        subjects = [{"apiGroup": RBAC, "kind": "User", "name": user} for user in users]
        role = {"apiGroup": RBAC, "kind": "ClusterRole", "name": to}
        binding = {"metadata": {"name": f"{to}-tests"}, "roleRef": role, "subjects": subjects}
        self._apiserver.ask("POST", f"/apis/{RBAC}/v1/clusterrolebindings", binding)

    def _may(
        self, user: str, group: str, plural: str, verb: str, *, name: str = "", namespace: str = "any"
    ) -> bool:
        resource, _, below = plural.partition("/")
        asked = {"group": group, "resource": resource, "verb": verb, "namespace": namespace, "name": name}
        asked |= {"subresource": below} if below else {}
        review = {"spec": {"resourceAttributes": asked}}
        answer = self._apiserver.ask("POST", REVIEWS, review, user=user)
        return bool(answer["status"]["allowed"])

    def _log_in(self, user: str, through: int = 0) -> Cluster:
        path = self._logins / f"{user}.kubeconfig"
        path.write_text(json.dumps(self._apiserver.kubeconfig(user)))
        return _connect(path, port=self.port, through=through)


def _connect(path: Path, *, port: int, through: int) -> Cluster:
    path.write_text(path.read_text().replace(f":{port}", f":{through or port}"))
    return Cluster.connect(kubeconfig=str(path), context=None, namespace=None)


def _next_name() -> str:
    return f"shop-{os.environ.get('PYTEST_XDIST_WORKER', '')}{next(COUNT)}"  # one server for all processes


def _user_without(verb: str, plural: str) -> str:
    return f"without-{verb}-{plural}"
