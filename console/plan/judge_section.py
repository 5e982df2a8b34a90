"""What `NAME.section` of `console.plan.judges` reads and describes, and which judge a plan file names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from msgspec import Struct

from console.plan.judges import NAMES, module_of

if TYPE_CHECKING:
    from console.plan.fields import Fields
    from console.plan.model import MetricsSource, Stage
    from console.plan.shapes import Schema


class JudgeSection(Protocol):
    """One judge: a module."""

    def read(self, fields: Fields, *, sources: MetricsSource) -> Struct | None:
        """Read a plan's `judge` and `slo`, and note what is wrong with its place; None where it can't be."""

    def check(self, fields: Fields, settings: Struct, stages: tuple[Stage, ...]) -> None:
        """Note what of the stages does not fit it."""

    def schema(self) -> Schema:
        """Describe the section in JSON Schema."""


class Named(Struct, frozen=True):
    """A judge that a plan file names."""

    kind: str
    settings: Struct


def section_of(name: str) -> JudgeSection:
    """Return what reads and describes a judge, of which `console.plan.judges.NAMES` has the name."""
    return cast("JudgeSection", module_of(f"{name}.section"))


def read_judge(fields: Fields, *, sources: MetricsSource) -> Named | None:
    """Read the judge; None where the plan has guards of its own and names neither a judge nor an SLO."""
    if "guards" in fields and not fields.has_any(("judge", "slo")):
        return None
    named = fields.word("judge", "kind")
    kind = named if named in NAMES else NAMES[0]
    settings = section_of(kind).read(fields, sources=sources)
    return None if settings is None else Named(kind, settings)


def judge_schema() -> Schema:
    """Describe each judge."""
    return {"anyOf": [section_of(name).schema() for name in NAMES]}
