"""A made-up event and a made-up command, each added by its own file and one name, are found everywhere."""

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
from console.release.event import Event, changes, says

if TYPE_CHECKING:
    from console.release.state import Release


class Wobbled(Event, frozen=True, kw_only=True, tag="wobbled"):
    """The canary wobbled."""

    about: ClassVar[About] = About(
        by=By.POLICY, gravity=Gravity.AMISS, sign="W", means="wobbled", annotates=True, decides=("times",)
    )

    times: int
    reason: str


@changes(Wobbled)
def _wobbled(release: Release, event: Wobbled, _at: float) -> Release:
    return replace(release, metrics=f"wobbled {event.times} times")


@says(Wobbled)
def _in_words(event: Wobbled, _release: Release) -> str:
    return f"WOBBLED {event.times} times: {event.reason}"
'''
COMMANDED = '''
"""A made-up command's event: a person nudged the release."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace

from console.release.about import About, By, Gravity
from console.release.event import Commanded, changes, says

if TYPE_CHECKING:
    from console.release.state import Release


class Nudged(Commanded, frozen=True, kw_only=True, tag="nudged"):
    """A person nudged the release."""

    about: ClassVar[About] = About(by=By.PERSON, gravity=Gravity.STEP, sign="N", means="nudged")


@changes(Nudged)
def _nudged(release: Release, event: Nudged, _at: float) -> Release:
    return replace(release, overruled=event.person.login)


@says(Nudged)
def _in_words(event: Nudged, _release: Release) -> str:
    return f"nudged by {event.person.login}: {event.reason}"
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
OWN = {
    "console/release/events/wobbled.py": EVENT,
    "console/release/events/nudged.py": COMMANDED,
    "console/policy/commands/nudge.py": COMMAND,
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
}
"""Names in two files, an event's and a command's, and nothing else."""
LOOK = """
import json

import msgspec

from console.command import ANSWERABLE, Command
from console.journal.decode import decode
from console.plan.model import Grafana
from console.plan.schema import json_schema
from console.policy.commands import spec_of
from console.policy.permit import event_for, refusal, want_of_reason
from console.release import events as ev
from console.release.event import Commanded
from console.release.events.nudged import Nudged
from console.release.events.wobbled import Wobbled
from console.notify.messages import annotation
from console.report.facts import facts_of
from console.whatif.course import both_told
from console.whatif.simulate import what_if
from console.whatif.simulation import decisions
from console.whatif.decision_steps import decision_steps
from msgspec.structs import replace
from screens.event_log import EventLog
from screens.dialogs import Reason, asked_of
from screens.help import words_of
from screens.keys import KEYS, commands_on, keys_now
from screens.replay.keys import WORDS
from tests.releases import ANA, running

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
print(json.dumps({"event": event, "command": command}))
"""


@pytest.mark.full
def test_a_made_up_event_and_a_made_up_command_are_found_everywhere_by_one_name_each(tmp_path: Path) -> None:
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
            for each in (ROOT / folder.relative_to(top)).iterdir():
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
