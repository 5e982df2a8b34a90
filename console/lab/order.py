"""What is asked of a lab, and what it says once it is ready: both sides of its process share these."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import msgspec
from msgspec import Struct

API, ENVOY, STABLE, CANARY = "Kubernetes API", "Envoy", "service v1", "service v2"
PROMETHEUS, LOAD, EVIDENCE = "Prometheus", "load", "first figures in Prometheus"
PARTS = (API, ENVOY, STABLE, CANARY, PROMETHEUS, LOAD, EVIDENCE)
"""What a lab consists of, in the order in which it comes up."""


class Choice(StrEnum):
    """Which Prometheus the lab takes."""

    AUTO = "auto"
    """The program on PATH where there is one, else the built-in scraper."""
    BUILTIN = "builtin"


class LabOrder(Struct, frozen=True, kw_only=True):
    """One lab."""

    scenario: str
    """A name from `console.lab.scenarios.SCENARIOS`."""
    folder: Path
    """Everything that the lab writes goes here; made where it is missing."""
    ephemeral: bool = False
    """The lab takes its folder away when it ends, also where whoever started it was killed."""
    rps: float | None = None
    """Requests per second; None: the scenario's own."""
    pace: float = 1.0
    """How many times faster than written the scenario goes."""
    prometheus: Choice = Choice.AUTO
    lock: Path | None = None
    """The file that the lab locks for as long as it lives: by it a release knows that its lab is there."""

    def args(self) -> list[str]:
        """Spell out the order as arguments of `python -m console.lab`."""
        args = ["--scenario", self.scenario, "--folder", str(self.folder), "--pace", str(self.pace)]
        rps = [] if self.rps is None else ["--rps", str(self.rps)]
        ephemeral = ["--ephemeral"] if self.ephemeral else []
        lock = [] if self.lock is None else ["--lock", str(self.lock)]
        return [*args, "--prometheus", self.prometheus, *rps, *ephemeral, *lock]


class LabAddresses(Struct, frozen=True, kw_only=True, tag="addresses"):
    """Where everything is: what a lab says once it is ready."""

    kubeconfig: Path
    prometheus: str
    """Base URL."""
    prometheus_kind: str
    """As shown to people: `prometheus 2.42.0`, or `built-in scraper`."""
    envoy_admin: str
    """Base URL."""
    ingress: str
    """Base URL of the service, as its users reach it."""
    ledger: Path
    truth: Path


class LabPart(Struct, frozen=True, kw_only=True, tag="part"):
    """One part of the lab that is there now: said one by one while the lab comes up."""

    name: str
    """One of `PARTS`."""


class LabRefusal(Struct, frozen=True, kw_only=True, tag="refusal"):
    """Why there will be no lab: what it says where it can't run."""

    words: str
    hint: str = ""
    """How to mend it."""


LabSaid = LabAddresses | LabPart | LabRefusal
"""What a lab says, a line each: its parts as they come up, then the addresses; or why there will be none."""


def to_line(said: LabSaid) -> bytes:
    """Spell out one line of JSON."""
    return msgspec.json.encode(said, enc_hook=str) + b"\n"


def from_line(line: bytes) -> LabSaid:
    """Read what `to_line` wrote."""
    return msgspec.json.decode(line, type=LabSaid, dec_hook=lambda kind, value: kind(value))
