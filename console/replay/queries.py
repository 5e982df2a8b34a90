"""The question behind a guard's evidence, as it was put to Prometheus or to Kubernetes."""

from __future__ import annotations

from console.judge.value import QUANTILES
from console.metrics.presets import PRESETS, preset_of
from console.metrics.query_round import Questions
from console.plan.kinds import COUNTS_REQUESTS, OF_PODS
from console.plan.model import Metric, Plan


def query_of(metric: str, plan: Plan) -> str:
    """Give the query for the canary's part of a metric's evidence."""
    deployment, workload = plan.canary.deployment, plan.canary.in_metrics
    if metric in OF_PODS - {Metric.CPU, Metric.MEMORY}:
        return f"Kubernetes: pods and status of the Deployment {plan.namespace}/{deployment}"
    if plan.metrics.preset not in PRESETS:
        return f"of the preset {plan.metrics.preset}, which this pithead does not know"
    named = {each.deployment: ("PODS",) for each in (plan.stable, plan.canary)}
    questions = Questions.of(plan, preset_of(plan.metrics), named)
    if metric in QUANTILES:
        return questions.buckets or "none: no histogram is named"
    if metric in COUNTS_REQUESTS or metric == Metric.RPS:
        return questions.requests
    if metric in OF_PODS:
        asked = questions.of_pods({deployment: ("PODS",)})[workload, metric]
        return f"{asked}, PODS being the names of those of the Deployment {plan.namespace}/{deployment}"
    return {**questions.business, **questions.events}[workload, metric]
