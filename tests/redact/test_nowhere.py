"""A whole release with a secret in every place, and everybody repeats the secrets that they are sent."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from console.command import Command
from console.host.launch import start_worker
from console.host.order import Order, Reach
from console.host.places import log_of
from console.journal import read_journal
from console.lab.kube.faults import Fault
from console.plan.access import Access
from console.plan.model import Grafana, Notice, Occasion
from console.release import events as ev
from screens.app import PitheadApp
from screens.watched import Watched
from tests.faults.api_wire import FIRST_TOKEN, NEW_TOKEN, FaultyApi
from tests.faults.prometheus_wire import Mesh, Wire
from tests.metrics.http_fake import answering
from tests.notify.services import webhook
from tests.processes.background import Followed
from tests.releases import ANA, guard, plan, stage
from tests.screens.harness import text
from tests.screens.stories import ListFeed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from console.plan.model import Plan

PROMETHEUS, WEBHOOK, GRAFANA, PASSWORD = "prom-4f9a77c1", "hook-92be01aa", "graf-77d0e1b3", "pw-b3d7c0ffee"
TENANT = "tenant-5c1d9e02"
SECRETS = (FIRST_TOKEN, NEW_TOKEN, PROMETHEUS, WEBHOOK, GRAFANA, PASSWORD, TENANT)
REPEATED = (
    f"we know nobody with {FIRST_TOKEN} or {PROMETHEUS} of {TENANT}; asked https://ana:{PASSWORD}@idp/x"
)
SHOWN: tuple[tuple[str, ...], ...] = (
    ("report", "{journal}", "--html"),
    ("export", "{journal}", "--openmetrics"),
)


class Stage:
    """Everything that a release talks to, each with a secret, and the release's own folder."""

    def __init__(self, folder: Path, stack: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home = folder / "home"
        self.folder = self.home / "releases" / "checkout-1"
        self.folder.mkdir(parents=True)
        (folder / "api").mkdir()
        self.api = stack.enter_context(FaultyApi(folder / "api"))
        began = time.monotonic()
        mesh = Mesh(clock=lambda: 1000 * (time.monotonic() - began), weight=lambda: self.api.weight)
        self.prometheus = stack.enter_context(Wire(mesh))
        self.hook = stack.enter_context(webhook())
        monkeypatch.setenv("PITHEAD_HOME", str(self.home))
        self.token = folder / "prometheus-token"
        self.token.write_text(PROMETHEUS)
        monkeypatch.setenv("TENANT", TENANT)
        monkeypatch.setenv("HOOK", f"json://ana:{PASSWORD}@127.0.0.1:{self.hook.port}/{WEBHOOK}")
        monkeypatch.setenv("GRAFANA", GRAFANA)
        self.plan = self._plan()

    def start(self) -> Followed:
        order = Order(
            release="checkout-1",
            plan=self.plan,
            reach=Reach(kubeconfig=str(self.api.kubeconfig())),
            person=ANA,
            attended=True,
        )
        self._pid = start_worker(order, self.folder)
        return Followed(self.folder)

    def kill(self) -> None:
        """End the worker where it still lives."""
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)

    def go_wrong(self) -> None:
        """Let everybody refuse what they are asked, and say all that they know."""
        told = json.dumps({"status": "error", "errorType": "unauthorized", "error": REPEATED})
        self.prometheus.answer = answering(told.encode(), status=401)
        self.api.api.faults.add(Fault(resource="virtualservices", status=500, message=REPEATED, times=10))
        self.api.api.faults.add(Fault(resource="pods", status=403, message=REPEATED, times=10))

    def lock_out(self) -> None:
        """Let nobody in, and let the credential plugin say what it was refused."""
        self.api.api.faults.clear()
        self.api.want(NEW_TOKEN)
        self.api.say_on_failure(f"the identity provider refuses {FIRST_TOKEN}, password={PASSWORD}")

    def let_in(self) -> None:
        self.api.give(NEW_TOKEN)

    def _plan(self) -> Plan:
        of = plan(stage(10, guard(), hold_s=3600.0), interval_s=0.2)
        return replace(
            of,
            metrics=replace(
                of.metrics,
                prometheus=self.prometheus.url,
                access=Access(token=f"file:{self.token}", headers={"X-Scope-OrgID": "env:TENANT"}),
            ),
            notify=(Notice(to="env:HOOK", on=(Occasion.ROLLBACK,)),),
            grafana=Grafana(url=f"http://127.0.0.1:{self.hook.port}", token="env:GRAFANA"),  # noqa: S106 - its place
        )


@pytest.fixture
def everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with ExitStack() as stack:
        yield (stage := Stage(tmp_path, stack, monkeypatch))
        stage.kill()


async def test_no_secret_reaches_a_file_a_screen_or_the_shell(everything: Stage) -> None:
    release = everything.start()
    release.until(ev.SampleTaken, count=2)
    everything.go_wrong()
    seen = len(release.all_of(ev.SampleTaken))
    release.until(ev.SampleTaken, count=seen + 3)
    assert await release.ask(Command.ROLL_BACK) == ""
    release.until(ev.WriteFailed, count=2)
    everything.lock_out()
    failed = len(release.all_of(ev.WriteFailed))
    release.until(ev.WriteFailed, count=failed + 2)
    everything.let_in()
    release.until(ev.WeightConfirmed, count=2)
    release.until(ev.Notified, count=3)
    processes = command_lines()
    everything.kill()
    records = list(read_journal(everything.folder / "journal.jsonl"))
    files = {path: path.read_text() for path in everything.home.rglob("*") if path.is_file()}
    shown = {command: printed(command, everything) for command in SHOWN}
    shown[("screen",)] = await screen_of(records)
    assert [*found_in(files), *found_in(shown), *found_in(processes)] == []
    # Else nothing would have been tried: what was repeated is there, without the secrets.
    told = files[everything.folder / "journal.jsonl"]
    assert told.count("we know nobody with *** or *** of ***; asked https://idp/x") >= 3
    assert "the identity provider refuses ***, password=***" in told
    assert files[log_of(everything.folder)] == ""
    asked = everything.prometheus.asked.headers
    assert {each["authorization"] for each in asked} == {f"Bearer {PROMETHEUS}"}
    assert {each["x-scope-orgid"] for each in asked} == {TENANT}
    assert {got.authorization for got in everything.hook.got} >= {f"Bearer {GRAFANA}"}
    assert any(WEBHOOK in got.path for got in everything.hook.got)


def found_in(texts: Mapping[Any, str]) -> list[tuple[Any, str]]:
    return [(place, secret) for place, text in texts.items() for secret in SECRETS if secret in text]


def command_lines() -> dict[Path, str]:
    """What the process list shows of everybody; nothing where there is no /proc."""
    lines = {}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            lines[path] = path.read_bytes().decode(errors="replace")
    return lines


def printed(command: tuple[str, ...], everything: Stage) -> str:
    journal = str(everything.folder / "journal.jsonl")
    words = [word.format(journal=journal) for word in command]
    done = subprocess.run(
        [sys.executable, "-c", "from screens.entry import main; main()", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "checkout" in done.stdout + done.stderr, done
    return done.stdout + done.stderr


async def screen_of(records: list[ev.Record]) -> str:
    app = PitheadApp(Watched(ListFeed(records), None), clock=lambda: records[-1].at, leave_words="")
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        return text(app)
