"""The way to Prometheus as a JSON Schema: a URL, or keys that say more."""

from __future__ import annotations

from console.plan.access import MOST_ENTRIES
from console.plan.shapes import Schema, object_of, ref, text_of


def prometheus_schema() -> Schema:
    """Describe either form."""
    url = text_of("Prometheus' base URL, without credentials.", "^https?://[^@]+$", "http://prometheus:9090")
    return {"anyOf": [url, _reached(url)]}


def _reached(url: Schema) -> Schema:
    basic = {
        "username": text_of("The user's name, or where it is found.", "."),
        "password": ref("secret", "Where the password is found."),
    }
    plugin = {
        "command": text_of("A program that prints a token, or an ExecCredential.", ".", "gcloud"),
        "args": {"type": "array", "maxItems": MOST_ENTRIES, "items": {"type": ["string", "number"]}},
        "env": _entries("Variables that it gets."),
    }
    keys = {
        "url": url,
        "service": text_of(
            "A Service in the cluster, asked through the API server: no tunnel is needed.",
            r"^[a-z0-9-]+/(https?:)?[a-z0-9-]+(:[a-z0-9-]+)?(/.*)?$",
            "monitoring/prometheus:9090",
            "monitoring/https:prometheus:9090",
        ),
        "token": ref("secret", "Where the bearer token is found; a file is read again when it changes."),
        "basic_auth": object_of(basic, required=("username", "password"), about="A user and a password."),
        "exec": object_of(plugin, required=("command",), about="A program that prints the bearer token."),
        "client_certificate": ref("secret", "Where our certificate is found, in PEM."),
        "client_key": ref("secret", "Where its key is found, in PEM."),
        "ca": ref("secret", "Where the authority of its certificate is found, in PEM."),
        "server_name": text_of("The name in its certificate, where the URL has another one.", "."),
        "headers": _entries("Headers, such as X-Scope-OrgID; each as it is, or where it is found."),
        "labels": _entries("Matchers that each selector of each query gets, your own queries' too."),
    }
    return {**object_of(keys, about="How Prometheus is reached."), "minProperties": 1}


def _entries(about: str) -> Schema:
    return {
        "type": "object",
        "description": about,
        "maxProperties": MOST_ENTRIES,
        "additionalProperties": {"type": ["string", "number", "boolean"]},
    }
