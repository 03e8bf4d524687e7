from __future__ import annotations

import json
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from membership.currencies.reading import BadRatesFile, read_rates
from membership.models import ExchangeRate

pytestmark = pytest.mark.django_db


@pytest.fixture
def write(tmp_path: Path):
    def write_file(text: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / "rates.csv"
        path.write_text(text, encoding=encoding)
        return path

    return write_file


def found(path: Path, **options: bool) -> list[tuple[str, str, str]]:
    return [
        (str(one.day), one.currency, f"{one.rate.normalize():f}")
        for one in read_rates(path=path, **options).rates
    ]


def test_a_row_a_rate(write) -> None:
    path = write("day,currency,rate\n2026-03-01,JPY,0.0066\n2026-03-02,eur,1.08\n")

    assert found(path) == [("2026-03-01", "JPY", "0.0066"), ("2026-03-02", "EUR", "1.08")]


def test_a_row_a_day_as_central_banks_write_it(write) -> None:
    """What one of the shop's currency is worth, with gaps, a currency of no use, and a comma at the end."""
    path = write("Date, USD, JPY, CYP,\n2026-03-02,1.08,160,N/A,\n2026-03-01,1.07,N/A,,\n", "utf-8-sig")

    assert found(path, inverted=True) == [("2026-03-02", "JPY", "0.00625")]


def test_semicolons_separate_too(write) -> None:
    assert found(write("day;currency;rate\n2026-03-01;JPY;0.0066\n")) == [("2026-03-01", "JPY", "0.0066")]


def test_bad_rows_are_named_and_the_rest_is_read(write) -> None:
    rows = [
        "01.03.2026,JPY,1",
        "2026-03-01,JPY,cheap",
        "2026-03-01,ZZZ,1",
        "2026-03-01,JPY",
        "2026-03-01,JPY,2",
    ]

    result = read_rates(path=write("\n".join(["day,currency,rate", *rows])))

    assert [(line, name) for line, name, _why in result.problems] == [
        (2, "day"), (3, "rate"), (4, "currency"), (5, "rate"),
    ]  # fmt: skip
    assert [one.rate for one in result.rates] == [Decimal(2)]


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "day\n2026-03-01\n"], ids=["empty", "other", "only-days"])
def test_another_file_is_refused_whole(write, text: str) -> None:
    with pytest.raises(BadRatesFile, match="needs the columns"):
        read_rates(path=write(text))


def test_the_command_keeps_nothing_when_it_only_checks(write, tmp_path) -> None:
    path = write("day,currency,rate\n2026-03-01,JPY,0.0066\n2026-03-01,JPY,x\n")
    out, err = StringIO(), StringIO()

    call_command(
        "import_rates", str(path), "--dry-run", "--json", str(tmp_path / "r.json"), stdout=out, stderr=err
    )

    report = json.loads((tmp_path / "r.json").read_text())
    assert (report["read"], report["rejected"], report["currencies"]) == (2, 1, ["JPY"])
    assert "line 3: rate" in err.getvalue()
    assert not ExchangeRate.objects.exists()


def test_the_command_stores_rates(write) -> None:
    call_command("import_rates", str(write("day,currency,rate\n2026-03-01,JPY,0.0066\n")), stdout=StringIO())

    assert str(ExchangeRate.objects.get()) == "2026-03-01 JPY 0.0066"


def test_a_missing_file_is_one_clear_line(tmp_path) -> None:
    with pytest.raises(CommandError, match=r"none\.csv"):
        call_command("import_rates", str(tmp_path / "none.csv"))
