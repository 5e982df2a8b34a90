"""One cell tried: the fault, then the command, and what came of it held against the rule."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from console.command import Command as Key
from console.errors import ExitCode
from tests.table.faults import nothing, suffer
from tests.table.ground import INTERVAL_S, NAME, Ground, Program
from tests.table.nursery import PREPARING
from tests.table.rule import DISK, KEYS, Command, Fault, Outcome, outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.table.front import Front

KEY_OF = {
    Command.R: Key.ROLL_BACK,
    Command.P: Key.PROMOTE,
    Command.A: Key.APPROVE,
    Command.B: Key.ADVANCE_BLIND,
    Command.O: Key.OVERRIDE,
    Command.SPACE: Key.RESUME,
}
WORDS = {
    Command.ROLLBACK: ("rollback", NAME),
    Command.ROUTE: ("rollback", "--yes", "--route"),
    Command.UNDO: ("undo", NAME),
    Command.STOP: ("stop", NAME, "--rollback"),
    Command.RESUME: ("resume", NAME, "--headless"),
    Command.RESUME_ALL: ("resume", "--all"),
    Command.RUN: ("run", "--headless"),
}
NEXT_STEP = re.compile(
    r"pithead \w|kubectl \w|--\w+|\b(R|p|space)\b|kill -|[Cc]heck |[Ss]ee |nothing is left|PITHEAD_HOME names"
    r"|goes on by itself|once it|try again|[Ll]og in"
)
"""What a refusal must say: a command, a key, or what to look at, to wait for or to ask."""
TRACE = "Traceback (most recent call last)"
PATIENT_S, IMPATIENT_S = "60", "1"
STAYS_S = 1.5 * INTERVAL_S
"""So long nothing may move."""


class Trial:
    """Tries the cell of a ground whose release is in its state."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._cell = ground.cell
        self._wanted = outcome(self._cell)
        self._weight = ground.weight
        self._mend: Callable[[], object] = nothing
        self._begun = 0
        """So many writes had arrived when the command was given."""

    def come_out(self) -> None:
        """Bring the fault about, give the command, and fail where what comes of it is not what must."""
        self._mend = suffer(self._ground)
        self._begun = len(self._ground.front.writes)
        program = self._given()
        if self._wanted is Outcome.BACK:
            self._goes_back(program)
        elif self._wanted is Outcome.LATER:
            self._stays()
            self._is_told(program)
            self._mend()
            self._goes_back(program)
        elif self._wanted is Outcome.FORWARD:
            self._goes_forward(program)
        else:
            self._says(program)
            self._stays()
        self._never(program)

    # -- what must be -----------------------------------------------------------------------------

    def _goes_back(self, program: Program) -> None:
        self._until(self._is_back, "0%")
        if self._wanted is Outcome.BACK:
            self._until(lambda: program.code is not None, "the command's end")
            self._holds(program.code == 0, f"exit code {program.code}")
            self._holds(bool(program.out.strip()), "silence")

    def _is_back(self) -> bool:
        """Whether the canary has nothing, or had nothing when the route was deleted."""
        gone = self._cell.fault is Fault.ROUTE_DELETED and not self._weight
        return self._ground.weight == 0 or (gone and self._ground.weight is None)

    def _goes_forward(self, program: Program) -> None:
        front = self._moved_front()
        self._until(lambda: self._forward_in(front), "a step forward")
        self._holds(bool(program.out.strip()), "silence")

    def _moved_front(self) -> Front:
        elsewhere = self._cell.command is Command.RUN and self._cell.fault is Fault.ANOTHER_CLUSTER
        return self._ground.other if elsewhere else self._ground.front

    def _forward_in(self, front: Front) -> bool:
        before = self._begun if front is self._ground.front else 0
        usual = self._weight or 0 if front is self._ground.front else 0
        return any(write.done and (write.weight or 0) > usual for write in front.writes[before:])

    def _says(self, program: Program) -> None:
        """Wait for the command's end, or where it goes on for its word; look at a refusal's words."""
        if self._wanted is Outcome.STAYS:
            self._until(lambda: bool(program.out.strip()) or program.code is not None, "a word")
            self._holds(bool(program.out.strip() or program.err.strip()), "silence")
            may = program.code in (None, 0, ExitCode.HELD) or self._cell.fault is Fault.JOURNAL_CUT
            self._holds(may, f"exit code {program.code}")
            return
        self._until(lambda: program.code is not None, "the command's end")
        if program.code == 0 and self._cell.command is Command.P:
            self._is_told(program)  # it was taken, and waits
            return
        said = refusals(program) if self._cell.command is not Command.RESUME_ALL else program.err.splitlines()
        self._holds(len(said) == 1, f"not one line of refusal: {said}")
        self._holds(NEXT_STEP.search(said[0]) is not None, f"no next step in {said[0]!r}")
        if self._cell.command is not Command.RESUME_ALL:
            self._holds(program.code != 0, "exit code 0")

    def _is_told(self, program: Program) -> None:
        """Somebody says why nothing moves: the command, or the worker to who asks it."""
        if self._cell.command not in KEYS:
            self._until(lambda: program.code is not None, "the command's end")
        wanted = re.compile(
            r"NOT CONFIRMED|did not answer|goes on trying|has not been read|WRITING|can't be|refuse"
        )

        def told() -> bool:
            return bool(wanted.search(program.err + program.out + (self._ground.line() or "")))

        self._until(told, "a word of why nothing moves")

    def _stays(self) -> None:
        time.sleep(STAYS_S)
        if self._cell.command is Command.RUN and self._cell.fault is Fault.PLUGIN_HANGS:
            return  # who was in its preflight already has a login, and goes on while the new one is refused
        moved = [
            write
            for write in self._ground.front.writes[self._begun :]
            if write.done and write.weight != self._weight
        ]
        self._holds(moved == [], f"it was moved: {moved}")

    def _never(self, program: Program) -> None:
        """No trace, no other object, whatever else comes of it."""
        said = program.out + program.err + "".join(log.read_text() for log in self._ground.logs())
        self._holds(TRACE not in said, "a traceback")
        elsewhere = [] if self._moved_front() is self._ground.other else self._ground.other.writes
        wrong = [write for write in self._ground.front.writes if write.path != self._ground.path]
        self._holds([*wrong, *elsewhere] == [], "another object was written")

    # -- the command --------------------------------------------------------------------------------

    def _given(self) -> Program:
        ground, command = self._ground, self._cell.command
        if command in KEYS:
            return ground.start("key", KEY_OF[command], str(ground.release), home=ground.later_home)
        words = [*WORDS[command]]
        if command is Command.ROUTE:
            words += [f"istio:{ground.namespace}/checkout", "--kubeconfig", str(ground.kubeconfig)]
        if command is Command.RUN:
            words.append(str(ground.plan))
            if self._cell.fault not in DISK:  # else it is refused before it could wait
                (ground.folder / PREPARING).unlink(missing_ok=True)
        if command in (Command.ROLLBACK, Command.ROUTE, Command.UNDO, Command.STOP):
            words += ["--wait", IMPATIENT_S if self._wanted is Outcome.LATER else PATIENT_S]
        return ground.start("pithead", *words, home=ground.later_home)

    def _until(self, holds: Callable[[], bool], what: str) -> None:
        self._ground.until(holds, what=f"{self._cell.name}: {what}")

    def _holds(self, true: bool, what: str) -> None:  # noqa: FBT001 - a fact and its name
        assert true, f"{self._cell.name}: {what}: {self._ground.told()}"


def refusals(program: Program) -> list[str]:
    """Give each refusal that was said as one line: its sentence, and its hint behind it."""
    said: list[str] = []
    for line in (program.out + program.err).splitlines():
        if line.startswith("         ") and said:
            said[-1] += f"; {line.strip()}"
        elif re.search(r"^pithead: |was refused: |^not rolled back: |REFUSED", line):
            said.append(line)
    return said
