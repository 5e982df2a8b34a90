"""Whether the secrets are there that a plan's messages and its Prometheus need."""

from __future__ import annotations

from collections.abc import Callable

from console.access.secret import pem_at, secret_at
from console.errors import NoSecret
from console.plan.access import Access
from console.plan.model import Plan


def missing_secrets(plan: Plan) -> list[str]:
    """Give a sentence for each place of the plan where no secret is found."""
    grafana = [plan.grafana.token] if plan.grafana else []
    access = plan.metrics.access or Access()
    texts = (*(notice.to for notice in plan.notify), *grafana, *access.secrets)
    found = [_missing(place, secret_at) for place in dict.fromkeys(texts)]
    found += [_missing(place, pem_at) for place in dict.fromkeys(access.certificates)]
    return [trouble for trouble in found if trouble]


def _missing(place: str, read: Callable[[str], str | bytes]) -> str:
    try:
        read(place)
    except NoSecret as error:
        return str(error)
    return ""
