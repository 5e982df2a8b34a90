from __future__ import annotations

import re
from html.parser import HTMLParser

import msgspec

from console.release import events as ev
from console.report.facts import facts_of
from console.report.grafana import annotation
from console.report.markdown import markdown, text
from console.report.page import page
from tests.releases import Story, running
from tests.report.drawn import drawn
from tests.report.stories import hostile, rolled_back


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.closed: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.opened.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        self.closed.append(tag)


def html(story: Story) -> str:
    return page(facts_of(story.records, chain=("whole: 9 records",)), drawn(story.records))


def tags(story: Story) -> Tags:
    parser = Tags()
    parser.feed(html(story))
    return parser


def test_a_page_loads_nothing_and_runs_nothing() -> None:
    found = tags(hostile())
    assert not {"script", "link", "img", "iframe", "object", "a", "base", "form"} & set(found.opened)
    assert not [
        name for name, _ in found.attributes if name in ("src", "href", "style") or name.startswith("on")
    ]


def test_text_from_outside_adds_no_tags() -> None:
    assert set(tags(hostile()).opened) == set(tags(rolled_back()).opened)


def test_every_tag_is_closed() -> None:
    found = tags(rolled_back())
    open_ended = {"meta", "br"}
    assert sorted(tag for tag in found.opened if tag not in open_ended) == sorted(
        tag for tag in found.closed if tag not in open_ended
    )


def test_no_control_character_reaches_a_report() -> None:
    story = hostile()
    facts = facts_of(story.records)
    for product in (html(story), markdown(facts), annotation(facts)):
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", product)


def test_a_page_tells_it_all() -> None:
    told = html(rolled_back())
    for words in (
        "Rolled back",
        "too many errors",
        "rolled back 00:16:47",
        "whole: 9 records",
        "12ms",
        "timeline",
    ):
        assert words in told


def test_a_release_without_a_single_look_has_a_page_too() -> None:
    story = Story(running().release.plan)
    assert "and never got any requests" in html(story)


def test_markdown_from_outside_is_text() -> None:
    assert text("[x](http://e) @ana <b> *b* `c` |") == (
        r"\[x\](http&#58;//e) &#64;ana &lt;b&gt; \*b\* \`c\` \|"
    )
    assert text("- a") == r"\- a"
    assert text("1. a") == r"1\. a"
    assert text("3.1s") == "3.1s"
    assert text("www.evil") == "www&#46;evil"


def test_a_line_from_outside_cannot_begin_a_new_one() -> None:
    story = running()
    story.tell(ev.RouterSeen(weight=7, changed_by="x\n# headline"))
    assert "\n# headline" not in markdown(facts_of(story.records))


def test_the_fence_of_the_plan_is_longer_than_what_it_fences() -> None:
    facts = msgspec.structs.replace(facts_of(rolled_back().records), plan="a\n````\nb")
    assert "`````text\na\n````\nb\n`````" in markdown(facts)


def test_an_annotation_has_grafanas_fields() -> None:
    body = msgspec.json.decode(annotation(facts_of(rolled_back().records)))
    assert (body["time"], body["tags"]) == (1000_000, ["pithead", "checkout", "rolled_back"])
    assert body["timeEnd"] > body["time"]


def test_a_release_that_ended_before_the_first_look_has_no_empty_charts() -> None:
    refused = running()
    assert "<svg" not in html(refused)
    assert "before the first look at the metrics" in html(refused)
