"""A defect of our own, made into an error that a release survives.

An adapter that stumbles over something nobody thought of must not take the worker down with it: the tick is
blind, the write has failed, and both are on record with the place of the defect.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from console.errors import PitheadError


@contextmanager
def defects_become(kind: type[PitheadError]) -> Iterator[None]:
    """Raise an unexpected exception as `kind`; our own errors and a cancellation pass as they are."""
    try:
        yield
    except (PitheadError, TimeoutError):
        raise
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{'/'.join(last.filename.split('/')[-2:])}:{last.lineno}"
        raise kind(f"a defect in pithead, at {place}: {type(error).__name__}: {error}") from error
