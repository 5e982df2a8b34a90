"""Pods in a question: each by its name, and no other that a name begins like."""

from __future__ import annotations

import re
from random import Random

import pytest

from console.errors import EvidenceError
from console.metrics.named import LONGEST_QUESTION_CHARS, one_of

LETTERS = ("a", "b", "ab", "5d4", "x")


def a_name(chance: Random) -> str:
    """Make a name of parts that come up again, so that names begin and end alike."""
    parts = chance.choices(LETTERS, k=chance.randint(1, 4))
    return "".join(part + chance.choice("-.") for part in parts[:-1]) + parts[-1]


@pytest.mark.parametrize("seed", range(20))
def test_it_matches_these_names_and_no_other(seed: int) -> None:
    chance = Random(seed)
    names, others = ({a_name(chance) for _ in range(12)} for _ in range(2))
    written = re.compile(one_of(sorted(names)))
    assert all(written.fullmatch(name) for name in names)
    assert not any(written.fullmatch(name) for name in others - names)


def test_names_of_one_replica_set_are_written_once() -> None:
    assert one_of(["a-5d4-x1", "a-5d4-x2", "a-7f9-x3", "web.0"]) == r"a-5d4-(x1|x2)|a-7f9-x3|web\.0"


def test_the_list_has_a_limit_that_a_large_deployment_keeps() -> None:
    pods = [f"checkout-7d9f8b6c4-{number:05}" for number in range(1900)]
    assert len(one_of(pods)) < LONGEST_QUESTION_CHARS
    with pytest.raises(EvidenceError, match="2100 pods are more than a question can name"):
        one_of(f"{pod}{more}" for more in ("", "x") for pod in pods[:1050])
