"""Waits for a program that was just started to answer over HTTP."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from console.lab.topology import LOOPBACK

if TYPE_CHECKING:
    from console.lab.leash import Leashed

READY_WITHIN_S = 90.0
"""A program that runs and does not answer for this long hangs; on a busy machine a start takes 20 s."""
_POLL_S = 0.02


async def comes_up(process: Leashed, *, port: int, path: str, saying: bytes = b"") -> bool:
    """Wait until `path` is answered with a 200, and `saying` is in the answer.

    False where the program ended, or takes far too long.
    """
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            while process.running:
                if await _answers(port, path, saying=saying):
                    return True
                await asyncio.sleep(_POLL_S)
    except TimeoutError:
        return False
    return False


async def _answers(port: int, path: str, *, saying: bytes) -> bool:
    try:
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return False
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nhost: lab\r\nconnection: close\r\n\r\n".encode())
        status = await reader.readline()
        return b" 200 " in status and (not saying or saying in await reader.read())
    except OSError:
        return False
    finally:
        writer.close()
