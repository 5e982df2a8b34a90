"""What events say about themselves: complete, and alike wherever they are told."""

from __future__ import annotations

import pytest

from console.preflight import Check
from console.release import events as ev
from console.release.about import Gravity
from console.release.event import Commanded, Event


def test_a_kind_that_lacks_something_is_named_at_the_start() -> None:
    with pytest.raises(TypeError, match=r"without a fold: \['Paused'\]"):
        ev.see_each_kind([kind for kind in ev.KINDS if kind is not ev.Paused], what="a fold")
    with pytest.raises(TypeError, match=r"not in AnyEvent: \['Event'\]"):
        ev.see_each_kind([*ev.KINDS, Event], what="a fold")


def test_a_sign_is_one_cell_of_ascii_and_means_one_thing() -> None:
    signs = [(kind.about.sign, kind.about.means) for kind in ev.KINDS if kind.about.sign]
    assert all(len(sign) == 1 and sign.isascii() and sign.isprintable() for sign, _ in signs)
    meant = {sign: {means for other, means in signs if other == sign and means} for sign, _ in signs}
    assert all(len(means) == 1 for means in meant.values()), meant


def test_a_decision_names_fields_that_it_has() -> None:
    for kind in ev.KINDS:
        assert set(kind.about.decides or ()) <= set(kind.__struct_fields__), kind


def test_each_command_of_a_person_has_a_line_that_stands_out() -> None:
    asked = [kind for kind in ev.KINDS if issubclass(kind, Commanded)]
    assert [kind for kind in asked if kind.about.gravity < Gravity.STEP] == []


def test_what_went_wrong_is_graver_than_its_kind() -> None:
    wrong = (
        ev.PreflightDone(checks=(Check(name="route", ok=False, words="is not there"),)),
        ev.GuardTurned(guard="errors", verdict="breach", words="v2 fails"),
        ev.RouterFound(weight=10, ours=False),
        ev.Recovered(troubled=True),
    )
    right = (
        ev.PreflightDone(checks=()),
        ev.GuardTurned(guard="errors", verdict="healthy", words="v2 is well"),
        ev.RouterFound(weight=10),
        ev.Recovered(),
    )
    assert [event.gravity for event in wrong] == [Gravity.GRAVE] * len(wrong)
    assert all(event.gravity < Gravity.AMISS for event in right)


def test_only_a_breach_of_a_guard_has_a_sign() -> None:
    verdicts = ("breach", "healthy", "insufficient", "blind")
    signs = [ev.GuardTurned(guard="errors", verdict=verdict, words="").sign for verdict in verdicts]
    assert signs == ["!", "", "", ""]
