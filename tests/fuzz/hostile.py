"""What a stranger writes where a word or a number is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

CANARY = "Zq7"
"""Stands in every piece of markup; `shown` looks at how it comes out."""

MARKED = "Zm7"
"""Stands in markup for our own screens, always behind its bracket."""

MARKUP = (
    f"[bold]{MARKED}[/bold]",
    f"[@click=app.quit]{MARKED}[/]",
    f"[link=https://evil]{MARKED}[/link]",
    f"<script>{CANARY}</script>",
    f"</style><script>{CANARY}//",
    f"<img src=x onerror={CANARY}>",
    f'"><svg onload={CANARY}>',
    f"' onmouseover='{CANARY}",
    f"<!-- {CANARY}",
    f"]]>{CANARY}<![CDATA[",
    f"&#60;b&#62;{CANARY}",
    f"[{CANARY}](https://evil)",
    f"![{CANARY}](https://evil/pixel.png)",
    f"<https://evil/{CANARY}>",
    f"https://evil.example/{CANARY} www.evil.example @everyone",
    f"```\n# {CANARY}",
    f"| {CANARY} | x |",
    f"- {CANARY}",
    f"1) {CANARY}",
    f"    {CANARY}",
    f"{CANARY}\n===",
    f"\\[{CANARY}\\](https://evil)",
)
FORMULAS = (
    f'=HYPERLINK("https://evil","{CANARY}")',
    f"+1+cmd|' /C {CANARY}'!A0",
    f"-1+{CANARY}",
    f"\t=1+{CANARY}",
    f"@SUM({CANARY})",
)
ESCAPES = (
    "\x1b[2J\x1b[H",
    "\x1b]0;gone\x07",
    "\x1b]8;;https://evil\x1b\\x\x1b]8;;\x1b\\",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x9b2J",
    "\x9d0;gone\x9c",
    "\x07\x08\x7f",
    "a\rb",
    "a\nb\r\nc",
    "\x00",
    "\u2028\u2029\x85\x0b\x0c",
)
UNSEEN = (
    "\u202eevil\u202c",
    "\u2066x\u2069",
    "\u200b\u200d\ufeff",
    "e\u0301" + "\u0301" * 40,
    "\U0001f469\u200d\U0001f4bb",
    "\u0130\u0131\ufb01",
    "\ud800",
    "\uffff\U0010ffff",
    "日本語",
)
PLACES = (
    "../../etc/passwd",
    "/etc/passwd",
    "..",
    ".",
    "~/x",
    "a/b",
    "a\\b",
    "C:\\x",
    "-rf",
    "%2e%2e%2f",
    "con",
)
FORMATS = ("{0}", "{release.plan}", "%s%n%d", "%(x)s", "$(id)", "`id`", "${x}", "{{version}}", "'", '"', "\\")
LENGTHS = ("", " ", "x" * 300, "=" * 5000, "宽" * 500, "word " * 200)

TEXTS = (MARKUP, MARKUP, FORMULAS, ESCAPES, UNSEEN, PLACES, FORMATS, LENGTHS)
"""By kind: each is as likely as another, however many it has."""

NUMBERS: tuple[float | int, ...] = (
    *(0, -0.0, 1, -1, 2, 7, 99, 100, 101, 255, 256, 5000),
    *(0.5, 1e-9, 5e-324, 0.1 + 0.2, 1e9, 1e11, 1e12, 1e15, 1e18, 1e300, -1e300, 1.7e308),
    *(2**31, 2**53 + 1, 2**63 - 1, 2**63, 2**64, 10**30),
)
WRITTEN = (
    *(
        "1e19",
        "-1e19",
        "1e300",
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999",
        "-1e999",
        "9" * 400,
        "9" * 5000,
        "0x10",
        "1_000",
        "0777",
    ),
    *("1:30", ".5", "1.", "+1", "--1", "1e", "٣", "1,5", "1%", "101%", "1pp", "1h1h", "-5s", "1ms", "1e3s"),
)
"""Numbers as text, most of them none."""


def text(rng: Random) -> str:
    """Give a hostile text, sometimes two of them joined."""
    found = rng.choice(rng.choice(TEXTS))
    return found + rng.choice(rng.choice(TEXTS)) if rng.random() < 0.2 else found


def whole_text(rng: Random) -> str:
    """Give one without halves of characters, for which alone a whole line would be refused."""
    return text(rng).encode("utf-8", errors="replace").decode()


def value(rng: Random) -> object:
    """Give anything that JSON can hold."""
    return rng.choice((text, _number, _nothing, _nested))(rng)


def _number(rng: Random) -> object:
    return rng.choice(NUMBERS)


def _nothing(rng: Random) -> object:
    return rng.choice((None, True, False, [], {}, ""))


def _nested(rng: Random) -> object:
    found: object = rng.choice(NUMBERS)
    for _ in range(rng.choice((1, 2, 5))):
        found = [found] if rng.random() < 0.5 else {text(rng): found}
    return found
