"""The plan's judge as a JSON Schema: the two keys with their SLO, or Kayenta's."""

from __future__ import annotations

from console.plan.canary_config import MOST_METRICS, Direction, Measure, Missing
from console.plan.kayenta import OUTLIERS
from console.plan.model import Alone, JudgeKind, LowTraffic, OnSharedBreach
from console.plan.shapes import NUMBER, Schema, object_of, ref, text_of


def judge_schema() -> Schema:
    """Describe either judge."""
    return {"anyOf": [_two_keys(), _kayenta()]}


def slo_schema() -> Schema:
    """Describe what no version should exceed."""
    latency = {"pattern": rf"^{NUMBER}(ms|s)$", "examples": ["500ms"]}
    keys = {"error_rate": text_of("Errors by requests; 1% unless given.", rf"^{NUMBER}%$", "1%")}
    for share, name in (("10%", "p90"), ("5%", "p95"), ("1%", "p99")):
        about = f"At most {share} of the requests are slower; one latency at most."
        keys[name] = {"type": "string", "description": about, **latency}
    return object_of(keys, about="What no version should exceed: beyond it the release pauses.")


def _two_keys() -> Schema:
    keys = {
        "kind": {"const": JudgeKind.TWO_KEYS, "description": "The judge unless another one is named."},
        "tolerate": text_of("More bad requests by so much are no damage; 0.1pp.", rf"^{NUMBER}pp$", "0.1pp"),
        "block": ref(
            "duration", "Evidence is weighed in blocks of this length, 5s to 10m; 15s unless given."
        ),
        "low_traffic": {
            "enum": list(LowTraffic),
            "description": "A stage that shows too little: ask a person (unless given), or proceed.",
        },
        "on_shared_breach": {
            "enum": list(OnSharedBreach),
            "description": "Both suffer right after more traffic: retreat a weight (unless given), or pause.",
        },
        "alone": {
            "enum": list(Alone),
            "description": "Beyond the SLO at 100%: pause (unless given), or rollback.",
        },
    }
    return object_of(keys, about="The two keys: is the canary worse, and by more than is tolerated?")


def _kayenta() -> Schema:
    score = {"type": ["number", "string"]}
    share = text_of("Percent of the score.", rf"^{NUMBER}%$", "60%")
    keys = {
        "kind": {"const": JudgeKind.KAYENTA, "description": "Kayenta's judge, for teams who come from it."},
        "pass": {**score, "description": "From this score on the release goes on; 95 unless given."},
        "marginal": {**score, "description": "Below this score it is rolled back; 75 unless given."},
        "every": ref("duration", "Time between two analyses, 1m to 1d; 5m unless given."),
        "warmup": ref("duration", "The first of each weight is left out; nothing unless given."),
        "lookback": ref("duration", "So much is analysed; all of the weight unless given."),
        "weights": {
            "type": "object",
            "description": "Each group's part of the score, 100% in all.",
            "additionalProperties": share,
        },
        "metrics": {
            "type": "array",
            "minItems": 1,
            "maxItems": MOST_METRICS,
            "description": "What is compared; the error rate and P99 unless given.",
            "items": _config(),
        },
    }
    return object_of(
        keys, required=("kind",), about="Kayenta's judge: Mann and Whitney's test, and its scores."
    )


def _config() -> Schema:
    def factor(about: str) -> Schema:
        return {"type": "number", "exclusiveMinimum": 0, "description": about}

    def yes(about: str) -> Schema:
        return {"type": "boolean", "description": about}

    keys = {
        "metric": {
            "type": "string",
            "pattern": "^[a-z][a-z0-9_]*$",
            "description": "A guard's traffic metric, as error_rate or p99, or one of business and events.",
        },
        "group": {
            "type": "string",
            "minLength": 1,
            "maxLength": 63,
            "description": "Where its class counts.",
        },
        "direction": {"enum": list(Direction), "description": "Which change is bad; either unless given."},
        "nan_strategy": {
            "enum": list(Missing),
            "description": "A minute without a value: remove it (unless given), or replace it by 0.",
        },
        "critical": yes("Whether it fails the canary by itself."),
        "must_have_data": yes("Whether it fails without data."),
        "muted": yes("Whether it is shown and not heard."),
        "outliers": {"enum": list(OUTLIERS), "description": "keep unless given."},
        "outlier_factor": factor("Outliers lie so many interquartile ranges away; 3 unless given."),
        "measure": {
            "enum": list(Measure),
            "description": "How an effect is measured; mean_ratio unless given.",
        },
        "allowed_increase": factor("A larger effect is High."),
        "allowed_decrease": factor("A smaller effect is Low."),
        "critical_increase": factor("A critical metric fails the canary from this effect on."),
        "critical_decrease": factor("A critical metric fails the canary from this effect down."),
    }
    return object_of(keys, required=("metric",))
