"""Where a secret is found: read at the last moment, by the process that needs it."""

from __future__ import annotations

import os
from pathlib import Path

from console.errors import NoticeError
from console.plan.model import Plan
from console.redact import keep_secret

LARGEST_BYTES = 8192


def secret_at(place: str) -> str:
    """Give the secret of `env:NAME` or `file:/PATH`; raises NoticeError, which names the place alone."""
    kind, _, where = place.partition(":")
    secret = os.environ.get(where, "") if kind == "env" else _in_file(where)
    if not secret.strip():
        raise NoticeError(f"{where} is {'not set' if kind == 'env' else 'empty'} here")
    keep_secret(secret)
    return secret.strip()


def missing_secrets(plan: Plan) -> list[str]:
    """Give a sentence for each place of the plan where no secret is found."""
    places = [notice.to for notice in plan.notify] + ([plan.grafana.token] if plan.grafana else [])
    return [trouble for place in places if (trouble := _missing(place))]


def _missing(place: str) -> str:
    try:
        secret_at(place)
    except NoticeError as error:
        return str(error)
    return ""


def _in_file(where: str) -> str:
    try:
        with Path(where).open("rb") as file:
            return file.read(LARGEST_BYTES).decode()
    except OSError as error:
        raise NoticeError(f"{where} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise NoticeError(f"{where} is not text") from None
