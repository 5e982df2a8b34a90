"""Where a secret is found: read at the last moment, by the process that needs it."""

from __future__ import annotations

import os
import stat
from codecs import BOM_UTF8

from console.errors import NoSecret
from console.plan.units import words_bytes
from console.redact import keep_secret

LARGEST_BYTES = 8192
"""A token, a password or a webhook's address takes a few hundred bytes; few servers take a larger header."""
LARGEST_PEM_BYTES = 2**20
"""The authorities of a whole operating system take a quarter of it."""


def secret_at(place: str) -> str:
    """Give the secret of `env:NAME` or `file:/PATH`; raises `NoSecret`, which names the place alone."""
    try:
        secret = _content(place, largest_bytes=LARGEST_BYTES).decode().strip()
    except UnicodeDecodeError:
        raise NoSecret(f"{_where(place)} is not text") from None
    keep_secret(secret)
    return secret


def pem_at(place: str) -> bytes:
    """Give a certificate, an authority or a key; raises `NoSecret` where there is none in PEM."""
    content = _content(place, largest_bytes=LARGEST_PEM_BYTES)
    if b"-----BEGIN " not in content:
        raise NoSecret(f"{_where(place)} is not in PEM, with a line -----BEGIN ...-----")
    return content


def _content(place: str, *, largest_bytes: int) -> bytes:
    """Give what stands there; raises `NoSecret` where nothing does, or more than so many bytes."""
    kind, where = place.partition(":")[0], _where(place)
    content = os.environb.get(os.fsencode(where), b"") if kind == "env" else _in_file(where, largest_bytes)
    if not content.strip():
        raise NoSecret(f"{where} is {'not set' if kind == 'env' else 'empty'} here")
    if len(content) > largest_bytes:
        raise NoSecret(f"{where} holds more than {words_bytes(largest_bytes)}")
    return content.removeprefix(BOM_UTF8)  # Windows' editors put it there; it is no part of a secret


def _where(place: str) -> str:
    return place.partition(":")[2]


def _in_file(where: str, largest_bytes: int) -> bytes:
    try:
        # Without NONBLOCK a pipe that nobody writes into would be waited for, here and in every call.
        descriptor = os.open(where, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            return _read(descriptor, where, largest_bytes + 1)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise NoSecret(f"{where} can't be read: {error.strerror}") from None


def _read(descriptor: int, where: str, at_most: int) -> bytes:
    kind = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
        raise NoSecret(f"{where} is no file that can be read again")
    with os.fdopen(descriptor, "rb", closefd=False) as file:
        return file.read(at_most)
