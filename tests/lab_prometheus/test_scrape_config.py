from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from console.errors import UsageError
from console.lab.prometheus import Target, configuration
from console.lab.scrape_config import RelabelRule, load, relabel, seconds
from console.lab.scraper import targets
from console.lab.series import Labels


def relabelled(labels: dict[str, str], *rules: dict[str, Any]) -> dict[str, str] | None:
    found = relabel(Labels(labels.items()), msgspec.convert(rules, tuple[RelabelRule, ...]))
    return None if found is None else dict(found)


def test_replace_fills_groups_into_a_label() -> None:
    rule = {"source_labels": ["a", "b"], "regex": "(.+);(.+)", "target_label": "c", "replacement": "${2}-$1"}
    assert relabelled({"a": "x", "b": "y"}, rule) == {"a": "x", "b": "y", "c": "y-x"}


def test_replace_leaves_what_does_not_match_wholly() -> None:
    rule = {"source_labels": ["a"], "regex": "x", "target_label": "c", "replacement": "new"}
    assert relabelled({"a": "xx"}, rule) == {"a": "xx"}


def test_a_label_that_becomes_empty_is_gone() -> None:
    assert relabelled({"a": "x"}, {"target_label": "a", "replacement": ""}) == {}


def test_keep_decides_on_the_sample() -> None:
    rule = {"source_labels": ["a"], "regex": "x.*"}
    assert relabelled({"a": "y"}, {**rule, "action": "keep"}) is None
    assert relabelled({"a": "x1"}, {**rule, "action": "keep"}) == {"a": "x1"}


def test_labeldrop_decides_on_labels() -> None:
    labels = {"envoy_a": "1", "b": "2"}
    assert relabelled(labels, {"regex": "envoy_.*", "action": "labeldrop"}) == {"b": "2"}


@pytest.mark.parametrize(
    ("text", "expected"), [("900ms", 0.9), ("1s", 1), ("1m30s", 90), ("2h", 7200), ("1d", 86400)]
)
def test_durations_are_read(text: str, expected: float) -> None:
    assert seconds(text) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["", "1", "s", "1 s", "1w"])
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="duration"):
        seconds(text)


def test_the_configuration_of_the_lab_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "prometheus.yaml"
    pod = Target(version="v1", pod="checkout-v1-abc-fghij", port=8080)
    path.write_text(yaml.safe_dump(configuration(envoy_admin=9901, targets=[pod])))
    urls = [target.url for target in targets(load(path))]
    assert urls == ["http://127.0.0.1:9901/stats/prometheus", "http://127.0.0.1:8080/metrics"]


@pytest.mark.parametrize(
    "text",
    [
        "scrape_configs: [{job_name: a, kubernetes_sd_configs: []}]",
        "scrape_configs: [{job_name: a, metric_relabel_configs: [{action: hashmod}]}]",
        "rule_files: [a]",
        "[",
    ],
)
def test_what_is_not_known_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "prometheus.yaml"
    path.write_text(text)
    with pytest.raises(UsageError, match=f"can't work with {path}"):
        load(path)
