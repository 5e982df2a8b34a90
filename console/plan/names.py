"""What may stand as a name, an address or a query: each parser takes the text or raises `BadValue`."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from console.plan.access import Service
from console.plan.literal import quoted
from console.plan.model import Metric
from console.plan.nearest import nearest
from console.plan.units import BadValue

PLACEHOLDERS = ("version", "namespace")
LONGEST_LABEL = 63
LONGEST_SUBDOMAIN = 253
LONGEST_QUERY = 10_000
LONGEST_PATH = 1000
PROMETHEUS_LOGIN = "prometheus: {url: ..., basic_auth: {username: ..., password: env:NAME}}"

_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(rf"{_LABEL.pattern}(?:\.{_LABEL.pattern})*")
_LABEL_VALUE = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?")
_METRIC_NAME = re.compile(r"[a-z][a-z0-9_]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}")
_STRING = r"""(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
_MATCHER = rf"\s*[a-zA-Z_][a-zA-Z0-9_]*\s*(?:=~|!~|!=|=)\s*{_STRING}\s*"
_MATCHERS = re.compile(rf"{_MATCHER}(?:,{_MATCHER})*,?\s*")
_SELECTOR = re.compile(rf"\s*[a-zA-Z_:][a-zA-Z0-9_:]*\s*\{{{_MATCHERS.pattern}\}}\s*")
_SERVICE = re.compile(
    rf"({_LABEL.pattern})/(https?:)?({_LABEL.pattern})(?::([0-9]{{1,5}}|[a-z0-9-]{{1,15}}))?(/[A-Za-z0-9/._~-]*)?"
)
_UPWARDS = re.compile(r"/\.{0,2}(?=/)|/\.{1,2}$")
"""A part of a path that a client or a server on the way would resolve."""
_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]{0,199}")
_PLACEHOLDER = re.compile(r"\{\{(.*?)(?:\}\}|$)", re.DOTALL)


def parse_label(text: str) -> str:
    """Read a Kubernetes name without dots (RFC 1123 label): services, namespaces, Istio's subsets.

    Raises `BadValue` for any other text, as do all parsers below.
    """
    return _name(text, _LABEL, longest=LONGEST_LABEL, wants="a-z, 0-9 and - between them")


def parse_subdomain(text: str) -> str:
    """Read a Kubernetes name that may have dots (RFC 1123 subdomain): deployments, hosts, other objects."""
    return _name(text, _SUBDOMAIN, longest=LONGEST_SUBDOMAIN, wants="a-z, 0-9, and - or . between them")


def parse_version(text: str) -> str:
    """Read the value of the mesh's version label."""
    return _name(
        text, _LABEL_VALUE, longest=LONGEST_LABEL, wants="letters, digits, and -, _ or . between them"
    )


def parse_title(text: str) -> str:
    """Read a name that people give: one line of any script, else `BadValue` is raised."""
    if not text.strip() or not text.isprintable():
        raise BadValue(f"{quoted(text)} is not a line of text", hint="write a name of one line")
    return _short(text, longest=LONGEST_LABEL)


def parse_business_name(text: str) -> str:
    """Read the name of a metric of the plan's own; raises `BadValue` for a built-in metric's."""
    if text in tuple(Metric):
        raise BadValue(f"{quoted(text)} is the name of a built-in metric", hint=f"call it business_{text}")
    return _name(text, _METRIC_NAME, longest=LONGEST_LABEL, wants="a-z, 0-9 and _, a letter first")


def parse_query(text: str) -> str:
    """Read PromQL, its syntax unchecked: the preflight asks Prometheus.

    Raises `BadValue` for a placeholder that is not known, and for a query that is empty or too long.
    """
    if not text.strip():
        raise BadValue("the query is empty", hint="write PromQL")
    if len(text) > LONGEST_QUERY:
        raise BadValue(f"the query is longer than {LONGEST_QUERY} characters")
    for placeholder in _PLACEHOLDER.finditer(text):
        if placeholder[1].strip() not in PLACEHOLDERS or not placeholder[0].endswith("}}"):
            near = nearest(placeholder[1].strip(" {}"), PLACEHOLDERS)
            hint = f"did you mean {{{{{near}}}}}?" if near else "it can be {{version}} or {{namespace}}"
            raise BadValue(f"the placeholder {quoted(placeholder[0])} is not known", hint=hint)
    return text


def parse_counter(text: str) -> str:
    """Read the selector of a raw counter.

    Raises `BadValue` for functions, and for a selector that does not tell the versions apart.
    """
    parse_query(text)
    if not _SELECTOR.fullmatch(text):
        raise BadValue(
            "events are counted from a raw counter, and this is no plain selector",
            hint='write one without functions, like orders_total{version="{{version}}"}',
        )
    if not tells_versions_apart(text):
        raise BadValue(
            "both versions would have the same events",
            hint='choose one version\'s, with {version="{{version}}"}',
        )
    return text


def parse_matchers(text: str) -> str:
    """Read the matchers between a selector's braces, with placeholders as in a query.

    Raises `BadValue` for anything else.
    """
    parse_query(text)
    if not _MATCHERS.fullmatch(text):
        raise BadValue(
            f"{quoted(text)} is no list of matchers", hint='write it like app="shop",path!="/healthz"'
        )
    return text.strip().rstrip(",")


def tells_versions_apart(query: str) -> bool:
    """Whether the query gives each version a value of its own."""
    return any(placeholder[1].strip() == "version" for placeholder in _PLACEHOLDER.finditer(query))


def parse_prometheus(text: str) -> str:
    """Read Prometheus' base URL, without a slash at its end."""
    return _base_url(text, example="http://prometheus.monitoring:9090", login=PROMETHEUS_LOGIN)


def parse_service(text: str) -> Service:
    """Read a Service as `NAMESPACE/NAME:PORT`, with `https:` before the name where it speaks TLS.

    Raises `BadValue` for anything else, and for a path that leads upwards.
    """
    found = _SERVICE.fullmatch(text)
    if not found:
        raise BadValue(
            f"{quoted(text)} is no Service with its namespace",
            hint="write one like monitoring/prometheus:9090, or monitoring/https:prometheus:9090",
        )
    namespace, scheme, name, port, path = found.groups(default="")
    if _UPWARDS.search(path):
        raise BadValue(
            f"{quoted(text)} has a path that leads elsewhere", hint="write it without `//`, `.` and `..`"
        )
    return Service(
        namespace=parse_label(namespace),
        name=parse_label(name),
        port=port,
        tls=scheme == "https:",
        path=path.rstrip("/"),
    )


def parse_label_name(text: str) -> str:
    """Read the name of a Prometheus label; raises `BadValue` for Prometheus' own ones too."""
    if not _LABEL_NAME.fullmatch(text):
        raise BadValue(
            f"{quoted(text)} is no label's name", hint="write letters, digits and _, no digit first"
        )
    if text.startswith("__"):
        raise BadValue(
            f"{quoted(text)} is a name of Prometheus' own", hint="name a label that its series have"
        )
    return text


def parse_line(text: str) -> str:
    """Read one line of printable characters; raises `BadValue` for more lines, or none."""
    if not text.strip() or not text.isprintable():
        raise BadValue(f"{quoted(text)} is not a line of text", hint="write one line")
    return _short(text, longest=LONGEST_PATH)


def parse_grafana(text: str) -> str:
    """Read Grafana's base URL, without a slash at its end."""
    return _base_url(text, example="https://grafana.example", login="token: env:NAME")


def parse_secret_place(text: str) -> str:
    """Read where a secret is found: `env:NAME` or `file:/PATH`.

    Raises `BadValue` for anything else, and does not repeat it: it may be the secret itself.
    """
    kind, _, place = text.partition(":")
    if kind == "env" and _VARIABLE.fullmatch(place):
        return text
    if kind == "file" and place.startswith("/") and place.isprintable() and len(place) <= LONGEST_PATH:
        return text
    raise BadValue(
        "this is neither a variable nor a file that holds the secret",
        hint="write env:NAME or file:/PATH; the secret itself does not belong in a plan",
    )


def _base_url(text: str, *, example: str, login: str) -> str:
    try:
        url = urlsplit(text)
        host, _port = url.hostname, url.port
    except ValueError:
        brackets = "; an IPv6 address stands in brackets: http://[::1]:9090" if text.count(":") > 2 else ""  # noqa: PLR2004 - a scheme's and a port's
        raise BadValue("this is not a URL", hint=f"write one like {example}{brackets}") from None
    if url.username is not None or url.password is not None:
        raise BadValue(
            "the URL holds credentials, and secrets don't belong in a plan",
            hint=f"write it without them, and beside it where they are found: {login}",
        )
    if url.scheme not in ("http", "https") or not _is_host(host) or re.search(r"\s", text):
        raise BadValue(f"{quoted(text)} is not an http URL", hint=f"write one like {example}")
    if url.query or url.fragment:
        raise BadValue(f"{quoted(text)} has a query in it", hint="write the base URL only")
    base = text.rstrip("/")
    if re.search(r"/api(/v1)?(/query)?$", base):
        raise BadValue(f"{quoted(text)} names the API", hint="write the base URL, without /api")
    return base


def _is_host(host: str | None) -> bool:
    return re.fullmatch(r"[A-Za-z0-9._:-]+", host or "") is not None


def _name(text: str, shape: re.Pattern[str], *, longest: int, wants: str) -> str:
    if shape.fullmatch(text):
        return _short(text, longest=longest)
    mended = text.lower().replace("_", "-").replace(" ", "-")
    hint = f"write {mended}" if shape.fullmatch(mended) and len(mended) <= longest else f"write {wants}"
    raise BadValue(f"{quoted(text)} is not a name that can be used here", hint=hint)


def _short(text: str, *, longest: int) -> str:
    if len(text) > longest:
        raise BadValue(f"{quoted(text)} is {len(text)} characters long", hint=f"write at most {longest}")
    return text
