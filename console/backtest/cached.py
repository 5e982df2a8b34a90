"""Ranges of Prometheus' history, kept on the disk: a backtest that was broken off goes on where it was."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from console.access.secret import secret_at
from console.errors import NoSecret, UsageError
from console.metrics.range_answer import RangeAnswer
from console.plan.access import is_place
from console.private import private_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.metrics.answer import Answer
    from console.metrics.query_round import Api
    from console.plan.model import MetricsSource

FRESH_S = 600.0
"""The last minutes may still grow: scrapes come late, and stores upload later."""

_encode = msgspec.json.encode
_decoder = msgspec.json.Decoder(RangeAnswer)


class CachedRanges:
    """Asks Prometheus once for each range, and the disk from then on."""

    def __init__(self, api: Api, *, of: str, folder: Path, now: Callable[[], float]) -> None:
        """Keep the answers of the Prometheus `of` that URL in `folder`; `now` is the time of its clock."""
        self._api = api
        self._of = of
        self._folder = folder
        self._now = now
        self.asked = 0
        """Ranges that had to be asked for."""

    async def query(self, promql: str, *, deadline_s: float) -> Answer:
        """Ask for the present, which is never kept."""
        return await self._api.query(promql, deadline_s=deadline_s)

    async def query_range(
        self, promql: str, *, start_s: float, end_s: float, step_s: float, deadline_s: float
    ) -> RangeAnswer:
        """Give the range, from the disk where it is there."""
        path = self._path(promql, f"{start_s:.3f} {end_s:.3f} {step_s:.3f}")
        if (kept := _read(path)) is not None:
            return kept
        self.asked += 1
        answer = await self._api.query_range(
            promql, start_s=start_s, end_s=end_s, step_s=step_s, deadline_s=deadline_s
        )
        if end_s < self._now() - FRESH_S:
            _write(path, answer)
        return answer

    async def samples(self, selector: str, *, back_s: float, deadline_s: float) -> RangeAnswer:
        """Ask for the present's samples, which are never kept."""
        return await self._api.samples(selector, back_s=back_s, deadline_s=deadline_s)

    async def build(self, *, deadline_s: float) -> str:
        """Say which program answers."""
        return await self._api.build(deadline_s=deadline_s)

    def _path(self, promql: str, span: str) -> Path:
        key = hashlib.sha256(f"{self._of}\n{promql}\n{span}".encode()).hexdigest()
        return self._folder / f"{key[:32]}.json"


def kept_as(metrics: MetricsSource) -> str:
    """Give what an answer is kept by beside its query: where it comes from, and whose data it is."""
    if not metrics.access:
        return metrics.prometheus
    access = metrics.access
    tenant = {name: _digest(value) for name, value in access.headers.items()}
    return f"{metrics.where} {sorted(access.labels.items())} {sorted(tenant.items())}"


def _digest(header: str) -> str:
    """Stand for a header that names a tenant; it may be a secret."""
    try:
        value = secret_at(header) if is_place(header) else header
    except NoSecret:
        value = ""
    return hashlib.sha256(value.encode()).hexdigest()


def _read(path: Path) -> RangeAnswer | None:
    """Read a kept answer; one that was torn is asked for again."""
    try:
        return _decoder.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError):
        return None


def _write(path: Path, answer: RangeAnswer) -> None:
    beside = path.with_suffix(f".{os.getpid()}")
    try:
        private_folder(path.parent)
        beside.touch(mode=0o600)
        beside.write_bytes(_encode(answer))
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise UsageError(
            f"{path.parent} can't be written: {error.strerror}", hint="PITHEAD_HOME names another place"
        ) from error
