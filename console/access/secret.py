"""Where a secret is found: read at the last moment, by the process that needs it."""

from __future__ import annotations

import os
from pathlib import Path

from console.errors import NoSecret
from console.redact import keep_secret

LARGEST_BYTES = 8192
"""A token, a password or a webhook's address takes a few hundred bytes; what is larger is cut."""


def secret_at(place: str) -> str:
    """Give the secret of `env:NAME` or `file:/PATH`; raises `NoSecret`, which names the place alone."""
    secret = content_at(place, largest_bytes=LARGEST_BYTES).strip()
    keep_secret(secret)
    return secret


def content_at(place: str, *, largest_bytes: int) -> str:
    """Give what stands there, up to so many bytes; raises `NoSecret` where nothing does."""
    kind, _, where = place.partition(":")
    content = os.environ.get(where, "") if kind == "env" else _in_file(where, largest_bytes)
    if not content.strip():
        raise NoSecret(f"{where} is {'not set' if kind == 'env' else 'empty'} here")
    return content


def _in_file(where: str, largest_bytes: int) -> str:
    try:
        with Path(where).open("rb") as file:
            return file.read(largest_bytes).decode()
    except OSError as error:
        raise NoSecret(f"{where} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise NoSecret(f"{where} is not text") from None
