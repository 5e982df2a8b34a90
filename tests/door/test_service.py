"""Prometheus inside the cluster, asked through the API server's proxy by the release's own login."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

import pytest

from console.cluster.client import Cluster
from console.errors import ExitCode
from console.plan.access import Access, Service
from tests.door.releases import Porter, released
from tests.faults.patient_time import patiently
from tests.faults.prometheus_wire import Answer
from tests.metrics.http_fake import Asked, answering

PROXY = "/api/v1/namespaces/monitoring/services/prometheus:9090/proxy/prom/api/v1/"
INSIDE = Access(
    service=Service(namespace="monitoring", name="prometheus", port="9090", path="/prom"),
    headers={"X-Scope-OrgID": "shop"},
)
TOKENS = ("cluster-token-1", "cluster-token-2")


def way_in(folder: Path) -> Callable[[str], Cluster]:
    """A kubeconfig whose token lies in a file."""
    (folder / "token").write_text(TOKENS[0])

    def connect(url: str) -> Cluster:
        config = {
            "clusters": [{"name": "c", "cluster": {"server": url}}],
            "users": [{"name": "u", "user": {"tokenFile": str(folder / "token")}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }
        (folder / "config").write_text(json.dumps(config))
        return Cluster.connect(kubeconfig=str(folder / "config"), context=None, namespace=None)

    return connect


def refusing(code: int, message: str, *, name: str = "") -> Answer:
    """The API server's own refusal."""
    reason = HTTPStatus(code).phrase.replace(" ", "")
    details = {"name": name, "kind": "services"} if name else {}
    status = {"kind": "Status", "apiVersion": "v1", "message": message, "reason": reason, "code": code}
    return answering(json.dumps({**status, "details": details}).encode(), status=code)


def api_server(taken: list[str]) -> Porter:
    """Know the account by the tokens that are taken, and pass on what is for that Service's path."""

    def porter(asked: Asked) -> Answer | None:
        if asked.headers.get("Authorization") not in [f"Bearer {token}" for token in taken]:
            return refusing(401, "Unauthorized")
        if asked.command != "GET" or not asked.path.startswith(PROXY):
            return refusing(404, "the server could not find the requested resource")
        return None if asked.headers.get("X-Scope-OrgID") == "shop" else answering(b"no org id", status=401)

    return porter


@patiently
async def test_a_release_asks_through_the_api_server_and_needs_no_tunnel(tmp_path: Path) -> None:
    ended = await released(tmp_path, INSIDE, porter=api_server([TOKENS[0]]), cluster=way_in(tmp_path))
    assert ended.code == ExitCode.PROMOTED, (ended.refused, ended.troubles)


@patiently
async def test_a_login_to_the_cluster_that_is_renewed_goes_on(tmp_path: Path) -> None:
    taken = [TOKENS[0]]

    def renew(_wire: object) -> None:
        taken[:] = [TOKENS[1]]
        (tmp_path / "token").write_text(TOKENS[1])

    ended = await released(tmp_path, INSIDE, porter=api_server(taken), cluster=way_in(tmp_path), during=renew)
    assert ended.code == ExitCode.PROMOTED, (ended.refused, ended.troubles)


KEPT_OUT = [
    pytest.param(
        refusing(
            403,
            'services "prometheus:9090" is forbidden: User "ana" cannot get resource "services/proxy" in API '
            'group "" in the namespace "monitoring"',
            name="prometheus:9090",
        ),
        'refuses: User "ana" cannot get resource "services/proxy" in the namespace "monitoring". `pithead'
        " rbac` prints the role.",
        id="no right",
    ),
    pytest.param(
        refusing(404, 'services "prometheus" not found', name="prometheus"),
        'services "prometheus" not found. Check the name, the namespace and the context.',
        id="no such service",
    ),
    pytest.param(
        refusing(503, 'no endpoints available for service "prometheus:9090"'),
        'no endpoints available for service "prometheus:9090". The Service leads to no ready pod: see '
        "`kubectl get endpointslices -n monitoring`.",
        id="no pod",
    ),
    pytest.param(
        refusing(503, 'no service port "9090" found for service "prometheus"'),
        'found for service "prometheus". See its ports with `kubectl get service -n monitoring`.',
        id="no such port",
    ),
    pytest.param(
        refusing(503, "error trying to reach service: dial tcp 10.0.0.9:9090: connect: connection refused"),
        "connect: connection refused. Nothing listens there: see the Service's targetPort.",
        id="no such listener",
    ),
    pytest.param(
        refusing(503, "error trying to reach service: dial tcp 10.0.0.9:9090: i/o timeout"),
        "i/o timeout. See whether a NetworkPolicy keeps the API server from its pods.",
        id="no way to the pods",
    ),
    pytest.param(
        answering(b"Client sent an HTTP request to an HTTPS server.\n", status=400),
        "speaks TLS; write `https:` before the Service's name",
        id="TLS",
    ),
    pytest.param(
        answering(b"Unauthorized", status=401),
        "does not take a call without a login of its own (HTTP 401: Unauthorized); none passes the API"
        " server: reach it by its url, through a tunnel",
        id="a login of its own",
    ),
    pytest.param(
        answering(b"404 page not found", status=404),
        "has no query API at this address (HTTP 404); is a path missing in the plan's Prometheus address, or"
        " one too many?",
        id="no such path",
    ),
]


@pytest.mark.parametrize(("answer", "says"), KEPT_OUT)
def test_what_keeps_us_out_is_one_line_with_its_mend(answer: Answer, says: str, tmp_path: Path) -> None:
    @patiently
    async def here() -> None:
        ended = await released(tmp_path, INSIDE, porter=lambda _asked: answer, cluster=way_in(tmp_path))
        assert ended.code == ExitCode.PREFLIGHT_FAILED
        (line,) = {line for line in ended.refused if says in line}
        assert line.startswith("Prometheus in the service monitoring/prometheus:9090/prom ")

    here()
