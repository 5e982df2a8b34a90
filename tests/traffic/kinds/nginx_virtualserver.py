"""VirtualServers of NGINX Ingress Controller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.plan.backend import Backend
from console.plan.routers.nginx_virtualserver import Settings

if TYPE_CHECKING:
    from tests.traffic.ground import Shop

Json = dict[str, Any]

SETTINGS = Settings(
    virtual_server="checkout", stable=Backend(service="checkout-v1"), canary=Backend(service="checkout-v2")
)
NAMED = Settings(
    virtual_server="checkout",
    route="/pay",
    stable=Backend(service="checkout-v1"),
    canary=Backend(service="checkout-v2", port=8080),
)
STABLE = "service:checkout-v1"
STEERED: Json | None = None
TAKES_OTHERS = True


def server(*routes: Json, upstreams: list[Json], **spec: Any) -> Json:
    """Write one with these routes."""
    return {
        "apiVersion": "k8s.nginx.org/v1",
        "kind": "VirtualServer",
        "metadata": {"name": "checkout"},
        "spec": {"host": "checkout.example", "upstreams": upstreams, "routes": list(routes), **spec},
    }


def upstream(name: str, service: str, port: int = 8080) -> Json:
    """Write a name for a Service."""
    return {"name": name, "service": service, "port": port}


def to(name: str, weight: int) -> Json:
    """Write a split."""
    return {"weight": weight, "action": {"pass": name}}


V1, V2 = upstream("v1", "checkout-v1"), upstream("v2", "checkout-v2")


def plain(*weights: int) -> Json:
    """Write one with these weights."""
    others = [(f"other-{n}", weight) for n, weight in enumerate(weights[2:])]
    splits = [to("v1", weights[0]), to("v2", weights[1]), *(to(name, weight) for name, weight in others)]
    return server(
        {"path": "/", "splits": splits}, upstreams=[V1, V2, *(upstream(name, name) for name, _ in others)]
    )


def swapped(*weights: int) -> Json:
    """Write one with the canary first."""
    return server({"path": "/", "splits": [to("v2", weights[1]), to("v1", weights[0])]}, upstreams=[V1, V2])


def rich(stable: int, canary: int) -> Json:
    """Write one with TLS, policies, snippets, matches with splits of their own, proxies, and other routes."""
    cookie = {"enable": True, "name": "srv", "expires": "1h", "path": "/"}
    upstreams = [
        V1 | {"lb-method": "least_conn", "keepalive": 32, "sessionCookie": cookie},
        V2 | {"max-fails": 0, "tls": {"enable": False}},
        upstream("v2-admin", "checkout-v2", 9090),
    ]
    headers = {"pass": True, "set": [{"name": "x", "value": "a/b~c"}]}
    testers = {
        "conditions": [{"cookie": "tester", "value": "yes"}, {"header": "x-beta", "value": "1"}],
        "splits": [to("v1", 50), to("v2", 50)],
    }
    main = {
        "path": "/pay",
        "policies": [{"name": "rate-limit"}],
        "location-snippets": "proxy_buffering off;\n",
        "errorPages": [{"codes": [502, 503], "return": {"code": 200, "body": "later\n"}}],
        "matches": [testers],
        "splits": [
            to("v2-admin", 0),
            {"weight": canary, "action": {"proxy": {"upstream": "v2", "requestHeaders": headers}}},
            to("v1", stable),
        ],
    }
    obj = server(
        {"path": "/old", "action": {"redirect": {"url": "https://${host}/pay", "code": 301}}},
        {"path": "/beta", "action": {"pass": "v2"}},
        {"path": "/blog", "route": "press/blog"},
        main,
        upstreams=upstreams,
        tls={"secret": "checkout-tls", "redirect": {"enable": True, "code": 308}},
        policies=[{"name": "allow", "namespace": "infra"}],
        ingressClassName="nginx",
        **{"server-snippets": "gzip on;\n"},
    )
    obj["metadata"] |= {"labels": {"team": "pay"}, "annotations": {"note/x": "kept"}}
    return obj


def targets(obj: Json) -> tuple[Json, Json]:
    """Give the two splits in the last route."""
    splits = obj["spec"]["routes"][-1]["splits"]
    found = {(each["action"].get("pass") or each["action"]["proxy"]["upstream"]): each for each in splits}
    return found["v1"], found["v2"]


def status(_obj: Json) -> Json:
    """Write what the controller says of one that it serves."""
    return {"state": "Valid", "reason": "AddedOrUpdated", "message": "Configuration was added or updated"}


async def lay_behind(shop: Shop) -> None:
    """Store a Service for each version."""
    await shop.lay_services()
