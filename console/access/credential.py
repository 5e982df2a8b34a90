"""What one login shows to the API server: a header, a certificate and its key, and their end. Pure."""

from __future__ import annotations

import base64
import json

from msgspec import Struct


class Credential(Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """What proves who we are; all of it empty where nobody logs in."""

    authorization: str = ""
    """The header as it is sent."""
    certificate: bytes = b""
    key: bytes = b""
    expires_at: float | None = None
    """Seconds since the epoch; None where nobody says."""

    def __repr__(self) -> str:
        """Keep secrets out of whatever prints it."""
        return f"Credential(expires_at={self.expires_at})"


def end_of(token: str) -> float | None:
    """Read when a JSON Web Token ends; None where it does not say, or is none."""
    try:
        claims = token.split(".")[1]
        said = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        return float(said["exp"])
    except (IndexError, ValueError, KeyError, TypeError, RecursionError):
        return None


def can_be_shown(token: str) -> bool:
    """Whether a token can be sent in a header: no letter beyond ASCII, and none that ends a line."""
    return token.isascii() and token.isprintable()
