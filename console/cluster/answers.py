"""What an API server's answer means: a document, or one of the errors that the engine knows.

Pure. Words from the server are kept to one line; nothing of the request is repeated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from console.cluster.shapes import Details, Status
from console.errors import ClusterError, Conflict, Denied, LoggedOut, NotFound, NotServed, Unreachable

Json = dict[str, Any]

LONGEST_WORDS = 300
_REPETITION = re.compile(r'^\S+ ("[^"]*" )?is forbidden: (?=User )| in API group "[^"]*"')
"""What a 403 says beside who may not do what: on a narrow screen that is all there is room for."""
_LOG_IN = "The credentials may have expired: log in again, then check with `kubectl auth whoami`."
_NOBODY = 'User "system:anonymous"'
_ADMISSION = re.compile(
    r"\badmission webhook\b|\bdenied (?:the )?request\b|\bexceeded quota\b|\bPodSecurity\b"
)
"""What a refusal says that is none of the roles': the API server's words for webhooks, policies, quotas."""
_NO_ROLE = "It names no missing right: a policy, a quota or a proxy before the API server may refuse."
_MENDS = {
    400: "Look for the policy or webhook that does not admit it.",
    410: "It is asked anew.",
    422: "Look for the policy or webhook that does not admit it.",
    429: "It is overloaded, and asked again later.",
}
_SECONDS = re.compile("[0-9]{1,6}")
UNKNOWN_OUTCOME = 500
"""From here up the server, or something before it, failed: whether a write was done is not known."""


def read_answer(status: int, headers: Mapping[str, str], body: bytes, *, server: str) -> Json:
    """Read the document of a 2xx answer; raise what any other answer means."""
    document = _document(body)
    if 200 <= status < 300:  # noqa: PLR2004 - HTTP's own ranges
        if document is None:
            raise ClusterError(
                f"{server} answered with something that is not a Kubernetes object.",
                hint="A proxy or a login page may stand between: check the kubeconfig's server.",
            )
        return document
    error = _error(status, _status(document or {}), server=server)
    named = {name.lower(): value for name, value in headers.items()}
    # Only as seconds: a date would need two clocks to agree.
    error.retry_after_s = _seconds(named.get("retry-after", ""))
    raise error


def is_own(body: bytes) -> bool:
    """Tell whether an answer is the API server's, and not of a Service that it passed a call on to."""
    document = _document(body) or {}
    return document.get("kind") == "Status" and document.get("apiVersion") == "v1"


def _document(body: bytes) -> Json | None:
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _status(document: Json) -> Status:
    """Read what the server says of an error; one that says it in another way says nothing."""
    try:
        return msgspec.convert(document, Status)
    except msgspec.ValidationError:
        return Status()


def _error(status: int, said: Status, *, server: str) -> ClusterError:
    words = " ".join((said.message or "").split())[:LONGEST_WORDS].rstrip(".")
    if status == 401:  # noqa: PLR2004 - HTTP's own codes, here and below
        return LoggedOut(
            f"{server} does not know who we are.",
            hint=_LOG_IN,
        )
    if status == 403:  # noqa: PLR2004
        return _forbidden(words, server=server)
    if status == 404:  # noqa: PLR2004
        return _absent(said, words, server=server)
    if status == 409 or _is_unmet_test(status, said):  # noqa: PLR2004
        return Conflict(
            f"The object has changed since it was read: {words}.",
            hint="It is read again; see who writes it with `kubectl get --show-managed-fields`.",
        )
    if not words and status == 400:  # noqa: PLR2004
        return ClusterError(
            f"{server} answered 400, and not as an API server does.",
            hint="Check the kubeconfig's server, and whether it begins with https://.",
        )
    why = words or "it does not say why"
    if status >= UNKNOWN_OUTCOME:
        return Unreachable(
            f"{server} failed with {status}: {why}.", hint="See `kubectl get --raw /readyz?verbose`."
        )
    return ClusterError(f"{server} answered {status}: {why}.", hint=_MENDS.get(status, ""))


def _forbidden(words: str, *, server: str) -> Denied:
    """Tell what refuses: the roles, a rule of admission, or that we came without a name."""
    said = _REPETITION.sub("", words) or "forbidden"
    # A 403 for the anonymous user is a login that was not shown or not taken: more rights would not help.
    if _NOBODY in words:
        return LoggedOut(f"{server} takes us for nobody: {said}.", hint=_LOG_IN)
    if _ADMISSION.search(words):
        return Denied(
            f"{server} refuses: {said}.", hint="No role is missing: ask who runs that webhook or policy."
        )
    if words and "User " not in words:
        return Denied(f"{server} refuses: {said}.", hint=_NO_ROLE)
    return Denied(f"{server} refuses: {said}.", hint="`pithead rbac` prints the role.")


def _absent(said: Status, words: str, *, server: str) -> NotFound:
    if (said.details or Details()).name:
        return NotFound(f"{words}.", hint="Check the name, the namespace and the context.")
    return NotServed(
        f"{server} does not know this kind of object.",
        hint="Its custom resource definition is not installed in this cluster, or this is another cluster.",
    )


def _is_unmet_test(status: int, said: Status) -> bool:
    """Tell whether a JSON patch did not fit the object: the one 422 without a cause."""
    return status == 422 and said.reason == "Invalid" and not (said.details or Details()).causes  # noqa: PLR2004


def _seconds(text: str) -> float | None:
    return float(text) if _SECONDS.fullmatch(text) else None
