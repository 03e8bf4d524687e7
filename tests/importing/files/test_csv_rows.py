from __future__ import annotations

from pathlib import Path

import pytest

from importing.errors import BadFile
from importing.files.csv_rows import csv_rows
from importing.files.sources import open_source


def read(tmp_path: Path, text: str, used: tuple[int, ...] = (0, 1)):
    """(rows with their numbers, malformed rows as (number, fields expected, fields found))."""
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8", newline="")
    rows: list[tuple[object, ...]] = []
    bad: list[tuple[int, int, int]] = []
    for table, numbers, malformed in csv_rows(open_source(path, work=tmp_path), used=used):
        rows += zip(numbers.tolist(), *(column.to_pylist() for column in table.columns), strict=True)
        bad += [(row.number, row.expected, row.n_fields) for row in malformed]
    return rows, bad


def test_rows_are_numbered_from_one_and_values_stay_text(tmp_path: Path):
    assert read(tmp_path, "sku,price\n007,1.50\nB,\n")[0] == [(1, "007", "1.50"), (2, "B", "")]


def test_only_the_columns_that_are_used_are_read(tmp_path: Path):
    assert read(tmp_path, "sku,x,price\nA,1,2\nB,3,4\n", used=(2,))[0] == [(1, "2"), (2, "4")]


def test_blank_lines_are_left_out_but_counted(tmp_path: Path):
    rows, bad = read(tmp_path, "sku,price\nA,1\n,\nB,2\n")
    assert (rows, bad) == ([(1, "A", "1"), (3, "B", "2")], [])


def test_rows_of_another_width_are_handed_out_as_malformed(tmp_path: Path):
    rows, bad = read(tmp_path, "sku,price\nA,1\nB\nC,1,2\nD,4\n")
    assert [row[0] for row in rows] == [1, 4]
    assert bad == [(2, 2, 1), (3, 2, 3)]


def test_rows_behind_an_open_quote_are_recovered_in_their_places(tmp_path: Path):
    text = 'sku,name,price\nA,tea,1\nB,"milk,2\nC,cake,3\nD,"a, b",4\nE,soup,5\n'
    rows, bad = read(tmp_path, text)
    assert [(number, sku) for number, sku, _name in rows] == [(1, "A"), (3, "C"), (4, "D"), (5, "E")]
    assert [number for number, _expected, _found in bad] == [2]


def test_a_heading_alone_gives_one_empty_table(tmp_path: Path):
    assert read(tmp_path, "sku,price\n") == ([], [])


def test_a_row_longer_than_a_block_is_refused_with_its_number(tmp_path: Path):
    with pytest.raises(BadFile, match=r"after row \d.*is a quote left open"):
        read(tmp_path, 'sku,price\nA,1\nB,"' + "x" * 40_000_000)


@pytest.mark.parametrize(
    ("text", "good", "bad"),
    [
        ('sku,price\nA,1\nB,"2\nC,3\nD,4\n', [(1, "A", "1"), (3, "C", "3"), (4, "D", "4")], [2]),
        ('sku,price\nA,1\nB,"2\nC,3\nD,4', [(1, "A", "1"), (3, "C", "3"), (4, "D", "4")], [2]),
        (
            'sku,price\nA,1\nB,"2\nC,3\nD,"4"\nE,5\n',
            [(1, "A", "1"), (3, "C", "3"), (4, "D", "4"), (5, "E", "5")],
            [2],
        ),
        (
            'sku,price\nA,1\n"B,2\nC,3\n"D",4\nE,5\n',
            [(1, "A", "1"), (3, "C", "3"), (4, "D", "4"), (5, "E", "5")],
            [2],
        ),
    ],
)
def test_an_open_quote_spoils_one_row_also_where_the_shape_stays_right(tmp_path: Path, text, good, bad):
    rows, malformed = read(tmp_path, text)
    assert rows == good
    assert [number for number, _expected, _found in malformed] == bad


def test_an_open_quote_in_a_column_that_is_not_read_loses_no_row(tmp_path: Path):
    text = 'sku,price,note\nA,1,x\nB,2,"never closed\nC,3,\nD,4,x\n'
    rows, malformed = read(tmp_path, text)
    assert [row[0] for row in rows] == [1, 3, 4]
    assert [row[0] for row in malformed] == [2]


def test_a_cell_of_several_lines_that_is_closed_stays_one_cell(tmp_path: Path):
    text = 'sku,note\nA,"first, one\nsecond, two"\nB,"5"" wide, and\nmore, too"\n'
    rows, malformed = read(tmp_path, text)
    assert rows == [(1, "A", "first, one\nsecond, two"), (2, "B", '5" wide, and\nmore, too')]
    assert malformed == []


def test_between_tabs_a_quote_mark_is_part_of_the_value(tmp_path: Path):
    text = 'sku\tname\tprice\nA\ttea\t1\nB\t"5 inch mug\t2\nC\tcake\t3\n'
    rows, malformed = read(tmp_path, text, used=(0, 1, 2))
    assert rows == [(1, "A", "tea", "1"), (2, "B", '"5 inch mug', "2"), (3, "C", "cake", "3")]
    assert malformed == []
