from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import translation

from importing.correcting.rows import headings_of
from importing.errors import BadFile
from importing.pages.report import how_it_was_read
from importing.running import Options, run_import
from membership.models import ImportReport, ImportUndo, Member
from registry.job_errors import UNEXPECTED
from tests.factories import AdminFactory, StaffFactory
from tests.importing.import_files import import_rows, order_line, stock_shop, write_csv

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(AdminFactory.create())
    return client


def url(report: ImportReport) -> str:
    return reverse("admin:membership_importreport_change", args=(report.pk,))


def corrections(report: ImportReport) -> str:
    return reverse("correct_rows", args=(report.public_id,))


def cells(report: ImportReport, **texts: str) -> dict[str, str]:
    """What the form of the first rejected row posts."""
    headings = headings_of(report)
    return {f"cell-0-{headings.index(name)}": text for name, text in texts.items()}


def html(client: Client, report: ImportReport) -> str:
    answer = client.get(url(report))
    assert answer.status_code == 200
    return answer.content.decode()


def imported(tmp_path: Path) -> ImportReport:
    stock_shop()
    rows = [order_line(), order_line(order_no="A2", quantity="x"), order_line(order_no="A3", line_no="1")]
    return import_rows("orders", tmp_path / "orders.csv", rows)


def test_totals_as_the_summary_has_them(staff, tmp_path):
    text = html(staff, imported(tmp_path))
    for shown in ("Net sales", "$4.00", "New orders", "Rejected rows", "Duration"):
        assert shown in text


def test_options_in_words(tmp_path):
    path = write_csv(tmp_path / "m.csv", [{"No": "M1", "Wer": "Ana", "tier": "Gold!"}])
    report = run_import(
        kind="members", path=path, mapping=[("No", "member_no"), ("Wer", "name")], encoding="cp1252",
        options=Options(values=[("tier", "Gold!", "gold")], date_order="dmy"),
    )  # fmt: skip
    words = dict(how_it_was_read(report))
    assert words["Columns chosen by hand"] == ["No → Member number", "Wer → Name"]
    assert words["Words chosen by hand"] == ["Tier: Gold! → gold"]
    assert (words["Encoding"], words["Order of day and month"]) == (["cp1252"], ["day, month, year"])


def test_no_raw_json_on_the_page(staff, tmp_path):
    text = html(staff, imported(tmp_path))
    assert "date_order" not in text
    assert "&quot;joins&quot;" not in text


def test_the_page_is_complete_in_chinese(staff, tmp_path):
    report = imported(tmp_path)
    with translation.override("zh-hans"):
        staff.cookies["django_language"] = "zh-hans"
        text = html(staff, report)
    for english in ("Rows to correct", "Send again", "How the file was read", "Undo the import", "Duration"):
        assert english not in text


def test_a_refused_file_shows_its_sentence(staff, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("nothing\n1\n")
    with pytest.raises(BadFile):
        run_import(kind="orders", path=path)
    text = html(staff, ImportReport.objects.get())
    assert "The file has no column" in text
    assert "BadFile" not in text


def test_an_unexpected_error_is_a_sentence_without_its_class(staff, tmp_path, monkeypatch):
    def broken(*args: object, **kwargs: object) -> None:
        raise KeyError("secret")

    monkeypatch.setattr("importing.running.take_in", broken)
    with pytest.raises(KeyError):
        import_rows("members", tmp_path / "m.csv", [{"member_no": "M1"}])
    report = ImportReport.objects.get()
    assert report.error == UNEXPECTED
    assert "secret" not in html(staff, report)


def test_cells_are_escaped(staff, tmp_path):
    script = '"><script>alert(1)</script>'
    text = html(staff, import_rows("members", tmp_path / "m.csv", [{"member_no": "", "name": script}]))
    assert script not in text
    assert "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_the_reason_stands_at_the_cell(staff, tmp_path):
    text = html(staff, imported(tmp_path))
    assert text.count('aria-invalid="true"') == 1
    assert "is not a number" in text


def test_a_correction_is_sent_and_shown(staff, tmp_path, django_capture_on_commit_callbacks):
    report = import_rows("members", tmp_path / "m.csv", [{"member_no": "", "name": "Ana"}])
    with django_capture_on_commit_callbacks(execute=True):
        answer = staff.post(corrections(report), cells(report, member_no="M1", name="Ana"))
    made = ImportReport.objects.exclude(pk=report.pk).get()
    assert answer["Location"] == url(made)
    assert Member.objects.get().member_no == "M1"
    assert "Rows to correct" not in html(staff, report)
    assert "These rows correct" in html(staff, made)


def test_nothing_changed_is_said(staff, tmp_path):
    report = import_rows("members", tmp_path / "m.csv", [{"member_no": "", "name": "Ana"}])
    answer = staff.post(corrections(report), cells(report, name="Ana"), follow=True)
    assert "No row was changed" in answer.content.decode()


def test_who_may_only_look_cannot_send_or_undo(client, tmp_path):
    report = import_rows(
        "members", tmp_path / "m.csv", [{"member_no": "", "name": "Ana"}, {"member_no": "M2", "name": "Bo"}]
    )
    viewer = StaffFactory.create()

    viewer.user_permissions.add(Permission.objects.get(codename="view_importreport"))
    client.force_login(viewer)
    text = html(client, report)
    assert "Send again" not in text
    assert "Undo the import" not in text
    assert (
        client.post(reverse("correct_rows", args=(report.public_id,)), {"cell-0-0": "M1"}).status_code == 403
    )
    assert client.post(reverse("undo_import", args=(report.public_id,))).status_code == 403
    assert (Member.objects.count(), ImportUndo.objects.count()) == (1, 0)


def test_who_may_not_see_imports_is_refused(client, tmp_path):
    report = import_rows("members", tmp_path / "m.csv", [{"member_no": "M1"}])
    client.force_login(StaffFactory.create())
    assert client.get(url(report)).status_code == 403


def test_an_import_is_undone_after_a_question(staff, tmp_path, django_capture_on_commit_callbacks):
    report = import_rows("members", tmp_path / "m.csv", [{"member_no": "M1"}, {"member_no": "M2"}])
    member = Member.objects.get(member_no="M1")
    member.name = "Ana"
    member.save()
    page = staff.get(reverse("undo_import", args=(report.public_id,))).content.decode()
    assert "1 rows would be removed or put back, 1 would stay." in page
    assert Member.objects.count() == 2
    with django_capture_on_commit_callbacks(execute=True):
        staff.post(reverse("undo_import", args=(report.public_id,)))
    text = html(staff, report)
    assert "The import was undone" in text
    assert "was edited since" in text
    assert list(Member.objects.values_list("member_no", flat=True)) == ["M1"]


def test_a_refusal_is_said_on_the_report(staff, tmp_path):
    report = import_rows("members", tmp_path / "m.csv", [{"member_no": "M1"}], dry_run=True)
    answer = staff.get(reverse("undo_import", args=(report.public_id,)), follow=True)
    assert "A dry run has written nothing" in answer.content.decode()
