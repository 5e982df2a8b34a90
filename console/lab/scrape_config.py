"""The part of Prometheus' configuration file that the built-in scraper knows; anything else is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec
import yaml
from msgspec import Struct

from console.errors import UsageError
from console.lab.series import Labels

_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class RelabelRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step of `metric_relabel_configs`; the defaults are Prometheus'."""

    source_labels: tuple[str, ...] = ()
    separator: str = ";"
    regex: str = "(.*)"
    target_label: str = ""
    replacement: str = "$1"
    action: Literal["replace", "keep", "labeldrop"] = "replace"

    def apply(self, labels: dict[str, str]) -> dict[str, str] | None:
        """Give the labels after this step; None drops the sample."""
        regex = _compiled(self.regex)
        if self.action == "labeldrop":
            return {name: value for name, value in labels.items() if not regex.fullmatch(name)}
        found = regex.fullmatch(self.separator.join(labels.get(name, "") for name in self.source_labels))
        if self.action == "keep":
            return labels if found else None
        return {**labels, self.target_label: _expand(self.replacement, found)} if found else labels


class StaticConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Targets, and the labels that all of them get."""

    targets: tuple[str, ...]
    labels: dict[str, str] = {}


class GlobalConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every job has unless it says otherwise."""

    scrape_interval: str = "1m"
    scrape_timeout: str = "10s"


class ScrapeConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One job."""

    job_name: str
    metrics_path: str = "/metrics"
    scheme: str = "http"
    params: dict[str, tuple[str, ...]] = {}
    scrape_interval: str | None = None
    scrape_timeout: str | None = None
    static_configs: tuple[StaticConfig, ...] = ()
    metric_relabel_configs: tuple[RelabelRule, ...] = ()


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file."""

    global_: GlobalConfig = msgspec.field(name="global", default=GlobalConfig())
    scrape_configs: tuple[ScrapeConfig, ...] = ()


def load(path: Path) -> Config:
    """Read the file, or raise `UsageError` that names what is not known."""
    try:
        return msgspec.convert(yaml.safe_load(path.read_text()), Config)
    except (OSError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise UsageError(f"The built-in scraper can't work with {path}: {error}") from error


def seconds(duration: str) -> float:
    """Read a duration as Prometheus writes it: `900ms`, `1m30s`."""
    parts = re.findall(r"(\d+)(ms|[smhd])", duration)
    if not parts or "".join(number + unit for number, unit in parts) != duration:
        raise UsageError(f"The built-in scraper can't read the duration {duration!r}")
    return sum(int(number) * _UNITS_S[unit] for number, unit in parts)


def relabel(labels: Labels, rules: Iterable[RelabelRule]) -> Labels | None:
    """Take a sample's labels through all steps; None where it is dropped. An empty label is none."""
    current: dict[str, str] | None = dict(labels)
    for rule in rules:
        if current is None:
            return None
        current = rule.apply(current)
    return None if current is None else Labels((name, value) for name, value in current.items() if value)


@lru_cache
def _compiled(regex: str) -> re.Pattern[str]:
    return re.compile(regex, re.DOTALL)


def _expand(replacement: str, match: re.Match[str]) -> str:
    """Fill `$1` and `${1}`; a group that took no part is empty."""
    return re.sub(r"\$(?:\{(\w+)\}|(\w+))", lambda each: _group(match, each[1] or each[2]), replacement)


def _group(match: re.Match[str], name: str) -> str:
    try:
        return match[int(name) if name.isdigit() else name] or ""
    except IndexError:
        return ""
