from __future__ import annotations

from functools import partial

import numpy as np
import pyarrow as pa

from importing.files.frames import Cleaner, Outcome, RowProblems, check_columns
from importing.registry import Field
from membership.cleaning.values import clean_key, clean_whole

KEY = Field("sku", partial(clean_key, max_length=5), required=True)
WHOLE = Field("stock", partial(clean_whole, minimum=0, maximum=9))


def cleaned(field: Field, values: list[object]):
    return Cleaner(fields=[field], columns={field.name: field.name}).clean(pa.table({field.name: values}))


def test_each_distinct_value_is_cleaned_once():
    calls: list[object] = []

    def clean(value: object) -> object:
        calls.append(value)
        return value

    cleaner = Cleaner(fields=[Field("sku", clean)], columns={"sku": "sku"})
    for _chunk in range(2):
        cleaner.clean(pa.table({"sku": ["A", "B", "A", "A"]}))
    assert sorted(map(str, calls)) == ["A", "B"]


def test_spellings_of_one_clean_value_share_a_code():
    column = cleaned(KEY, ["A", " A ", None, "B"])["sku"]
    assert (column.values, column.codes.tolist()) == (["A", "B"], [0, 0, -1, 1])
    assert column.objects() == ["A", "A", None, "B"]


def test_numbers_are_zero_where_there_is_none():
    assert cleaned(WHOLE, ["3", None, "x"])["stock"].numbers().tolist() == [3, 0, 0]


def test_a_required_column_without_a_value_is_a_problem():
    clean = cleaned(KEY, ["A", None, "too long"])
    problems = check_columns(clean, fields=[KEY], n_rows=3, outcome=Outcome())
    assert [problems.of_row[row] > 0 for row in range(3)] == [False, True, True]
    assert (problems.note(1).code, problems.note(2).code) == ("missing", "too_long")


def test_a_bad_value_of_a_lenient_column_is_left_empty_with_a_remark():
    lenient = Field("stock", WHOLE.clean, lenient=True)
    clean, outcome = cleaned(lenient, ["3", "x"]), Outcome()
    problems = check_columns(clean, fields=[lenient], n_rows=2, outcome=outcome)
    assert not problems.of_row.any()
    assert clean["stock"].objects() == [3, None]
    assert outcome.flagged == {"stock_left_empty": 1}
    assert [(note.row, note.code) for note in outcome.remarks] == [(1, "not_a_number")]


def test_the_first_problem_of_a_row_stays():
    problems = RowProblems.none(2)
    problems.add(np.array([True, False]), name="a", code="first")
    problems.add(np.array([True, True]), name="b", code="second")
    assert [problems.note(row).code for row in range(2)] == ["first", "second"]
