"""A made-up event, command and judge, each added by its own files and one name, are found everywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EVENT = '''
"""A made-up event of the policy: the canary wobbled."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace

from console.release.about import About, By, Gravity
from console.release.event import Event

if TYPE_CHECKING:
    from console.release.state import Release


class Wobbled(Event, frozen=True, kw_only=True, tag="wobbled"):
    """The canary wobbled."""

    about: ClassVar[About] = About(
        by=By.POLICY, gravity=Gravity.AMISS, sign="W", means="wobbled", annotates=True, decides=("times",)
    )

    times: int
    reason: str

    def change(self, release: Release, _at: float, /) -> Release:
        return replace(release, metrics=f"wobbled {self.times} times")

    def in_words(self, _release: Release, /) -> str:
        return f"WOBBLED {self.times} times: {self.reason}"
'''
COMMANDED = '''
"""A made-up command's event: a person nudged the release."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace

from console.release.about import About, By, Gravity
from console.release.event import Commanded

if TYPE_CHECKING:
    from console.release.state import Release


class Nudged(Commanded, frozen=True, kw_only=True, tag="nudged"):
    """A person nudged the release."""

    about: ClassVar[About] = About(by=By.PERSON, gravity=Gravity.STEP, sign="N", means="nudged")
    done: ClassVar[str] = "nudged"

    def change(self, release: Release, _at: float, /) -> Release:
        return replace(release, overruled=self.person.login)
'''
COMMAND = '''
"""Nudge the release."""

from __future__ import annotations

from console.policy.spec import Prompt, Spec
from console.release.events.nudged import Nudged
from console.release.state import Release


def _refused(release: Release, _now: float) -> str:
    return "it was nudged already" if release.overruled else ""


def _prompt(_release: Release | None) -> Prompt:
    return Prompt(title="Nudge it?", text="It moves a little.", yes="Nudge: N", yes_key="N")


SPEC = Spec(
    event=Nudged, refused=_refused, key="n", hint="nudge", about="push it a little", rank=5, prompt=_prompt
)
'''
SETTINGS = '''
"""A made-up judge in a plan: the canary may fail a few more requests than stable, in all."""

from __future__ import annotations

from msgspec import Struct

NAME = "parity"
TRIED = {}


class Settings(Struct, frozen=True, kw_only=True):
    """What it tolerates."""

    kind: str = "parity"
    more: int = 10


def in_words(settings, *, plan):
    return [f"roll back when {plan.canary.name} fails {settings.more} more than {plan.stable.name}"]


def as_text(settings):
    yield from ()


def kept(was, plan):
    return []
'''
SECTION = '''
"""A made-up judge, read from a plan file."""

from console.plan.judges import NAMES
from console.plan.judges.parity import Settings
from console.plan.fields import choice
from console.plan.shapes import object_of
from console.plan.units import parse_count


def read(fields, *, sources):
    judge = fields.section("judge", known=("kind", "more"))
    judge.optional("kind", choice(NAMES), default="parity")
    return Settings(more=judge.optional("more", parse_count, default=10).value)


def check(fields, settings, stages):
    pass


def schema():
    return object_of({"kind": {"const": "parity"}, "more": {"type": "integer"}}, required=("kind",))
'''
JUDGE = '''
"""A made-up judge: it counts."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from console.judge.judge_kind import Judge
from console.judge.reading import Verdict
from console.judge.verdict import Action, Awaited, JudgeVerdict, Wait, Why


class State(Struct, frozen=True, kw_only=True, tag="parity"):
    more: float = 0.0
    most: int = 0
    looks: int = 0


class Parity(Judge[State]):
    def begin(self, plan, terms):
        return State(most=plan.judge_settings.more)

    def look(self, state, plan, look):
        stable, canary = look.sample.stable.counts, look.sample.canary.counts
        if stable is None or canary is None:
            return state
        return replace(state, more=state.more + canary.errors - stable.errors, looks=state.looks + 1)

    def says(self, state):
        if not state.looks:
            return None
        bad = state.more > state.most
        if not bad:
            return JudgeVerdict()
        return JudgeVerdict(action=Action.ROLL_BACK, why=Why.WORSE, doubts=True)

    def word(self, state, standing):
        said = self.says(state)
        return None if said is None else Verdict.BREACH if said.doubts else Verdict.HEALTHY

    def awaits(self, state, standing):
        return () if state.looks else (Awaited(wait=Wait.UNSCORED),)


JUDGE = Parity()
'''
OWN = {
    "console/release/events/wobbled.py": EVENT,
    "console/release/events/nudged.py": COMMANDED,
    "console/policy/commands/nudge.py": COMMAND,
    "console/plan/judges/parity/__init__.py": SETTINGS,
    "console/plan/judges/parity/section.py": SECTION,
    "console/judge/judges/parity.py": JUDGE,
}
IMPORTS = "from console.release.event import"
OWN_IMPORTS = "".join(
    f"from console.release.events.{name} import {name.capitalize()}\n" for name in ("nudged", "wobbled")
)
NAMED = {
    "console/release/events/__init__.py": (
        ("\nAnyEvent = (\n", "\nAnyEvent = (\n    Wobbled\n    | Nudged\n    | "),
        (IMPORTS, OWN_IMPORTS + IMPORTS),
    ),
    "console/command.py": (('    PAUSE = "pause"\n', '    PAUSE = "pause"\n    NUDGE = "nudge"\n'),),
    "console/plan/judges/__init__.py": (('"two_keys", "kayenta")', '"two_keys", "kayenta", "parity")'),),
    "console/judge/registry.py": (
        ("import kayenta, rules, two_keys", "import kayenta, parity, rules, two_keys"),
        ("| rules.State", "| rules.State | parity.State"),
        ("(two_keys, kayenta, rules)", "(two_keys, kayenta, rules, parity)"),
    ),
}
"""The names of an event, a command and a judge, and nothing else."""
LOOK = """
import json

import msgspec

from console.backtest.bench import bench_of
from console.claims.grammar import Told, read_claim
from console.claims.moments import Course
from console.claims.trial import try_claims
from console.command import ANSWERABLE, Command
from console.errors import PlanError
from console.journal.decode import decode
from console.plan.load import parse_plan
from console.plan.model import Grafana, Plan
from console.plan.schema import json_schema
from console.plan.plan_words import describe
from console.policy.commands import spec_of
from console.policy.permit import event_for, refusal, want_of_reason
from console.release import events as ev
from console.release.carried import packed, unpacked
from console.release.event import Commanded
from console.release.events.nudged import Nudged
from console.release.events.wobbled import Wobbled
from console.notify.messages import annotation
from console.release.fold import fold_all
from console.release.obstacles import obstacles
from console.report.facts import facts_of
from console.report.markdown import markdown
from console.whatif.course import both_told
from console.whatif.simulate import what_if
from console.whatif.simulation import decisions
from console.whatif.decision_steps import decision_steps
from msgspec.structs import replace
from screens.event_log import EventLog
from screens.dialogs import Reason, asked_of
from screens.help import words_of
from screens.keys import KEYS, commands_on, keys_now
from screens.glyphs import UNICODE
from screens.replay.keys import WORDS
from screens.replay.printed import as_json
from screens.view_state import Story as Screen
from screens.widgets.guards import Guards
from tests.plan.good import GOOD
from tests.policy.test_judge import follow, live
from tests.releases import ANA, PREFLIGHT, Story, counts, running, sample

story = running()
before = story.release
story.tell(Wobbled(times=3, reason="wind"), after_s=1.0)
record = story.records[-1]
log = EventLog()
log.add(record, story.release)
facts, *_, turn = facts_of(story.records), *decision_steps(story.records)
grafana = Grafana(url="https://g", token="env:T")
legend = " ".join(about for word, about in WORDS)
event = {
    "read": decode(msgspec.json.encode(record)) == record,
    "folded": story.release.metrics == "wobbled 3 times",
    "said": log.entries[-1].text == "WOBBLED 3 times: wind",
    "inked": log.entries[-1].ink.name == "WAIT",
    "signed": log.marks[-1].sign == "W",
    "explained": "W wobbled" in legend,
    "reported as grave": facts.timeline[-1].grave,
    "marked in the charts": facts.timeline[-1].mark == "wobbled",
    "a decision with its evidence": facts.decisions[-1].words.startswith("WOBBLED"),
    "decided in its turn": record in turn.decided,
    "told without its words": decisions(story.records)[-1][1] == (Wobbled, 3),
    "told beside a what-if": "WOBBLED" in both_told(story.records, story.records)[-1],
    "annotated": annotation(grafana, record.event, story.release, now=1.0) is not None,
}

story, nudge = running(), Command("nudge")
plan = replace(story.release.plan, reasons=("nudge",))
wanting = replace(story.release, plan=plan)
offered = [key.hint for key in keys_now(story.release, read_only=False, now=story.at)]
asked = asked_of(spec_of(nudge).prompt(story.release), reason=Reason.NONE)
story.tell(event_for(nudge, ANA, reason="stuck"), after_s=1.0)
told = what_if(story.records, story.release.plan)
command = {
    "a plan can want its reason": nudge in ANSWERABLE and "nudge" in json.dumps(json_schema()),
    "its reason is wanted": bool(want_of_reason(wanting, nudge, reason="")),
    "on record": isinstance(story.records[-1].event, Nudged) and story.release.overruled == "ana",
    "refused": refusal(story.release, nudge, now=story.at) == "it was nudged already",
    "bound to its key": commands_on("n") == [nudge],
    "in the bar": "nudge" in offered,
    "in the help": any(key.about == "push it a little" for key in KEYS),
    "asked": asked.title == "Nudge it?" and asked.forward,
    "simulated": any(isinstance(record.event, Nudged) for record in told.records),
    "among what people did": facts_of(story.records).people[-1].words == "nudged",
}

TEXT = GOOD.replace("guards:", "judge: {kind: parity, more: 10}\\nguards:", 1)
of = parse_plan(TEXT, origin="plan.yaml")
of = replace(of, stages=tuple(replace(each, guards=(), approve=False, min_requests=0) for each in of.stages))
story = Story(of)
story.tell(ev.RouterSeen(weight=0), PREFLIGHT)
begun = follow(story).release
well = live(story, lambda _: sample(counts(900.0), counts(100.0)), ticks=2).release
live(story, lambda _: sample(counts(900.0), counts(100.0, errors=9.0)), ticks=3)
live(story, lambda _: sample(counts(900.0), counts(0.0)), ticks=3)
bad = fold_all(story.records[: 1 + max(
    place for place, each in enumerate(story.records) if isinstance(each.event, ev.SampleTaken)
)])
shown = Screen()
shown.take([each for each in story.records if each.at <= well.tick_at])
scene = shown.view_state(now=well.tick_at, glyphs=UNICODE, read_only=False)
rows = ["".join(piece.text for piece in row) for row in Guards().paint(scene, 120, 12)]
course = Course(begins_at=story.records[0].at, ends_at=story.records[-1].at)
claim = read_claim("verdict(parity) == breach ever", Told(plan=of, course=course))
try:
    parse_plan(TEXT.replace("kind: parity", "kind: pari"), origin="plan.yaml")
except PlanError as error:
    unknown = str(error)
judge = {
    "read": (of.judge_kind, of.judge_settings.more) == ("parity", 10),
    "named where another is asked for": "parity" in unknown,
    "described": "roll back when v2 fails 10 more than v1" in describe(of),
    "in the schema": '"parity"' in json.dumps(json_schema()),
    "written as it was read": msgspec.json.decode(msgspec.json.encode(of), type=Plan) == of,
    "waited for": any(each.kind == "unscored" for each in obstacles(begun)),
    "well": (well.judge_word, well.judge_doubts) == ("healthy", False),
    "rolls back": bad.rollback is not None and bad.rollback.reason == "parity: breach, worse",
    "announced": any(getattr(each.event, "guard", "") == "parity" for each in story.records),
    "carried": unpacked(packed(well), opened=well).memory.judge == well.memory.judge,
    "on the screen": any(row.startswith(" parity") and "healthy" in row for row in rows),
    "printed": as_json(bad, at=story.at, course=course)["judge"]["verdict"] == "breach",
    "claimed": try_claims([claim], story.records)[0].held,
    "reported": "parity" in "".join(markdown(facts_of(story.records))),
    "told again alike": what_if(story.records, of).records == tuple(story.records),
    "weighed": not bench_of(of, None).turned,
}
print(json.dumps({"event": event, "command": command, "judge": judge}))
"""


@pytest.mark.full
def test_a_made_up_event_command_and_judge_are_found_everywhere_by_their_names(tmp_path: Path) -> None:
    for name, text in OWN.items():
        _put(tmp_path, name, text.lstrip())
    for name, changes in NAMED.items():
        text = (ROOT / name).read_text()
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        _put(tmp_path, name, text)
    for name in ("screens", "themes", "sample_plans"):
        (tmp_path / name).symlink_to(ROOT / name)
    found = json.loads(_looked(tmp_path))
    assert [place for places in found.values() for place, is_found in places.items() if not is_found] == []


def _put(top: Path, name: str, text: str) -> None:
    """Write a file into a copy of the source in which all else is a link to what is there."""
    folder = top
    for part in Path(name).parent.parts:
        folder /= part
        if not folder.exists() or folder.is_symlink():
            folder.unlink(missing_ok=True)
            folder.mkdir()
            there = ROOT / folder.relative_to(top)
            for each in there.iterdir() if there.exists() else ():
                if each.name != "__pycache__":
                    (folder / each.name).symlink_to(each)
    (top / name).unlink(missing_ok=True)
    (top / name).write_text(text)


def _looked(top: Path) -> str:
    environment = {**os.environ, "PYTHONPATH": f"{top}{os.pathsep}{ROOT}"}
    done = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=top, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
