"""The commands of the shell, one module each; what a person types is the module's name with hyphens.

Those of `ASKED` are made by one module, `asked`; each other module has a `command`. It is loaded when it is
called, so that no command waits for another's imports.
"""

from __future__ import annotations

SUMMARIES = {
    "run": "Run the release of a plan: a worker in the background, and its screen.",
    "attach": "Come back to a release.",
    "replay": "Play a recorded release back, or try assertions on it.",
    "status": "Say where a release stands, and why it is not moving.",
    "runs": "List all releases of this host, past and present.",
    "rollback": "Send all traffic back to stable, whatever has become of the release.",
    "undo": "Take back a release that was promoted: all traffic to the old version again.",
    "approve": "Approve the step out of a release's stage.",
    "promote": "Take the next step of a release without the rest of its hold.",
    "pause": "Stop the clock of a release where it stands; its guards watch on.",
    "unpause": "Let a release that was held go on.",
    "advance-blind": "Take the next step of a release though its stage could still hide damage.",
    "override": "Go on with a release against its judge; another one begins.",
    "stop": "Hold a release or roll it back.",
    "install-unit": "Take up releases after a restart of the machine, by systemd.",
    "check": "Print the release of a plan as it would run, or all that is wrong with it.",
    "rbac": "Print the Role and the RoleBinding that a release of a plan needs.",
    "schema": "Print the JSON Schema of a plan, for editors.",
    "resume": "Go on with a release whose worker died.",
    "forget": "Remove a release from this host.",
    "verify": "Say whether a journal is whole, and where it is not.",
    "what-if": "Judge a recorded release again, under other guards.",
    "backtest": "Try a plan on the past: what would it have done?",
    "compare": "Lay two recorded releases beside each other, stage by stage.",
    "report": "Write the report of a release, for people who were not there.",
    "export": "Give a recording as CSV, OpenMetrics, a film or a picture.",
    "demo": "Run a real release in a small laboratory.",
}
"""All commands, in the order of the help."""

ASKED = {
    "approve": "approve",
    "promote": "promote",
    "pause": "pause",
    "unpause": "resume",
    "advance-blind": "advance_blind",
    "override": "override",
}
"""What a person can ask of a release by a word, and the command that each is (`console.command`): `resume` is
the shell's word for what takes up a release whose worker died."""

ACTS = frozenset(
    {"run", "attach", "rollback", "undo", "stop", "resume", "forget", "install-unit", "demo", *ASKED}
)
"""Commands that go on and keep their exit code where nothing that they say can be written any more."""
