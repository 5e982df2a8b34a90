"""Hosts as routes name them. Pure."""

from __future__ import annotations


def same_host(left: str, right: str, *, namespace: str) -> bool:
    """Compare hosts as seen from `namespace`: checkout, checkout.shop, checkout.shop.svc.cluster.local."""
    return _service(left, namespace) == _service(right, namespace)


def _service(host: str, namespace: str) -> str:
    """Cut a service's host down to `name.namespace`; other hosts stay as they are."""
    labels = host.rstrip(".").lower().split(".")
    if len(labels) == 1:
        return f"{labels[0]}.{namespace}"
    return ".".join(labels[:2]) if labels[2:3] == ["svc"] else ".".join(labels)
