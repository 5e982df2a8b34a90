"""Guards read from a plan file: one rule each, that makes sense for its metric."""

from __future__ import annotations

from msgspec import Struct

from console.plan.fields import Fields, Found, choice, mapping
from console.plan.kinds import OF_PODS, limit_parser, wants_requests, why_senseless
from console.plan.literal import quoted
from console.plan.model import Guard, Metric, Rule, Then
from console.plan.names import parse_title, tells_versions_apart
from console.plan.plan_words import limit_in_words
from console.plan.problems import Mark, Problems
from console.plan.units import parse_count, parse_duration_s, words_duration

GUARD_KEYS = (
    "metric",
    "max",
    "min",
    "max_ratio",
    "max_increase",
    "for",
    "then",
    "name",
    "window",
    "min_requests",
)


class Around(Struct, frozen=True, kw_only=True):
    """What a guard's reading needs to know of the plan around it."""

    interval_s: Found[float]
    patience_s: Found[float]
    window_s: Found[float]
    min_requests: Found[int]
    business: dict[str, str]


class PlacedGuard(Struct, frozen=True):
    """A guard and where it stands."""

    guard: Guard
    at: Mark


class GuardList(Struct, frozen=True, kw_only=True):
    """The guards of the plan, or of one stage."""

    placed: tuple[PlacedGuard, ...]
    whole: bool = True
    """False where one of them could not be read, and is missing."""


def read_guards(fields: Fields, around: Around) -> GuardList:
    """Read the list of guards; one that has no metric or rule is left out, and noted."""
    problems, nodes = fields.problems, fields.items("guards")
    placed = []
    for node in nodes.value:
        hint = "write one like {metric: error_rate, max: 1%}"
        one = mapping(node, known=GUARD_KEYS, problems=problems, what="a guard", hint=hint)
        guard = _read_guard(one, around) if one else None
        if guard:
            placed.append(PlacedGuard(guard, node.at))
    _look_for_twins(placed, problems)
    return GuardList(placed=tuple(placed), whole=nodes.sound and len(placed) == len(nodes.value))


def same_name(first: PlacedGuard, second: PlacedGuard, problems: Problems) -> None:
    """Note that two guards that are watched together have one name."""
    name = quoted(first.guard.name)
    if first.guard == second.guard:
        message = f"the guard {name} stands twice, first in line {first.at.line}"
        problems.add(second.at, message, hint="keep one")
    else:
        message = f"two guards are called {name}, the first in line {first.at.line}"
        problems.add(second.at, message, hint="give this one a name of its own, like name: soon")


def _read_guard(fields: Fields, around: Around) -> Guard | None:
    known = tuple(dict.fromkeys((*Metric, *around.business)))
    metric = fields.required("metric", choice(known), stand_in="", hint=f"write one of {', '.join(known)}")
    rule = _rule(fields)
    then = fields.optional("then", choice(tuple(Then)), default=Then.ROLLBACK)
    for_s = fields.optional("for", parse_duration_s, default=0.0)
    window_s = fields.optional("window", parse_duration_s, default=around.window_s.value)
    min_requests = _min_requests(fields, metric, around)
    name = fields.optional("name", parse_title, default="")
    _check_times(fields, for_s=for_s, window_s=window_s, around=around)
    if rule is None or not metric.sound:
        return None
    limit = _limit(fields, metric.value, rule)
    _check_comparison(fields, metric.value, rule, around)
    made_name = f"{metric.value} {rule} {limit_in_words(metric.value, rule, limit.value)}"
    return Guard(
        name=name.value or made_name,
        metric=metric.value,
        rule=rule,
        limit=limit.value,
        window_s=window_s.value,
        for_s=for_s.value,
        min_requests=min_requests,
        then=then.value,
    )


def _rule(fields: Fields) -> Rule | None:
    """Find the one rule of the guard."""
    given = [rule for rule in Rule if rule in fields]
    if not given:
        if not fields.has_any(tuple(Rule)):
            hint = "write one of max, min, max_ratio or max_increase"
            fields.problems.add(fields.at, "a guard has no limit", hint=hint)
        return None
    for extra in given[1:]:
        hint = "write two guards"
        fields.problems.add(
            fields.key_mark(extra), f"a guard has one rule, and this one has {given[0]} already", hint=hint
        )
    return given[0]


def _limit(fields: Fields, metric: str, rule: Rule) -> Found[float]:
    senseless = why_senseless(metric, rule)
    if senseless:
        fields.problems.add(
            fields.key_mark(rule), f"{rule} makes no sense for {quoted(metric)}", hint=senseless
        )
        return Found(value=0.0, at=fields.at, sound=False)
    return fields.required(rule, limit_parser(metric, rule), stand_in=0.0)


def _min_requests(fields: Fields, metric: Found[str], around: Around) -> int:
    if not metric.sound or wants_requests(metric.value):
        return fields.optional("min_requests", parse_count, default=around.min_requests.value).value
    if "min_requests" in fields:
        needs = "pods" if metric.value in OF_PODS else "the requests themselves"
        message = f"{quoted(metric.value)} looks at {needs}: it waits for no requests"
        fields.problems.add(fields.key_mark("min_requests"), message, hint="leave min_requests out")
    return 0


def _check_times(fields: Fields, *, for_s: Found[float], window_s: Found[float], around: Around) -> None:
    patience = around.patience_s
    if for_s.sound and patience.sound and for_s.value > patience.value:
        message = (
            f"for: this guard would act after the plan's patience of {words_duration(patience.value)} is over"
        )
        fields.problems.add(for_s.at, message, hint="shorten it, or lengthen patience")
    if window_s.given:
        check_window(window_s, interval_s=around.interval_s, problems=fields.problems)


def check_window(window_s: Found[float], *, interval_s: Found[float], problems: Problems) -> None:
    """Note a window in which there would be no look at all."""
    if window_s.sound and interval_s.sound and window_s.value < interval_s.value:
        words = words_duration(interval_s.value)
        problems.add(
            window_s.at, f"window: it is shorter than the interval of {words}", hint=f"write {words} or more"
        )


def _check_comparison(fields: Fields, metric: str, rule: Rule, around: Around) -> None:
    query = around.business.get(metric)
    if query and rule.compares and not tells_versions_apart(query):
        message = f"{quoted(metric)} can't be compared: its query is the same for both versions"
        fields.problems.add(fields.key_mark(rule), message, hint="use {{version}} in the query")


def _look_for_twins(placed: list[PlacedGuard], problems: Problems) -> None:
    first_by_name: dict[str, PlacedGuard] = {}
    for one in placed:
        first = first_by_name.setdefault(one.guard.name, one)
        if first is not one:
            same_name(first, one, problems)
