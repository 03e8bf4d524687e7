"""Answers that a browser saves as a CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from django.http import StreamingHttpResponse
from freezegun import freeze_time

from membership.csv_answers import csv_answer


def text_of(answer: StreamingHttpResponse) -> str:
    return b"".join(answer).decode()


@freeze_time("2026-03-02 12:00")
def test_a_file_has_its_name_with_the_day_and_is_saved() -> None:
    answer = csv_answer(name="orders", heading=["a"], rows=[])

    assert answer["Content-Disposition"] == 'attachment; filename="orders-2026-03-02.csv"'
    assert answer["Content-Type"] == "text/csv; charset=utf-8"


def test_rows_follow_the_heading_after_the_mark_of_utf_8() -> None:
    text = text_of(csv_answer(name="x", heading=["name", "sum"], rows=[["李, 雷", 5], ['"A"', None]]))

    assert text.startswith("\ufeff")
    assert list(csv.reader(io.StringIO(text[1:]))) == [["name", "sum"], ["李, 雷", "5"], ['"A"', ""]]


def test_no_cell_is_a_formula() -> None:
    assert "'=1+1" in text_of(csv_answer(name="x", heading=["a"], rows=[["=1+1"]]))


def test_rows_are_read_only_when_they_are_sent() -> None:
    reads: list[int] = []

    def rows() -> Iterator[list[int]]:
        for number in range(3):
            reads.append(number)
            yield [number]

    lines = iter(csv_answer(name="x", heading=["a"], rows=rows()))
    next(lines)
    assert reads == []
    next(lines)
    assert reads == [0]
