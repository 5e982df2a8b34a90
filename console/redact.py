"""The one place that takes secrets out of words: every error of ours passes through it, and every address.

What an error says reaches the journal, the log, the screen, reports and messages to others. Some of it comes
from outside: an API server repeats the address of a webhook, a plugin prints the token that it was refused.
Secrets that this process uses are told by their value, all others by what they look like.
"""

from __future__ import annotations

import json
import re

HIDDEN = "***"
SHORTEST = 8
"""What is shorter is a word as well as a secret: hiding it would make words unreadable."""

_OURS: set[str] = set()
"""The secrets that this process uses, in each form in which they may be repeated."""

_NAMES = (
    r"(?:(?:access|refresh|id|api|auth|client|x-amz|private|session)[_-]?)?(?:token|secret|signature|sig)",
    r"(?:access|api|auth|client|private|secret|account|routing|integration)[_-]?key",
    r"pass(?:word|wd|phrase)?|pwd|authorization",
)
_PLACE = r"(?-i:env:[A-Z_][A-Z0-9_]*)|file:/[\w./-]+"
"""Where a secret stands, as a plan says it. What is no usual name of a variable may be the secret itself."""
_WEBHOOKS = (
    r"hooks\.slack\.com",
    r"discord(?:app)?\.com/api/webhooks",
    r"[\w.-]*webhook\.office\.com",
    r"api\.telegram\.org",
)
_MARKED = (
    *("gh[pousr]_", "github_pat_", "gl(?:pat|ptt|dt)-", "glsa_", "glc_"),
    *(r"hv[sbr]\.", "xox[abeprs]-", r"ya29\."),
)
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # The user and the password of an address, whatever the scheme; a password may hold an @ itself.
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^/\s?#\"'<>]*@", re.IGNORECASE), r"\1"),
    # An address that is a secret as a whole: whoever knows the path of such a webhook may post to it.
    (re.compile(rf"(https?://(?:{'|'.join(_WEBHOOKS)}))/[^\s\"'<>]+", re.IGNORECASE), rf"\1/{HIDDEN}"),
    # What a header holds: not a word, there is a digit, a capital or padding in it.
    (re.compile(r"\b(bearer|basic)\s+(?=\S*(?-i:[A-Z0-9=]))[\w.~+/=-]{6,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    # Tokens that say themselves whose they are: GitHub's, GitLab's, Grafana's, Vault's, Slack's, Google's.
    (re.compile(rf"\b(?:{'|'.join(_MARKED)})[\w.~+/=-]{{6,}}"), HIDDEN),
    # JSON Web Tokens, a service account's among them, wherever they stand.
    (re.compile(r"\beyJ[\w-]{6,}(?:\.[\w-]+){1,2}"), HIDDEN),
    # name=value and "name": "value", in an address, a form or JSON; name: value where it is long. The place
    # where one stands is none.
    (
        re.compile(
            rf"(\b(?:{'|'.join(_NAMES)})[\"']?\s*(?:=|:\s*(?=[\"'])|:\s*(?=[^\s\"']{{16}}))\s*[\"']?)"
            rf"(?!(?:{_PLACE})(?:[\s\"'`&;,<>)]|\.?$|\.\s))[^\s\"'`&;,<>]+",
            re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
    ),
)


def keep_secret(secret: str | None) -> None:
    """Hide this from now on wherever it stands, as long as this process lives."""
    bare = (secret or "").strip()
    if len(bare) >= SHORTEST:
        _OURS.update((bare, _in_address(bare), json.dumps(bare, ensure_ascii=False)[1:-1]))


def _in_address(secret: str) -> str:
    """Write it as it stands in an address; `urllib` is not for the pure modules that raise errors too."""
    safe = re.compile(r"[^A-Za-z0-9_.~-]")
    return safe.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), secret)


def without_ours(text: str) -> str:
    """Give the text with the secrets that this process uses hidden, and nothing else."""
    for secret in sorted(_OURS, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def without_secrets(text: str) -> str:
    """Give the text with what looks like a secret hidden; an address loses its user and password."""
    text = without_ours(text)
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return text
