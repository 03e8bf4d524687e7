from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from importing.errors import BadFile
from importing.files.encodings import BLOCK, LENIENT, find_encoding


def encoding_of(tmp_path: Path, data: bytes, overrides: str | None = None) -> str:
    path = tmp_path / "file.csv"
    path.write_bytes(data)
    return find_encoding(path, overrides=overrides)


@pytest.mark.parametrize(
    ("data", "codec"),
    [
        ("sku,名称\n".encode(), "utf-8"),
        (codecs.BOM_UTF8 + b"sku\n", "utf-8-sig"),
        ("sku,茶\n".encode("utf-16"), "utf-16"),
        ("sku,name\nA,tea\n".encode("utf-16-be"), "utf-16-be"),
        ("sku,name\nA,tea\n".encode("utf-16-le"), "utf-16-le"),
        ("sku,name\nA,Café crème\n".encode("cp1252"), "cp1252"),
        ("商品编号,商品名称\nA,研磨咖啡豆\n".encode("gb18030"), "gb18030"),
    ],
)
def test_the_encoding_is_told_from_the_bytes(tmp_path: Path, data: bytes, codec: str):
    assert encoding_of(tmp_path, data) == codec


def test_a_foreign_byte_beyond_the_first_block_is_found(tmp_path: Path):
    assert encoding_of(tmp_path, b"A,tea\n" * (BLOCK // 5) + "B,Café\n".encode("cp1252")) == "cp1252"


def test_a_character_that_the_end_of_a_block_cuts_is_still_utf8(tmp_path: Path):
    assert encoding_of(tmp_path, b"x" * (BLOCK - 1) + "茶\n".encode()) == "utf-8"


def test_an_encoding_that_is_asked_for_must_fit_the_whole_file(tmp_path: Path):
    with pytest.raises(BadFile, match="byte 3 is 0xE9") as told:
        encoding_of(tmp_path, "Café, thé\n".encode("cp1252"), overrides="utf-8")
    assert told.value.arguments == {"guess": "cp1252"}


def test_an_unknown_encoding_is_refused_with_examples(tmp_path: Path):
    with pytest.raises(BadFile, match="The encoding klingon is unknown"):
        encoding_of(tmp_path, b"sku\n", overrides="klingon")


def test_a_character_that_is_cut_does_not_make_utf8_another_encoding(tmp_path: Path):
    path = tmp_path / "a.csv"
    names = "".join(f"{n},Jürgen Groß {n}\n" for n in range(20)).encode()
    path.write_bytes(b"no,name\n" + names + "21,Änne Wei".encode() + b"\xc3\n22,Bo\n")
    codec = find_encoding(path, overrides=None)
    assert codec == LENIENT
    text = path.read_text(encoding=codec)
    assert "3,Jürgen Groß 3\n" in text
    assert "Änne Wei\ufffd\n22,Bo" in text
