"""How the workers share the suite: whole files, those that start programs first.

What waits for programs leaves its core to what computes: more workers than cores wait beside each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

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
    "tests/table/test_cells.py",
    "tests/traffic/",
)
"""Where time is real: programs, terminals, disks, connections between processes."""
FIRST = (
    "tests/scenarios/test_scenarios.py",
    "tests/table/test_cells.py",
    "tests/processes/test_demo.py",
    "tests/processes/",
    "tests/bench_judge/",
    "tests/traffic/",
    "tests/model/",
    "tests/screens/",
    *PROGRAMS,
    "tests/judge/",
    "tests/release/",
)
"""What takes longest, the longest first, so that no worker is left alone with it at the end."""

LABORATORY = "tests/processes/"
LABORATORIES = 3
"""As many workers take the files that share a laboratory: each starts one, which costs a few tests' time."""
TOGETHER = ("tests/traffic/test_identity.py", "tests/traffic/test_served_versions.py")
"""One worker takes them: both want an API server beside the one that all share."""

NOT_QUICK = (
    "tests/access/test_tether.py",
    "tests/backtest/test_false_alarms.py",
    "tests/bench_judge/",
    "tests/cli/test_plain_install.py",
    "tests/cli/test_streams.py",
    "tests/cluster/test_renewed.py",
    "tests/cluster/test_ways.py",
    "tests/door/",
    "tests/faults/test_api_server.py",
    "tests/faults/test_prometheus.py",
    "tests/fuzz/",
    "tests/judge/keys/test_evidence.py",
    "tests/judge/test_from_answers.py",
    "tests/judge/test_mann_whitney.py",
    "tests/judge/test_window.py",
    "tests/lease/test_never_two.py",
    "tests/metrics/test_prometheus.py",
    "tests/metrics/test_true_counts.py",
    "tests/model/",
    "tests/notify/test_carrier.py",
    "tests/redact/test_nowhere.py",
    "tests/release/test_any_sequence.py",
    "tests/replay/test_equality.py",
    "tests/replay/test_packed.py",
    "tests/report/test_long.py",
    "tests/scenarios/",
    "tests/screens/test_frugal.py",
    "tests/screens/test_replay_frames.py",
    "tests/screens/test_typed.py",
    "tests/survival/",
    "tests/test_one_headline.py",
    "tests/whatif/test_retell.py",
)
"""What takes long without a program: generated worlds, tables of faults, sequences, processes."""


class SideBySide(LoadScopeScheduling):  # type: ignore[misc]  # the library is untyped
    """Hands out whole files, in the order in which they were collected."""

    def __init__(self, config: pytest.Config, log: Callable[..., None]) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        if path.startswith(LABORATORY):
            return f"{LABORATORY}{crc32(path.encode()) % LABORATORIES}"
        return TOGETHER[0] if path in TOGETHER else path


def turn(nodeid: str) -> int:
    """Say when a test is to be begun: the lower, the earlier."""
    return next((at for at, path in enumerate(FIRST) if nodeid.startswith(path)), len(FIRST))


def is_quick(item: pytest.Item) -> bool:
    """Whether a test is one of those for a person who edits: they take a minute in all."""
    return not_slow(item.nodeid) and item.get_closest_marker("real") is None


def not_slow(path: str) -> bool:
    """Whether a file, or a folder that ends with a slash, may have tests for a person who edits."""
    return not path.startswith((*PROGRAMS, *NOT_QUICK))
