"""Logging in: from the files that kubectl would read to a session, again and again over a release's life.

It blocks, and so runs in a thread of its own. `logins` says when, and never twice at once.
"""

from __future__ import annotations

import time
from pathlib import Path

from console.cluster.credentials import credential_from, read_material
from console.cluster.kubeconfig import Way, choose, files_named, is_empty, there, way_of_pod
from console.cluster.session import Session
from console.cluster.usable import check_usable
from console.errors import ClusterError


class Login:
    """Logs in by the files and the context that were meant when it was made, whatever they say by then."""

    def __init__(self, *, kubeconfig: str | None, context: str | None) -> None:
        self.files: tuple[Path, ...] = files_named(kubeconfig)
        """Every file that is looked for, as an absolute name, most important first."""
        self.context = context or ""
        """Pinned once it was found: another one may be the current context later."""
        self.helper = ""
        """The credential plugin that runs now; empty where none does."""
        self._asked = bool(kubeconfig)

    def find(self) -> Way:
        """Give the way that the files say now; raises `ClusterError` where it can't be used."""
        files = there(self.files, asked=self._asked)
        pod = way_of_pod() if not self.context or self.context == "in-cluster" else None
        if pod and (not files or is_empty(files)):
            way = pod
        elif not files:
            raise ClusterError(
                "There is no kubeconfig, and this is not a pod.",
                hint="Give --kubeconfig, or set KUBECONFIG, or check ~/.kube/config.",
            )
        else:
            way = choose(files, context=self.context or None)
        check_usable(way)
        self.context = way.context
        return way

    def log_in(self, now: Session | None, *, anew: bool) -> Session:
        """Give a session by what the files say now: `now` itself where that is the same.

        With `anew` a plugin is run again too. Raises `ClusterError` where there is no way in.
        """
        material = read_material(self.find())
        if now is not None and not anew and now.material == material:
            now.read_at = time.monotonic()
            return now
        credential = credential_from(material, running=self._running)
        if now is not None and (now.material, now.credential) == (material, credential):
            now.read_at = time.monotonic()
            return now
        return Session(material, credential)

    def _running(self, helper: str) -> None:
        self.helper = helper
