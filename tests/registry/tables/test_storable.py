"""Text that a file brings and that a row keeps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.models import ImportReport
from registry.tables.storable import storable


@pytest.mark.parametrize(("given_text", "kept"), [("a\x00b", "ab"), ("a\ud800", "a?"), ("喝咖啡", "喝咖啡")])
def test_what_no_database_can_hold_goes(given_text: str, kept: str) -> None:
    assert storable(given_text) == kept


@given(st.text())
def test_what_is_storable_stays(text: str) -> None:
    assert storable(storable(text)) == storable(text)


@pytest.mark.django_db
def test_a_job_keeps_the_reason_of_its_failure_whatever_the_file_held() -> None:
    report = ImportReport.objects.create(
        kind="orders", file_name="a.csv", file_path="a.csv", file_sha256="0" * 64
    )
    assert report.claim()

    report.fail("The file has no column sku. It has: a\x00b.")

    assert report.error == "The file has no column sku. It has: ab."


@pytest.mark.django_db
def test_headings_with_a_nul_are_noted() -> None:
    names = [storable("a\x00b")]
    report = ImportReport.objects.create(
        kind="orders", file_name="a.csv", file_path="a.csv", file_sha256="0" * 64, unused_columns=names
    )
    report.refresh_from_db()
    assert report.unused_columns == ["ab"]
