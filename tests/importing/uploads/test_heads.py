from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from importing.uploads import heads
from importing.uploads.heads import Head, cut, head_of

ROWS = [f"{number},a{number}" for number in range(5_000)]
TEXT = "\n".join(["id,name", *ROWS]) + "\n"


@pytest.fixture(autouse=True)
def small_heads(monkeypatch) -> None:
    monkeypatch.setattr(heads, "HEAD_BYTES", 4_000)
    monkeypatch.setattr(heads, "SAMPLE_BYTES", 300)
    monkeypatch.setattr(heads, "PARQUET_ROWS", 10)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def test_a_small_file_is_its_own_head(tmp_path: Path, work: Path) -> None:
    (tmp_path / "a.csv").write_text("id\n1\n")
    head = head_of(tmp_path / "a.csv", work=work)
    assert (head.path, head.is_whole) == (tmp_path / "a.csv", True)


def test_a_long_file_gives_its_beginning_and_whole_rows_from_further_down(tmp_path: Path, work: Path) -> None:
    (tmp_path / "a.csv").write_text(TEXT)
    head = head_of(tmp_path / "a.csv", work=work)
    lines = head.path.read_text().splitlines()
    assert not head.is_whole
    assert lines[:4] == ["id,name", *ROWS[:3]]
    assert set(lines[1:]) <= set(ROWS)
    assert int(lines[-1].split(",")[0]) > 3_000
    assert head.path.stat().st_size <= 4_000 + 3 * 300


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_no_character_is_cut_in_two(tmp_path: Path, work: Path, encoding: str) -> None:
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    (tmp_path / "a.txt").write_bytes(mark + TEXT.encode(encoding))
    head = head_of(tmp_path / "a.txt", work=work)
    assert set(head.path.read_bytes().decode("utf-16").splitlines()) <= {"id,name", *ROWS}


def test_lines_that_end_in_cr_only_are_cut_there() -> None:
    assert cut(b"a\rb\rc") == b"a\rb\r"
    assert cut(b"no end") == b"no end"


@pytest.mark.parametrize("packed", ["gz", "zip"])
def test_packed_files_are_unpacked_no_further(tmp_path: Path, work: Path, packed: str) -> None:
    path = tmp_path / f"a.csv.{packed}"
    if packed == "gz":
        path.write_bytes(gzip.compress(TEXT.encode()))
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("export/a.csv", TEXT)
    head = head_of(path, work=work)
    assert head.path == work / "a.csv"
    assert head.path.stat().st_size <= 4_000
    assert head.path.read_text().splitlines()[1] == ROWS[0]


def test_a_package_of_several_files_gives_the_head_of_each(tmp_path: Path, work: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("orders.csv", TEXT)
        archive.writestr("items.csv", "id\n1\n")
    head = head_of(path, work=work)
    assert not head.is_whole
    with zipfile.ZipFile(head.path) as package:
        assert package.read("items.csv") == b"id\n1\n"
        assert package.read("orders.csv").decode().splitlines()[:2] == ["id,name", ROWS[0]]
        assert len(package.read("orders.csv")) <= 4_000


def test_a_json_list_becomes_its_first_objects(tmp_path: Path, work: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps([{"id": number} for number in range(5_000)]))
    head = head_of(tmp_path / "a.json", work=work)
    lines = [json.loads(line)["id"] for line in head.path.read_text().splitlines()]
    assert lines == list(range(len(lines)))
    assert 100 < len(lines) < 5_000


def test_a_parquet_file_gives_its_first_rows(tmp_path: Path, work: Path) -> None:
    pq.write_table(pa.table({"id": range(5_000)}), tmp_path / "a.parquet", compression="none")
    head = head_of(tmp_path / "a.parquet", work=work)
    assert pq.read_table(head.path).num_rows == 10
    assert not head.is_whole


@pytest.mark.parametrize("content", [b"\x1f\x8bgarbage", b"PK\x03\x04garbage", b"PAR1" + b"x" * 9_000])
def test_what_cannot_be_opened_comes_back_as_it_is(tmp_path: Path, work: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    assert head_of(tmp_path / "a", work=work).path == tmp_path / "a"


def test_a_damaged_lzma_package_is_its_own_head(tmp_path: Path, work: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.csv", TEXT)
    content = bytearray(path.read_bytes())
    content[60:90] = b"\xff" * 30
    path.write_bytes(content)
    assert head_of(path, work=work) == Head(path, True)


def test_a_long_workbook_or_parquet_file_that_is_packed_stays_whole(tmp_path: Path, work: Path) -> None:
    for magic in (b"PK\x03\x04", b"PAR1", b"\xd0\xcf\x11\xe0"):
        content = magic + b"\n" * 5_000
        (tmp_path / "a.gz").write_bytes(gzip.compress(content))
        assert head_of(tmp_path / "a.gz", work=work) == Head(tmp_path / "a.gz", True)
        for name, files in (("one.zip", ["a"]), ("two.zip", ["a", "b"])):
            with zipfile.ZipFile(tmp_path / name, "w") as archive:
                for file in files:
                    archive.writestr(file, content)
            assert head_of(tmp_path / name, work=work) == Head(tmp_path / name, True)


def test_a_package_inside_a_package_is_not_unpacked_twice(tmp_path: Path, work: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(gzip.compress(TEXT.encode())))
    assert head_of(path, work=work) == Head(path, True)
