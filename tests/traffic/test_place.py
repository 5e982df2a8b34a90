from __future__ import annotations

from console.traffic.place import Place


def test_where_fractions_are_taken_weights_are_told_in_the_object_s_own_numbers() -> None:
    place = Place(weights=(9950, 50, 10000), stable=0, canary=1, parts=100)
    assert [*place.stored] == [99.5, 0.5, 100]
    assert place.own(place.others) == 100
    assert place.exact_percent == 0.25
    assert place.weights_for(0) == (10000, 0)
    assert Place(weights=(7, 0), stable=0, canary=1, parts=100).weights_for(5) == (9500, 500)
