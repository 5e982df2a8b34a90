"""Free ports for programs that are told their port, and may be started again on the same one."""

from __future__ import annotations

import random
import socket

from console.errors import UsageError
from console.lab.topology import LOOPBACK

# Below the range that Linux (32768..) and macOS (49152..) take for outgoing connections: a port from that
# range may be somebody's client port by the time that a crashed program wants it back.
_LOWEST = 20000
_HIGHEST = 32000
_TRIES = 200


def free_port(*, taken: set[int]) -> int:
    """Find a loopback port that nobody listens on, and add it to `taken`."""
    for _ in range(_TRIES):
        port = random.randrange(_LOWEST, _HIGHEST)
        if port not in taken and _is_free(port):
            taken.add(port)
            return port
    raise UsageError(f"No free port on {LOOPBACK} between {_LOWEST} and {_HIGHEST}.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
