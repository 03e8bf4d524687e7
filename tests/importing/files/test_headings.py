from __future__ import annotations

import pytest

from importing.files.headings import find_heading, heading_row


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_sign_that_cuts_rows_alike(sign: str):
    heading = find_heading("sku,name,price\nA,tea,1\nB,milk,2\n".replace(",", sign))
    assert heading is not None
    assert (heading.delimiter, heading.columns) == (sign, ("sku", "name", "price"))


def test_decimal_commas_do_not_make_the_comma_the_delimiter():
    heading = find_heading("sku;price\nA;1,50\nB;2,50\nC;3,50\n")
    assert heading is not None
    assert heading.delimiter == ";"


def test_a_line_that_names_the_separator_is_believed():
    heading = find_heading("sep=;\nsku;name\nA;a,b\n")
    assert heading is not None
    assert (heading.delimiter, heading.columns, heading.lines) == (";", ("sku", "name"), 2)


def test_title_lines_above_the_heading_are_passed_over():
    text = "Orders of March\n\norder,sku,price\n1,A,2\n2,B,3\n"
    heading = find_heading(text)
    assert heading is not None
    assert heading.columns == ("order", "sku", "price")
    assert text[heading.end :].startswith("1,A,2")


def test_a_delimiter_at_the_end_of_each_row_is_no_column_of_data():
    heading = find_heading("sku,name\nA,tea,\nB,milk,\n")
    assert heading is not None
    assert heading.columns == ("sku", "name", "")


def test_a_heading_over_two_lines_ends_where_its_quote_ends():
    text = '"sku\nnumber",name\nA,tea\n'
    heading = find_heading(text)
    assert heading is not None
    assert (heading.lines, text[heading.end :]) == (2, "A,tea\n")


@pytest.mark.parametrize("text", ["", "\n", "  \n\t\n"])
def test_blank_text_has_no_heading(text: str):
    assert find_heading(text) is None


def test_the_heading_is_the_first_row_about_as_wide_as_the_table():
    assert heading_row([["Report"], ["", ""], ["a", "b", "c"], ["1", "2", "3"], ["4", "5", "6"]]) == 2


@pytest.mark.parametrize("line", ["sep=\0\n", 'sep="\n', "sep=\r\n", "sep=é\n"])
def test_a_sign_that_cannot_separate_columns_is_not_taken_for_one(line: str) -> None:
    heading = find_heading(f"{line}sku,name\nA,tea\n")
    assert heading is not None
    assert (heading.columns, heading.delimiter) == (("sku", "name"), ",")


def test_a_heading_longer_than_a_cell_may_be_is_read() -> None:
    heading = find_heading("sku," + "n" * 200_000 + "\nA,tea\n")
    assert heading is not None
    assert heading.columns == ("sku", "n" * 200_000)
