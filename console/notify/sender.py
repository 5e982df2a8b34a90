"""Carries one delivery in a process of its own, which is killed at its deadline."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, Process

import msgspec

from console.interpreter import own_module
from console.notify.delivery import Delivery, Outcome

DEADLINE_S = 15.0
_COMMAND = own_module("console.notify")


async def carry(delivery: Delivery, *, deadline_s: float = DEADLINE_S) -> Outcome:
    """Carry the delivery, and give what became of it within the deadline."""
    try:
        process = await asyncio.create_subprocess_exec(
            *_COMMAND, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, start_new_session=True
        )
    except OSError as error:
        return Outcome(trouble=f"no process could be started: {error.strerror}")
    try:
        async with asyncio.timeout(deadline_s):
            told, _ = await process.communicate(msgspec.json.encode(delivery))
    except TimeoutError:
        return Outcome(trouble=f"no answer within {deadline_s:g} s")
    finally:
        await _end(process)
    return _outcome(told, process.returncode)


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()


def _outcome(told: bytes, code: int | None) -> Outcome:
    try:
        return msgspec.json.decode(told, type=Outcome)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Outcome(trouble=f"its process ended with {code}")
