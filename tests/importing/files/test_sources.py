from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest

from importing.errors import BadFile
from importing.files.sources import open_rows, open_source, open_sources, sha256_of
from importing.packages import unpacking

CSV = b"sku,name\nA,tea\nB,milk\n"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def zipped(path: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("_csv", ".csv").replace("__MAC", "__MACOSX/"), data)
    return path


def test_text_is_recognised_with_its_heading(tmp_path: Path, work: Path):
    path = tmp_path / "a.csv"
    path.write_bytes(CSV)
    source = open_source(path, work=work)
    assert (source.form, source.header, source.start, source.first_row) == ("csv", ("sku", "name"), 9, 2)


@pytest.mark.parametrize("text", ['{"sku": "A"}\n', '[{"sku": "A"}]', '\ufeff  {"sku": "A"}'])
def test_json_is_recognised_by_its_first_sign(tmp_path: Path, work: Path, text: str):
    path = tmp_path / "a.txt"
    path.write_text(text, encoding="utf-8")
    assert open_source(path, work=work).form == "json"


def test_a_packed_file_is_unpacked_into_the_work_folder(tmp_path: Path, work: Path):
    packed = tmp_path / "a.csv.gz"
    packed.write_bytes(gzip.compress(CSV))
    for path in (packed, zipped(tmp_path / "a.zip", a_csv=CSV, __MACx=b"noise")):
        source = open_source(path, work=work)
        assert (source.name, source.path.parent, source.path.read_bytes()) == (path.name, work, CSV)


def test_a_zip_of_two_files_is_two_sources(tmp_path: Path, work: Path):
    path = zipped(tmp_path / "a.zip", a_csv=CSV, b_csv=CSV)
    assert [source.name for source in open_sources(path, work=work)] == ["a.csv", "b.csv"]


def test_a_zip_of_many_files_is_refused_by_their_names(tmp_path: Path, work: Path, monkeypatch):
    monkeypatch.setattr(unpacking, "MOST_FILES", 1)
    path = zipped(tmp_path / "a.zip", a_csv=CSV, b_csv=CSV)
    with pytest.raises(BadFile, match=r"packs 2 files.*a\.csv, b\.csv"):
        open_source(path, work=work)


@pytest.mark.parametrize(("most", "ratio_from"), [(1000, 1 << 40), (1 << 40, 1000)])
def test_a_packed_file_that_grows_too_much_is_refused(
    tmp_path: Path, work: Path, monkeypatch, most, ratio_from
):
    monkeypatch.setattr(unpacking, "MOST_BYTES", most)
    monkeypatch.setattr(unpacking, "RATIO_FROM", ratio_from)
    data = b"sku\n" + b"A\n" * (4 << 20)
    packed = tmp_path / "a.csv.gz"
    packed.write_bytes(gzip.compress(data))
    monkeypatch.setattr(unpacking, "MOST_RATIO", 100)
    for path in (packed, zipped(tmp_path / "a.zip", a_csv=data)):
        with pytest.raises(BadFile, match="unpacks to more than an export can be"):
            open_source(path, work=work)


def test_a_damaged_zip_is_refused(tmp_path: Path, work: Path):
    path = zipped(tmp_path / "a.zip", a_csv=CSV * 100)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(BadFile, match="damaged or truncated ZIP"):
        open_source(path, work=work)


def test_rows_come_as_utf8_with_plain_line_ends(tmp_path: Path, work: Path):
    path = tmp_path / "a.csv"
    path.write_bytes("sku,name\rA,Café\rB,thé\r".encode("cp1252"))
    with open_rows(open_source(path, work=work)) as rows:
        assert rows.read(4) + rows.read() == "A,Café\nB,thé\n".encode()


def test_the_fingerprint_is_of_the_bytes(tmp_path: Path):
    (tmp_path / "a").write_bytes(CSV)
    (tmp_path / "b").write_bytes(CSV)
    assert sha256_of(tmp_path / "a") == sha256_of(tmp_path / "b")
    (tmp_path / "b").write_bytes(CSV + b"\n")
    assert sha256_of(tmp_path / "a") != sha256_of(tmp_path / "b")


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", "PNG"), (b"%PDF-1.4\n", "PDF"), (b"{\\rtf1 hello}", "RTF"),
        (gzip.compress(gzip.compress(CSV, mtime=0), mtime=0), "gzip"), (b"PK\x05\x06" + b"\0" * 18, "ZIP"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html><table><tr><td>sku", "HTML"), (b"<TABLE><tr><td>sku", "HTML"),
    ],
    ids=["png", "pdf", "rtf", "gzip in gzip", "empty zip", "html document", "html table"],
)  # fmt: skip
def test_a_file_that_is_no_table_is_refused_by_its_form(
    tmp_path: Path, work: Path, content: bytes, form: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(BadFile, match=f"form {form}, which holds no table"):
        open_source(path, work=work)


def test_a_damaged_lzma_package_is_refused(tmp_path: Path, work: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.csv", CSV * 1000)
    content = bytearray(path.read_bytes())
    content[60:90] = b"\xff" * 30
    path.write_bytes(content)
    with pytest.raises(BadFile, match="damaged or truncated ZIP"):
        open_source(path, work=work)


def test_a_package_names_its_files_from_its_own_folder(tmp_path: Path, work: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("./a.csv", CSV)
        archive.writestr("./.hidden/b.csv", CSV)
    assert open_source(path, work=work).header == ("sku", "name")


def test_an_empty_package_is_refused(tmp_path: Path, work: Path) -> None:
    with pytest.raises(BadFile, match="packs no file"):
        open_source(zipped(tmp_path / "a.zip", __MACx=b"noise"), work=work)
