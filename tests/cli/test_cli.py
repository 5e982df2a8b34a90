from __future__ import annotations

import json
from pathlib import Path

import pytest

from console.errors import ExitCode
from console.lab.scenarios import SCENARIOS
from screens import cli
from tests.sample import sampled

SAMPLES = Path(__file__).parents[2] / "sample_plans"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PITHEAD_HOME", str(tmp_path))
    return tmp_path


def pithead(*args: str | Path, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("sys.argv", ["pithead", *map(str, args)])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    return int(caught.value.code or 0)


@pytest.mark.parametrize(
    "plan", sampled("sample plans", sorted(SAMPLES.glob("*.yaml"))), ids=lambda path: path.stem
)
def test_each_sample_plan_is_described(
    plan: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        pithead("check", plan, "--offline", "--releases", "1", monkeypatch=monkeypatch) == ExitCode.PROMOTED
    )
    assert "timeline" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("series", "words"),
    [
        (
            "requests: http_requests_total",
            "latency is what the application measures, inside of its handler\n",
        ),
        ("requests: pay_total", "latency is not judged: no histogram is named\n"),
    ],
)
def test_what_latency_means_is_said(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    series: str,
    words: str,
) -> None:
    text = (SAMPLES / "careful.yaml").read_text()
    plan = tmp_path / "plan.yaml"
    plan.write_text(text.replace("metrics:\n", f"metrics:\n  preset: pods\n  series: {{{series}}}\n", 1))
    pithead("check", plan, "--offline", "--releases", "1", monkeypatch=monkeypatch)
    assert words in capsys.readouterr().out


def test_all_problems_of_a_plan_are_listed_with_their_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text(
        (SAMPLES / "careful.yaml").read_text().replace("guards:", "gaurds:").replace("30m", "30")
    )
    assert pithead("check", broken, monkeypatch=monkeypatch) == ExitCode.USAGE
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) >= 2
    assert all(line.startswith(f"{broken}:") for line in lines)
    assert any("guards" in line for line in lines)


def test_the_schema_is_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert pithead("schema", monkeypatch=monkeypatch) == ExitCode.PROMOTED
    assert json.loads(capsys.readouterr().out)["type"] == "object"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("attach",), "a screen needs a terminal, and standard"),
        (("check", "nowhere.yaml"), "nowhere.yaml"),
        (("demo", "--headless", "--scenario", "earthquake"), "there is no scenario 'earthquake'"),
        (("run",), "Missing argument"),
        (("fly",), "No such command"),
    ],
)
def test_a_mistake_is_a_sentence_and_exit_code_2(
    args: tuple[str, ...],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert pithead(*args, monkeypatch=monkeypatch) == ExitCode.USAGE
    assert words in capsys.readouterr().err


def test_the_demos_scenarios_are_listed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pithead("demo", "--list", monkeypatch=monkeypatch) == ExitCode.PROMOTED
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert names == [*SCENARIOS]
