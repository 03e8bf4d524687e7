"""What the import commands share."""

from __future__ import annotations

import argparse
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from importing.management.import_command import _pair
from membership.models import ImportReport, Member, Product
from tests.factories import ProductFactory
from tests.importing.import_files import write_csv


@pytest.mark.parametrize(
    ("text", "pair"),
    [("Order ID=order_no", ("Order ID", "order_no")), (" a = b ", ("a", "b")), ("a=b=c", ("a=b", "c"))],
)
def test_a_pair_names_their_column_and_ours(text, pair) -> None:
    assert _pair(text) == pair


@pytest.mark.parametrize("text", ["order_no", "=order_no", "Order ID=", ""])
def test_what_is_no_pair_is_refused_with_an_example(text) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="an example is"):
        _pair(text)


@pytest.fixture
def members(tmp_path: Path) -> Path:
    path = tmp_path / "members.csv"
    path.write_text("Nummer,name\nA1,Ann\n,Nobody\n", encoding="utf-8")
    return path


@pytest.mark.django_db
def test_columns_are_mapped_and_the_report_is_json_on_request(members, tmp_path) -> None:
    out = tmp_path / "report.json"

    call_command(
        "import_members", str(members), "--map", "Nummer=member_no", "--json", str(out), stdout=StringIO()
    )

    report = json.loads(out.read_text())
    assert report["members"]["created"] == 1
    assert sum(report["rejected"].values()) == 1
    assert Member.objects.get().name == "Ann"


@pytest.mark.django_db
def test_a_dry_run_keeps_nothing(members) -> None:
    call_command("import_members", str(members), "--map", "Nummer=member_no", "--dry-run", stdout=StringIO())

    assert not Member.objects.exists()


@pytest.mark.django_db
def test_a_file_that_is_not_there_is_refused_in_one_line(tmp_path) -> None:
    with pytest.raises(CommandError):
        call_command("import_products", str(tmp_path / "none.csv"))
    assert not Product.objects.exists()


@pytest.mark.parametrize("kind", ["members", "products", "orders", "events", "labels", "promotions"])
def test_every_kind_has_a_command_whose_help_names_columns(kind, capsys) -> None:
    with pytest.raises(SystemExit):
        call_command(f"import_{kind}", "--help")

    assert "olumns" in capsys.readouterr().out


@pytest.mark.django_db
def test_the_command_prints_a_report(tmp_path, capsys):
    ProductFactory.create(sku="P1", name="x", price="1.00", currency="USD")
    file = tmp_path / "file.csv"
    write_csv(file, [{"Article": "P1", "price": "1"}, {"Article": "P2", "price": "?"}])
    call_command("import_products", str(file), "--map", "Article=sku")
    out = capsys.readouterr().out
    assert out.startswith("Products: file.csv")
    assert "not a number" in out


@pytest.mark.django_db
def test_the_command_explains_a_bad_file_and_fails(tmp_path):
    file = tmp_path / "file.csv"
    file.write_text("a,b\n1,2\n")
    with pytest.raises(CommandError, match="no column sku, price"):
        call_command("import_products", str(file))


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ImportReport.Kind.values)
def test_a_file_that_cannot_be_read_fails_whatever_its_kind(kind, tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command(f"import_{kind}", str(tmp_path / "none.csv"))
