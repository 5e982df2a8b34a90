"""Ingresses of AWS Load Balancer Controller."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from console.plan.backend import Backend
from console.plan.routers.aws_alb import Settings

if TYPE_CHECKING:
    from tests.traffic.ground import Shop

Json = dict[str, Any]

SETTINGS = Settings(
    ingress="checkout",
    stable=Backend(service="checkout-v1"),
    canary=Backend(service="checkout-v2"),
)
NAMED = Settings(
    ingress="checkout",
    action="pay-main",
    stable=Backend(service="checkout-v1"),
    canary=Backend(service="checkout-v2", port=8080),
)
STABLE = "service:checkout-v1"
STEERED: Json = {"alb": {"ingresses": ["checkout"], "rootService": "checkout", "servicePort": 80}}
TAKES_OTHERS = True
ACTIONS = "alb.ingress.kubernetes.io/actions."

RICH = """\
{ "Type" : "forward",
  "forwardConfig": {"TargetGroups":[
      {"serviceName":"checkout-v2","servicePort":"9090","weight":0},
      {"ServiceName":"checkout-v1", "ServicePort":"8080",\t"Weight": %d },
      {"targetGroupARN":"arn:aws:elasticloadbalancing:eu:1:targetgroup/old/7","weight":0},
      {"weight":%d,"servicePort":8080,"serviceName":"checkout-v2"} ],
    "targetGroupStickinessConfig":{"enabled":false,"durationSeconds":200}}, "note": "\\"weight\\":5 \\/ 7.5"
}
"""
"""As people have written it: both cases, blanks, a number in a text, a port as a text."""


class Weight(dict[str, Any]):
    """One version's weight in the text of an action: writing it changes its digits there."""

    def __init__(self, annotations: Json, key: str, pattern: str) -> None:
        self._annotations, self._key, self._pattern = annotations, key, pattern
        (digits,) = re.findall(pattern, annotations[key])
        super().__init__(weight=int(digits))

    def __setitem__(self, key: str, value: int) -> None:
        super().__setitem__(key, value)
        found = re.search(self._pattern, text := self._annotations[self._key])
        assert found
        self._annotations[self._key] = f"{text[: found.start(1)]}{value}{text[found.end(1) :]}"


def path_to(name: str, path: str, **port: Any) -> Json:
    """Write a path that leads to a Service, or to an action."""
    service = {"name": name, "port": port or {"name": "use-annotation"}}
    return {"path": path, "pathType": "Prefix", "backend": {"service": service}}


def ingress(*paths: Json, annotations: Json, **spec: Any) -> Json:
    """Write one with these paths."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "checkout", "annotations": annotations},
        "spec": {"rules": [{"host": "checkout.example", "http": {"paths": list(paths)}}], **spec},
    }


def action(*groups: Json, **config: Any) -> str:
    """Write an action that forwards to these target groups."""
    return json.dumps({"type": "forward", "forwardConfig": {"targetGroups": list(groups), **config}})


def to(service: str, weight: int) -> Json:
    """Write a target group."""
    return {"serviceName": service, "servicePort": 8080, "weight": weight}


def plain(*weights: int) -> Json:
    """Write one with these weights."""
    others = [to(f"other-{n}", weight) for n, weight in enumerate(weights[2:])]
    text = action(to("checkout-v1", weights[0]), to("checkout-v2", weights[1]), *others)
    return ingress(path_to("pay", "/"), annotations={f"{ACTIONS}pay": text})


def swapped(*weights: int) -> Json:
    """Write one with the canary first, and the class that it is of."""
    text = action(to("checkout-v2", weights[1]), to("checkout-v1", weights[0]))
    return ingress(path_to("pay", "/"), annotations={f"{ACTIONS}pay": text}, ingressClassName="alb")


def rich(stable: int, canary: int) -> Json:
    """Write one with other actions, conditions, health checks, TLS, and a path that goes to a Service."""
    moved = '{"type":"redirect","redirectConfig":{"port":"443","protocol":"HTTPS","statusCode":"HTTP_301"}}'
    beta = [{"field": "http-header", "httpHeaderConfig": {"httpHeaderName": "x-beta", "values": ["1"]}}]
    annotations = {
        "note/x": "kept",
        "alb.ingress.kubernetes.io/scheme": "internet-facing",
        "alb.ingress.kubernetes.io/listen-ports": '[{"HTTP": 80}, {"HTTPS":443}]',
        "alb.ingress.kubernetes.io/healthcheck-interval-seconds": "15",
        "alb.ingress.kubernetes.io/conditions.beta": json.dumps(beta),
        f"{ACTIONS}ssl-redirect": moved,
        f"{ACTIONS}beta": action(to("checkout-v2", 1)),
        f"{ACTIONS}broken": "{not JSON",
        f"{ACTIONS}pay-main": RICH % (stable, canary),
    }
    obj = ingress(
        path_to("ssl-redirect", "/"),
        path_to("beta", "/pay"),
        path_to("pay-main", "/pay"),
        path_to("assets", "/static", number=80),
        annotations=annotations,
        ingressClassName="alb",
        tls=[{"hosts": ["checkout.example"], "secretName": "checkout-tls"}],
    )
    obj["metadata"] |= {"labels": {"team": "pay"}, "finalizers": ["ingress.k8s.aws/resources"]}
    return obj


def targets(obj: Json) -> tuple[Json, Json]:
    """Return both weights, in the text of the action that is released."""
    annotations = obj["metadata"]["annotations"]
    if f"{ACTIONS}pay-main" in annotations:
        key, patterns = f"{ACTIONS}pay-main", [r'"Weight": (\d+)', r'\{"weight":(\d+)']
    else:
        key = f"{ACTIONS}pay"
        patterns = [rf'"checkout-{v}", "servicePort": 8080, "weight": (\d+)' for v in ("v1", "v2")]
    stable, canary = (Weight(annotations, key, pattern) for pattern in patterns)
    return stable, canary


def status(_obj: Json) -> Json:
    """Write the load balancer's address, once it has one."""
    return {"loadBalancer": {"ingress": [{"hostname": "k8s-shop-checkout.eu.elb.amazonaws.com"}]}}


async def lay_behind(shop: Shop) -> None:
    """Store a Service for each version."""
    await shop.lay_services()
