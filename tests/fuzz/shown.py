"""Whether what came out is harmless to whoever looks at it: a terminal, a browser, a spreadsheet, a program.

Each check gives the first thing that is wrong, in words; nothing where all is well.
"""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

from tests.fuzz.hostile import CANARY, MARKED

ACTS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What a terminal obeys instead of showing it, and what turns text round."""
PENS = re.compile(r"\x1b\[[0-9;]*[mHC]|\r?\n")
"""What a film may ask of a terminal: colours, and to write elsewhere."""
TAGS = re.compile(
    r"html|head|meta|title|style|body|main|header|section|article|footer|h1|h2|h3|p|div|span|b|"
    r"br|ul|li|dl|dt|dd|table|thead|tbody|tr|th|td|pre|code|details|summary|svg|g|defs|rect|path|"
    r"text|circle|line|clippath|tspan|time|em|strong|small|a"
)
ATTRIBUTES = re.compile(
    r"lang|charset|name|content|http-equiv|class|viewbox|role|aria-label|transform|x|y|x1|x2|y1|"
    r"y2|d|cx|cy|r|width|height|text-anchor|id|clip-path|fill|stroke|stroke-width|rx|ry|"
    r"textlength|xmlns|style|scope|colspan|open|lengthadjust|datetime|aria-hidden|focusable|"
    r"preserveaspectratio|shape-rendering"
)
PLAIN = frozenset("=+-@\t\r")
SERIES = re.compile(
    r'pithead_\w+\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*\} [-+]?(?:[\d.]+(?:e[-+]\d+)?|Inf) [\d.]+'
)


def terminal(text: str) -> str:
    """Look at lines for a terminal."""
    found = ACTS.search(text)
    return f"{found[0]!r} reaches the terminal: {_around(text, found)}" if found else ""


def film(text: str) -> str:
    """Look at an asciicast: what it sends may move the pen and colour it."""
    for line in text.splitlines()[1:]:
        _, kind, data = json.loads(line)
        found = ACTS.search(PENS.sub("", data))
        if kind != "o" or found:
            return f"{kind} {found[0]!r} in the film" if found else f"{kind} in the film"
    return terminal(text)


def documents(text: str) -> str:
    """Look at JSON, one document or one a line."""
    try:
        json.loads(text)
    except ValueError:
        for line in text.splitlines():
            try:
                json.loads(line)
            except ValueError as error:
                return f"no JSON: {error} in {line[:200]!r}"
    return terminal(text)


def page(text: str) -> str:
    """Look at HTML: only our own elements, and nothing that runs or loads."""
    looks = _Elements()
    looks.feed(text)
    looks.close()
    return looks.wrong or terminal(text)


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.wrong = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if stranger := _stranger(tag, [name for name, _ in attrs]):
            self.wrong = self.wrong or f"{stranger} in the page"
        loads = [
            value
            for _, value in attrs
            if value and re.search(r"(?i)javascript:|url\s*\(\s*['\"]?(?!#)", value)
        ]
        if loads:
            self.wrong = self.wrong or f"{loads[0][:100]!r} is loaded by the page"

    def handle_comment(self, data: str) -> None:
        if CANARY in data:
            self.wrong = self.wrong or "text from outside opened a comment"


def picture(text: str) -> str:
    """Look at SVG: well-formed, and of our own elements."""
    try:
        root = ET.fromstring(text)  # noqa: S314 - what we drew ourselves
    except ET.ParseError as error:
        return f"no XML: {error}"
    for element in root.iter():
        names = [name.rpartition("}")[2].lower() for name in element.attrib]
        if stranger := _stranger(element.tag.rpartition("}")[2].lower(), names):
            return f"{stranger} in the picture"
    return screen(_rows(root)) or terminal(text)


def markdown(text: str) -> str:
    """Look at Markdown as a renderer does: no link, no picture, no HTML."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 - comes with textual, and only this needs it

    for token in MarkdownIt("gfm-like", {"html": True, "linkify": False}).parse(text):
        for one in (token, *(token.children or ())):
            if one.type in ("link_open", "image", "html_inline", "html_block"):
                return f"{one.type} in the Markdown: {one.content[:100] or one.attrs}"
    return terminal(text)


def sheet(text: str) -> str:
    """Look at CSV as a spreadsheet does: no cell begins a formula but a number."""
    rows = list(csv.reader(io.StringIO(text)))
    if any(len(row) != len(rows[0]) for row in rows):
        return "the rows of the CSV have not the same length"
    for cell in (cell for row in rows for cell in row):
        if cell[:1] in PLAIN and cell and not _is_number(cell):
            return f"the cell {cell[:60]!r} is a formula"
    return terminal(text)


def metrics(text: str) -> str:
    """Look at OpenMetrics: each line is a comment of ours or a whole sample."""
    for line in text.splitlines():
        if not line.startswith("# ") and not SERIES.fullmatch(line):
            return f"no line of OpenMetrics: {line[:200]!r}"
    return terminal(text)


def screen(rows: list[str]) -> str:
    """Look at a screen's rows: markup is shown as it was written, before the word that it would mark."""
    taken = (found for row in rows for found in [re.search(rf"\w.*(?<!\])(?={MARKED})", row)] if found)
    return next((f"markup was taken: {found[0]!r}" for found in taken), "")


def _rows(root: ET.Element) -> list[str]:
    """Give a picture's rows of text, left to right."""
    rows: dict[str, list[tuple[float, str]]] = {}
    for element in root.iter():
        if element.tag.endswith("}text") and "x" in element.attrib:
            rows.setdefault(element.get("y", ""), []).append((float(element.get("x", 0)), element.text or ""))
    return ["".join(text for _, text in sorted(row)) for row in rows.values()]


def _stranger(tag: str, names: list[str]) -> str:
    """Write an element that we never draw."""
    ours = TAGS.fullmatch(tag) and all(map(ATTRIBUTES.fullmatch, names))
    return "" if ours else f"<{tag} {' '.join(names)}>"


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _around(text: str, found: re.Match[str]) -> str:
    return repr(text[max(0, found.start() - 60) : found.end() + 60])
