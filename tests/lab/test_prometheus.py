from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest
import yaml

from console.errors import UsageError
from console.lab.faults import GRPC_UNAVAILABLE, UNANSWERED
from console.lab.order import Choice
from console.lab.prometheus import BUILTIN, Target, choose, configuration
from console.lab.scrape_config import Config, relabel
from console.lab.series import Labels

if TYPE_CHECKING:
    from pathlib import Path

TARGETS = (
    Target(version="v1", pod="checkout-v1-6d5f7c9b84-aaaaa", port=1001),
    Target(version="v2", pod="checkout-v2-6d5f7c9b84-bbbbb", port=1002),
)


def program(folder: Path, *, saying: str) -> None:
    """Put a `prometheus` that says this into a folder."""
    path = folder / "prometheus"
    path.write_text(f"#!/bin/sh\necho '{saying}'\n")
    path.chmod(0o755)


def test_without_a_program_on_path_it_is_the_built_in_scraper(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert choose(Choice.AUTO) == BUILTIN


def test_a_program_on_path_is_named_with_its_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, saying="prometheus, version 2.42.0+ds (branch: debian/sid)")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert choose(Choice.AUTO) == "prometheus 2.42.0"


def test_the_built_in_scraper_can_be_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, saying="prometheus, version 2.42.0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert choose(Choice.BUILTIN) == BUILTIN


def test_without_a_program_and_without_a_parser_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "promql_parser", None)
    with pytest.raises(UsageError, match="needs promql-parser, which is not installed"):
        choose(Choice.AUTO)


def test_another_program_of_that_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, saying="usage: prometheus FILE")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="does not tell its version"):
        choose(Choice.AUTO)


def test_each_pod_has_a_sidecar_of_its_own_that_counts_its_version_only() -> None:
    sidecars = configuration(envoy_admin=1000, targets=TARGETS)["scrape_configs"][:2]
    assert [(job["static_configs"][0]["labels"]["pod"], job["params"]["filter"]) for job in sidecars] == [
        ("checkout-v1-6d5f7c9b84-aaaaa", [r"^cluster\.checkout_v1\.upstream_rq"]),
        ("checkout-v2-6d5f7c9b84-bbbbb", [r"^cluster\.checkout_v2\.upstream_rq"]),
    ]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("500", {"reporter": "destination", "response_code": "500", "request_protocol": "http"}),
        (
            str(GRPC_UNAVAILABLE),
            {
                "reporter": "destination",
                "response_code": "200",
                "request_protocol": "grpc",
                "grpc_response_status": "14",
            },
        ),
        (
            str(UNANSWERED),
            {
                "reporter": "source",
                "response_code": "503",
                "request_protocol": "http",
                "response_flags": "UF",
            },
        ),
    ],
)
def test_what_an_answer_stands_for_is_told_as_a_mesh_tells_it(code: str, told: dict[str, str]) -> None:
    config = msgspec.convert(configuration(envoy_admin=1000, targets=TARGETS), Config)
    scraped = {
        "__name__": "envoy_cluster_upstream_rq",
        "envoy_cluster_name": "checkout_v2",
        "envoy_response_code": code,
    }
    labels = relabel(Labels(scraped.items()), config.scrape_configs[1].metric_relabel_configs)
    assert labels is not None
    found = dict(labels)
    assert found.pop("destination_workload") == "checkout-v2"
    kept = ("reporter", "response_code", "request_protocol", "grpc_response_status", "response_flags")
    assert {name: text for name, text in found.items() if name in kept} == told


@pytest.mark.real
@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is missing: apt-get install prometheus")
def test_prometheus_itself_accepts_the_configuration(tmp_path: Path) -> None:
    config = tmp_path / "prometheus.yaml"
    config.write_text(yaml.safe_dump(configuration(envoy_admin=1000, targets=TARGETS)))
    told = subprocess.run(
        ["promtool", "check", "config", str(config)], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout + told.stderr
