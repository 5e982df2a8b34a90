"""A real kube-apiserver with etcd, for tests that say the same of it and of the lab's API."""

from __future__ import annotations

import json
import os
import shutil
import socket
import ssl
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from console.lab.leash import GRACE_S, Leashed, start_on_leash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

HOW_TO_GET = (
    "kube-apiserver and etcd are missing: `make planes` builds both once a machine (Go 1.26, 8 minutes); "
    "KUBEBUILDER_ASSETS names another folder that holds them"
)
ADMIN = "admin"
READY_WITHIN_S = 180.0
SELDOM = {"GOGC": "400"}
"""Go's programs collect garbage a fourth as often: they are small here, and the cores are for the tests."""


def built() -> Path:
    """Name the folder that `make planes` fills."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("PITHEAD_PLANES") or cache / "pithead" / "planes")


def find_assets() -> Path | None:
    """Find the folder that holds both programs: the one named, else the one that `make planes` fills."""
    folder = Path(os.environ.get("KUBEBUILDER_ASSETS") or built())
    complete = all((folder / name).exists() for name in ("kube-apiserver", "etcd"))
    return folder if complete and shutil.which("openssl") else None


class KubeApiserver:
    """The two programs in a folder of their own; a user's token is the user's name."""

    def __init__(
        self, assets: Path, folder: Path, *, users: Iterable[str] = (), audit: dict[str, Any] | None = None
    ) -> None:
        """With an `audit` policy the API server writes down what is asked of it: see `audit_log`."""
        self._assets = assets
        self._users = tuple(users)
        self._audit = audit
        self._folder = folder
        self._programs: list[Leashed] = []
        self.port = 0

    @property
    def url(self) -> str:
        """Where the API is, once started."""
        return f"https://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start both, and wait until the API server says that it is ready."""
        etcd, peer, api = free_ports(3)
        self.port = api
        self._make_certificate()
        tokens = [f'{ADMIN},{ADMIN},0,"system:masters"', *(f"{user},{user},{user}" for user in self._users)]
        (self._folder / "tokens.csv").write_text("\n".join(tokens))
        self._start(*_etcd(self._assets, self._folder, port=etcd, peer=peer))
        # At once: after TERM it waits for its watchers, for longer than a test run should.
        command = _apiserver(self._assets, self._folder, port=api, etcd=etcd)
        self._start(*command, *self._audited(), grace_s=0.0)
        self.wait_until(lambda: self.ask("GET", "/readyz", as_text=True) == "ok")

    def join(self, port: int) -> None:
        """Take one that another process has started in this folder."""
        self.port = port

    @property
    def audit_log(self) -> Path:
        """Where the API server writes down what is asked of it, a line of JSON each."""
        return self._folder / "audit.jsonl"

    def stop(self) -> None:
        """End both, the API server first."""
        for program in reversed(self._programs):
            program.stop()

    def kubeconfig(self, user: str) -> dict[str, Any]:
        """Write the way in for one user."""
        return {
            "clusters": [
                {
                    "name": "real",
                    "cluster": {"server": self.url, "certificate-authority": str(self._certificate)},
                }
            ],
            "users": [{"name": user, "user": {"token": user}}],
            "contexts": [{"name": user, "context": {"cluster": "real", "user": user}}],
            "current-context": user,
        }

    def ask(
        self, method: str, path: str, body: Any = None, *, user: str = ADMIN, as_text: bool = False
    ) -> Any:
        """Ask raw, for what a test's ground is laid with."""
        request = urllib.request.Request(  # noqa: S310 - the URL is this server's
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {user}", "Content-Type": "application/json"},
        )
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=str(self._certificate))),
        )
        with opener.open(request, timeout=60) as answer:
            text = answer.read()
        return text.decode() if as_text else json.loads(text)

    def install(self, crd: Path) -> None:
        """Install a custom resource definition, and wait until it is served."""
        definition = yaml.safe_load(crd.read_text())
        self.ask("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition)
        spec = definition["spec"]
        served = f"/apis/{spec['group']}/{spec['versions'][0]['name']}/{spec['names']['plural']}"
        self.wait_until(lambda: bool(self.ask("GET", served)))

    def make_namespace(self, name: str) -> None:
        """Make a namespace, which is there at once: nothing is stored outside of one."""
        self.ask("POST", "/api/v1/namespaces", {"metadata": {"name": name}})

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Wait for what the API server does in its own time."""
        ends = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < ends:
            try:
                if holds():
                    return
            except OSError:
                assert all(program.running for program in self._programs), f"see {self._folder}"
            time.sleep(0.1)
        raise AssertionError(f"not ready within {READY_WITHIN_S:g} s: see {self._folder}")

    @property
    def _certificate(self) -> Path:
        return self._folder / "server.crt"

    def _make_certificate(self) -> None:
        subprocess.run(
            [
                *(
                    "openssl",
                    "req",
                    "-x509",
                    "-newkey",
                    "ec",
                    "-pkeyopt",
                    "ec_paramgen_curve:prime256v1",
                    "-nodes",
                    "-days",
                    "2",
                    "-subj",
                    "/CN=tests",
                ),
                *("-addext", "subjectAltName=IP:127.0.0.1"),
                *("-addext", "keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign"),
                *("-keyout", str(self._folder / "server.key"), "-out", str(self._certificate)),
            ],
            check=True,
            capture_output=True,
        )

    def _audited(self) -> Iterator[str]:
        if self._audit is None:
            return
        policy = self._folder / "audit-policy.json"
        policy.write_text(json.dumps(self._audit))
        yield from ("--audit-policy-file", str(policy), "--audit-log-path", str(self.audit_log))

    def _start(self, *command: str, grace_s: float = GRACE_S) -> None:
        log = self._folder / f"{Path(command[0]).name}.log"
        self._programs.append(start_on_leash(command, log=log, env=os.environ | SELDOM, grace_s=grace_s))


def _etcd(assets: Path, folder: Path, *, port: int, peer: int) -> Iterator[str]:
    clients = f"http://127.0.0.1:{port}"
    yield str(assets / "etcd")
    yield from ("--data-dir", str(folder / "etcd"), "--unsafe-no-fsync", "--log-level", "warn")
    # It elects itself: with the times that are meant for a network that takes a second.
    yield from ("--heartbeat-interval", "20", "--election-timeout", "120")
    yield from ("--listen-client-urls", clients, "--advertise-client-urls", clients)
    yield from ("--listen-peer-urls", f"http://127.0.0.1:{peer}")


def _apiserver(assets: Path, folder: Path, *, port: int, etcd: int) -> Iterator[str]:
    key, certificate = str(folder / "server.key"), str(folder / "server.crt")
    yield str(assets / "kube-apiserver")
    yield from ("--etcd-servers", f"http://127.0.0.1:{etcd}")
    yield from ("--bind-address", "127.0.0.1", "--secure-port", str(port))
    # Where no address is said it looks for a default route, and ends where there is none; it would note no
    # address of loopback as the endpoint of a Service that nobody here asks for.
    yield from ("--advertise-address", "127.0.0.1", "--endpoint-reconciler-type", "none")
    yield from ("--tls-cert-file", certificate, "--tls-private-key-file", key)
    yield from ("--service-account-issuer", "https://tests", "--service-account-signing-key-file", key)
    yield from ("--service-account-key-file", certificate, "--service-cluster-ip-range", "10.0.0.0/24")
    yield from (
        "--token-auth-file",
        str(folder / "tokens.csv"),
        "--client-ca-file",
        certificate,
        "--authorization-mode",
        "RBAC",
    )
    # What is fair among many clients takes a third of its start, and one run is its only client.
    yield "--enable-priority-and-fairness=false"
    # No controllers run here: nothing would make the account that this one wants for each pod.
    yield from ("--disable-admission-plugins", "ServiceAccount")


def free_ports(count: int) -> list[int]:
    """Find ports of loopback that nobody listens at now."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(listener.getsockname()[1]) for listener in held]
    for listener in held:
        listener.close()
    return ports
