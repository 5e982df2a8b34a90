"""Contour with its Envoy, on a real API server: HTTPProxies and HTTPRoutes as a cluster serves them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from console.lab.envoy import find_envoy
from console.lab.leash import Leashed, start_on_leash
from tests.kube_apiserver import ADMIN, KubeApiserver, built, find_assets, free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.data_planes.versions import Versions

HOW_TO_GET = "Contour is missing: `tests/planes/build contour` builds it once a machine (Go 1.26, 4 minutes)"
SHIFT = 8000
"""Contour serves a Gateway's listener this many ports further up, where no port needs root."""
NAMESPACE = "shop"
CLASS = "contour"
CONTROLLER = "projectcontour.io/gateway-controller"
APPS = f"/api/v1/namespaces/{NAMESPACE}/services"
Json = dict[str, Any]


def find_contour() -> Path | None:
    """Find the API server's folder where Contour and its definitions are built too; else None."""
    assets, program = find_assets(), built() / "contour"
    return assets if program.exists() and program.with_suffix(".crds").is_dir() else None


class Contour:
    """The control plane and its Envoy, and the service's two versions behind them."""

    def __init__(self, assets: Path, folder: Path) -> None:
        self._folder = folder
        self._programs: list[Leashed] = []
        self.api = KubeApiserver(assets, folder)
        self.port = 0
        """Where users reach the service, on loopback."""

    @property
    def login(self) -> Path:
        """The kubeconfig with every right."""
        return self._folder / "kubeconfig"

    def start(self) -> None:
        """Start all of it; nothing is routed yet."""
        listener, xds, http, stats, plain, tls = free_ports(6)
        # The listener's own port is never opened: only the one that lies further up.
        listener = listener - SHIFT if listener > 2 * SHIFT else listener
        self.port = listener + SHIFT
        self.api.start()
        for crd in self._definitions():
            self.api.ask("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", crd)
        gateways = f"/apis/gateway.networking.k8s.io/v1/namespaces/{NAMESPACE}/gateways"
        self.api.wait_until(lambda: bool(self.api.ask("GET", gateways)))
        self.api.make_namespace("projectcontour")
        self.api.make_namespace(NAMESPACE)
        classes = "/apis/gateway.networking.k8s.io/v1/gatewayclasses"
        kind = {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "GatewayClass"}
        of = {"controllerName": CONTROLLER}
        self.api.ask("POST", classes, {**kind, "metadata": {"name": CLASS}, "spec": of})
        at = {"name": "http", "protocol": "HTTP", "port": listener}
        spec: Json = {"gatewayClassName": CLASS, "listeners": [at]}
        self.api.ask(
            "POST", gateways, {**kind, "kind": "Gateway", "metadata": {"name": "front"}, "spec": spec}
        )
        self._serve(xds=xds, http=http, stats=stats, plain=plain, tls=tls)

    def lay(self, versions: Versions) -> None:
        """Store a Service for each version, and where it is."""
        for version, port in versions.ports.items():
            name = f"checkout-{version}"
            ports = [{"name": "http", "port": 8080, "targetPort": port}]
            self.api.ask("POST", APPS, {"metadata": {"name": name}, "spec": {"ports": ports}})
            endpoint = {"addresses": [versions.address], "conditions": {"ready": True}}
            slices = f"/apis/discovery.k8s.io/v1/namespaces/{NAMESPACE}/endpointslices"
            labels = {"kubernetes.io/service-name": name}
            body = {
                "metadata": {"name": name, "labels": labels},
                "addressType": "IPv4",
                "endpoints": [endpoint],
                "ports": [{"name": "http", "port": port, "protocol": "TCP"}],
            }
            self.api.ask("POST", slices, body)

    def stop(self) -> None:
        """End all of it."""
        for program in reversed(self._programs):
            program.stop()
        self.api.stop()

    def _definitions(self) -> Iterator[Json]:
        for path in sorted((built() / "contour.crds").glob("*.yaml")):
            yield from (each for each in yaml.safe_load_all(path.read_text()) if each)

    def _serve(self, *, xds: int, http: int, stats: int, plain: int, tls: int) -> None:
        login, config = self.login, self._folder / "contour.yaml"
        login.write_text(json.dumps(self.api.kubeconfig(ADMIN)))
        front = {"namespace": NAMESPACE, "name": "front"}
        config.write_text(yaml.safe_dump({"gateway": {"gatewayRef": front}}))
        here = "127.0.0.1"
        contour = str(built() / "contour")
        features = ("tlsroutes", "backendtlspolicies", "tcproutes", "grpcroutes")
        self._start(
            *(contour, "serve", "--insecure", f"--kubeconfig={login}", f"--config-path={config}"),
            *(f"--xds-address={here}", f"--xds-port={xds}", f"--http-address={here}", f"--http-port={http}"),
            *(f"--health-address={here}", f"--health-port={http}", "--disable-leader-election"),
            *(f"--envoy-service-http-address={here}", f"--envoy-service-http-port={plain}"),
            *(f"--envoy-service-https-address={here}", f"--envoy-service-https-port={tls}"),
            *(f"--stats-address={here}", f"--stats-port={stats}"),
            *(f"--disable-feature={feature}" for feature in features),
        )
        bootstrap = self._folder / "bootstrap.json"
        told = ("bootstrap", str(bootstrap), f"--xds-address={here}", f"--xds-port={xds}")
        admin = f"--admin-address={self._folder / 'admin.sock'}"
        subprocess.run([contour, *told, "--xds-resource-version=v3", admin], check=True, capture_output=True)
        named = ("--service-cluster", "projectcontour", "--service-node", "envoy0")
        self._start(
            *(find_envoy(), "-c", str(bootstrap), *named, "--concurrency", "1", "--disable-hot-restart")
        )

    def _start(self, *command: str) -> None:
        log = self._folder / f"{Path(command[0]).name}.log"
        self._programs.append(start_on_leash(command, log=log))
