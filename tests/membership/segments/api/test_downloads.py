"""Files that are sent while they are made."""

from __future__ import annotations

from collections.abc import Iterator

from membership.segments.api.downloads import file_response
from membership.segments.exports import Export


def test_the_file_is_saved_under_its_name_and_kept_nowhere() -> None:
    answer = file_response(Export("best-2026-03-02.csv", "text/csv; charset=utf-8", iter([b"a,b\r\n"])))

    assert answer["Content-Disposition"] == 'attachment; filename="best-2026-03-02.csv"'
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Cache-Control"] == "no-store"
    assert b"".join(answer) == b"a,b\r\n"


def test_nothing_is_made_before_it_is_sent() -> None:
    made: list[int] = []

    def chunks() -> Iterator[bytes]:
        for number in range(3):
            made.append(number)
            yield b"%d" % number

    answer = file_response(Export("x.csv", "text/csv", chunks()))
    parts = iter(answer)

    assert made == []
    assert next(parts) == b"0"
    assert made == [0]
