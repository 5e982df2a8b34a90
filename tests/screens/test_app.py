from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from console.command import Command
from console.evidence import Sample
from console.judge.keys.channel_words import odds
from console.person import Person
from console.policy.headline import Line, Tone
from console.policy.judges.two_keys.keys_words import keys_of
from console.release import events as ev
from console.release.state import Release
from screens.app import PitheadApp
from screens.dialogs import Question
from screens.help import Help
from tests.screens import stories
from tests.screens.harness import LEAVE, RememberingDriver, app_of, lines, strips, text

SIZES = [(120, 40), (80, 24), (60, 20), (40, 10)]
FULL, COMPACT = SIZES[0], SIZES[1]


@pytest.fixture(autouse=True)
def _utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("NO_COLOR", raising=False)


async def settle(pilot: Pilot[Release | None]) -> None:
    await pilot.pause()
    await pilot.pause()


def question(app: PitheadApp) -> Question:
    assert isinstance(app.screen, Question)
    return app.screen


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("story", stories.STORIES)
async def test_every_state_shows_its_word_at_every_size(story: str, size: tuple[int, int]) -> None:
    app, _ = app_of(stories.STORIES[story](), driver=RememberingDriver())
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        word = app.view_state().line.word
        spaced = "   ".join(" ".join(part) for part in word.split())
        assert word in text(app) or spaced in text(app)
        assert len(lines(app)) == size[1]


@pytest.mark.parametrize("size", SIZES)
async def test_both_versions_numbers_are_there_at_every_size(size: tuple[int, int]) -> None:
    app, _ = app_of(stories.healthy())
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        shown = text(app)
        assert "error rate" in shown
        assert "P99" in shown
        assert "v1" in shown
        assert "v2" in shown


async def test_the_first_frame_shows_the_release_and_not_an_empty_screen() -> None:
    app, _ = app_of(stories.healthy())
    async with app.run_test(size=FULL):
        assert app.view_state().release is not None
        assert "GOING WELL" in text(app)


async def test_space_pauses_at_once() -> None:
    driver = RememberingDriver()
    app, _ = app_of(stories.healthy(), driver=driver)
    async with app.run_test(size=COMPACT) as pilot:
        await pilot.press("space")
        assert driver.sent == [Command.PAUSE]


async def test_space_resumes_what_is_paused() -> None:
    driver = RememberingDriver()
    app, _ = app_of(stories.paused(), driver=driver)
    async with app.run_test(size=COMPACT) as pilot:
        assert "resume" in lines(app)[-1]
        await pilot.press("space")
        assert driver.sent == [Command.RESUME]


async def test_space_has_one_meaning_where_the_judge_holds_and_the_bar_says_which() -> None:
    driver = RememberingDriver()
    teller = stories.judged()
    assert teller.state.judge_holds
    app, _ = app_of(teller, driver=driver)
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        assert "space resume" in lines(app)[-1]
        assert "space pause" not in lines(app)[-1]
        await pilot.press("space")
        assert driver.sent == [Command.RESUME]


async def test_capital_r_and_enter_roll_back() -> None:
    driver = RememberingDriver()
    app, _ = app_of(stories.healthy(), driver=driver)
    async with app.run_test(size=COMPACT) as pilot:
        await pilot.press("R")
        assert question(app).focused_label == "Roll back to v1"
        await pilot.press("enter")
        await settle(pilot)
        assert driver.sent == [Command.ROLL_BACK]


async def test_a_small_r_does_nothing() -> None:
    driver = RememberingDriver()
    app, _ = app_of(stories.healthy(), driver=driver)
    async with app.run_test(size=COMPACT) as pilot:
        await pilot.press("r", "enter")
        assert driver.sent == []


@pytest.mark.parametrize("way_out", ["escape", "ctrl+c", "n"])
async def test_backing_out_of_a_rollback_sends_nothing(way_out: str) -> None:
    driver = RememberingDriver()
    app, _ = app_of(stories.healthy(), driver=driver)
    async with app.run_test(size=COMPACT) as pilot:
        await pilot.press("R", way_out)
        await settle(pilot)
        assert not isinstance(app.screen, Question)
        assert driver.sent == []


async def test_enter_presses_the_button_that_tab_went_to() -> None:
    driver = RememberingDriver()
    app, _ = app_of(stories.healthy(), driver=driver)
    async with app.run_test(size=COMPACT) as pilot:
        await pilot.press("R", "tab")
        assert question(app).focused_label == "Cancel"
        assert "[ Cancel ]" in text(app)
        await pilot.press("enter")
        await settle(pilot)
        assert driver.sent == []


async def test_promote_begins_on_cancel() -> None:
    driver = RememberingDriver()
    app, _ = app_of(stories.healthy(), driver=driver)
    async with app.run_test(size=COMPACT) as pilot:
        await pilot.press("p")
        assert question(app).focused_label == "Cancel"
        await pilot.press("enter")
        await settle(pilot)
        assert driver.sent == []


async def test_capital_p_confirms_a_promotion() -> None:
    driver = RememberingDriver()
    app, _ = app_of(stories.healthy(), driver=driver)
    async with app.run_test(size=COMPACT) as pilot:
        await pilot.press("p", "P")
        await settle(pilot)
        assert driver.sent == [Command.PROMOTE]


async def test_a_letter_behind_r_is_text_and_closes_the_question() -> None:
    driver = RememberingDriver()
    app, _ = app_of(stories.healthy(), driver=driver)
    async with app.run_test(size=COMPACT) as pilot:
        await pilot.press("R", "y")
        await settle(pilot)
        assert not isinstance(app.screen, Question)
        await pilot.press("enter")
        assert driver.sent == []


async def test_a_key_that_would_be_refused_says_why_and_opens_no_question() -> None:
    suspect, _ = app_of(stories.breach(), driver=RememberingDriver())
    async with suspect.run_test(size=COMPACT) as pilot:
        for key, why in {
            "p": "promote: suspect: v2's error rate is 2.12% for 5s of 10s",
            "b": "advance blind: no judge watches this plan; p promotes",
            "O": "override: no judge watches this plan; p promotes",
            "a": "approve: this stage wants no approval; p promotes",
        }.items():
            await pilot.press(key)
            await settle(pilot)
            assert not isinstance(suspect.screen, Question), key
            assert why in text(suspect)


async def test_a_approves() -> None:
    driver = RememberingDriver()
    app, _ = app_of(stories.wants_approval(), driver=driver)
    async with app.run_test(size=COMPACT) as pilot:
        assert "approve" in lines(app)[-1]
        await pilot.press("a")
        await settle(pilot)
        assert driver.sent == []
        await pilot.press("A")
        await settle(pilot)
        assert driver.sent == [Command.APPROVE]


@pytest.mark.parametrize("size", [FULL, COMPACT])
async def test_how_far_each_key_has_turned_is_on_the_screen(size: tuple[int, int]) -> None:
    teller = stories.judged()
    said = keys_of(teller.state).said
    assert said is not None
    app, _ = app_of(teller, driver=RememberingDriver())
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        (keys,) = (line for line in lines(app) if line.startswith(" two keys"))
        assert f"{odds(said.k1)}/100" in keys
        assert f"{odds(said.k2)}/10" in keys


async def test_the_channels_show_estimate_and_evidence_where_there_is_room() -> None:
    app, _ = app_of(stories.judged(), driver=RememberingDriver())
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        shown = text(app)
        assert " errors      0." in shown
        assert "pp" in shown
        assert " slow>" in shown


async def test_events_that_must_not_drop_have_their_line_too() -> None:
    app, _ = app_of(stories.unsold(), driver=RememberingDriver())
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        (orders,) = (line for line in lines(app) if line.startswith(" orders "))
        assert " 30.00% " in orders
        assert "worse" in orders
        assert "beyond tolerance" in orders


@pytest.mark.parametrize("size", [FULL, COMPACT])
async def test_kayentas_score_is_on_the_screen_with_what_it_means(size: tuple[int, int]) -> None:
    app, _ = app_of(stories.scored(), driver=RememberingDriver())
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        (score,) = (line for line in lines(app) if line.startswith(" kayenta "))
        assert "Marginal" in score
        assert "score 50" in score
        assert "SUSPECT  kayenta scores v2 50: M" in text(app)


async def test_kayentas_metrics_are_shown_where_there_is_room() -> None:
    app, _ = app_of(stories.scored(), driver=RememberingDriver())
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        assert " error rate  High" in text(app)
        assert " P99         Pass" in text(app)


async def test_what_a_stage_could_still_hide_is_said_and_b_asks_before_it_advances_blind() -> None:
    driver = RememberingDriver()
    app, _ = app_of(stories.hidden(), driver=driver)
    async with app.run_test(size=COMPACT) as pilot:
        await settle(pilot)
        assert "TOO FEW REQUESTS" in text(app)
        assert "+1pp would show in" in text(app)
        assert "advance blind" in lines(app)[-1]
        await pilot.press("b")
        await settle(pilot)
        assert question(app).focused_label == "Wait"
        await pilot.press("right", "enter")
        await settle(pilot)
        assert driver.sent == []
        await pilot.press("B")
        await settle(pilot)
        assert driver.sent == [Command.ADVANCE_BLIND]


async def test_going_on_against_the_judge_is_not_taken_without_a_reason() -> None:
    driver = RememberingDriver()
    app, _ = app_of(stories.judged(), driver=driver)
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        await pilot.press("O")
        await settle(pilot)
        await pilot.press("right", "enter")
        await settle(pilot)
        assert driver.sent == []
        await pilot.press(*"known", "enter")
        await settle(pilot)
        assert driver.sent == []
        await pilot.press("O")
        for _ in range(600):  # the answer goes by a callback and a task of its own: some turns of the loop
            if driver.sent:
                break
            await pilot.pause(0.1)
        assert driver.sent == [Command.OVERRIDE], text(app)


async def test_a_refusal_appears_on_the_message_line() -> None:
    app, _ = app_of(stories.healthy(), driver=RememberingDriver("the lease is lost"))
    async with app.run_test(size=COMPACT) as pilot:
        await pilot.press("space")
        await settle(pilot)
        assert "pause was refused: the lease is lost" in lines(app)[-2]


async def test_ctrl_c_asks_and_enter_stays() -> None:
    app, _ = app_of(stories.healthy(), driver=RememberingDriver())
    async with app.run_test(size=FULL) as pilot:
        await pilot.press("ctrl+c")
        await settle(pilot)
        assert LEAVE in text(app)
        assert question(app).focused_label == "Stay"
        await pilot.press("enter")
        await settle(pilot)
        assert app.is_running
        assert not isinstance(app.screen, Question)


async def test_q_leaves_with_the_last_state_and_sends_nothing() -> None:
    driver = RememberingDriver()
    teller = stories.healthy()
    app, _ = app_of(teller, driver=driver)
    async with app.run_test(size=COMPACT) as pilot:
        await pilot.press("q")
    assert app.return_value == teller.state
    assert driver.sent == []


@pytest.mark.parametrize("key", ["space", "p", "a", "R"])
async def test_a_read_only_screen_has_no_acting_keys(key: str) -> None:
    app, _ = app_of(stories.healthy())
    async with app.run_test(size=FULL) as pilot:
        await pilot.press(key)
        await settle(pilot)
        assert not isinstance(app.screen, Question)
        assert "RO" in lines(app)[0]
        assert not {"pause", "promote", "roll"} & set(lines(app)[-1].split())


async def test_hints_show_only_what_would_be_taken_now() -> None:
    app, _ = app_of(stories.not_confirmed(), driver=RememberingDriver())
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        assert "roll back" not in lines(app)[-1]
        assert "leave" in lines(app)[-1]


async def test_an_ended_release_stays_on_the_screen_until_q() -> None:
    app, _ = app_of(stories.rolled_back(), driver=RememberingDriver())
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        assert "R O L L E D   B A C K" in text(app)
        assert "confirmed after 34 ms" in text(app)
        await pilot.press("q")
    assert app.return_value is not None


@pytest.mark.parametrize(
    ("teller", "words"),
    [
        (
            stories.judged,
            ("two keys", "evidence, not probability", "however often one looks", "SPLIT IS OFF"),
        ),
        (stories.scored, ("score ", "Marginal ", "98% confidence")),
    ],
    ids=["two keys", "kayenta"],
)
async def test_help_explains_the_judge_of_this_release(
    teller: Callable[[], stories.Teller], words: tuple[str, ...]
) -> None:
    app, _ = app_of(teller(), driver=RememberingDriver())
    async with app.run_test(size=(120, 60)) as pilot:
        await pilot.press("question_mark")
        await settle(pilot)
        shown = text(app)
        assert all(word in shown for word in words)


async def test_help_lists_the_keys_of_this_screen() -> None:
    app, _ = app_of(stories.healthy())
    async with app.run_test(size=FULL) as pilot:
        await pilot.press("question_mark")
        await settle(pilot)
        assert isinstance(app.screen, Help)
        assert "leave the screen; the release goes on" in text(app)
        assert "send all requests back" not in text(app)
        await pilot.press("escape")
        await settle(pilot)
        assert not isinstance(app.screen, Help)


@pytest.mark.parametrize("size", SIZES)
async def test_the_zoom_shows_one_chart_after_the_other(size: tuple[int, int]) -> None:
    app, _ = app_of(stories.breach())
    async with app.run_test(size=size) as pilot:
        for title in ("error rate since", "P99 since", "requests per second since"):
            await pilot.press("z")
            await settle(pilot)
            assert title in text(app)
            assert text(app).count(" now") == 2
        await pilot.press("escape")
        await settle(pilot)
        assert "SUSPECT" in text(app)


KEYS_IN_THE_ZOOM = {
    "space": "pause: taken",
    "p": "Promote v2 to 50% now?",
    "R": "Roll back to v1?",
    "question_mark": "  Keys",
    "T": "theme: ",
    "a": "approve: this stage wants no approval",
    "g": "the log is on the first screen: esc goes back to it",
    "ctrl+c": "Leave the screen?",
}


async def test_an_answer_over_the_zoom_is_read_to_its_end() -> None:
    app, _ = app_of(stories.breach(), driver=RememberingDriver())
    async with app.run_test(size=COMPACT) as pilot:
        await pilot.press("z", "p")
        await settle(pilot)
        said = " ".join(line.strip() for line in lines(app)[-3:-1])
        assert said == "promote: suspect: v2's error rate is 2.12% for 5s of 10s (at most 1% is allowed)"


async def test_the_zoom_keeps_the_headline_and_every_key_acts_or_says_why_not() -> None:
    app, _ = app_of(stories.healthy(), driver=RememberingDriver())
    async with app.run_test(size=COMPACT) as pilot:
        await pilot.press("z")
        await settle(pilot)
        assert "GOING WELL" in lines(app)[0]
        assert {"z next chart", "R roll back"} <= set(lines(app)[-1].strip().split("  "))
        for key, answer in KEYS_IN_THE_ZOOM.items():
            await pilot.press(key)
            await settle(pilot)
            assert answer in text(app), key
            if len(app.screen_stack) > 2:
                await pilot.press("escape")
        await pilot.press("q")  # one page back, and not out of the screen
        assert len(app.screen_stack) == 1


@pytest.mark.parametrize("page", ["z", "question_mark"])
async def test_what_happens_meanwhile_is_seen_on_the_page_that_lies_over_the_release(page: str) -> None:
    teller = stories.told(40)
    app, feed = app_of(teller, driver=RememberingDriver())
    before = len(teller.records)
    async with app.run_test(size=COMPACT) as pilot:
        await pilot.press(page)
        await settle(pilot)
        teller.ask(ev.RollbackAsked(person=stories.PERSON))
        feed.put(teller.records[before:])
        app.catch_up()
        await settle(pilot)
        assert "ROLLED BACK" in lines(app)[0]


async def test_a_decision_is_shown_without_waiting_for_the_next_second() -> None:
    teller = stories.healthy()
    app, feed = app_of(teller, driver=RememberingDriver())
    async with app.run_test(size=COMPACT) as pilot:
        known = len(teller.records)
        teller.ask(ev.Paused(person=stories.PERSON))
        feed.put(teller.records[known:])
        app.catch_up()
        await settle(pilot)
        assert "HOLDING  paused by ana" in lines(app)[1]


async def test_the_release_goes_on_above_a_dialog() -> None:
    teller = stories.healthy()
    app, feed = app_of(teller, driver=RememberingDriver())
    async with app.run_test(size=FULL) as pilot:
        await pilot.press("R")
        known = len(teller.records)
        teller.ask(ev.Paused(person=stories.PERSON))
        feed.put(teller.records[known:])
        app.catch_up()
        await settle(pilot)
        assert "HOLDING  paused by ana" in lines(app)[1]
        assert "Roll back to v1?" in text(app)


async def test_a_small_screen_cuts_off_what_others_say_and_never_the_patience() -> None:
    teller = stories.healthy()
    teller.add(ev.SampleTaken(sample=Sample(span_s=0.0, trouble="x " * 300)), after_s=1.0)
    app, _ = app_of(teller)
    async with app.run_test(size=COMPACT) as pilot:
        await settle(pilot)
        assert "; back to v1 in " in lines(app)[1]


async def test_a_worker_that_puts_nothing_on_record_is_called_silent() -> None:
    app, _ = app_of(stories.healthy(), driver=RememberingDriver(), late_s=40.0)
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        assert "BLIND" in lines(app)[1]
        assert "nothing on record for 40s: the worker lives, but" in text(app)


async def test_a_silent_worker_is_asked_how_the_release_stands() -> None:
    driver = RememberingDriver()
    driver.verdict = Line(tone=Tone.ALARM, word="ROLLING BACK", text="NOT CONFIRMED, attempt 3")
    app, feed = app_of(stories.healthy(), driver=driver, late_s=40.0)
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        assert "NOT CONFIRMED, attempt 3" in text(app)
        feed.put([ev.Record(n=10_000, at=app._clock(), event=ev.JournalMended())])
        app.catch_up()
        assert "NOT CONFIRMED" not in text(app)


async def test_old_numbers_are_called_stale() -> None:
    app, _ = app_of(stories.healthy(), late_s=40.0)
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        assert "data STALE 40s" in lines(app)[0]
        assert "worker STALE 40s" in lines(app)[0]


async def test_outside_text_is_shown_literally() -> None:
    hostile = "\x1b[31mred[/] [bold]x\x07"
    teller = stories.told(30, of=stories.plan(service=hostile, names=("v1", "[b]v2")))
    teller.ask(ev.RollbackAsked(person=Person(login="eve\x1b]0;t\x07"), reason="[red]\n\u202e"))
    app, _ = app_of(teller)
    async with app.run_test(size=FULL) as pilot:
        await settle(pilot)
        shown = text(app)
        assert r"\x1b[31mred[/] [bold]x\x07" in shown
        assert "[b]v2" in shown
        assert r"eve\x1b]0;t\x07" in shown
        assert all(character.isprintable() for character in shown.replace("\n", ""))


async def test_a_locale_without_utf8_gets_ascii_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    app, _ = app_of(stories.breach(), driver=RememberingDriver())
    async with app.run_test(size=FULL) as pilot:
        for key in ("", "question_mark", "escape", "z", "escape", "R"):
            await pilot.press(*[key] if key else [])
            await settle(pilot)
            assert text(app).isascii()


async def test_no_color_keeps_the_terminals_own_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app, _ = app_of(stories.breach(), driver=RememberingDriver())
    async with app.run_test(size=COMPACT) as pilot:
        await settle(pilot)
        colours = {
            colour.name
            for line in strips(app)
            for segment in line
            if segment.style
            for colour in (segment.style.color, segment.style.bgcolor)
            if colour is not None
        }
        assert colours <= {"default"}


async def test_every_theme_can_be_put_on() -> None:
    app, _ = app_of(stories.breach(), driver=RememberingDriver())
    async with app.run_test(size=COMPACT) as pilot:
        seen = []
        for _ in range(4):
            await pilot.press("T")
            await settle(pilot)
            seen.append(app.theme)
        assert len(set(seen)) == 4
        assert "SUSPECT" in text(app)


async def test_a_resize_divides_the_screen_anew() -> None:
    app, _ = app_of(stories.healthy(), driver=RememberingDriver())
    async with app.run_test(size=FULL) as pilot:
        await pilot.resize_terminal(40, 10)
        await settle(pilot)
        assert len(lines(app)) == 10
        assert "GOING WELL" in lines(app)[1]
        assert "roll back" in lines(app)[-1]


@pytest.mark.full
async def test_a_long_journal_is_read_in_pieces() -> None:
    teller = stories.told(3000, of=stories.plan(hold_s=4000, interval_s=1.0))
    app, _ = app_of(teller)
    async with app.run_test(size=COMPACT) as pilot:
        assert "LOOKING  reading the journal" in text(app)
        while app.view_state().behind:
            await pilot.pause()
        assert app.view_state().release == teller.state
