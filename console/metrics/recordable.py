"""The last look at evidence before it is given on: a number that no journal can hold is no evidence."""

from __future__ import annotations

import msgspec

from console.errors import EvidenceError
from console.evidence import History, Sample


def refuse_what_cannot_be(found: Sample | History, *, hint: str = "") -> None:
    """Raise `EvidenceError` with the number's place: were it written down, nobody could read the release."""
    try:
        msgspec.json.decode(msgspec.json.encode(found), type=type(found))
    except msgspec.ValidationError as error:
        raise EvidenceError(f"Prometheus gave a number that can't be: {error}", hint=hint) from error
