"""Every command under every fault of its standard streams: an exit code of the table, and no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from console.errors import ExitCode
from screens.commands import SUMMARIES
from tests.cli.shelf import begun, ended, kept
from tests.cli.stream_faults import COMMON, FAULTS, Came, Cell
from tests.sample import in_full_only, sampled

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = str(Path(__file__).parents[2])
PLAN = f"{HERE}/sample_plans/careful.yaml"
PAST = ("--from", "2026-01-01", "--to", "2026-01-02", "--prometheus", "http://127.0.0.1:1")
WAYS: dict[str, list[tuple[str, ...]]] = {
    "run": [(PLAN, "--headless"), (PLAN,)],
    "attach": [(), ("begun",)],
    "replay": [("sample:judged", "--print"), ("sample:judged", "--json"), ("-", "--print"), ()],
    "status": [("begun",), ("ended", "--json"), ()],
    "runs": [(), ("--json",), ("--prune", "1d"), ("--lab",)],
    "rollback": [("begun", "--wait", "0"), ("ended",), ("nothing",), ()],
    "undo": [("ended",), ("begun",)],
    "approve": [("begun",), ("ended",), ()],
    "promote": [("begun",)],
    "pause": [("begun",), ("nothing",)],
    "unpause": [("begun",)],
    "advance-blind": [("begun",)],
    "override": [("begun", "--reason", "known")],
    "stop": [("begun", "--hold"), ("ended", "--hold"), ("begun", "--rollback"), ("begun",)],
    "install-unit": [("--print",)],
    "check": [(PLAN, "--offline", "--releases", "1"), ("nowhere.yaml",)],
    "rbac": [(PLAN,)],
    "schema": [()],
    "resume": [("begun", "--headless"), ("--all",), ()],
    "forget": [("ended",), ("begun",), ("begun", "--yes", "--reason", "a lost host")],
    "verify": [("sample:judged",), ("-",), ("ended",)],
    "what-if": [("sample:errors", "--sweep", "error_rate.max=0.5%..5%", "--steps", "2"), ("sample:judged",)],
    "backtest": [(PLAN, *PAST)],
    "compare": [("sample:errors", "sample:judged"), ("sample:errors", "sample:judged", "--json")],
    "report": [("sample:judged",), ("sample:judged", "--md"), ("ended", "--json")],
    "export": [("sample:judged", "--csv"), ("sample:judged", "--packed"), ("sample:judged", "--svg")],
    "demo": [("--list",), ("--end",), ("--headless", "--scenario", "earthquake")],
}
"""What is typed for each command: how it tells, how it acts, and how it refuses."""
ANYWHERE = [("--help",), ("--nonsense",)]
CELLS = [
    Cell(args=(command, *way), fault=fault)
    for command, ways in WAYS.items()
    for way in ways
    for fault in FAULTS
] + [
    Cell(args=(command, *way) if command else way, fault=fault)
    for command in ("", *SUMMARIES)
    for way in ANYWHERE
    for fault in COMMON
]


class Forked:
    """The process that has all loaded, and forks for each cell."""

    def __init__(self, home: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tests.cli.stream_faults", home],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=HERE,
            env={**os.environ, "PYTHONPATH": HERE, "KUBECONFIG": str(home / "nowhere")},
        )  # fmt: skip

    def came_of(self, cell: Cell) -> Came:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(msgspec.json.encode(cell) + b"\n")
        self._process.stdin.flush()
        return msgspec.json.decode(self._process.stdout.readline(), type=Came)

    def end(self) -> None:
        self._process.communicate(timeout=60)


@pytest.fixture(scope="module")
def forked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forked]:
    home = tmp_path_factory.mktemp("streams")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PITHEAD_HOME", str(home))
        kept("begun", begun())
        kept("ended", ended())
    forked = Forked(home)
    yield forked
    forked.end()


def test_each_command_is_tried() -> None:
    assert WAYS.keys() == SUMMARIES.keys()


@pytest.mark.timeout(900)  # all of it in full runs
def test_no_fault_of_a_stream_ends_a_command_with_a_traceback(forked: Forked) -> None:
    wrong = [
        (" ".join(cell.args), cell.fault, came.code, came.err[-600:])
        for cell in sampled("faults of standard streams", CELLS)
        if is_wrong(came := forked.came_of(cell))
    ]
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("schema >/dev/full", 2),
        ("schema >&-", 0),
        *in_full_only([("schema --help >/dev/full", 2), ("attach <&-", 2), ("fly 2>&-", 2)]),
    ],
)
def test_a_real_shell_sees_the_same(typed: str, code: int, tmp_path: Path) -> None:
    ran = subprocess.run(
        ["/bin/sh", "-c", f"exec {sys.executable} -P -m screens {typed}"],
        env={**os.environ, "PYTHONPATH": HERE, "PITHEAD_HOME": str(tmp_path)},
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert "Traceback" not in ran.stderr
    assert ran.returncode == code, ran.stderr
    assert ("standard output takes nothing: No space left on device" in ran.stderr) == ("full" in typed)


def is_wrong(came: Came) -> bool:
    traced = "Traceback" in came.out + came.err or "Exception ignored" in came.err
    return traced or came.code not in set(ExitCode) or came.code == 1
