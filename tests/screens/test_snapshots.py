"""The main screens are as they were when somebody last looked at them."""

from __future__ import annotations

import pytest

from tests.screens.picture import differences
from tests.screens.pictured import ENVIRONMENT, names
from tests.screens.snapshots import all_kept, kept

ANEW = "where it is meant, look at the change and take it: python -m tests.screens.snapshots WHY"


@pytest.mark.parametrize("name", names())
async def test_a_main_screen_is_as_its_picture(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in ENVIRONMENT.items():
        monkeypatch.setenv(variable, value)
    draw, size = names()[name]
    now = await draw(size)
    if now != kept(name):
        pytest.fail("\n".join((f"{name}; {ANEW}", *differences(kept(name), now))), pytrace=False)


def test_no_picture_is_left_that_nobody_draws() -> None:
    assert all_kept() == set(names())
