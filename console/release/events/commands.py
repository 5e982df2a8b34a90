"""What a person asked for."""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace

from console.judge import memory as judge
from console.person import Person
from console.release.about import About, By, Gravity
from console.release.changes import gone_on, known
from console.release.event import Commanded, Remark
from console.release.event_words import person_in_words
from console.release.state import Release


class Paused(Commanded, frozen=True, kw_only=True, tag="paused"):
    """A person stopped the clock."""

    about: ClassVar[About] = About(by=By.PERSON, gravity=Gravity.STEP, sign="H", means="paused")
    done: ClassVar[str] = "paused"

    def change(self, release: Release, _at: float, /) -> Release:
        return replace(release, paused_by=self.person)


class Resumed(Commanded, frozen=True, kw_only=True, tag="resumed"):
    """A person let the clock run again."""

    about: ClassVar[About] = About(by=By.PERSON, gravity=Gravity.STEP, sign="H")
    done: ClassVar[str] = "resumed"

    def change(self, release: Release, at: float, /) -> Release:
        """After a change from outside it means: our weight again; after the judge's hold: watch anew."""
        # Only where the judge holds: a plain pause must not make the judge forget which limits were broken.
        going_on = gone_on(release, at) if release.judge_holds else release
        return replace(
            _moved_by_a_person(going_on),
            # The object bears another's mark, or none. The weight may be right already, and still a write
            # must sign it: else the next look would find a stranger again.
            unmarked=release.stranger is not None,
            held_meanwhile=False,
            end_lost=False,
            paused_by=None,
            taken_up_by=None,
            changed_by="",
            altered=None,
            back_to=None,
            withheld=None,
        )


def _moved_by_a_person(release: Release) -> Release:
    """Take a person's word over what was found: the object is this release's again."""
    stranger = release.stranger
    if stranger is None:
        return release
    # The mark that they have seen is remembered by name: the same mark stops nothing again, another one does.
    return known(replace(release, stranger=None, overruled=stranger.mark), stranger.generation)


class PromotionAsked(Commanded, frozen=True, kw_only=True, tag="promotion_asked"):
    """A person wants the next stage now."""

    about: ClassVar[About] = About(by=By.PERSON, gravity=Gravity.STEP, sign="P", means="promoted")
    done: ClassVar[str] = "promotion asked for"

    def change(self, release: Release, _at: float, /) -> Release:
        return replace(release, promoted_by=self.person)


class Approved(Commanded, frozen=True, kw_only=True, tag="approved"):
    """A person approves the step out of the current stage."""

    about: ClassVar[About] = About(by=By.PERSON, gravity=Gravity.STEP, sign="A", means="approved")
    done: ClassVar[str] = "approved"

    def change(self, release: Release, _at: float, /) -> Release:
        return replace(release, approved_by=self.person)


class AdvancedBlind(Commanded, frozen=True, kw_only=True, tag="advanced_blind"):
    """A person takes the step out of this stage without the evidence for it."""

    about: ClassVar[About] = About(by=By.PERSON, gravity=Gravity.STEP, sign="B", means="advanced blind")
    done: ClassVar[str] = "advanced blind"

    def change(self, release: Release, _at: float, /) -> Release:
        return replace(release, advanced_blind_by=self.person)


class JudgeOverridden(Commanded, frozen=True, kw_only=True, tag="judge_overridden"):
    """A person goes on anyway: another judge begins, with an error budget of its own."""

    about: ClassVar[About] = About(by=By.PERSON, gravity=Gravity.STEP, sign="O", means="went on anyway")
    done: ClassVar[str] = "going on anyway, with a new judge, asked for"

    def change(self, release: Release, _at: float, /) -> Release:
        # A judge that was overruled and kept its evidence would hold again at the next look. A new one with
        # an error budget of its own keeps its promise: each of the two is wrong as seldom as one.
        memory = judge.begin_judge_anew(release.memory, release.plan)
        return replace(release, overridden_by=self.person, retreated=False, returns=0, memory=memory)


class RollbackAsked(Commanded, frozen=True, kw_only=True, tag="rollback_asked"):
    """A person wants stable back."""

    about: ClassVar[About] = About(by=By.PERSON, gravity=Gravity.GRAVE)
    done: ClassVar[str] = "rollback asked for"

    def change(self, release: Release, _at: float, /) -> Release:
        return replace(
            _moved_by_a_person(release),
            # Who asks for the rollback takes what is there, seen or not: the way back does not wait for a
            # look that may not come. The write itself is still conditional on the object that it reads.
            unseen=False,
            held_meanwhile=False,
            end_lost=False,
            rollback_asked=self.person,
            rollback_reason=self.reason,
        )


class CommandRefused(Remark, frozen=True, kw_only=True, tag="command_refused"):
    """A person asked for something that can't be now."""

    about: ClassVar[About] = About(by=By.PERSON, gravity=Gravity.AMISS, noted=True)

    command: str
    person: Person
    why: str

    def in_words(self, _release: Release, /) -> str:
        return f"refused {self.command} of {person_in_words(self.person)}: {self.why}"
