"""`pithead run --headless` as a pipeline starts it: what it prints, and what it ends with."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from console.errors import ExitCode
from console.lab.order import LabAddresses
from console.release.events import Record, ReleaseEnded, SampleTaken, WeightConfirmed
from tests.processes.ground import CALM, LONG, Ground, canary_served
from tests.processes.terminal import PITHEAD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Self

pytestmark = pytest.mark.real

BREACHED = "[{metric: always_seven, max: 1, min_requests: 0, then: rollback}]"
SHORT = "[{weight: 5%, hold: 1s, min_requests: 0}, {weight: 100%, hold: 1s, min_requests: 0}]"
THIRSTY = "[{weight: 5%, hold: 1s, min_requests: 100000}, {weight: 100%, hold: 1s}]"
WITHIN_S = 120.0
PLAN_NOWHERE = """\
pithead: 1
service: nowhere
namespace: shop
stable: {name: v1, deployment: nowhere-v1}
canary: {name: v2, deployment: nowhere-v2}
router: {istio: {virtual_service: nowhere, stable: {subset: v1}, canary: {subset: v2}}}
metrics: {prometheus: "http://127.0.0.1:9", preset: istio}
stages: [{weight: 5%, hold: 1h}, {weight: 100%, hold: 1h}]
"""
KUBECONFIG_NOWHERE = """\
clusters: [{name: x, cluster: {server: "http://127.0.0.1:9"}}]
users: []
contexts: [{name: x, context: {cluster: x}}]
current-context: x
"""


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """A release that is over."""

    code: int
    out: str
    err: str
    journal: bytes


class Runs:
    """Releases that were started side by side; each is waited for when somebody asks how it ended."""

    def __init__(self, lab: LabAddresses, root: Path) -> None:
        self._lab = lab
        self._root = root
        self._begun: dict[str, tuple[Ground, subprocess.Popen[str]]] = {}
        self._ended: dict[str, Ended] = {}

    def begin(
        self, name: str, *more: str, stages: str = LONG, guards: str = CALM, patience: str = "1h"
    ) -> None:
        ground = Ground(
            self._lab, self._root / name, f"headless-{name}", stages=stages, guards=guards, patience=patience
        )
        self._begun[name] = ground, ground.headless(*more)

    def interrupt(self, name: str, *, times: int = 1) -> None:
        """Interrupt it once it ticks, as a cancelled pipeline is, and again once it is back on stable."""
        ground, process = self._begun[name]
        release = ground.release()
        for kind, count in ((SampleTaken, 1), (WeightConfirmed, 2))[:times]:
            release.until(kind, count=count)
            process.send_signal(signal.SIGINT)

    def ended(self, name: str) -> Ended:
        if name not in self._ended:
            ground, process = self._begun[name]
            with ground:
                out, err = process.communicate(timeout=WITHIN_S)
                journal = (ground.release().folder / "journal.jsonl").read_bytes()
            self._ended[name] = Ended(code=process.returncode, out=out, err=err, journal=journal)
        return self._ended[name]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _, process in self._begun.values():
            process.kill()
            process.communicate()


@pytest.fixture(scope="module")
def runs(lab: LabAddresses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    with Runs(lab, tmp_path_factory.mktemp("headless")) as runs:
        with canary_served(lab):
            runs.begin("promoted", stages=SHORT)
            runs.ended("promoted")
        runs.begin("breached", "--output", "json", guards=BREACHED)
        runs.begin("impatient", stages=THIRSTY, patience="2s")
        runs.begin("interrupted")
        runs.begin("twice")
        runs.interrupt("twice", times=2)
        runs.interrupt("interrupted")
        yield runs


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("promoted", ExitCode.PROMOTED),
        ("breached", ExitCode.ROLLED_BACK_BY_GUARD),
        ("interrupted", ExitCode.ROLLED_BACK_BY_PERSON),
        ("twice", ExitCode.ROLLED_BACK_BY_PERSON),
        ("impatient", ExitCode.HELD),
    ],
)
def test_the_exit_code_says_how_it_ended(runs: Runs, name: str, code: ExitCode) -> None:
    ended = runs.ended(name)
    assert ended.code == code, ended.out + ended.err


@pytest.mark.parametrize("name", ["promoted", "breached", "interrupted", "twice", "impatient"])
def test_nothing_is_said_on_stderr_but_errors(runs: Runs, name: str) -> None:
    assert runs.ended(name).err == ""


def test_json_lines_are_the_journals_own_records(runs: Runs) -> None:
    ended = runs.ended("breached")
    records = [msgspec.json.decode(line, type=Record) for line in ended.out.splitlines()]
    assert [record.n for record in records] == list(range(1, len(records) + 1))
    assert isinstance(records[-1].event, ReleaseEnded)
    assert records == [msgspec.json.decode(line, type=Record) for line in ended.journal.splitlines()]


def test_text_has_a_line_for_each_record(runs: Runs) -> None:
    ended = runs.ended("promoted")
    assert len(ended.out.splitlines()) >= len(ended.journal.splitlines())  # headlines have lines of their own
    assert "v2 passed every stage" in ended.out.splitlines()[-1]


def test_an_interruption_is_on_record_with_its_reason(runs: Runs) -> None:
    assert "the run was interrupted" in runs.ended("interrupted").out


def pithead(*args: str | Path, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PITHEAD, *args],
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
        env=os.environ | {"PITHEAD_HOME": str(home)},
    )


def test_a_broken_plan_is_named_by_place_and_nothing_begins(tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(PLAN_NOWHERE.replace("5%", "500%"))
    ended = pithead("run", plan, "--headless", home=tmp_path / "home")
    assert ended.returncode == ExitCode.USAGE
    assert ended.stdout == ""
    line = PLAN_NOWHERE.splitlines().index("stages: [{weight: 5%, hold: 1h}, {weight: 100%, hold: 1h}]") + 1
    assert ended.stderr.startswith(f"{plan}:{line}:19: ")
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("kubeconfig", "reason"),
    [
        ("apiVersion: v1\nkind: Config\n", "context"),
        (KUBECONFIG_NOWHERE, "http://127.0.0.1:9 can't be reached"),
    ],
    ids=["no context", "nobody listens"],
)
def test_a_cluster_out_of_reach_is_exit_code_3_and_its_reason(
    tmp_path: Path, kubeconfig: str, reason: str
) -> None:
    plan, config = tmp_path / "plan.yaml", tmp_path / "kubeconfig"
    plan.write_text(PLAN_NOWHERE)
    config.write_text(kubeconfig)
    ended = pithead("run", plan, "--headless", "--kubeconfig", config, home=tmp_path / "home")
    assert ended.returncode == ExitCode.PREFLIGHT_FAILED
    assert reason in ended.stdout.splitlines()[-1]
    assert "Traceback" not in ended.stdout + ended.stderr
