from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from console.report.facts import facts_of
from console.report.page import page
from tests.report.drawn import drawn
from tests.report.stories import proven, rolled_back

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

AROUND = """<iframe src="guard.html" width="390" height="800"></iframe>
<iframe src="guard.html" width="1100" height="800"></iframe>
<iframe src="keys.html" width="390" height="800"></iframe>
<iframe src="keys.html" width="1100" height="800"></iframe>
<script>onload = () => { document.title = [...document.querySelectorAll("iframe")].map(frame => {
  const inner = frame.contentDocument, body = getComputedStyle(inner.body);
  const seen = one => one.getBoundingClientRect().width > 0;
  const drawn = [...inner.querySelectorAll("svg")].filter(seen).length;
  const root = inner.documentElement;
  return [root.scrollWidth <= root.clientWidth, body.maxWidth, drawn].join(" ");
}).join(", "); }</script>
"""


@pytest.mark.real
@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium: apt-get install chromium")
def test_a_browser_shows_the_page_with_its_style_and_nothing_sticks_out(tmp_path: Path) -> None:
    for name, story in (("guard", rolled_back()), ("keys", proven())):
        (tmp_path / f"{name}.html").write_text(page(facts_of(story.records), drawn(story.records)))
    (tmp_path / "around.html").write_text(AROUND)
    assert CHROMIUM is not None
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files", "--dump-dom")
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    shown = subprocess.run(
        [CHROMIUM, *options, profile, (tmp_path / "around.html").as_uri()],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    found = re.search("<title>(.*?)</title>", shown)
    assert found is not None
    # Nothing is wider than the frame; the style sheet was taken; one drawing of two is shown.
    assert found[1] == ", ".join(["true 928px 1"] * 4)
