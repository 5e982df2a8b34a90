from __future__ import annotations

import click
import pytest

from screens.say import say, say_why


def test_what_a_command_says_is_literal_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    say("ana\x1b]0;gone\x07\n\u202erm\x9b2J \ud800")
    assert capsys.readouterr().out == "ana\\x1b]0;gone\\x07\n\\u202erm\\x9b2J \\ud800\n"


def test_so_is_what_was_wrong_with_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    say_why(click.UsageError("no such thing: \x07\x1b]0;gone"))
    assert capsys.readouterr().err == "Error: no such thing: \\x07\\x1b]0;gone\n"
