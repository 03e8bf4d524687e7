from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from importing.files.frames import CleanColumn, Outcome
from importing.kinds.member_rows import MemberRow, member_rows
from importing.running import run_import


def row_of(*, shared=frozenset(), makes_numbers: bool = True, **values: str) -> tuple[MemberRow, Outcome]:
    clean = {
        name: CleanColumn(values=[value], codes=np.array([0], dtype=np.int32), problems=[])
        for name, value in values.items()
    }
    outcome = Outcome()
    (row,) = member_rows(clean, outcome=outcome, shared=shared, makes_numbers=makes_numbers)
    return row, outcome


def test_first_and_last_name_are_one_name_unless_there_is_one():
    assert row_of(first_name="Ann", last_name="Lee")[0]["name"] == "Ann Lee"
    assert row_of(name="A. Lee", first_name="Ann", last_name="Lee")[0]["name"] == "A. Lee"


def test_a_phone_is_read_with_the_rows_country_and_may_give_it():
    assert row_of(phone="030 1234567", country="DE")[0]["phone"] == "+49301234567"
    row, outcome = row_of(phone="+49 30 1234567")
    assert (row["country"], outcome.imputed["country"]) == ("DE", 1)


def test_a_number_is_made_from_what_the_row_has():
    assert row_of(email="ann@x.de")[0]["member_no"] == "ann@x.de"
    assert row_of(name="Ann")[0]["member_no"].startswith("anon-")
    assert row_of(name="Ann", makes_numbers=False)[0]["member_no"] is None


def test_a_contact_that_is_nobodys_is_left_out_with_a_remark():
    row, outcome = row_of(member_no="M1", email="noreply@shop.de", phone="12")
    assert (row["email"], row["phone"]) == (None, None)
    assert outcome.flagged == {"placeholder_contact": 1, "phone_left_empty": 1}


@pytest.mark.django_db
def test_a_row_that_says_nothing_of_anybody_is_rejected(tmp_path: Path):
    path = tmp_path / "customers.csv"
    heading = "First Name,Last Name,Email,Accepts Email Marketing,Total Spent\n"
    text = f"{heading}Ana,Lima,ana@example.com,no,1\n,,,no,2\n"
    path.write_text(text, encoding="utf-8")
    report = run_import(kind="members", path=path)
    assert (report.created, report.rejected_by_reason) == (1, {"missing": 1})
