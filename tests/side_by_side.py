"""How two workers share the suite: one has all that starts programs and waits for them, the other computes.

What waits leaves its core to the other, so the whole takes hardly longer than the longer half. Programs and
what they are shared by (a lab, an API server) stay with one worker; all other tests go by files.
"""

from __future__ import annotations

from xdist.scheduler.loadscope import LoadScopeScheduling

PROGRAMS = (
    "tests/backtest/test_against_prometheus.py",
    "tests/cli/test_install_unit.py",
    "tests/lab/",
    "tests/lab_kube/test_server.py",
    "tests/lab_prometheus/test_against_prometheus.py",
    "tests/lab_prometheus/test_source_on_both.py",
    "tests/processes/",
    "tests/replay_cli/test_replay_terminal.py",
    "tests/scenarios/test_scenarios.py",
    "tests/screens/test_pty_bytes.py",
    "tests/survival/test_disk.py",
    "tests/traffic/",
)
"""Where time is real: programs, terminals, disks, connections between processes."""


class SideBySide(LoadScopeScheduling):  # type: ignore[misc]  # the library is untyped
    """Hands out whole files, and everything that starts programs as one."""

    def _split_scope(self, nodeid: str) -> str:
        return "programs" if nodeid.startswith(PROGRAMS) else nodeid.partition("::")[0]
