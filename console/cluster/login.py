"""Logging in: from the files that kubectl would read to a session, again and again over a release's life.

It blocks, and so runs in a thread of its own. `logins` says when, and never twice at once.
"""

from __future__ import annotations

import time
from pathlib import Path

from console.cluster.credentials import credential_from, read_material
from console.cluster.kubeconfig import KubeContext, files_named, find_context
from console.cluster.session import Session
from console.cluster.usable import check_usable


class Login:
    """Logs in by the files and the context that were meant when it was made, whatever they say by then."""

    def __init__(
        self, *, kubeconfig: str | None, context: str | None, files: tuple[Path, ...] | None = None
    ) -> None:
        self.files: tuple[Path, ...] = files_named(kubeconfig) if files is None else files
        """Every file that is looked for, as an absolute name, most important first."""
        self.context = context or ""
        """Pinned once it was found: another one may be the current context later."""
        self.helper = ""
        """The credential plugin that runs now; empty where none does."""
        self._asked = bool(kubeconfig or files)

    def find(self) -> KubeContext:
        """Give the way that the files say now; raises `ClusterError` where it can't be used."""
        kube_context = find_context(self.files, context=self.context, asked=self._asked)
        check_usable(kube_context)
        self.context = kube_context.context
        return kube_context

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
