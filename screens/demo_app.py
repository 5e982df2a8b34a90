"""The demo's screen: the ordinary one, with a laboratory that comes up before it and may outlive it."""

from __future__ import annotations

import time
from pathlib import Path

from msgspec.structs import replace

from console.host.control import ControlClient
from console.host.person import who_is_there
from console.host.places import socket_of
from screens.app import PitheadApp
from screens.demo_release import DemoRelease
from screens.dialogs import Asked, Question, Reply, ask_to_end_the_demo, ask_to_leave_the_demo
from screens.view_state import ViewState
from screens.watched import Watched
from screens.worker_supervisor import WorkerSupervisor

WAITING_FOR = "the laboratory, which comes up below"


class DemoApp(PitheadApp):
    """Watches the demo's release, and asks what becomes of its laboratory."""

    def __init__(self, release: DemoRelease, folder: Path) -> None:
        super().__init__(
            Watched(
                release,
                ControlClient(socket_of(folder), who_is_there()),
                waiting_for=WAITING_FOR,
                keeper=WorkerSupervisor(folder),
            ),
            clock=time.time,
            leave_words="",  # it has questions of its own
        )
        self._demo = release
        self._lines = 0
        self.kept = False
        """Whether the person lets the laboratory run on."""

    def catch_up(self) -> None:
        """Take up what is new, and show each part of the laboratory when it has come up."""
        super().catch_up()
        ready = sum("ready" in entry.text for entry in self._demo.coming_up)
        if ready != self._lines:
            self._lines = ready
            self.paint()

    def view_state(self) -> ViewState:
        """Give this instant; before the first record, how far the laboratory is."""
        state = super().view_state()
        return state if state.release is not None else replace(state, entries=self._demo.coming_up)

    def action_leave(self) -> None:
        """Ask what becomes of the laboratory, while there is a release that could go on in it."""
        self._leave(ask_to_leave_the_demo())

    def action_ask_to_leave(self) -> None:
        """Ask whether ctrl+c was meant to end all of it."""
        self._leave(ask_to_end_the_demo())

    def _leave(self, asked: Asked) -> None:
        state = self.view_state()
        if state.release is None or state.ended:
            self.exit(state.release)
            return

        def answer(reply: Reply | None) -> None:
            if reply is not None and (reply.yes or reply.instead):
                self.kept = reply.instead
                self.exit(self.view_state().release)

        _ = self.push_screen(Question(asked, state), answer)
