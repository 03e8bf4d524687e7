from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from membership.models import Member
from tests.importing.import_files import import_rows

pytestmark = pytest.mark.django_db


def test_it_undoes_and_says_what(tmp_path: Path):
    report = import_rows("members", tmp_path / "m.csv", [{"member_no": "M1"}, {"member_no": "M2"}])
    out, answer = StringIO(), tmp_path / "undo.json"
    call_command("undo_import", str(report.pk), json=answer, stdout=out)
    assert "2 members removed or put back" in out.getvalue()
    assert json.loads(answer.read_text())["gone"] == {"membership.Member": 2}
    assert not Member.objects.exists()


def test_a_refusal_is_one_line(tmp_path: Path):
    report = import_rows("members", tmp_path / "m.csv", [{"member_no": "M1"}])
    call_command("undo_import", str(report.pk), stdout=StringIO())
    with pytest.raises(CommandError, match=r"^The import has been undone already\.$"):
        call_command("undo_import", str(report.pk))


def test_an_unknown_import(db):
    with pytest.raises(CommandError, match="no import 999"):
        call_command("undo_import", "999")
