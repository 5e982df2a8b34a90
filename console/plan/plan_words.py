"""A plan in words: what `pithead check` prints, and how screens write a metric's value."""

from __future__ import annotations

from msgspec import UNSET

from console.plan import defaults
from console.plan.columns import in_columns
from console.plan.judge_settings import settings_of
from console.plan.kinds import Kind, can_be_judged, kind_of, wants_requests
from console.plan.literal import literal
from console.plan.model import (
    Errors,
    Guard,
    Metric,
    MetricsSource,
    Plan,
    Rule,
    Stage,
    Then,
    Version,
)
from console.plan.units import words_bytes, words_duration, words_number, words_percent, words_points

ABOUT = {
    Metric.ERROR_RATE: "error rate",
    Metric.ERROR_RATE_4XX: "4xx rate",
    Metric.NO_ANSWER: "share of requests without an answer",
    Metric.GRPC_ERRORS: "share of gRPC failures",
    Metric.P50: "P50",
    Metric.P90: "P90",
    Metric.P95: "P95",
    Metric.P99: "P99",
    Metric.RPS: "requests per second",
    Metric.CPU: "CPU",
    Metric.MEMORY: "memory",
    Metric.READY: "share of ready pods",
    Metric.RESTARTS: "restarts",
    Metric.CRASH_LOOPS: "crash-looping pods",
}
"""Each metric as a sentence names it."""

_PLURAL = frozenset({Metric.RPS, Metric.RESTARTS, Metric.CRASH_LOOPS})


def metric_in_words(metric: str) -> str:
    """Name a metric as sentences do: `error rate`, `P99`, or the business metric's own name."""
    return ABOUT[Metric(metric)] if metric in ABOUT else metric


def is_plural(metric: str) -> bool:
    """Whether a metric's name in words wants `are`."""
    return metric in _PLURAL


def value_in_words(metric: str, value: float) -> str:
    """Write a measured value with its unit, to three digits: `0.52%`, `487 ms`, `512 MiB`."""
    return _with_unit(kind_of(metric), value, digits=3)


def limit_in_words(metric: str, rule: Rule, limit: float) -> str:
    """Write a guard's limit: `1%`, `500 ms`, `0.5pp`, `2x`."""
    if rule is Rule.MAX_RATIO:
        return f"{words_number(limit)}x"
    kind = kind_of(metric)
    if rule is Rule.MAX_INCREASE and kind is Kind.RATIO:
        return words_points(limit)
    return _with_unit(kind, limit, digits=9)


def rule_in_words(guard: Guard, *, stable: str, canary: str) -> str:
    """Say the breach alone: `v2's error rate exceeds 1%`."""
    about = metric_in_words(guard.metric)
    plural = is_plural(guard.metric)
    if guard.rule is Rule.MAX and guard.limit == 0 and kind_of(guard.metric) is Kind.COUNT:
        return f"{canary} has {about}"
    limit = limit_in_words(guard.metric, guard.rule, guard.limit)
    exceeds = "exceed" if plural else "exceeds"
    if guard.rule is Rule.MIN:
        return f"{canary}'s {about} {'fall' if plural else 'falls'} below {limit}"
    if guard.rule is Rule.MAX_RATIO:
        return f"{canary}'s {about} {exceeds} {words_number(guard.limit)} times {stable}'s"
    if guard.rule is Rule.MAX_INCREASE:
        return f"{canary}'s {about} {'are' if plural else 'is'} more than {limit} above {stable}'s"
    return f"{canary}'s {about} {exceeds} {limit}"


def bound_in_words(guard: Guard, *, stable: str) -> str:
    """Say what the guard allows, and what comes of more: `error rate at most 1%, else hold`.

    A name of the guard's own stands before it.
    """
    limit = limit_in_words(guard.metric, guard.rule, guard.limit)
    bound = {
        Rule.MAX: f"at most {limit}",
        Rule.MIN: f"at least {limit}",
        Rule.MAX_RATIO: f"at most {words_number(guard.limit)} times {stable}'s",
        Rule.MAX_INCREASE: f"at most {limit} above {stable}'s",
    }[guard.rule]
    made_up = (f"{mark}{guard.metric} {guard.rule}" for mark in ("", defaults.MARK))
    own = "" if guard.name.startswith(tuple(made_up)) else f"{guard.name}: "
    act = "roll back" if guard.then is Then.ROLLBACK else "hold"
    return f"{own}{metric_in_words(guard.metric)} {bound}, else {act}"


def guard_in_words(guard: Guard, plan: Plan) -> str:
    """Say a guard in one sentence: `roll back when v2's error rate exceeds 1% for 30s (30s window)`."""
    act = "roll back when" if guard.then is Then.ROLLBACK else "hold while"
    breach = rule_in_words(guard, stable=plan.stable.name, canary=plan.canary.name)
    lasting = f" for {words_duration(guard.for_s)}" if guard.for_s else ""
    return f"{act} {breach}{lasting}{_evidence(guard)}"


def total_duration(plan: Plan) -> float:
    """Add up the seconds until the promotion, if all goes well and no one is waited for."""
    return sum(stage.hold_s for stage in plan.stages)


def timeline(plan: Plan) -> list[str]:
    """List the stages in columns, each with its time from the start and what it waits for."""
    rows, at_s = [], 0.0
    for stage in plan.stages:
        hold = f"for {words_duration(stage.hold_s)}" if stage.hold_s else ""
        rows.append((words_duration(at_s), f"{stage.weight}%", hold, _waits(stage)))
        at_s += stage.hold_s
    return [f"at {row}" for row in in_columns(rows, right={1})]


def versions_in_words(plan: Plan) -> str:
    """Name both with their Deployments: `v1 (checkout-v1) to v2 (checkout-v2, in metrics shop-v2)`."""
    stable, canary = map(_version, (plan.stable, plan.canary))
    return f"{stable} to {canary}"


def _version(version: Version) -> str:
    in_metrics = f", in metrics {literal(version.workload)}" * bool(version.workload)
    return f"{version.name} ({version.deployment}{in_metrics})"


IN_CONTEXT = "namespace: the context's"


def describe(plan: Plan) -> str:
    """Tell the release as it would run: timeline, guards in words, total duration."""
    lines = [
        f"{plan.service} in namespace {plan.namespace}"
        if plan.namespace
        else f"{plan.service}, {IN_CONTEXT}",
        f"  versions   {versions_in_words(plan)}",
        *_plumbing(plan),
        "",
        "timeline",
        *(f"  {line}" for line in timeline(plan)),
        f"  {_total(plan)}",
        "",
        *_guards(plan),
        "",
        _rhythm(plan),
        *_stop(plan),
        *_people(plan),
    ]
    return "\n".join(lines)


def _with_unit(kind: Kind, value: float, *, digits: int) -> str:
    if kind is Kind.RATIO:
        return words_percent(value, digits=digits)
    if kind is Kind.LATENCY_MS:
        seconds = abs(value) >= 1000  # noqa: PLR2004 - milliseconds in a second
        return f"{words_number(value / 1000 if seconds else value, digits=digits)} {'s' if seconds else 'ms'}"
    if kind is Kind.BYTES:
        return words_bytes(value, digits=digits)
    plain = words_number(value, digits=max(digits, len(str(int(abs(value))))))
    return f"{plain} {'core' if plain == '1' else 'cores'}" if kind is Kind.CORES else plain


def _evidence(guard: Guard) -> str:
    if not wants_requests(guard.metric):
        return f" ({words_duration(guard.window_s)} window)" if guard.metric == Metric.RPS else ""
    needed = f", from {_requests(guard.min_requests)} on" if guard.min_requests else ""
    return f" ({words_duration(guard.window_s)} window{needed})"


def _requests(count: int) -> str:
    return f"{count} request" if count == 1 else f"{count} requests"


def _waits(stage: Stage) -> str:
    waits = []
    if stage.min_requests:
        waits.append(f"at least {_requests(stage.min_requests)}")
    if stage.approve:
        waits.append("then a person approves")
    return ", ".join(waits)


def _total(plan: Plan) -> str:
    at_least = f"at least {words_duration(total_duration(plan))} in all"
    approvals = sum(stage.approve for stage in plan.stages)
    if not approvals:
        return at_least
    return f"{at_least}, and as long as people take for {approvals} approval{'s' if approvals > 1 else ''}"


def errors_in_words(errors: Errors) -> str:
    """Say it: `an error is 5xx, 429, gRPC server, no answer`."""
    grpc = (f"gRPC {each}" for each in errors.grpc)
    return f"an error is {', '.join((*errors.http, *grpc, *('no answer',) * errors.no_answer))}"


def _guards(plan: Plan) -> list[str]:
    lines = ["guards"]
    if plan.own_errors is not None:
        lines.append(f"  {errors_in_words(plan.own_errors)}")
    if (settings := plan.judge_settings) is not None:
        said = settings_of(plan.judge_kind).in_words(settings, plan=plan)
        lines += ["  between the versions", *(f"    - {line}" for line in said)]
    for where, guards in _by_weights(plan).items():
        lines += [f"  {where}", *(f"    - {guard_in_words(guard, plan)}" for guard in guards)]
    if any(guard.name.startswith(defaults.MARK) for stage in plan.stages for guard in stage.guards):
        lines.append("  the plan names no guards: these are pithead's own")
    return lines


def _by_weights(plan: Plan) -> dict[str, list[Guard]]:
    """Group the guards by the weights at which they are watched."""
    weights: dict[Guard, list[int]] = {}
    for stage in plan.stages:
        for guard in stage.guards:
            if can_be_judged(guard.metric, guard.rule, exposure=stage.exposure):
                weights.setdefault(guard, []).append(stage.weight)
    groups: dict[str, list[Guard]] = {}
    for guard, where in weights.items():
        groups.setdefault(_weights(where, plan), []).append(guard)
    return groups


def _weights(where: list[int], plan: Plan) -> str:
    everywhere = [stage.weight for stage in plan.stages]
    start = everywhere.index(where[0])
    if where == everywhere:
        return "at every weight"
    if len(where) > 2 and where == everywhere[start : start + len(where)]:  # noqa: PLR2004 - two are a list
        return f"from {where[0]}% to {where[-1]}%"
    return f"at {' and '.join(f'{weight}%' for weight in where)}"


def _plumbing(plan: Plan) -> list[str]:
    metrics = plan.metrics
    of = f" of {metrics.series.in_words}" if metrics.series else ""
    queries = ", ".join((f"{metrics.preset} queries{of}", *metrics.business, *metrics.events))
    return [
        f"  weights    {_router(plan)}",
        f"  evidence   {metrics.where}{_shown_there(metrics)}: {queries}",
    ]


def _shown_there(metrics: MetricsSource) -> str:
    """Say by what Prometheus knows us, and which part of it is looked at."""
    access = metrics.access
    if not access:
        return ""
    shown = (
        f"the token in {literal(access.token)}" * bool(access.token),
        f"the password in {literal(access.password)}" * bool(access.password),
        f"the token that {literal(access.exec.command)} prints" if access.exec else "",
        f"the certificate in {literal(access.client_certificate)}" * bool(access.client_certificate),
        *(f"the header {literal(name)}" for name in access.headers),
        *(f'{name}="{literal(value)}" in each query' for name, value in access.labels.items()),
    )
    known = ", ".join(filter(None, shown))
    return f", with {known}" if known else ""


def _router(plan: Plan) -> str:
    if (router := plan.known) is not None:
        return router.in_words
    return f"a router that this pithead does not know: {literal(plan.kind)}"


def _people(plan: Plan) -> list[str]:
    """List the recipients of messages, and the commands that need a reason."""
    lines = [
        f"told: the address in {literal(notice.to)}, on {', '.join(notice.on)}" for notice in plan.notify
    ]
    if plan.grafana:
        lines.append(f"annotated: {plan.grafana.url}, with the token in {literal(plan.grafana.token)}")
    if plan.reasons:
        lines.append(f"only with a reason: {', '.join(word.replace('_', ' ') for word in plan.reasons)}")
    return lines


def _rhythm(plan: Plan) -> str:
    back = plan.after_patience is Then.ROLLBACK
    ending = f"all requests go back to {plan.stable.name}" if back else "it ends, and the weights stay"
    interval, patience = words_duration(plan.interval_s), words_duration(plan.patience_s)
    return f"a look every {interval}; after {patience} without health or evidence {ending}"


def _stop(plan: Plan) -> list[str]:
    if plan.on_stop is UNSET:
        return []
    back = plan.on_stop is Then.ROLLBACK
    does = f"all requests go back to {plan.stable.name}" if back else "the worker stops, and the weight stays"
    return [f"at SIGTERM {does}"]
