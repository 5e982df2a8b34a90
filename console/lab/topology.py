"""What the lab looks like from the cluster's side: one service, two versions, one namespace."""

from __future__ import annotations

NAMESPACE = "shop"
SERVICE = "checkout"
ROUTE = "primary"
STABLE = "v1"
CANARY = "v2"
VERSIONS = (STABLE, CANARY)

LOOPBACK = "127.0.0.1"


def workload(version: str) -> str:
    """Name the Deployment of a version."""
    return f"{SERVICE}-{version}"


def cluster(version: str) -> str:
    """Name Envoy's cluster of a version: a dash would not survive in the names of its statistics."""
    return f"{SERVICE}_{version}"
