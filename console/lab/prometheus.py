"""The lab's Prometheus: Debian's or any `prometheus` on PATH, else the built-in scraper.

Envoy's statistics are renamed to Istio's standard metrics on their way in, so that the same queries serve
the lab and a mesh.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct

from console.errors import UsageError
from console.interpreter import own_module
from console.lab.extra import how_to_install
from console.lab.faults import GRPC_UNAVAILABLE, UNANSWERED
from console.lab.leash import Leashed, start_on_leash
from console.lab.order import Choice
from console.lab.topology import LOOPBACK, NAMESPACE, SERVICE, cluster

BUILTIN = "built-in scraper"
SCRAPE_INTERVAL = "1s"

Json = dict[str, Any]


class Target(Struct, frozen=True, kw_only=True):
    """One pod that is scraped."""

    version: str
    pod: str
    """Its name."""
    port: int


def choose(choice: Choice) -> str:
    """Say which one it will be, as shown to people: `prometheus 2.42.0`, or `built-in scraper`."""
    program = shutil.which("prometheus")
    if choice is Choice.BUILTIN or program is None:
        return _builtin()
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, timeout=10)
    words = (told.stdout or told.stderr).split()  # prometheus, version 2.42.0+ds (branch: ...)
    if told.returncode or words[:2] != ["prometheus,", "version"]:
        raise UsageError(
            f"{program} does not tell its version as Prometheus does.",
            hint="pithead demo --builtin-prometheus takes the built-in scraper",
        )
    return f"prometheus {words[2].partition('+')[0]}"


def _builtin() -> str:
    if find_spec("promql_parser") is None:
        raise UsageError(
            "The built-in scraper needs promql-parser, which is not installed.",
            hint=f"{how_to_install()}, or install Prometheus",
        )
    return BUILTIN


def start_prometheus(
    kind: str, *, folder: Path, port: int, envoy_admin: int, targets: Sequence[Target]
) -> Leashed:
    """Start what `choose` chose."""
    config = folder / "prometheus.yaml"
    config.write_text(
        yaml.safe_dump(configuration(envoy_admin=envoy_admin, targets=targets), sort_keys=False)
    )
    return start_on_leash(
        _builtin_args(config, port=port)
        if kind == BUILTIN
        else _program_args(config, folder=folder, port=port),
        log=folder / "prometheus.log",
    )


def _builtin_args(config: Path, *, port: int) -> list[str]:
    return own_module("console.lab.scraper", "--config", str(config), "--port", str(port))


def _program_args(config: Path, *, folder: Path, port: int) -> list[str]:
    return [
        "prometheus",
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'prometheus'}",
        f"--web.listen-address={LOOPBACK}:{port}",
        "--log.level=warn",
    ]


def configuration(*, envoy_admin: int, targets: Sequence[Target]) -> Json:
    """Spell out Prometheus' configuration."""
    apps = [f"{LOOPBACK}:{target.port}" for target in targets]
    return {
        "global": {"scrape_interval": SCRAPE_INTERVAL, "scrape_timeout": "900ms"},
        "scrape_configs": [
            *(_sidecar(target, envoy_admin=envoy_admin) for target in targets),
            {"job_name": "cadvisor", "static_configs": [{"targets": apps}]},
        ],
    }


def _sidecar(target: Target, *, envoy_admin: int) -> Json:
    """Scrape Envoy for one pod alone, as a mesh's Prometheus scrapes the sidecar of each."""
    labels = {"namespace": NAMESPACE, "pod": target.pod}
    return {
        "job_name": f"sidecar-{target.version}",
        "metrics_path": "/stats/prometheus",
        # usedonly leaves out what was never hit, filter all but some kilobytes of a hundred.
        "params": {"usedonly": [""], "filter": [rf"^cluster\.{cluster(target.version)}\.upstream_rq"]},
        "static_configs": [{"targets": [f"{LOOPBACK}:{envoy_admin}"], "labels": labels}],
        "metric_relabel_configs": _as_istio(),
    }


def _as_istio() -> list[Json]:
    """Rename Envoy's series and labels to those of Istio's standard metrics, and drop the rest."""
    workload = r"(.+)_(v\d+)"
    constant = {
        "reporter": "destination",
        "request_protocol": "http",
        "destination_service_name": SERVICE,
        "destination_service_namespace": NAMESPACE,
        "destination_service": f"{SERVICE}.{NAMESPACE}.svc.cluster.local",
        "destination_workload_namespace": NAMESPACE,
        "destination_app": SERVICE,
        "destination_canonical_service": SERVICE,
    }
    return [
        _rename("envoy_cluster_upstream_rq", "istio_requests_total"),
        _rename(
            "envoy_cluster_upstream_rq_time_(bucket|sum|count)", "istio_request_duration_milliseconds_$1"
        ),
        {"source_labels": ["__name__"], "regex": "istio_.*", "action": "keep"},
        _label("destination_version", "envoy_cluster_name", regex=workload, replacement="$2"),
        _label("destination_canonical_revision", "envoy_cluster_name", regex=workload, replacement="$2"),
        _label("destination_workload", "envoy_cluster_name", regex=workload, replacement="$1-$2"),
        _label("response_code", "envoy_response_code", regex="(.+)", replacement="$1"),
        *({"target_label": name, "replacement": value} for name, value in constant.items()),
        *_told(GRPC_UNAVAILABLE, grpc_response_status="14", request_protocol="grpc", response_code="200"),
        *_told(UNANSWERED, reporter="source", response_flags="UF", response_code="503"),
        {"regex": "envoy_.*", "action": "labeldrop"},
    ]


def _told(code: int, **labels: str) -> list[Json]:
    """Tell the answers with this code as a mesh would tell what it stands for."""
    found = {"source": "envoy_response_code", "regex": str(code)}
    return [_label(name, replacement=text, **found) for name, text in labels.items()]


def _rename(regex: str, name: str) -> Json:
    return _label("__name__", "__name__", regex=regex, replacement=name)


def _label(target: str, source: str, *, regex: str, replacement: str) -> Json:
    return {"source_labels": [source], "regex": regex, "target_label": target, "replacement": replacement}
