"""Whether the secrets are there that a plan's messages and its Prometheus need."""

from __future__ import annotations

from console.access.secret import secret_at
from console.errors import NoSecret
from console.plan.model import Plan


def missing_secrets(plan: Plan) -> list[str]:
    """Give a sentence for each place of the plan where no secret is found."""
    grafana = [plan.grafana.token] if plan.grafana else []
    prometheus = plan.metrics.access.secrets if plan.metrics.access else ()
    places = dict.fromkeys((*(notice.to for notice in plan.notify), *grafana, *prometheus))
    return [trouble for place in places if (trouble := _missing(place))]


def _missing(place: str) -> str:
    try:
        secret_at(place)
    except NoSecret as error:
        return str(error)
    return ""
