"""`metrics.prometheus` as keys: what it is read to, and what can't be meant."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
import yaml
from jsonschema import Draft202012Validator

from console.errors import PlanError
from console.plan.access import Access, Command, Service
from console.plan.load import parse_plan
from console.plan.model import MetricsSource, Plan
from console.plan.plan_words import describe
from console.plan.schema import json_schema
from tests.plan.good import GOOD

URL = "prometheus: http://prometheus.monitoring:9090"
SCHEMA = Draft202012Validator(json_schema())


def text_with(prometheus: str) -> str:
    assert URL in GOOD
    return GOOD.replace(URL, f"prometheus: {prometheus}")


def read(prometheus: str) -> MetricsSource:
    text = text_with(prometheus)
    document: Any = yaml.safe_load(text.replace(" on:", ' "on":'))
    SCHEMA.validate(document)
    return parse_plan(text, origin="plan.yaml").metrics


FOUND = [
    ("{url: http://x}", "http://x", None),
    ("{url: http://x, token: env:PROM}", "http://x", Access(token="env:PROM")),  # noqa: S106 - its place
    (
        "{url: http://x, basic_auth: {username: ana, password: file:/p}}",
        "http://x",
        Access(username="ana", password="file:/p"),  # noqa: S106 - its place
    ),
    (
        "{url: https://x, client_certificate: file:/c, client_key: env:K, ca: file:/ca, server_name: p.svc}",
        "https://x",
        Access(client_certificate="file:/c", client_key="env:K", ca="file:/ca", server_name="p.svc"),
    ),
    (
        "{url: http://x, headers: {X-Scope-OrgID: shop, X-Api-Key: env:KEY}, labels: {cluster: a}}",
        "http://x",
        Access(headers={"X-Scope-OrgID": "shop", "X-Api-Key": "env:KEY"}, labels={"cluster": "a"}),
    ),
    (
        "{url: http://x, exec: {command: gcloud, args: [auth, print-access-token], env: {A: 1}}}",
        "http://x",
        Access(exec=Command(command="gcloud", args=("auth", "print-access-token"), env={"A": "1"})),
    ),
    (
        "{service: 'monitoring/prometheus:9090'}",
        "",
        Access(service=Service(namespace="monitoring", name="prometheus", port="9090")),
    ),
    (
        "{service: 'monitoring/https:prometheus:web/prom/'}",
        "",
        Access(
            service=Service(namespace="monitoring", name="prometheus", port="web", tls=True, path="/prom")
        ),
    ),
]


@pytest.mark.parametrize(("written", "url", "access"), FOUND, ids=[each[0] for each in FOUND])
def test_it_is_read_and_comes_back_from_a_journal(written: str, url: str, access: Access | None) -> None:
    metrics = read(written)
    assert (metrics.prometheus, metrics.access or None) == (url, access)
    assert msgspec.json.decode(msgspec.json.encode(metrics), type=MetricsSource) == metrics


def test_a_plan_with_a_url_alone_is_recorded_as_it_always_was() -> None:
    plan = parse_plan(GOOD, origin="plan.yaml")
    assert "access" not in json.loads(msgspec.json.encode(plan))["metrics"]
    assert msgspec.json.decode(msgspec.json.encode(plan), type=Plan) == plan


@pytest.mark.parametrize(
    ("service", "target", "words"),
    [
        ("monitoring/prometheus", "prometheus", "monitoring/prometheus"),
        ("monitoring/prometheus:9090", "prometheus:9090", "monitoring/prometheus:9090"),
        ("monitoring/https:prometheus", "https:prometheus:", "monitoring/https:prometheus"),
        ("monitoring/https:prometheus:web/p", "https:prometheus:web", "monitoring/https:prometheus:web/p"),
    ],
)
def test_a_service_is_named_as_kubernetes_does(service: str, target: str, words: str) -> None:
    access = read(f"{{service: '{service}'}}").access
    assert access
    assert access.service is not None
    assert (access.service.target, access.service.in_words) == (target, words)


def test_another_address_keeps_what_is_shown_and_drops_the_service() -> None:
    metrics = read("{service: 'monitoring/prometheus:9090', headers: {X-Scope-OrgID: shop}}").at("http://y")
    assert metrics.where == "http://y"
    assert metrics.access == Access(headers={"X-Scope-OrgID": "shop"})


def test_check_says_by_what_prometheus_knows_us_and_no_secret() -> None:
    plan = parse_plan(text_with("{url: http://x, token: env:PROM, labels: {cluster: a}}"), origin="plan.yaml")
    assert '  evidence   http://x, with the token in env:PROM, cluster="a" in each query: istio' in describe(
        plan
    )


REFUSED = [
    ("{token: env:A}", "`prometheus` has no `url`"),
    ("{url: http://x, service: 'a/b:1'}", "it has a URL and a service; keep one of the two"),
    (
        "{url: http://x, token: geheim-1}",
        "token: this is neither a variable nor a file that holds the secret",
    ),
    (
        "{url: http://x, token: env:A, basic_auth: {username: a, password: env:B}}",
        "token and basic_auth would both say who we are; keep one of them",
    ),
    (
        "{url: http://x, token: env:A, headers: {authorization: env:B}}",
        "the header Authorization and token would both say who we are; keep one of them",
    ),
    ("{url: http://x, headers: {Authorization: Bearer geheim-1}}", "neither a variable nor a file"),
    ("{url: http://x, headers: {X-Api-Key: geheim-1}}", "neither a variable nor a file"),
    ("{url: http://x, headers: {Content-Type: text}}", "`Content-Type` is set by pithead itself"),
    ("{url: http://x, headers: {'X Y': z}}", "`X Y` is no header's name; write one like X-Scope-OrgID"),
    ("{url: http://x, client_key: env:A}", "client_certificate and client_key belong together; write both"),
    ("{service: prometheus:9090}", "`prometheus:9090` is no Service with its namespace; write one like"),
    ("{service: 'a/b:1', ca: file:/ca}", "ca is of no use with a service: the API server speaks to it"),
    ("{service: 'a/b:1', headers: {Impersonate-User: root}}", "would be taken by the API server"),
    ("{service: 'a/b:1/../../c'}", "`a/b:1/../../c` has a path that leads elsewhere"),
    ("{service: 'a/b:1//c'}", "`a/b:1//c` has a path that leads elsewhere"),
    ("{url: 'http://::1:9090'}", "an IPv6 address stands in brackets: http://[::1]:9090"),
    ("{url: http://x, labels: {0a: b}}", "`0a` is no label's name"),
    ("{url: http://x, labels: {__name__: b}}", "`__name__` is a name of Prometheus' own"),
    ("{url: 'http://x', exec: {args: [a]}}", "`exec` has no `command`"),
    (
        "{url: 'http://x', exec: {command: vault, env: {VAULT_TOKEN: geheim-1}}}",
        "`VAULT_TOKEN` holds a secret, and secrets don't belong in a plan; take it out, and set it where",
    ),
    ("{url: http://x, basic_auth: {username: 'a:b', password: env:A}}", "a user's name has no colon"),
    ("[http://x]", "prometheus: a list where one value is wanted"),
]


@pytest.mark.parametrize(("written", "says"), REFUSED, ids=[each[0] for each in REFUSED])
def test_what_can_not_be_meant_is_refused_with_its_mend(written: str, says: str) -> None:
    with pytest.raises(PlanError) as caught:
        parse_plan(text_with(written), origin="plan.yaml")
    assert says in str(caught.value)
    assert "geheim" not in str(caught.value)
