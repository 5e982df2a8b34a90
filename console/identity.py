"""Which cluster and which object a release is about: what its words came to when it began, and whose it is.

Names lie: a context may lead elsewhere tomorrow, and an object may be made anew under its name. So the
opening record and the order hold what the words of the command came to, and once the preflight has read them,
the cluster's identity and the object's UID. Every later login and look is held against these.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from console.redact import without_secrets

DECIDING = (
    "KUBECONFIG",
    *("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("https_proxy", "http_proxy", "all_proxy", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
)
"""The variables that decide where a worker's calls go and whom they trust. Their values are recorded."""
CREDENTIAL_PREFIXES = ("AWS_", "AZURE_", "AAD_", "ARM_", "GOOGLE_", "CLOUDSDK_", "OCI_", "KUBE_")
"""Variables that credential plugins read begin so. Only the names are recorded: the values are secrets."""
SHOWN = 8
"""This much of a UID or a digest is said: enough to tell two clusters apart."""


class ClusterId(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A cluster's identity: the UID of its namespace kube-system, which no other cluster has.

    Where that may not be read, its certificate authority and its address stand for it.
    """

    uid: str = ""
    """Empty where it may not be read."""
    authority: str = ""
    """SHA-256 of the certificate authorities that the kubeconfig names; empty where it names none."""
    server: str = ""
    """The API server's address, without credentials."""

    @property
    def in_words(self) -> str:
        """Say by what it is known: `the cluster 4f1c2d3e… at https://10.0.0.1:6443`."""
        at = f"at {self.server}"
        if self.uid:
            return f"the cluster {self.uid[:SHOWN]}… {at}"
        known_by = f"its authority {self.authority[:SHOWN]}…" if self.authority else "its address"
        return f"the cluster {at} (known by {known_by})"

    def is_same(self, other: ClusterId) -> bool | None:
        """Whether both are one cluster; None where that can't be told."""
        if self.uid and other.uid:
            return self.uid == other.uid
        return True if (self.authority, self.server) == (other.authority, other.server) else None


class Identity(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The cluster and the router's object that a release is about."""

    cluster: ClusterId
    route: str = ""
    """The UID of the router's object; empty where the router gives none."""


class Resolved(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the words of a command came to when a release began."""

    files: tuple[str, ...] = ()
    """The kubeconfig files, absolute, the most important first; empty in a pod, which has its own way in."""
    context: str
    user: str = ""
    """The kubeconfig's name for it."""
    cluster: ClusterId
    """By its address and its authority: its UID is known once it has been asked."""
    namespace: str
    plan: str = ""
    """SHA-256 of the plan's file."""
    environment: dict[str, str] = {}
    """The variables of `DECIDING` that were set."""
    credentials: tuple[str, ...] = ()
    """The names of variables that were set and may hold secrets."""

    @property
    def path(self) -> str:
        """Give the files as KUBECONFIG says them."""
        return ":".join(self.files)


def environment_of(variables: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Give what decides where calls go: by value where that is no secret, the others by name."""
    set_ones = {name: variables[name] for name in DECIDING if variables.get(name)}
    secret = [name for name, value in set_ones.items() if without_secrets(value) != value]
    named = [name for name in variables if name.startswith(CREDENTIAL_PREFIXES) and variables[name]]
    told = {name: value for name, value in set_ones.items() if name not in secret}
    return told, tuple(sorted({*secret, *named}))


def as_it_was(resolved: Resolved, variables: Mapping[str, str]) -> dict[str, str]:
    """Give this environment with what decided where calls went set as it was when the release began."""
    kept = {
        name: value
        for name, value in variables.items()
        if name not in DECIDING or name in resolved.credentials
    }
    return kept | resolved.environment


def missing_here(resolved: Resolved, variables: Mapping[str, str]) -> Iterable[str]:
    """Name the variables with credentials that were set when the release began, and are not now."""
    return (name for name in resolved.credentials if not variables.get(name))
