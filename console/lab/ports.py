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


class Ports:
    """The loopback ports of one lab.

    A program takes its port a moment after it was found free, and labs are started side by side. So a port
    is taken by taking the UDP port of the same number, which nobody else wants: other labs then pass it by,
    and the kernel gives it back however this process ends.
    """

    def __init__(self) -> None:
        self._held: list[socket.socket] = []

    def take(self) -> int:
        """Find a TCP port that nobody listens on, and that no other lab has taken."""
        for _ in range(_TRIES):
            port = random.randrange(_LOWEST, _HIGHEST)
            held = _bound(port, socket.SOCK_DGRAM)
            if held is None:
                continue
            self._held.append(held)
            if probe := _bound(port, socket.SOCK_STREAM):
                probe.close()
                return port
        raise UsageError(f"No free port on {LOOPBACK} between {_LOWEST} and {_HIGHEST}.")

    def give_back(self) -> None:
        """Let others have them."""
        while self._held:
            self._held.pop().close()


def _bound(port: int, kind: socket.SocketKind) -> socket.socket | None:
    bound = socket.socket(type=kind)
    try:
        bound.bind((LOOPBACK, port))
    except OSError:
        bound.close()
        return None
    return bound
