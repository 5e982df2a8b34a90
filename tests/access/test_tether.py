"""A credential plugin that hangs, and a worker that is killed with -9: neither leaves anything behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from console.access import tether
from console.access.plugins import run_plugin

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VERSION = "client.authentication.k8s.io/v1"
CREDENTIAL = f'{{"apiVersion": "{VERSION}", "kind": "ExecCredential", "status": {{"token": "t"}}}}'
RUN = """
import json, sys
from console.access.plugins import run_plugin
run_plugin(json.loads(sys.argv[1]), cluster=dict)
"""
CEILING_S = 60.0
PLUGIN_AND_WATCH = 2


def plugin(script: str) -> dict[str, Any]:
    return {"apiVersion": VERSION, "command": "/bin/sh", "args": ["-c", script]}


def until(holds: Callable[[], bool], told: str) -> None:
    end = time.monotonic() + CEILING_S
    while not holds():
        assert time.monotonic() < end, told
        time.sleep(0.01)


def is_gone(pid: int) -> bool:
    told = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return told.stdout.strip() in ("", "Z")


def test_a_plugin_that_hangs_ends_with_all_that_it_started_when_its_worker_is_killed_with_9(
    tmp_path: Path,
) -> None:
    noted = tmp_path / "pids"
    script = f'sleep 600 & echo "$$ $!" > {noted}.part; mv {noted}.part {noted}; wait'
    with subprocess.Popen([sys.executable, "-c", RUN, json.dumps(plugin(script))]) as worker:
        until(noted.exists, "the plugin did not start")
        hanging, its_child = map(int, noted.read_text().split())
        assert not is_gone(hanging)
        until(lambda: len(children(worker.pid)) == PLUGIN_AND_WATCH, "nobody watches the worker")
        worker.send_signal(signal.SIGKILL)
    until(lambda: is_gone(hanging) and is_gone(its_child), f"{hanging} or {its_child} lives on")


def test_one_that_ends_by_itself_leaves_no_process_of_ours() -> None:
    before = children(os.getpid())
    assert run_plugin(plugin(f"echo '{CREDENTIAL}'"), cluster=dict).authorization == "Bearer t"
    assert children(os.getpid()) == before


def test_where_nobody_can_see_to_its_end_it_is_run_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tether, "SHELL", str(tmp_path / "no-shell"))
    assert run_plugin(plugin(f"echo '{CREDENTIAL}'"), cluster=dict).authorization == "Bearer t"


def children(of: int) -> set[str]:
    told = subprocess.run(["ps", "-A", "-o", "ppid=,pid=,args="], capture_output=True, text=True, check=True)
    lines = (line.split(None, 2) for line in told.stdout.splitlines())
    return {pid for parent, pid, args in lines if parent == str(of) and not args.startswith("ps ")}
