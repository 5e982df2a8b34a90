"""A Service's Prometheus through a real API server's proxy, with the role that `pithead rbac` prints."""

from __future__ import annotations

import json
import socket
import ssl
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner

from console.cluster.client import Cluster
from console.errors import EvidenceError
from console.metrics.prometheus import Prometheus
from console.plan.access import Access, Service
from console.plan.load import parse_plan
from console.plan.model import MetricsSource
from console.traffic.rights import rights_at_prometheus
from screens.commands.rbac import command
from tests.kube_apiserver import ADMIN
from tests.metrics.http_fake import FakePrometheus, answering, fake_prometheus
from tests.traffic.servers import LEAST
from tests.traffic.test_least_privilege import PLAN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.traffic.servers import RealServer

pytestmark = pytest.mark.real

URL = 'prometheus: "http://127.0.0.1:9090"'


def own_address() -> str:
    """Give an address of this machine off loopback, as an EndpointSlice wants it; empty for none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent
        except OSError:
            return ""
        return str(probe.getsockname()[0])


class Inside:
    """A Prometheus behind a Service, and an account that has what a test grants it."""

    def __init__(self, real: RealServer, folder: Path, fake: FakePrometheus, *, tls: bool) -> None:
        self.real = real
        self.fake = fake
        self.namespace = real.open_shop().namespace
        self.tls = tls
        self._folder = folder
        host, _, port = fake.url.partition("://")[2].partition(":")
        self._put(host, int(port))

    @property
    def service(self) -> str:
        return f"{self.namespace}/{'https:' * self.tls}prometheus:web"

    def grant(self) -> None:
        """Grant the role that is printed, and nothing else."""
        plan = self._folder / "plan.yaml"
        plan.write_text(PLAN.replace(URL, f'prometheus: {{service: "{self.service}"}}'))
        words = [str(plan), "--user", LEAST, "--namespace", "elsewhere"]
        done = CliRunner().invoke(command, words, standalone_mode=False)
        *_, role, binding = yaml.safe_load_all(done.output)
        _, wanted = rights_at_prometheus(parse_plan(plan.read_text(), origin="plan.yaml")) or ("", ())
        self.real.apply(role, binding, wanted=wanted)

    def prometheus(self, *, port: str = "web", tls: bool | None = None, user: str = LEAST) -> Prometheus:
        file = self._folder / "config"
        file.write_text(json.dumps(self.real.kubeconfig(user)))
        access = Access(
            service=Service(
                namespace=self.namespace, name="prometheus", port=port, tls=self.tls if tls is None else tls
            ),
            headers={"X-Scope-OrgID": "shop"},
        )
        cluster = Cluster.connect(kubeconfig=str(file), context=None, namespace=None)
        return Prometheus.of(
            MetricsSource(prometheus="", preset="istio", business={}, access=access), cluster=cluster
        )

    def _put(self, host: str, port: int) -> None:
        meta: dict[str, Any] = {"name": "prometheus", "namespace": self.namespace}
        spec = {"ports": [{"name": "web", "port": 9090, "targetPort": port}]}
        self.real.ask(
            "POST", f"/api/v1/namespaces/{self.namespace}/services", {"metadata": meta, "spec": spec}
        )
        meta = {**meta, "labels": {"kubernetes.io/service-name": "prometheus"}}
        ports = [{"name": "web", "port": port}]
        slices = f"/apis/discovery.k8s.io/v1/namespaces/{self.namespace}/endpointslices"
        endpoints = [{"addresses": [host], "conditions": {"ready": True}, "targetRef": self._pod(host)}]
        self.real.ask(
            "POST",
            slices,
            {"metadata": meta, "addressType": "IPv4", "ports": ports, "endpoints": endpoints},
        )
        proxy = f"/api/v1/namespaces/{self.namespace}/services/{'https:' * self.tls}prometheus:web/proxy/"
        self.real.wait_until(lambda: bool(self.real.ask("GET", proxy)))
        self.fake.lines.clear()
        self.fake.forms.clear()
        self.fake.headers.clear()

    def _pod(self, host: str) -> dict[str, Any]:
        """Make the pod that the address is of: the API server passes nothing on to any other."""
        pods = f"/api/v1/namespaces/{self.namespace}/pods"
        meta = {"name": "prometheus-0", "namespace": self.namespace}
        spec = {"containers": [{"name": "prometheus", "image": "x"}]}
        pod = self.real.ask("POST", pods, {"metadata": meta, "spec": spec})
        status = {"phase": "Running", "podIP": host, "podIPs": [{"ip": host}]}
        self.real.ask("PUT", f"{pods}/prometheus-0/status", {**pod, "status": status})
        return {
            "kind": "Pod",
            "namespace": self.namespace,
            "name": "prometheus-0",
            "uid": pod["metadata"]["uid"],
        }


@pytest.fixture(params=[False, True], ids=["http", "https"])
def inside(request: pytest.FixtureRequest, real: RealServer, tmp_path: Path) -> Iterator[Inside]:
    if not (host := own_address()):
        pytest.skip("this machine has no address but loopback, and no EndpointSlice takes that")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*real.certificate)
    with fake_prometheus(host=host, tls=context if request.param else None) as fake:
        yield Inside(real, tmp_path, fake, tls=request.param)


async def test_with_the_role_that_is_printed_a_query_gets_through(inside: Inside) -> None:
    inside.grant()
    query = 'sum by (pod) (rate(x{y=~"a|b"}[1m])) / 1'
    assert (await inside.prometheus().query(query, deadline_s=60)).number() == 2.0
    (form,) = inside.fake.forms
    assert form["query"] == [query]
    assert inside.fake.headers[0]["x-scope-orgid"] == "shop"
    assert "authorization" not in inside.fake.headers[0]


async def test_without_it_the_line_says_which_right_is_missing(inside: Inside) -> None:
    with pytest.raises(EvidenceError, match=r'cannot get resource "services/proxy".*') as caught:
        await inside.prometheus().query("up", deadline_s=60)
    assert caught.value.hint == "`pithead rbac` prints the role."
    assert inside.fake.lines == []


async def test_what_prometheus_itself_refuses_is_its_own(inside: Inside) -> None:
    inside.grant()
    inside.fake.answer = answering(b"no org id", status=401)
    with pytest.raises(EvidenceError, match="refuses us for the tenant"):
        await inside.prometheus().query("up", deadline_s=60)


async def test_a_service_without_that_port_is_told(inside: Inside) -> None:
    inside.grant()
    with pytest.raises(EvidenceError) as caught:
        await inside.prometheus(port="other").query("up", deadline_s=60)
    assert "other" in str(caught.value)


async def test_the_wrong_scheme_is_told_with_how_to_write_it(inside: Inside) -> None:
    with pytest.raises(EvidenceError) as caught:
        await inside.prometheus(tls=not inside.tls, user=ADMIN).query("up", deadline_s=60)
    assert caught.value.hint == (
        "Where it speaks TLS write `https:` before the name in the plan's service."
        if inside.tls
        else "It speaks no TLS there: take `https:` out of the plan's service."
    )
