"""The unit that takes up releases after a restart."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from console.errors import ExitCode
from console.host.order import Order, Reach, write_order
from console.host.places import journal_of, order_of
from console.host.unit import unit, unit_path
from console.identity import ClusterId, Resolved
from screens.commands import resume
from tests.cli.shelf import AT, begun, ended, kept, typed, working
from tests.releases import ANA, plan

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PITHEAD_HOME", str(tmp_path / "it's 100% here"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


def test_the_unit_is_shown_and_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("install-unit", "--print", monkeypatch=monkeypatch) == ExitCode.PROMOTED
    assert '"resume" "--all"' in capsys.readouterr().out
    assert not unit_path().exists()


def test_the_unit_is_written_and_the_next_steps_are_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("install-unit", monkeypatch=monkeypatch) == ExitCode.PROMOTED
    out = capsys.readouterr().out
    assert "systemctl --user enable pithead-resume.service" in out
    assert "loginctl enable-linger" in out
    assert "it's 100%% here" in unit_path().read_text()


def test_a_word_is_quoted_for_systemd() -> None:
    text = unit(["/opt/a b/python", "50%$HOME"], {"PATH": '/bin:"x"'})
    assert 'ExecStart="/opt/a b/python" "50%%$$HOME"\n' in text
    assert 'Environment="PATH=/bin:\\"x\\""\n' in text


def test_the_unit_carries_what_identifies_and_decides_and_no_secret(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    way = {
        "current-context": "prod",
        "clusters": [{"name": "c", "cluster": {"server": "https://10.0.0.1:6443"}}],
        "users": [{"name": "u", "user": {"token": "s3cret-token"}}],
        "contexts": [{"name": "prod", "context": {"cluster": "c", "user": "u"}}],
    }
    (home / "config").mkdir()
    (home / "config" / "kube").write_text(json.dumps(way))
    monkeypatch.chdir(home)
    monkeypatch.setenv("KUBECONFIG", "config/kube")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    monkeypatch.setenv("NO_PROXY", "10.0.0.0/8")
    monkeypatch.setenv("ALL_PROXY", "http://ana:hunter2@proxy:1080")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    typed("install-unit", monkeypatch=monkeypatch)
    text = unit_path().read_text()
    assert f'Environment="KUBECONFIG={home}/config/kube"\n' in text
    assert 'Environment="HTTPS_PROXY=http://proxy:3128"\n' in text
    assert 'Environment="NO_PROXY=10.0.0.0/8"\n' in text
    assert "the context prod, which leads to https://10.0.0.1:6443" in text
    (named,) = [line for line in text.splitlines() if line.startswith("# Set here, and not written down: ")]
    assert {"ALL_PROXY", "AWS_SECRET_ACCESS_KEY"} <= set(named.rstrip(".").partition(": ")[2].split(", "))
    assert "hunter2" not in text
    assert "s3cret" not in text


def test_nothing_of_a_kubeconfig_becomes_a_line_of_the_unit() -> None:
    way = Resolved(context="a\nExecStart=/bin/sh", cluster=ClusterId(server="https://x"), namespace="shop")
    assert "\nExecStart=/bin/sh" not in unit(["/python"], {}, way=way)


@pytest.mark.real
def test_systemd_finds_nothing_wrong_with_the_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is missing: it comes with systemd")
    typed("install-unit", monkeypatch=monkeypatch)
    asked = subprocess.run(
        ["systemd-analyze", "--user", "verify", str(unit_path())], capture_output=True, text=True, check=False
    )
    assert unit_path().name not in asked.stderr


def test_all_that_lost_their_worker_are_resumed_and_no_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started: list[tuple[str, bool]] = []

    def start(order: Order, folder: Path) -> int:
        started.append((folder.name, order.attended))
        with journal_of(folder).open("a") as journal:
            journal.write("a first record\n")
        return os.getpid()

    monkeypatch.setattr(resume, "start_worker", start)
    order = Order(release="x", plan=plan(), reach=Reach(), person=ANA, attended=False)
    write_order(order_of(kept("dead-1", begun())), order)
    kept("lost-1", begun(of="basket"))
    kept("ended-1", ended(of="search"))
    live = begun(of="login")
    with working(kept("live-1", live), live):
        assert (
            typed("resume", "--all", "--older-than", "9000d", monkeypatch=monkeypatch) == ExitCode.WORKER_DEAD
        )
    assert started == [("dead-1", False)]
    told = capsys.readouterr()
    assert told.out == "dead-1: a worker was started, it holds first\n"
    assert "lost-1: the order" in told.err


def test_what_a_newer_release_has_overtaken_is_named_and_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(resume, "start_worker", lambda *_: pytest.fail("started"))
    kept("old-1", begun())
    kept("new-1", ended(at=AT + 600))
    assert typed("resume", "--all", monkeypatch=monkeypatch) == ExitCode.PROMOTED
    words = "old-1: left alone: new-1 is newer on the same route, istio:shop/checkout in lab"
    assert words in capsys.readouterr().err


def test_what_nobody_has_driven_for_a_day_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(resume, "start_worker", lambda *_: pytest.fail("started"))
    kept("old-1", begun())
    assert typed("resume", "--all", monkeypatch=monkeypatch) == ExitCode.PROMOTED
    assert "old-1: left alone: nobody has driven it for" in capsys.readouterr().err
