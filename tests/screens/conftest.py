"""Screens' tests wait until a screen has nothing left to do, and not until the machine seems to be idle."""

from __future__ import annotations

import pytest
from textual import pilot

from tests.screens.harness import at_rest


@pytest.fixture(autouse=True)
def rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pilot, "wait_for_idle", at_rest)
