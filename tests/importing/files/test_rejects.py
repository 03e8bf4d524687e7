from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from importing.files.frames import Note
from importing.files.reading import Chunk, Malformed
from importing.files.rejects import RejectsFile
from importing.files.sources import open_source
from importing.running import run_import
from membership.models import Product


def chunk(*names: str, malformed: list[Malformed] | None = None) -> Chunk:
    table = pa.table({"name": list(names)})
    numbers = np.arange(1, len(names) + 1)
    return Chunk(table=table, original=table, numbers=numbers, malformed=malformed or [], end=len(names))


def rejects_file(tmp_path: Path) -> RejectsFile:
    return RejectsFile(tmp_path / "rejects.csv", size=0, columns=["name"], first_row=2)


def rows_of(file: RejectsFile) -> list[dict[str, str]]:
    with file.path.open(newline="", encoding="utf-8") as opened:
        return list(csv.DictReader(opened))


def test_a_row_comes_once_with_all_its_reasons_in_the_order_of_the_file(tmp_path: Path):
    file = rejects_file(tmp_path)
    notes = [Note(1, "name", "too_long"), Note(0, "sku", "missing"), Note(1, "price", "negative")]
    bad = Malformed(number=3, text="x", expected=2, n_fields=1)
    file.append(chunk("tea", "milk", malformed=[bad]), rejected=notes, remarks=[])
    assert [(row["row"], row["field"], row["name"]) for row in rows_of(file)] == [
        ("2", "sku", "tea"),
        ("3", "name; price", "milk"),
        ("4", "", "x"),
    ]


def test_what_a_dead_worker_wrote_beyond_its_commit_is_overwritten(tmp_path: Path):
    file = rejects_file(tmp_path)
    for name in ("lost", "kept"):  # the size was never committed
        file.append(chunk(name), rejected=[Note(0, "name", "missing")], remarks=[])
    assert [row["name"] for row in rows_of(file)] == ["kept"]


def test_nothing_to_say_makes_no_file(tmp_path: Path):
    file = rejects_file(tmp_path)
    assert file.append(chunk("tea"), rejected=[], remarks=[]) == 0
    assert not file.path.exists()


def test_formulas_are_guarded_and_come_back_as_they_were(tmp_path: Path):
    file = rejects_file(tmp_path)
    file.append(chunk("=1+1"), rejected=[Note(0, "name", "missing")], remarks=[])
    assert rows_of(file)[0]["name"] == "'=1+1"
    assert open_source(file.path, work=tmp_path).is_rejects


@pytest.mark.django_db
def test_a_corrected_rejects_file_is_imported_as_it_lies(tmp_path: Path):
    path = tmp_path / "products.csv"
    path.write_text("sku,name,price\nA,tea,1\nB,=milk,x\n", encoding="utf-8")
    rejects = Path(run_import(kind="products", path=path).rejects_path)
    corrected = tmp_path / "corrected.csv"
    corrected.write_text(rejects.read_text(encoding="utf-8").replace(",x", ",2"), encoding="utf-8")
    assert run_import(kind="products", path=corrected).created == 1
    assert Product.objects.get(sku="B").name == "=milk"
