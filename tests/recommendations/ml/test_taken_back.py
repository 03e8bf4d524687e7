from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommendations.ml.taken_back import TAKEN_BACK, still_meant

KINDS = ["cart", "view"]
REMOVED, UNWANTED, GIFT = range(len(KINDS), len(KINDS) + len(TAKEN_BACK))


def left(*rows: tuple[int, int, int, int]) -> list[tuple[int, ...]]:
    """Of (member, product, second, kind)."""
    array = np.array(rows, dtype=np.int64).reshape(-1, 4)
    return [tuple(row) for row in still_meant(array, KINDS).tolist()]


def test_what_left_the_cart_was_not_put_there_and_was_looked_at_all_the_same():
    assert left((1, 1, 10, 0), (1, 1, 20, 1), (1, 1, 30, REMOVED)) == [(1, 1, 20, 1)]


def test_only_earlier_events_of_the_same_member_and_product_are_taken_back():
    others = [(1, 2, 10, 0), (2, 1, 10, 0), (1, 1, 31, 1)]

    assert left((1, 1, 10, 1), *others, (1, 1, 30, UNWANTED)) == others
    assert left((1, 1, 10, 1), *others, (1, 1, 30, GIFT)) == others


def test_without_anything_taken_back_all_are_left():
    rows = [(1, 1, 10, 0), (1, 2, 20, 1)]

    assert left(*rows) == rows
    assert left() == []
    assert left((1, 1, 10, UNWANTED)) == []


events = st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(0, 9), st.integers(0, GIFT))


@given(st.lists(events, max_size=30))
def test_it_is_what_one_finds_by_looking_at_each(rows: list[tuple[int, int, int, int]]):
    def is_meant(member: int, product: int, second: int, kind: int) -> bool:
        return not any(
            (other[0], other[1]) == (member, product)
            and other[2] >= second
            and other[3] >= len(KINDS)
            and KINDS[kind] in list(TAKEN_BACK.values())[other[3] - len(KINDS)]
            for other in rows
        )

    wanted = [row for row in rows if row[3] < len(KINDS) and is_meant(*row)]
    assert sorted(left(*rows)) == sorted(wanted)
