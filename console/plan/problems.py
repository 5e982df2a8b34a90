"""Where the problems of one plan file are gathered while it is read to its end."""

from __future__ import annotations

from typing import NoReturn

from msgspec import Struct

from console.errors import PlanError, Problem
from console.plan.literal import literal

LONGEST_ORIGIN = 400


class Mark(Struct, frozen=True):
    """A place in the file, counted from 1."""

    line: int
    column: int


START = Mark(1, 1)


class Problems:
    """Everything that is wrong with one file."""

    def __init__(self, origin: str) -> None:
        self.origin = literal(origin, longest=LONGEST_ORIGIN)
        self._found: set[Problem] = set()

    def add(self, at: Mark, message: str, *, hint: str = "") -> None:
        """Note a problem and go on."""
        self._found.add(Problem(line=at.line, column=at.column, message=message, hint=hint))

    def refuse(self, at: Mark, message: str, *, hint: str = "") -> NoReturn:
        """Note a problem and raise the error of all problems so far: nothing can be read behind this one."""
        self.add(at, message, hint=hint)
        raise self._error()

    def stop_if_any(self) -> None:
        """Raise a `PlanError` with all problems, in the order of the file."""
        if self._found:
            raise self._error()

    def _error(self) -> PlanError:
        problems = tuple(sorted(self._found))
        return PlanError("\n".join(self._line(problem) for problem in problems), problems=problems)

    def _line(self, problem: Problem) -> str:
        mend = f"; {problem.hint}" if problem.hint else ""
        return f"{self.origin}:{problem.line}:{problem.column}: {problem.message}{mend}"
