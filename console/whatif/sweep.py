"""One number of a plan, tried at many values: `error_rate.max=0.5%..5%`, `judge.tolerate=0.05pp..1pp`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from console.errors import UsageError
from console.plan.judge_settings import Tried, settings_of
from console.plan.judges import NAMES, held
from console.plan.kinds import limit_parser
from console.plan.literal import quoted
from console.plan.model import Guard, Plan, Rule
from console.plan.plan_words import limit_in_words, metric_in_words
from console.plan.units import BadValue, parse_count, parse_duration_s, words_duration
from console.release import events as ev
from console.whatif.harm import Harm, harm
from console.whatif.outcome import Fate, fate_of
from console.whatif.simulate import what_if

MOST_VALUES = 100
OF_JUDGE = "judge."
"""Before the key of a number of the judge's: `judge.tolerate`."""
_SHAPE = "write it like error_rate.max=0.5%..5%, p99.max=100ms,250ms,1s or error_rate.max.for=0s..30s"


class Sweep(Struct, frozen=True, kw_only=True):
    """Which number is tried, and the values."""

    guard: Guard | None
    """The guard that is meant, as the plan has it; None: the judge."""
    field: str
    """`limit`, `for_s`, `window_s` or `min_requests`; of a judge what its section can vary, as `tolerate`."""
    judge: str = ""
    """The judge's name, where it is one of its numbers."""
    values: tuple[float, ...]

    @property
    def title(self) -> str:
        """Name the number: `error_rate.max`, `error_rate.max.for`, `judge.tolerate`."""
        if self.guard is None:
            return f"{OF_JUDGE}{self.field}"
        whose = f"{self.guard.metric}.{self.guard.rule}"
        return whose if self.field == "limit" else f"{whose}.{self.field.removesuffix('_s')}"

    @property
    def about(self) -> str:
        """Say what is varied: a metric's limit, or the judge."""
        return (
            f"the {settings_of(self.judge).NAME}"
            if self.guard is None
            else metric_in_words(self.guard.metric)
        )

    def words(self, value: float) -> str:
        """Write one value with its unit."""
        if self.guard is None:
            return settings_of(self.judge).TRIED[self.field].words(value)
        if self.field == "limit":
            return limit_in_words(self.guard.metric, self.guard.rule, value)
        return str(int(value)) if self.field == "min_requests" else words_duration(value)


class Swept(Struct, frozen=True, kw_only=True):
    """What one value would have led to."""

    value: float
    words: str
    fate: Fate
    why: str
    """The reason of the rollback; empty where there was none."""
    harm: Harm


def parse_sweep(text: str, plan: Plan, *, steps: int) -> Sweep:
    """Read what is to be tried on `plan`; raises UsageError with what would be right."""
    name, equals, tried = text.partition("=")
    if "=" in tried:  # a guard's own name may hold one
        name, equals, tried = text.rpartition("=")
    if not equals or not name.strip() or not tried.strip():
        raise UsageError(f"{quoted(text)} is no sweep", hint=_SHAPE)
    guard, field, parse = _target(name.strip(), plan)
    try:
        values = tuple(dict.fromkeys(_values(tried.strip(), parse, steps=steps)))
    except BadValue as bad:
        raise UsageError(f"--sweep {name}: {bad}", hint=bad.hint) from None
    if field == "window_s" and min(values) < plan.interval_s:
        words = words_duration(plan.interval_s)
        raise UsageError(f"a window is not shorter than the interval of {words}", hint=f"begin at {words}")
    return Sweep(guard=guard, field=field, values=values, judge="" if guard else plan.judge_kind)


def sweep(records: Sequence[ev.Record], plan: Plan, tried: Sweep) -> Iterator[Swept]:
    """Tell the recorded release again for each value."""
    for value in tried.values:
        simulated = what_if(records, varied(plan, tried, value))
        yield Swept(
            value=value,
            words=tried.words(value),
            fate=fate_of(simulated.release, last_at=simulated.records[-1].at),
            why=simulated.release.rollback.reason if simulated.release.rollback else "",
            harm=harm(records, simulated),
        )


def varied(plan: Plan, tried: Sweep, value: float) -> Plan:
    """Give the plan with one value in place, in every stage that has the guard."""
    if tried.guard is None:
        settings = plan.judge_settings
        assert settings is not None
        return replace(plan, **held(plan.judge_kind, replace(settings, **{tried.field: value})))
    name = tried.guard.name
    number = int(value) if tried.field == "min_requests" else value
    stages = tuple(
        replace(
            stage,
            guards=tuple(
                replace(guard, **{tried.field: number}) if guard.name == name else guard
                for guard in stage.guards
            ),
        )
        for stage in plan.stages
    )
    return replace(plan, stages=stages)


def _target(name: str, plan: Plan) -> tuple[Guard | None, str, Callable[[str], float]]:
    """Find the guard, its field and how that is read: `metric.rule`, `metric.for`, `a guard's name.for`.

    None stands for the judge.
    """
    if name.startswith(OF_JUDGE):
        field = name.removeprefix(OF_JUDGE)
        return None, field, _of_judge(field, plan).parse
    whose, dot, last = name.rpartition(".")
    if not dot:
        raise UsageError(f"{quoted(name)} names no number of a guard", hint=_SHAPE)
    if last in _FIELDS:
        field, parse = _FIELDS[last]
        return _guard(whose, plan), field, parse
    if last not in tuple(Rule):
        known = ", ".join((*Rule, *_FIELDS))
        raise UsageError(f"a guard has no {quoted(last)}", hint=f"it has {known}")
    guard = _guard(name, plan)
    return guard, "limit", limit_parser(guard.metric, guard.rule)


def _tried(plan: Plan) -> Mapping[str, Tried]:
    return settings_of(plan.judge_kind).TRIED if plan.judge_settings is not None else {}


def _of_judge(field: str, plan: Plan) -> Tried:
    """Find a number of the plan's judge."""
    found = _tried(plan)
    if field in found:
        return found[field]
    first = settings_of(NAMES[0])
    listed = ", ".join(f"{OF_JUDGE}{each}" for each in (found or first.TRIED))
    if found or field not in first.TRIED:
        raise UsageError(
            f"{quoted(OF_JUDGE + field)} can't be tried", hint=f"of the judge it is {listed} alone"
        )
    raise UsageError(f"the plan does not judge by the {first.NAME}", hint="name a number of a guard")


_FIELDS: dict[str, tuple[str, Callable[[str], float]]] = {
    "for": ("for_s", parse_duration_s),
    "window": ("window_s", parse_duration_s),
    "min_requests": ("min_requests", parse_count),
}


def _guard(name: str, plan: Plan) -> Guard:
    """Find the one guard that `name` means: its own name, its metric, or `metric.rule`."""
    guards = {guard.name: guard for stage in plan.stages for guard in stage.guards}
    found = [guard for guard in guards.values() if name in _names(guard)]
    if len(found) == 1:
        return found[0]
    if not found:
        judge = (f"{OF_JUDGE}{field}" for field in _tried(plan))
        listed = ", ".join([*judge, *(f"{guard.metric}.{guard.rule}" for guard in guards.values())])
        raise UsageError(f"the plan has no guard {quoted(name)}", hint=f"it has {listed or 'none'}")
    listed = " or ".join(quoted(guard.name) for guard in found)
    raise UsageError(f"{quoted(name)} means {len(found)} guards", hint=f"name one of them: {listed}")


def _names(guard: Guard) -> tuple[str, ...]:
    by_rule = f"{guard.metric}.{guard.rule}"
    return (guard.name, f"{guard.name}.{guard.rule}", guard.metric, by_rule)


def _values(text: str, parse: Callable[[str], float], *, steps: int) -> Iterator[float]:
    first, dots, last = text.partition("..")
    if not dots:
        listed = text.split(",")
        if len(listed) > MOST_VALUES:
            raise BadValue(f"{len(listed)} values are too many", hint=f"write at most {MOST_VALUES}")
        yield from (parse(value.strip()) for value in listed)
        return
    low, high = parse(first.strip()), parse(last.strip())
    if low == high:
        raise BadValue(f"{quoted(text)} is one value", hint="write two that differ, or a list like 1%,2%")
    whole = isinstance(low, int)
    for step in range(steps):
        value = low + (high - low) * step / (steps - 1)
        yield float(round(value)) if whole else float(f"{value:.3g}")
