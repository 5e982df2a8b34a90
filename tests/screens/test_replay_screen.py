from __future__ import annotations

import time
from pathlib import Path

import pytest
from textual.pilot import Pilot

from console.claims.moments import Course
from console.replay.recording import Recording, open_recording
from screens.replay.keys import KEYS
from screens.replay.player import FRAME_S, Player
from screens.replay.printed import as_json, as_text
from tests.screens import stories
from tests.screens.harness import lines, text
from tests.screens.recordings import Hand, player_of, recorded

FULL, COMPACT = (120, 40), (80, 24)
SIZES = [FULL, COMPACT, (60, 20), (40, 10)]


@pytest.fixture(autouse=True)
def _utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture(scope="module")
def rolled_back(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """1% from the start, 5% at 65 s, 25% at 125 s; breaches at 140 s, back at 150 s, over at 155.6 s."""
    return recorded(stories.rolled_back(), tmp_path_factory.mktemp("rolled-back"))


async def pressed(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await pilot.pause()


async def once_shown(words: str, player: Player, pilot: Pilot[None]) -> str:
    """Give the text once it has these words: a recording is read in slices, and a busy machine has few."""
    until = time.monotonic() + 60.0
    while words not in text(player) and time.monotonic() < until:
        await pilot.pause()
    return text(player)


def at_s(player: Player) -> float:
    return round(player.playhead.at - stories.BEGIN, 1)


@pytest.mark.parametrize("size", SIZES)
async def test_every_size_shows_the_verdict_then_and_where_the_playhead_is(
    size: tuple[int, int], rolled_back: Recording
) -> None:
    player = player_of(rolled_back, at_s=148)
    async with player.run_test(size=size) as pilot:
        shown = await once_shown("SUSPECT", player, pilot)
        assert "SUSPECT" in shown
        assert "REPLAY" in shown or size[1] < 20
        assert "08:55:48Z  +02:28 of 02:35" in shown
        assert len(lines(player)) == size[1]


@pytest.mark.parametrize("size", [FULL, COMPACT])
async def test_both_usual_sizes_have_charts_guards_and_the_whole_track(
    size: tuple[int, int], rolled_back: Recording
) -> None:
    player = player_of(rolled_back, at_s=148)
    async with player.run_test(size=size) as pilot:
        await pilot.pause()
        heat, marks, track, words, hints = lines(player)[-5:]
        assert "limit 1%" in text(player) or "1%" in text(player)
        assert "BREACH 5s/10s" in text(player)
        assert "█" in heat
        assert "!" in marks
        assert "R" in marks
        assert track.index("1%") < track.index("5%") < track.index("25%") < track.index("◆")
        assert "chain" in words
        assert "space play" in hints


@pytest.mark.parametrize(
    ("keys", "wanted_s"),
    [
        (("right",), 105.6),
        (("left",), 100.6),
        (("shift+right",), 113.0),
        (("shift+left",), 93.0),
        (("full_stop",), 155.6),
        (("comma",), 43.0),
        (("right_square_bracket",), 125.6),
        (("left_square_bracket",), 65.6),
        (("right_curly_bracket",), 125.6),
        (("left_curly_bracket", "left_curly_bracket"), 0.5),
        (("exclamation_mark",), 140.6),
        (("exclamation_mark", "exclamation_mark", "at"), 140.6),
        (("5",), 77.8),
        (("end",), 155.6),
        (("home",), 0.0),
    ],
)
async def test_each_key_goes_where_it_says(
    keys: tuple[str, ...], wanted_s: float, rolled_back: Recording
) -> None:
    player = player_of(rolled_back, at_s=103)
    async with player.run_test(size=COMPACT) as pilot:
        await pressed(pilot, *keys)
        assert at_s(player) == pytest.approx(wanted_s, abs=0.15)


@pytest.mark.parametrize(
    ("typed", "wanted_s"), [("+1m30s", 90), ("stage 2", 65.5), ("08:55", 100), ("50%", 77.8), ("-10s", 145.6)]
)
async def test_t_goes_to_what_is_typed(typed: str, wanted_s: float, rolled_back: Recording) -> None:
    player = player_of(rolled_back)
    async with player.run_test(size=COMPACT) as pilot:
        await pressed(pilot, "t", *("space" if sign == " " else sign for sign in typed), "enter")
        assert at_s(player) == pytest.approx(wanted_s, abs=0.15)


@pytest.mark.parametrize(
    ("typed", "words"),
    [("noon", "`noon` is no time of this recording"), ("23:59", "is not in this recording")],
)
async def test_what_is_no_time_is_a_sentence_and_nothing_moves(
    typed: str, words: str, rolled_back: Recording
) -> None:
    player = player_of(rolled_back, at_s=50)
    async with player.run_test(size=FULL) as pilot:
        await pressed(pilot, "t", *typed, "enter")
        assert words in text(player)
        assert at_s(player) == 50.0


async def test_escape_leaves_the_prompt_and_nothing_moves(rolled_back: Recording) -> None:
    player = player_of(rolled_back, at_s=50)
    async with player.run_test(size=COMPACT) as pilot:
        await pressed(pilot, "t", "e", "n", "d", "escape")
        assert at_s(player) == 50.0


async def test_it_plays_from_the_start_and_space_pauses(rolled_back: Recording) -> None:
    hand = Hand()
    player = player_of(rolled_back, at_s=None, clock=hand)
    async with player.run_test(size=COMPACT) as pilot:
        await pilot.pause()
        assert "space pause" in lines(player)[-1]
        await pressed(pilot, "greater_than_sign", "greater_than_sign")
        hand.now += 10.0
        while player.playhead.at == stories.BEGIN:
            await pilot.pause(0.02)
        assert at_s(player) == 40.0
        await pressed(pilot, "space")
        assert "space play" in lines(player)[-1]
        assert "4x" in lines(player)[-2]


async def test_r_plays_backwards(rolled_back: Recording) -> None:
    hand = Hand()
    player = player_of(rolled_back, at_s=100, clock=hand)
    async with player.run_test(size=COMPACT) as pilot:
        await pressed(pilot, "r")
        hand.now += 10.0
        while at_s(player) == 100.0:
            await pilot.pause(0.02)
        assert at_s(player) == 90.0
        assert "◀" in lines(player)[-2]


@pytest.mark.parametrize("size", [FULL, COMPACT])
async def test_w_says_why_with_query_inputs_verdict_reasons_and_the_next_act(
    size: tuple[int, int], rolled_back: Recording
) -> None:
    player = player_of(rolled_back, at_s=148)
    async with player.run_test(size=size) as pilot:
        await pressed(pilot, "w")
        shown = text(player)
        assert "why, at 08:55:48Z" in shown
        assert "breach: v2's error rate is 2.12%" in shown
        assert "nothing: it waits for the next look" in shown
        assert "08:55:50Z, in 3s: breach" in shown
        for _ in range(12):
            await pilot.press("down")
        await pilot.pause()
        assert "errors of" in text(player)
        assert "istio_requests_total{" in text(player)
        await pressed(pilot, "w")
        assert "rps" in text(player)


async def test_in_the_zoom_the_playhead_moves_and_an_answer_is_seen(rolled_back: Recording) -> None:
    player = player_of(rolled_back, at_s=148)
    async with player.run_test(size=COMPACT) as pilot:
        await pressed(pilot, "z")
        before = lines(player)[0]
        assert "SUSPECT" in before
        await pressed(pilot, "end")
        assert "ROLLED BACK" in lines(player)[0]
        assert "next chart" in lines(player)[-1]
        await pressed(pilot, "w")
        assert "why, at " in text(player)


async def test_w_explains_both_keys_each_channel_and_how_it_was_asked(tmp_path: Path) -> None:
    player = player_of(recorded(stories.judged(), tmp_path), at_s=90)
    async with player.run_test(size=(120, 60)) as pilot:
        await pressed(pilot, "w")
        shown = text(player)
        assert "in short    errors 0." in shown
        assert "key 1       not turned: is v2 worse than v1? " in shown
        assert "key 2       not turned: by more than is tolerated (0.1pp, or usual growth)? " in shown
        assert "requests that failed: v1 " in shown
        assert "istio_requests_total{" in shown
        assert "istio_request_duration_milliseconds_bucket{" in shown


async def test_w_explains_kayentas_score_by_its_metrics_and_their_samples(tmp_path: Path) -> None:
    player = player_of(recorded(stories.scored(), tmp_path), at_s=390)
    async with player.run_test(size=FULL) as pilot:
        await pressed(pilot, "w")
        shown = text(player)
        assert "SUSPECT  kayenta scores v2 50: Marginal, from 50 on and below 95" in shown
        assert "error rate High (" in shown
        assert "6 of v2 and 6 of v1 samples, in errors" in shown


def test_an_instant_in_print_has_kayentas_score_too() -> None:
    release = stories.scored().state
    course = Course(begins_at=stories.BEGIN, ends_at=stories.BEGIN + 400)
    printed = as_text(release, at=course.ends_at, course=course)
    assert "\nkayenta  Marginal     kayenta scores v2 50: " in printed
    assert "\n         error rate High (" in printed
    assert as_json(release, at=course.ends_at, course=course)["kayenta"]["score"] == 50


async def test_events_in_why_come_with_the_query_of_their_counter(tmp_path: Path) -> None:
    player = player_of(recorded(stories.unsold(), tmp_path), at_s=65)
    async with player.run_test(size=(120, 60)) as pilot:
        await pressed(pilot, "w")
        shown = text(player)
        assert "how many a request there were, which must not be fewer: v1 " in shown
        assert "orders_total{version=" in shown


async def test_why_follows_the_playhead(rolled_back: Recording) -> None:
    player = player_of(rolled_back, at_s=100)
    async with player.run_test(size=FULL) as pilot:
        await pressed(pilot, "w", "exclamation_mark")
        assert "why, at 08:55:40Z" in text(player)
        await pressed(pilot, "escape")
        assert "why, at" not in text(player)


async def test_the_help_tells_every_key(rolled_back: Recording) -> None:
    player = player_of(rolled_back)
    async with player.run_test(size=(80, 60)) as pilot:
        await pressed(pilot, "question_mark")
        seen = text(player)
        assert all(key.about.split(";")[0][:30] in seen for key in KEYS if key.about)
        assert "0-9" in seen


@pytest.fixture
def changed(tmp_path: Path) -> Recording:
    """A recording in which someone put another name."""
    path = Path(recorded(stories.rolled_back(), tmp_path).path)
    path.write_text(path.read_text().replace('"login":"ana"', '"login":"eve"'))
    return open_recording(str(path))


async def test_a_changed_line_is_seen_on_the_track(changed: Recording) -> None:
    player = player_of(changed, at_s=148)
    async with player.run_test(size=FULL) as pilot:
        while not player._chain.done:
            await pilot.pause(0.02)
        player.paint()
        await pilot.pause()
        assert "chain BROKEN: line 1 changed" in lines(player)[-2]


async def test_no_key_of_a_replay_asks_a_worker_for_anything() -> None:
    assert not any(key.command for key in KEYS)


async def test_the_fastest_play_is_painted_at_most_ten_times_a_second(rolled_back: Recording) -> None:
    hand = Hand()
    player = player_of(rolled_back, at_s=0, clock=hand)
    shown: list[float] = []
    async with player.run_test(size=COMPACT) as pilot:
        for _ in range(6):
            player.action_speed(1)
        player.action_play_or_pause()
        player.paint = lambda: shown.append(player.playhead.at)  # type: ignore[method-assign]  # counts
        began_at = time.monotonic()
        for _ in range(20):
            hand.now += 0.05
            await pilot.pause(0.05)
        # The player's timer runs by real time, of which a busy machine takes more for these pauses.
        assert 2 <= len(shown) <= (time.monotonic() - began_at) / FRAME_S + 1
        assert shown == sorted(set(shown)), "a paint without anything new"


async def test_while_it_is_paused_nothing_is_painted(rolled_back: Recording) -> None:
    player = player_of(rolled_back, at_s=100)
    async with player.run_test(size=COMPACT) as pilot:
        while not player._chain.done:
            await pilot.pause(0.02)
        await pilot.pause(0.3)
        shown: list[float] = []
        player.paint = lambda: shown.append(player.playhead.at)  # type: ignore[method-assign]  # counts
        await pilot.pause(0.6)
        assert shown == []


@pytest.mark.full
async def test_a_far_jump_says_that_it_is_being_read_and_then_shows_it(
    rolled_back: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = open_recording(rolled_back.path)
    player = player_of(fresh, at_s=0)
    with monkeypatch.context() as unread:
        unread.setattr(player, "_read_on", lambda: False)
        async with player.run_test(size=COMPACT) as pilot:
            await pressed(pilot, "end")
            assert "reading the recording" in text(player)
            assert f"of {len(fresh)} records" in text(player)
            unread.undo()
            while player._awaited is not None:
                await pilot.pause(0.02)
            player.paint()
            await pilot.pause()
            assert "R O L L E D   B A C K" in text(player)


async def test_a_screen_that_has_grown_is_the_one_that_was_as_large_from_the_start(
    rolled_back: Recording,
) -> None:
    shown = []
    for sizes in (((60, 20), (40, 10), FULL), (FULL,)):
        player = player_of(rolled_back, at_s=148)
        async with player.run_test(size=sizes[0]) as pilot:
            player._ticks.reach(len(rolled_back))
            player.paint()
            for size in sizes[1:]:
                await pilot.resize_terminal(*size)
            await pilot.pause()
            shown.append(text(player))
    assert shown[0] == shown[1]


@pytest.mark.full
@pytest.mark.parametrize("size", [(1, 1), (1, 40), (2, 40), (3, 50), (80, 1), (80, 2), (1, 24)])
async def test_a_pane_of_a_column_or_a_row_ends_no_replay_nor_its_questions(
    size: tuple[int, int], rolled_back: Recording
) -> None:
    player = player_of(rolled_back, at_s=148)
    async with player.run_test(size=size) as pilot:
        for key in ("w", "question_mark", "escape", "t", "escape", "c", "escape", "w"):
            await pilot.press(key)
            await pilot.pause()
        assert player.is_running
