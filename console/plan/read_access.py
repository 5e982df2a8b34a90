"""`prometheus` of a plan file: a URL, or keys that say how it is reached and by what it knows us."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from console.plan.access import MOST_ENTRIES, Access, Command, Service, is_place
from console.plan.fields import Fields
from console.plan.literal import quoted
from console.plan.names import (
    parse_label_name,
    parse_line,
    parse_prometheus,
    parse_secret_place,
    parse_service,
    parse_subdomain,
)
from console.plan.nodes import Mapping, Node, Scalar
from console.plan.section import Key, Section, secret
from console.plan.shapes import Schema, text_of
from console.plan.units import BadValue

HINT = "write metrics: {prometheus: http://prometheus.monitoring:9090}"
LOGINS = ("token", "basic_auth", "exec")
OF_A_URL = (*LOGINS, "client_certificate", "client_key", "ca", "server_name")

_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_SECRET_HEADER = re.compile(
    r"authori[sz]ation|cookie|token|secret|password|signature|jwt|(?:^|-)key", re.IGNORECASE
)
_SECRET_VARIABLE = re.compile(r"(?:token|secret|password|passwd|key)$", re.IGNORECASE)
_OURS = re.compile(r"content-.*|transfer-encoding|connection|host|accept-encoding", re.IGNORECASE)
_OF_THE_CLUSTER = re.compile(r"authorization|impersonate-.*|x-remote-.*", re.IGNORECASE)


def _parse_username(text: str) -> str:
    if is_place(text):
        return parse_secret_place(text)
    if ":" in text:
        raise BadValue(
            "a user's name has no colon", hint="give it by env:NAME or file:/PATH, or without a colon"
        )
    return parse_line(text)


def _entries_key(about: str) -> Key:
    values = {"additionalProperties": {"type": ["string", "number", "boolean"]}}
    return Key(shape={"type": "object", "description": about, "maxProperties": MOST_ENTRIES, **values})


_URL = text_of("Prometheus' base URL, without credentials.", "^https?://[^@]+$", "http://prometheus:9090")
_IN_CLUSTER = text_of(
    "A Service in the cluster, asked through the API server: no tunnel is needed.",
    r"^[a-z0-9-]+/(https?:)?[a-z0-9-]+(:[a-z0-9-]+)?(/.*)?$",
    "monitoring/prometheus:9090",
    "monitoring/https:prometheus:9090",
)
_USERNAME = text_of("The user's name, or where it is found.", ".")
_COMMAND = text_of("A program that prints a token, or an ExecCredential.", ".", "gcloud")
_SERVER_NAME = text_of("The name in its certificate, where the URL has another one.", ".")
_ARGS = {"type": "array", "maxItems": MOST_ENTRIES, "items": {"type": ["string", "number"]}}
BASIC = Section(
    {
        "username": Key(shape=_USERNAME, parse=_parse_username, needed=True),
        "password": secret("Where the password is found.", needed=True),
    },
    about="A user and a password.",
)
EXEC = Section(
    {
        "command": Key(shape=_COMMAND, parse=parse_line, needed=True),
        "args": Key(shape=_ARGS),
        "env": _entries_key("Variables that it gets."),
    },
    about="A program that prints the bearer token.",
)
PROMETHEUS = Section(
    {
        "url": Key(shape=_URL),
        "service": Key(shape=_IN_CLUSTER, parse=parse_service),
        "token": secret("Where the bearer token is found; a file is read again when it changes."),
        "basic_auth": Key(shape=BASIC.schema()),
        "exec": Key(shape=EXEC.schema()),
        "client_certificate": secret("Where our certificate is found, in PEM."),
        "client_key": secret("Where its key is found, in PEM."),
        "ca": secret("Where the authority of its certificate is found, in PEM."),
        "server_name": Key(shape=_SERVER_NAME, parse=parse_subdomain),
        "headers": _entries_key("Headers, such as X-Scope-OrgID; each as it is, or where it is found."),
        "labels": _entries_key("Matchers that each selector of each query gets, your own queries' too."),
    },
    about="How Prometheus is reached.",
    least=1,
)


def prometheus_schema() -> Schema:
    """Describe either form: a URL, or keys that say more."""
    return {"anyOf": [_URL, PROMETHEUS.schema()]}


def read_prometheus(metrics: Fields) -> tuple[str, Access | None]:
    """Read the base URL, empty for a Service, and how it is reached; None where the plan does not say."""
    node = metrics.node("prometheus")
    if not isinstance(node, Mapping):
        return metrics.required("prometheus", parse_prometheus, stand_in="", hint=HINT).value, None
    fields = metrics.section("prometheus", known=PROMETHEUS.names)
    assert fields is not None
    _check_ways(fields)
    values = PROMETHEUS.values(fields)
    access = Access(
        **values,
        **_read_basic(fields),
        exec=_read_exec(fields),
        headers=_read_headers(fields, values.get("service")),
        labels=_read_entries(fields, "labels", parse_label_name, parse_line),
    )
    url = fields.optional("url", parse_prometheus, default="").value if "url" in fields else ""
    return url, None if access == Access() else access


def _check_ways(fields: Fields) -> None:
    """Note an address that is missing or doubled, and keys that do not go together."""
    if not fields.has_any(("url", "service")):
        fields.missing(
            "url", hint="write url: http://prometheus.monitoring:9090, or service: NAMESPACE/NAME:PORT"
        )
    if "url" in fields and "service" in fields:
        fields.problems.add(
            fields.key_mark("service"), "prometheus: it has a URL and a service", hint="keep one of the two"
        )
    logins = [key for key in LOGINS if key in fields]
    if len(logins) > 1:
        message = f"prometheus: {' and '.join(logins)} would both say who we are"
        fields.problems.add(fields.key_mark(logins[1]), message, hint="keep one of them")
    if ("client_certificate" in fields) != ("client_key" in fields):
        at = fields.key_mark("client_certificate" if "client_certificate" in fields else "client_key")
        message = "prometheus: client_certificate and client_key belong together"
        fields.problems.add(at, message, hint="write both")
    for key in OF_A_URL:
        if "service" in fields and key in fields:
            message = f"prometheus: {key} is of no use with a service: the API server speaks to it by itself"
            hint = f"take {key} out; the release's own login to the cluster counts"
            fields.problems.add(fields.key_mark(key), message, hint=hint)


def _read_basic(fields: Fields) -> dict[str, Any]:
    if "basic_auth" not in fields:
        return {}
    hint = "write basic_auth: {username: ana, password: env:PROMETHEUS_PASSWORD}"
    basic = fields.section("basic_auth", known=BASIC.names, hint=hint)
    return BASIC.values(basic, hint=hint) if basic else {}


def _read_exec(fields: Fields) -> Command | None:
    if "exec" not in fields:
        return None
    hint = "write exec: {command: gcloud, args: [auth, print-access-token]}"
    plugin = fields.section("exec", known=EXEC.names, hint=hint)
    if plugin is None:
        return None
    nodes = plugin.items("args").value
    args = [plugin.parsed(node, parse_line, what="args", stand_in="").value for node in nodes]
    if len(args) > MOST_ENTRIES:
        plugin.problems.add(plugin.key_mark("args"), f"args: {len(args)} are too many", hint="write a script")
    return Command(
        **EXEC.values(plugin, hint=hint),
        args=tuple(args),
        env=_read_entries(plugin, "env", _parse_variable, parse_line),
    )


def _parse_variable(text: str) -> str:
    """Read the name of a variable whose value may stand in a plan."""
    if _SECRET_VARIABLE.search(text):
        raise BadValue(
            f"{quoted(text)} holds a secret, and secrets don't belong in a plan",
            hint="take it out, and set it where pithead runs: the program has all variables from there",
        )
    return parse_line(text)


def _read_headers(fields: Fields, service: Service | None) -> dict[str, str]:
    headers = {}
    for key, node in _entries(fields, "headers"):
        problem, hint = _wrong_header(key.text, service)
        if problem:
            fields.problems.add(key.at, f"headers: {problem}", hint=hint)
        secret = bool(_SECRET_HEADER.search(key.text))
        parse = parse_secret_place if secret else _parse_value
        headers[key.text] = fields.parsed(node, parse, what=quoted(key.text), stand_in="").value
    named = [name for name in headers if name.lower() == "authorization"]
    logins = [key for key in LOGINS if key in fields]
    if named and logins:
        message = f"prometheus: the header Authorization and {logins[0]} would both say who we are"
        fields.problems.add(fields.key_mark("headers"), message, hint="keep one of them")
    return headers


def _wrong_header(name: str, service: Service | None) -> tuple[str, str]:
    if not _HEADER.fullmatch(name):
        return f"{quoted(name)} is no header's name", "write one like X-Scope-OrgID"
    if _OURS.fullmatch(name):
        return f"{quoted(name)} is set by pithead itself", "take it out"
    if service is not None and _OF_THE_CLUSTER.fullmatch(name):
        return f"{quoted(name)} would be taken by the API server, and not by Prometheus", "take it out"
    return "", ""


def _parse_value(text: str) -> str:
    return parse_secret_place(text) if is_place(text) else parse_line(text)


def _read_entries(
    fields: Fields, section: str, name: Callable[[str], str], value: Callable[[str], str]
) -> dict[str, str]:
    read = {}
    for key, node in _entries(fields, section):
        try:
            name(key.text)
        except BadValue as bad:
            fields.problems.add(key.at, f"{section}: {bad}", hint=bad.hint)
        read[key.text] = fields.parsed(node, value, what=quoted(key.text), stand_in="").value
    return read


def _entries(fields: Fields, section: str) -> tuple[tuple[Scalar, Node], ...]:
    entries = fields.entries(section)
    if len(entries) > MOST_ENTRIES:
        message = f"{section}: {len(entries)} are too many"
        fields.problems.add(fields.key_mark(section), message, hint=f"keep {MOST_ENTRIES} or fewer")
    return entries
