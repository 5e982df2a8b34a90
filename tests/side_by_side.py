"""How two workers share the suite: one begins with what starts programs, the other with the scenarios.

What waits for programs leaves its core to what computes, so that the whole takes hardly longer than half.
Tests that share programs (a lab, an API server) stay together; all others go by files, the longest first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xdist.scheduler.loadscope import LoadScopeScheduling

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

PROGRAMS = (
    "tests/backtest/test_against_prometheus.py",
    "tests/cli/test_install_unit.py",
    "tests/lab/",
    "tests/lab_kube/test_server.py",
    "tests/lab_prometheus/test_against_prometheus.py",
    "tests/lab_prometheus/test_source_on_both.py",
    "tests/processes/",
    "tests/replay_cli/test_replay_terminal.py",
    "tests/screens/test_pty_bytes.py",
    "tests/survival/test_disk.py",
    "tests/traffic/",
)
"""Where time is real: programs, terminals, disks, connections between processes."""
FIRST = (
    *PROGRAMS,
    "tests/scenarios/test_scenarios.py",
    "tests/bench_judge/",
    "tests/judge/",
    "tests/release/",
)

NOT_QUICK = (
    "tests/bench_judge/",
    "tests/cli/test_plain_install.py",
    "tests/faults/test_api_server.py",
    "tests/faults/test_prometheus.py",
    "tests/fuzz/",
    "tests/lease/test_never_two.py",
    "tests/model/",
    "tests/notify/test_carrier.py",
    "tests/redact/test_nowhere.py",
    "tests/scenarios/",
    "tests/survival/",
)
"""What takes long without a program: generated worlds, tables of faults, sequences, processes."""


class SideBySide(LoadScopeScheduling):  # type: ignore[misc]  # the library is untyped
    """Hands out whole files, and everything that starts programs as one."""

    def __init__(self, config: pytest.Config, log: Callable[..., None]) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        return "programs" if nodeid.startswith(PROGRAMS) else nodeid.partition("::")[0]


def turn(nodeid: str) -> int:
    """Say when a test is to be begun: the lower, the earlier."""
    return next((at for at, path in enumerate(FIRST) if nodeid.startswith(path)), len(FIRST))


def is_quick(item: pytest.Item) -> bool:
    """Whether a test is one of those for a person who edits: they take a minute in all."""
    return not item.nodeid.startswith((*PROGRAMS, *NOT_QUICK)) and item.get_closest_marker("real") is None
