from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from console.metrics.counters import REMEMBER_S, Memory, Process, Scrapes, Series, advance

POD = Process("10.0.0.1:15020", "checkout-v1-abc-fghij")
OTHER = Process("10.0.0.2:15020", "checkout-v1-abc-klmno")


def series(what: str = "200", process: Process = POD) -> Series:
    return Series(process, "checkout-v1", what)


def remembered(**values: float) -> Memory:
    reading = {series(what.removeprefix("s")): value for what, value in values.items()}
    memory, _ = advance(Memory(), reading, now_s=0)
    return memory


def test_the_first_reading_of_a_process_counts_nothing() -> None:
    _, increments = advance(Memory(), {series(): 5000.0}, now_s=0)
    assert increments == {series(): 0.0}


def test_a_counter_counts_what_it_grew() -> None:
    _, increments = advance(remembered(s200=100.0), {series(): 130.0}, now_s=5)
    assert increments == {series(): 30.0}


def test_a_reset_counter_counts_from_zero() -> None:
    _, increments = advance(remembered(s200=100.0), {series(): 7.0}, now_s=5)
    assert increments == {series(): 7.0}


def test_a_counter_that_did_not_fall_counts_what_it_has_more_whatever_fell_beside_it() -> None:
    memory = remembered(s200=100.0, s500=1.0)
    _, increments = advance(memory, {series(): 7.0, series("500"): 3.0}, now_s=5)
    assert increments == {series(): 7.0, series("500"): 2.0}


def test_a_restart_forgets_the_counters_that_are_not_back_yet() -> None:
    memory = remembered(s200=100.0, s500=50.0)
    memory, _ = advance(memory, {series(): 7.0}, now_s=5)
    _, increments = advance(memory, {series(): 80.0, series("500"): 60.0}, now_s=10)
    assert increments[series("500")] == 60.0


def test_nothing_left_of_what_a_process_had_is_a_restart() -> None:
    memory, increments = advance(remembered(s500=50.0), {series("200"): 10.0}, now_s=5)
    assert increments == {series("200"): 10.0}
    _, increments = advance(memory, {series("200"): 20.0, series("500"): 3.0}, now_s=10)
    assert increments == {series("200"): 10.0, series("500"): 3.0}


def test_the_first_error_of_a_known_process_counts() -> None:
    _, increments = advance(remembered(s200=100.0), {series(): 101.0, series("500"): 2.0}, now_s=5)
    assert increments[series("500")] == 2.0


def test_a_new_process_of_unknown_age_counts_nothing_at_first() -> None:
    _, increments = advance(remembered(s200=1.0), {series(process=OTHER): 900.0}, now_s=5)
    assert increments == {series(process=OTHER): 0.0}


def test_a_new_process_that_was_watched_before_counts_whole() -> None:
    reading = {series("500", OTHER): 9.0}
    _, increments = advance(remembered(s200=1.0), reading, now_s=5, from_zero=frozenset({OTHER}))
    assert increments == {series("500", OTHER): 9.0}


def test_a_replica_that_lags_behind_counts_nothing_and_nothing_twice() -> None:
    memory, increments = advance(remembered(s200=10000.0), {series(): 9990.0}, now_s=5)
    assert increments == {series(): 0.0}
    _, increments = advance(memory, {series(): 10005.0}, now_s=10)
    assert increments == {series(): 5.0}


def test_a_vanished_process_is_made_good_when_it_comes_back() -> None:
    memory, _ = advance(remembered(s200=100.0), {}, now_s=5)
    _, increments = advance(memory, {series(): 160.0}, now_s=60)
    assert increments == {series(): 60.0}


def test_a_process_that_vanished_long_ago_is_forgotten() -> None:
    memory, _ = advance(remembered(s200=100.0), {}, now_s=REMEMBER_S + 1)
    assert memory == Memory()


def test_a_gap_in_which_nobody_looked_makes_nobody_forgotten() -> None:
    _, increments = advance(remembered(s200=100.0), {series(): 160.0}, now_s=REMEMBER_S * 10)
    assert increments == {series(): 60.0}


CODES = ("200", "404", "500")
growth = st.dictionaries(st.sampled_from(CODES), st.integers(0, 50), max_size=3)
step = st.tuples(st.booleans(), growth)


@given(st.lists(step, min_size=1, max_size=30))
def test_increments_add_up_to_the_truth_over_all_restarts(steps: list[tuple[bool, dict[str, int]]]) -> None:
    """A process grows and restarts, and a status has a series from its first answer on.

    The busiest counter is there soon after a restart and has visibly fallen: else nobody could tell.
    """
    counters = {"200": 1000.0}
    memory, _ = advance(Memory(), {series(code): value for code, value in counters.items()}, now_s=0)
    truth = counted = hidden = 0.0
    for number, (restart, grown) in enumerate(steps):
        if restart and counters["200"] > 400:
            before, counters = counters, {"200": 0.0}
        else:
            before = {}
        for code, amount in grown.items():
            counters[code] = counters.get(code, 0.0) + amount
            truth += amount
        reading = {series(code): value for code, value in counters.items()}
        memory, increments = advance(memory, reading, now_s=number)
        counted += sum(increments.values())
        # What a small counter had before it began anew hides as much of what it has now.
        hidden += sum(value for code, value in before.items() if code != "200")
    assert truth - hidden <= counted <= truth


def test_a_restart_that_shows_late_counts_nothing_twice() -> None:
    memory = remembered(s200=1000.0, s404=0.0)
    memory, increments = advance(memory, {series("404"): 1.0}, now_s=5)
    assert increments == {series("404"): 1.0}
    _, increments = advance(memory, {series("404"): 1.0, series(): 2.0}, now_s=10)
    assert increments == {series("404"): 0.0, series(): 2.0}


@given(
    st.lists(
        st.dictionaries(
            st.tuples(st.sampled_from((POD, OTHER)), st.sampled_from(CODES)),
            st.floats(0, 1e12, allow_nan=False),
        ),
        max_size=20,
    )
)
def test_no_increment_is_ever_negative_or_more_than_the_counter(
    readings: list[dict[tuple[Process, str], float]],
) -> None:
    memory = Memory()
    for number, found in enumerate(readings):
        reading = {series(code, process): value for (process, code), value in found.items()}
        memory, increments = advance(memory, reading, now_s=number * 200.0)
        assert increments.keys() == reading.keys()
        assert all(0 <= increments[each] <= reading[each] for each in reading)


@given(st.lists(st.integers(0, 1000), min_size=2), st.data())
def test_looks_that_are_missed_change_no_sum(grown: list[int], data: st.DataObject) -> None:
    totals = [float(sum(grown[: i + 1])) for i in range(len(grown))]
    kept = [0, *sorted(data.draw(st.sets(st.integers(1, len(totals) - 1)))), len(totals) - 1]
    memory, counted = Memory(), 0.0
    for index in kept:
        memory, increments = advance(memory, {series(): totals[index]}, now_s=index)
        counted += sum(increments.values())
    assert counted == totals[-1] - totals[0]
    assert all(before <= after for before, after in pairwise(totals))


def scraped(at_s: float, *, resets: float) -> Scrapes:
    return Scrapes({POD: at_s}, {POD: resets})


def test_a_restart_that_another_replica_remembers_is_not_counted_again() -> None:
    """One has lost its history; the other knows of a restart, and scraped earlier by a clock ahead."""
    reading = {series(): 1000.0, series("500"): 40.0}
    memory, _ = advance(Memory(), reading, now_s=0, scrapes=scraped(100.0, resets=0))
    behind = {series(): 950.0, series("500"): 38.0}
    memory, increments = advance(memory, behind, now_s=5, scrapes=scraped(103.0, resets=1))
    assert increments == {series(): 0.0, series("500"): 0.0}
    ahead = {series(): 1100.0, series("500"): 45.0}
    _, increments = advance(memory, ahead, now_s=10, scrapes=scraped(115.0, resets=1))
    assert increments == {series(): 100.0, series("500"): 5.0}


def test_a_stamp_that_is_hardly_newer_may_be_that_of_an_older_scrape() -> None:
    memory, _ = advance(
        Memory(), {series(): 89.0, series("500"): 30.0}, now_s=0, scrapes=scraped(100.0, resets=1)
    )
    older = {series(): 30.0, series("500"): 30.0}
    memory, increments = advance(memory, older, now_s=5, scrapes=scraped(103.0, resets=1))
    assert increments == {series(): 0.0, series("500"): 0.0}
    memory, increments = advance(memory, older, now_s=10, scrapes=scraped(104.0, resets=1))
    assert increments == {series(): 0.0, series("500"): 0.0}


def test_a_counter_that_is_less_in_a_later_scrape_began_anew() -> None:
    memory, _ = advance(Memory(), {series(): 100.0}, now_s=0, scrapes=scraped(100.0, resets=0))
    _, increments = advance(memory, {series(): 90.0}, now_s=5, scrapes=scraped(105.0, resets=1))
    assert increments == {series(): 90.0}


def test_a_counter_that_is_less_while_another_is_more_began_anew_however_soon_after() -> None:
    reading = {series(): 1000.0, series("500"): 30.0}
    memory, _ = advance(Memory(), reading, now_s=0, scrapes=scraped(100.0, resets=0))
    later = {series(): 1050.0, series("500"): 20.0}
    _, increments = advance(memory, later, now_s=5, scrapes=scraped(101.0, resets=1))
    assert increments == {series(): 50.0, series("500"): 20.0}


def test_a_fall_that_the_history_denies_is_sure_in_the_second_look() -> None:
    """Two replicas' clocks may be further apart than anybody should expect."""
    memory, _ = advance(Memory(), {series(): 100.0}, now_s=0, scrapes=scraped(100.0, resets=0))
    memory, increments = advance(memory, {series(): 90.0}, now_s=10, scrapes=scraped(110.0, resets=0))
    assert increments == {series(): 0.0}
    _, increments = advance(memory, {series(): 95.0}, now_s=20, scrapes=scraped(120.0, resets=0))
    assert increments == {series(): 95.0}


def test_a_counter_that_answers_lacked_goes_on_where_it_was() -> None:
    memory = remembered(s200=100.0, s500=46_000.0)
    for now_s in (5, 10, 15):
        memory, _ = advance(memory, {series(): 100.0 + now_s}, now_s=now_s)
    _, increments = advance(memory, {series(): 120.0, series("500"): 46_003.0}, now_s=20)
    assert increments == {series(): 5.0, series("500"): 3.0}


def test_an_older_scrape_of_before_a_restart_counts_nothing() -> None:
    memory, _ = advance(Memory(), {series(): 46_000.0}, now_s=0, scrapes=scraped(100.0, resets=0))
    memory, increments = advance(memory, {series(): 4.0}, now_s=10, scrapes=scraped(110.0, resets=1))
    assert increments == {series(): 4.0}
    memory, increments = advance(memory, {series(): 46_050.0}, now_s=15, scrapes=scraped(112.0, resets=0))
    assert increments == {series(): 0.0}
    _, increments = advance(memory, {series(): 40.0}, now_s=20, scrapes=scraped(120.0, resets=1))
    assert increments == {series(): 36.0}


def test_where_scrapes_come_more_often_than_clocks_are_apart_a_fall_counts_at_once() -> None:
    memory, _ = advance(Memory(), {series(): 100.0}, now_s=0, scrapes=scraped(100.0, resets=0))
    now = scraped(101.0, resets=1)
    _, increments = advance(memory, {series(): 40.0}, now_s=1, scrapes=now, apart_s=0.0)
    assert increments == {series(): 40.0}
