"""A release of its own in the lab that all tests share: a virtual service, a plan and a home."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from console.lab.topology import NAMESPACE
from tests.lab.test_lab import VIRTUAL_SERVICE, call, kubernetes, set_weight
from tests.processes.background import Followed
from tests.processes.terminal import PITHEAD, Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from console.lab.order import LabAddresses

LONG = "[{weight: 5%, hold: 1h}, {weight: 100%, hold: 1h}]"
"""Stages that outlast every test."""
PLAN = """\
pithead: 1
service: {service}
namespace: shop
stable: {{name: v1, deployment: checkout-v1}}
canary: {{name: v2, deployment: checkout-v2}}
router: {{istio: {{virtual_service: {service}, stable: {{subset: v1}}, canary: {{subset: v2}}}}}}
metrics:
  prometheus: {prometheus}
  preset: istio
  business: {{always_seven: vector(7)}}
interval: 1s
patience: {patience}
window: 5s
guards: {guards}
stages: {stages}
"""
CALM = "[{metric: always_seven, max: 10, min_requests: 0}]"
"""Guards that are always healthy."""


class Ground:
    """Where one release runs; at the end its worker, if it still lives, is ended."""

    def __init__(
        self,
        lab: LabAddresses,
        home: Path,
        service: str,
        *,
        stages: str = LONG,
        guards: str = CALM,
        patience: str = "1h",
    ) -> None:
        self.home = home
        self.plan = home / "plan.yaml"
        self._kubeconfig = lab.kubeconfig
        home.mkdir(parents=True)
        self.plan.write_text(
            PLAN.format(
                service=service, prometheus=lab.prometheus, stages=stages, guards=guards, patience=patience
            )
        )
        _create_virtual_service(lab, service)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pid in workers_of(self.home):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    @property
    def env(self) -> dict[str, str]:
        """Where pithead keeps this ground's releases."""
        return {"PITHEAD_HOME": str(self.home)}

    @property
    def run(self) -> list[str]:
        """The command that starts the release."""
        return [PITHEAD, "run", str(self.plan), "--kubeconfig", str(self._kubeconfig)]

    def on_terminal(self) -> Terminal:
        """Start the release on a terminal."""
        return Terminal(self.run, env=self.env)

    def headless(self, *more: str) -> subprocess.Popen[str]:
        """Start the release in a pipeline."""
        return self.start([*self.run, "--headless", *more])

    def start(self, command: list[str]) -> subprocess.Popen[str]:
        """Start a command where this ground's releases are."""
        return subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | self.env,
        )

    def release(self) -> Followed:
        """Follow the ground's release, once it has a journal."""
        return release_in(self.home)


def release_in(home: Path, *, within_s: float = 90.0) -> Followed:
    """Wait for the only release below a home, real or a demo's, to have a journal, and follow it."""
    end = time.monotonic() + within_s
    while not (found := [*home.rglob("releases/*/journal.jsonl")]):
        assert time.monotonic() < end, f"no journal within {within_s:g} s: {[*home.rglob('*')]}"
        time.sleep(0.02)
    return Followed(found[0].parent)


def workers_of(home: Path) -> list[int]:
    """Give the processes of all workers below a home, by the folder that each was started with."""
    told = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,args="], capture_output=True, text=True, check=True)
    lines = (line.split() for line in told.stdout.splitlines())
    ours = ["-P", "-m", "console"]  # of the Python itself: a leash around it has the same words, further on
    return [int(pid) for pid, *args in lines if args[1:4] == ours and args[-1].startswith(str(home))]


@contextmanager
def canary_served(lab: LabAddresses) -> Iterator[None]:
    """Let both versions answer, whatever the releases of other virtual services ask for."""
    set_weight(lab, 50)
    yield
    set_weight(lab, 0)


def _create_virtual_service(lab: LabAddresses, name: str) -> None:
    """Copy the lab's own under another name: its data plane obeys only that one.

    So the weights asked for here bring no requests, and stable gets some by another route: nobody can say
    how many the canary should have.
    """
    theirs = call(kubernetes(lab) + VIRTUAL_SERVICE)
    spec = theirs["spec"]
    stable, canary = spec["http"][0]["route"]
    stable["weight"], canary["weight"] = 100, 0
    spec["tls"] = [
        {"match": [{"sniHosts": [name]}], "route": [{"destination": stable["destination"]}]},
    ]
    ours = {
        **{key: theirs[key] for key in ("apiVersion", "kind")},
        "spec": spec,
        "metadata": {"name": name, "namespace": NAMESPACE},
    }
    url = kubernetes(lab) + VIRTUAL_SERVICE.rpartition("/")[0]
    assert "spec" in call(url, method="POST", body=json.dumps(ours))
