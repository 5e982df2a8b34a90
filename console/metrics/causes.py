"""Why a call over the network failed, without the wrappers of the libraries; pure."""

from __future__ import annotations


def is_silence(error: OSError) -> bool:
    """Return whether nothing came in time; a timeout with an errno is the system's: no route, no host."""
    found = cause(error)
    return isinstance(found, TimeoutError) and found.errno is None


def reason(error: OSError) -> str:
    """Say the plain cause."""
    found = cause(error)
    return (
        found.strerror if isinstance(found, OSError) and found.strerror else str(found)
    ) or "no reason given"


def cause(error: OSError) -> BaseException:
    """Find the plain cause inside the wrappers of requests and urllib3."""
    found: BaseException = error
    while (inner := found.__context__ or getattr(found, "reason", None)) is not None:
        if not isinstance(inner, BaseException):
            break
        found = inner
    return found
