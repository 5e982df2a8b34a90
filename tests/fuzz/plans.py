"""Plan files: YAML with everything that YAML can do, through all that reads a plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from console.errors import PlanError
from console.journal.decode import decode
from console.plan.load import load_plan
from console.plan.plan_words import describe
from console.release import events as ev
from tests.fuzz import hostile, mutate, shown
from tests.fuzz.case import Case
from tests.fuzz.shell import typed
from tests.fuzz.watched import Wrong
from tests.plan.good import GOOD
from tests.releases import opened

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from console.plan.model import Plan

SAMPLES = tuple(
    path.read_text(encoding="utf-8")
    for path in sorted((Path(__file__).parents[2] / "sample_plans").glob("*.yaml"))
)
SMALL = """\
pithead: 1
service: x
stable: {name: v1, deployment: x-v1}
canary: {name: v2, deployment: x-v2}
router: {istio: {virtual_service: x, stable: {subset: v1}, canary: {subset: v2}}}
metrics: {prometheus: http://x:9090, preset: istio}
guards: [{metric: p99, max_ratio: 1.5, for: 10s}]
stages: [{weight: 5%, hold: 1m}, {weight: 100%}]
"""
TYPED = 0.002
"""So many are also checked and asked for their rights as a person would: a release is drawn then."""


def case(rng: Random, folder: Path) -> Case:
    """Make a plan."""
    content = rng.choice(_MAKERS)(rng, rng.choice((SMALL, SMALL, GOOD, GOOD, *SAMPLES)))
    path = folder / rng.choice(("plan.yaml", "plan.yaml", "\x1b]0;x\x07[bold].yaml"))
    whole = rng.random() < TYPED
    return Case(content=content, feed=lambda: _feed(path, content, whole=whole))


def _feed(path: Path, content: bytes, *, whole: bool) -> None:
    path.write_bytes(content)
    if whole:
        typed("check", str(path), "--offline", "--quick")
        typed("rbac", str(path))
    try:
        plan = load_plan(path)
    except PlanError as refused:
        _look(str(refused))
        raise
    _look(describe(plan))
    _comes_back(plan)


def _look(words: str) -> None:
    if found := shown.terminal(words):
        raise Wrong(found)


def _comes_back(plan: Plan) -> None:
    """A plan that can be run can be read out of the journal of its release."""
    line = msgspec.json.encode(ev.Record(n=1, at=0.0, event=opened(plan)))
    record = decode(line)
    if not isinstance(record, ev.Record) or record.event != opened(plan):
        raise Wrong("a plan is another once it was in a journal")


def _bytes(rng: Random, text: str) -> bytes:
    return mutate.bytes_of(rng, text.encode())


def _values(rng: Random, text: str) -> bytes:
    """Put other values behind keys."""
    lines = text.splitlines(keepends=True)
    for _ in range(rng.choice((1, 1, 2))):
        at = rng.randrange(len(lines))
        key, colon, value = lines[at].partition(": ")
        if colon:
            lines[at] = f"{key}: {_scalar(rng, value.rstrip())}\n"
    return "".join(lines).encode("utf-8", errors="surrogatepass")


def _scalar(rng: Random, value: str) -> str:
    return rng.choice(
        (
            lambda: rng.choice(hostile.WRITTEN),
            lambda: hostile.text(rng),
            lambda: msgspec.json.encode(hostile.text(rng).encode("utf-8", "replace").decode()).decode(),
            lambda: rng.choice(_TRICKS),
            lambda: f"{value}{rng.choice((' # ', ', ', ']', '}', ': ', ' &a', '%', 'pp', '99999999'))}",
            lambda: str(rng.choice(hostile.NUMBERS)),
            lambda: "",
        )
    )()


_TRICKS = (
    "&a [*a]",
    "*nobody",
    "&a {<<: *a}",
    "!!python/object/apply:os.system ['true']",
    "!!binary aGk=",
    "!!float .nan",
    "!<tag:yaml.org,2002:python/name:os.system> x",
    "{? [a, b] : c}",
    "[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]",
    "|\n  text\n\tmore",
    ">+99\n x",
    "'it''s' x",
    '"\\x1b[31m\\u202e\\UFFFFFFFF"',
    '"\\ud800"',
    "{a: 1, a: 2}",
    "2001-12-14t21:59:43.10-05:00",
    "~",
    "yes",
    "? x",
    "- - - -",
    "@at",
    "`tick`",
    "%YAML 1.1",
    "--- ",
    "...",
)


def _shuffled(rng: Random, text: str) -> bytes:
    lines = text.splitlines(keepends=True)
    at, to = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines.insert(to, lines.pop(at) if rng.random() < 0.5 else lines[at])
    return "".join(lines).encode()


def _encoded(rng: Random, text: str) -> bytes:
    return text.encode(
        rng.choice(("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "utf-7", "latin-1", "cp037"))
    )


def _bomb(rng: Random, text: str) -> bytes:
    return rng.choice(_BOMBS)(rng.choice((10, 10, 100, 100, 1000, 1000, 30_000)), text).encode()


_BOMBS: tuple[Callable[[int, str], str], ...] = (
    lambda n, text: text + "x: " + "[" * n,
    lambda n, text: text + "x: " + "{a: " * n,
    lambda n, text: text + "x:\n" + "".join(" " * min(depth, 400) + "- \n" for depth in range(min(n, 400))),
    lambda n, text: text + "x: &a [" + "*a, " * n + "]\n",
    lambda n, text: "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(min(n, 99))) + text,
    lambda n, text: text + f"{'k' * n}: 1\n",
    lambda n, text: text + "guards:\n" + "- {metric: p99, max: 1s}\n" * min(n, 6000),
    lambda n, text: text + "stages: [" + "{weight: 5%, hold: 1m}, " * min(n, 6000) + "]\n",
    lambda n, text: text + "stages: [{ramp: {from: 1%, step: 0.0001pp, to: 100%, hold: 1s}}]\n" * min(n, 9),
    lambda n, text: text.replace("1%", "9" * n + "%"),
    lambda n, text: text.replace("30s", "1h" * n),
    lambda n, text: "%YAML 1.1\n" * min(n, 9) + "---\n" + text,
    lambda n, text: (text + "---\n") * min(n, 99),
    lambda n, text: "\n" * n + text,
    lambda n, text: "#" * n + "\n" + text,
    lambda n, text: text + "x: |\n" + " y\n" * n,
    lambda n, text: text + 'x: "' + "\\\n" * n,
    lambda n, text: text + "? " * n,
    lambda n, text: text + "!" * n + " x: 1\n",
    lambda n, text: "\t" * n + text,
)

_MAKERS: tuple[Callable[[Random, str], bytes], ...] = (
    _bytes,
    _values,
    _bytes,
    _bytes,
    _values,
    _values,
    _values,
    _shuffled,
    _encoded,
    _bomb,
)
