"""The words of `pithead run` that decide how a release begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from console.errors import ExitCode
from screens import foreground
from tests.cli.shelf import typed

if TYPE_CHECKING:
    from pathlib import Path

PLAN = "sample_plans/careful.yaml"


@pytest.fixture
def orders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What would have been driven."""
    monkeypatch.setenv("PITHEAD_HOME", str(tmp_path))
    driven: list[Any] = []

    def drive(order: Any, *_rest: Any, **_how: Any) -> int:
        driven.append(order)
        return 0

    monkeypatch.setattr(foreground, "run_in_foreground", drive)
    return driven


@pytest.mark.parametrize(("words", "weight"), [((), None), (("--from", "100%"), 100), (("--from", "0%"), 0)])
def test_the_weight_that_a_release_begins_at_is_named_by_a_flag(
    words: tuple[str, ...], weight: int | None, orders: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert typed("run", PLAN, "--headless", *words, monkeypatch=monkeypatch) == ExitCode.PROMOTED
    assert [order.start_weight for order in orders] == [weight]


@pytest.mark.parametrize("weight", ["lots", "140%", "12.5%", "-1%"])
def test_a_weight_that_can_not_be_is_refused_with_what_to_write(
    weight: str, orders: list[Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("run", PLAN, "--headless", "--from", weight, monkeypatch=monkeypatch) == ExitCode.USAGE
    assert "--from" in capsys.readouterr().err
    assert orders == []
