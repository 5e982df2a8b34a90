"""What is asked of the router, and what becomes of it."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta
from msgspec.structs import replace

from console.elsewhere import Elsewhere
from console.plan.exposure import Percent
from console.release.about import About, By, Gravity
from console.release.changes import another_weight, come_into_force, known
from console.release.event import Event
from console.release.numbers import Generation, Milliseconds, Ordinal
from console.release.parts import Altered, Failure, Rollback, Write
from console.release.state import Release


class WeightRequested(Event, frozen=True, kw_only=True, tag="weight_requested"):
    """The intent, on record before the router is touched."""

    about: ClassVar[About] = About(by=By.POLICY, gravity=Gravity.HIDDEN)

    number: Ordinal
    """Counted from 1 over the whole release; the result carries the same number."""
    weight: Percent

    def change(self, release: Release, at: float, /) -> Release:
        # Intents are kept until they are answered, and there may be several: a rollback that hangs is tried
        # again beside the first. The weight in force is not touched: what was asked for is not what is.
        write = Write(number=self.number, weight=self.weight, at=at)
        return replace(
            release,
            writes=(*release.writes, write),
            last_number=self.number,
            # Kept past the answer: a write that timed out here may have got through, and the generation that
            # it made must then be known for ours. Without a generation nothing could be compared.
            asked_since=_with(release.asked_since, self.weight) if release.generation else (),
            rollback=_asked(release.rollback, at),
        )

    def in_words(self, _release: Release, /) -> str:
        return f"asked the router for {self.weight}%"


def _with(weights: tuple[int, ...], weight: int) -> tuple[int, ...]:
    return weights if weight in weights else (*weights, weight)


def _asked(rollback: Rollback | None, at: float) -> Rollback | None:
    if rollback is None:
        return None
    return replace(rollback, attempts=rollback.attempts + 1, asked_at=rollback.asked_at or at)


class WeightConfirmed(Event, frozen=True, kw_only=True, tag="weight_confirmed"):
    """The router was written and read back: the weight is in force."""

    about: ClassVar[About] = About(by=By.WORLD, gravity=Gravity.QUIET, answers=True, annotates=True)

    number: Ordinal
    weight: Percent
    took_ms: Milliseconds
    elsewhere: tuple[Elsewhere, ...] = ()
    """What the router's object sends besides."""
    generation: Generation = 0
    """The object's, as it was read back."""

    @property
    def in_force(self) -> Percent | None:
        """The weight that it says."""
        return self.weight

    def change(self, release: Release, at: float, /) -> Release:
        rollback = release.rollback
        # The first confirmation is the one that people time. Where somebody takes the traffic away again,
        # that is counted beside it (`overwritten`) and does not make the way back slower in retrospect.
        if rollback is not None and self.weight == 0 and rollback.confirmed_at is None:
            rollback = replace(rollback, confirmed_at=at)
        # What is in force answers every try that asked for it: a rollback's go out one beside the other.
        others = tuple(write for write in release.writes if write.weight != self.weight)
        confirmed = replace(
            known(_answered(replace(release, writes=others), self.number), self.generation),
            weight=self.weight,
            elsewhere=self.elsewhere,
            changed_by="",
            unread=None,
            failure=None,
            unmarked=False,
            # A weight is written together with our marks, and 0% takes them off again (`traffic/marks`).
            signed=release.signed or self.weight > 0,
            signed_at=at if self.weight else release.signed_at,
            rollback=rollback,
        )
        # An answer may be older than what is wanted now: a stage's write that arrives behind a retreat. Then
        # the stage's evidence does not begin, and only what should arrive is counted by the weight in force.
        wanted = self.weight == release.wanted_weight
        return come_into_force(confirmed, at) if wanted else another_weight(confirmed, at)

    def in_words(self, _release: Release, /) -> str:
        return f"the router confirms {self.weight}% after {self.took_ms:.0f} ms"


def _answered(release: Release, number: int) -> Release:
    return replace(release, writes=tuple(write for write in release.writes if write.number != number))


class WriteFailed(Event, frozen=True, kw_only=True, tag="write_failed"):
    """The write did not take effect, or nobody knows whether it did."""

    about: ClassVar[About] = About(by=By.WORLD, gravity=Gravity.AMISS, answers=True)

    number: Ordinal
    trouble: str
    wait_s: Annotated[float, Meta(ge=0.0, le=1e9)] = 0.0
    """How long the API server asks us to wait, where it does (`Retry-After`)."""

    def change(self, release: Release, at: float, /) -> Release:
        # Only failures in a row count, from the first of them: a pipeline gives up by their age, and one
        # success clears them all (`WeightConfirmed`).
        before = release.failure
        failure = Failure(
            since=before.since if before else at,
            at=at,
            times=before.times + 1 if before else 1,
            trouble=self.trouble,
            wait_s=self.wait_s,
        )
        return replace(_answered(release, self.number), failure=failure)

    def in_words(self, release: Release, /) -> str:
        times = release.failure.times if release.failure else 1
        return f"the write failed ({times} in a row): {self.trouble}"


class WeightAltered(Event, frozen=True, kw_only=True, tag="weight_altered"):
    """The write was taken and came out as another weight: an admission webhook or a controller changes it."""

    about: ClassVar[About] = About(by=By.WORLD, gravity=Gravity.GRAVE, sign="!", answers=True, annotates=True)

    number: Ordinal
    asked: Percent
    weight: Percent
    """What was read back."""
    generation: Generation = 0

    @property
    def in_force(self) -> Percent | None:
        """The weight that it says."""
        return self.weight

    def change(self, release: Release, at: float, /) -> Release:
        return replace(
            # `another_weight` and not `come_into_force`, also where what came out happens to be a stage's
            # weight: nobody asked for it, so it shows nothing of the stage.
            known(another_weight(_answered(release, self.number), at), self.generation),
            weight=self.weight,
            changed_by="",
            unread=None,
            failure=None,
            signed=release.signed or self.weight > 0,
            signed_at=at if self.weight else release.signed_at,
            altered=Altered(asked=self.asked, weight=self.weight),
        )

    def in_words(self, _release: Release, /) -> str:
        more = "MORE" if self.weight > self.asked else "less"
        return (
            f"{self.asked}% came out as {self.weight}%, {more} than was asked for: "
            "a webhook or a controller changes what is written"
        )


class TakenBack(Event, frozen=True, kw_only=True, tag="taken_back"):
    """More than was asked for is in force: back to this weight, which is asked for next."""

    about: ClassVar[About] = About(
        by=By.POLICY, gravity=Gravity.AMISS, sign="<", means="taken back", decides=("weight",)
    )

    weight: Percent
    reason: str

    def change(self, release: Release, _at: float, /) -> Release:
        return replace(release, back_to=self.weight, held_s=0.0)

    def in_words(self, _release: Release, /) -> str:
        return f"taken back to {self.weight}%: {self.reason}"
