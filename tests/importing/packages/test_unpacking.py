"""Packages as shops and their browsers make them: beside the tables lie pictures, and other packages."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from importing.errors import BadFile
from importing.files.sources import open_sources
from importing.packages.unpacking import unpacked
from importing.running import run_import
from importing.summary import as_json

PRODUCTS = b"sku,name,price\nA,tea,1.00\nB,milk,2.00\n"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(200)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def zipped(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def package(tmp_path: Path, files: dict[str, bytes]) -> Path:
    path = tmp_path / "export.zip"
    path.write_bytes(zipped(files))
    return path


@pytest.mark.django_db
def test_tables_are_taken_and_what_is_none_is_named_in_the_report(tmp_path: Path):
    files = {"img/tea.png": PICTURE, "products.csv": PRODUCTS, "readme.pdf": b"%PDF-1.7", "picture": PICTURE}
    report = as_json(run_import(kind="products", path=package(tmp_path, files)))
    assert report["products"]["created"] == 2
    assert report["unused_columns"] == ["tea.png", "readme.pdf", "picture"]


def test_a_package_of_pictures_only_is_refused_by_its_form(tmp_path: Path, work: Path):
    with pytest.raises(BadFile, match="form PNG, which holds no table"):
        open_sources(package(tmp_path, {"a.png": PICTURE, "b.png": PICTURE}), work=work)


def test_a_package_in_a_package_is_read_too(tmp_path: Path, work: Path):
    inner = zipped({"products.csv": PRODUCTS, "tea.png": PICTURE})
    files, left_out = unpacked(package(tmp_path, {"inner.zip": inner, "orders.csv": PRODUCTS}), work=work)
    assert ([name for _path, name in files], left_out) == (["inner.zip", "orders.csv"], ["tea.png"])
    assert [path.read_bytes() for path, _name in files] == [PRODUCTS, PRODUCTS]


def test_a_package_deeper_down_is_refused_in_one_sentence(tmp_path: Path, work: Path):
    deep = zipped({"b.zip": zipped({"c.zip": zipped({"products.csv": PRODUCTS})})})
    path = tmp_path / "a.zip"
    path.write_bytes(deep)
    with pytest.raises(BadFile, match=r"^b\.zip holds ZIP files and lies in a ZIP file itself"):
        unpacked(path, work=work)


def test_a_workbook_in_a_package_stays_one(tmp_path: Path, work: Path):
    book = zipped({"[Content_Types].xml": b"<x/>"})
    files, _left_out = unpacked(package(tmp_path, {"a.xlsx": book, "b.csv": PRODUCTS}), work=work)
    assert [name for _path, name in files] == ["a.xlsx", "b.csv"]
