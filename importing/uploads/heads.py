"""The beginning of a file as a small file, so that a preview reads megabytes of gigabytes.

Of long text files three blocks from further down are added, for what changes along a file: days, words.
"""

from __future__ import annotations

import gzip
import json
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from importing.files.sources import OLD_EXCEL_MAGIC, PARQUET_MAGIC
from importing.packages.unpacking import CONTAINERS, DAMAGED, GZIP_MAGIC, ZIP_MAGIC, is_hidden

HEAD_BYTES = 2 << 20
SAMPLES, SAMPLE_BYTES = 3, 256 << 10
PARQUET_ROWS = 5_000
MOST_FILES = 20  # of a package
JSON_ROWS = 5_000
WHOLE_ONLY = (GZIP_MAGIC, ZIP_MAGIC, OLD_EXCEL_MAGIC, PARQUET_MAGIC)
"""How packed files begin of which a beginning alone cannot be read."""
UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Head:
    """A file to preview; ``is_whole`` where it holds all that the file does."""

    path: Path
    is_whole: bool


def head_of(path: Path, *, work: Path) -> Head:
    """The file itself if it is small or can only be read whole, else its beginning, in ``work``.

    What cannot be opened comes back as it is: reading it says what is wrong with it.
    """
    with path.open("rb") as file:
        magic = file.read(4)
    if magic.startswith(GZIP_MAGIC):
        return _unpacked(path, work=work)
    if magic == ZIP_MAGIC:
        return _from_zip(path, work=work)
    if path.stat().st_size <= HEAD_BYTES:
        return Head(path, True)
    if magic == PARQUET_MAGIC:
        return _of_parquet(path, work=work)
    with path.open("rb") as file:
        return _of_text(file, size=path.stat().st_size, target=work / path.name)


def _unpacked(path: Path, *, work: Path) -> Head:
    try:
        with gzip.open(path, "rb") as file:
            return _of_stream(file, path, target=work / (path.name.removesuffix(".gz") or "unpacked"))
    except (*DAMAGED, gzip.BadGzipFile):
        return Head(path, True)


def _from_zip(path: Path, *, work: Path) -> Head:
    try:
        with zipfile.ZipFile(path) as archive:
            data = [one for one in archive.infolist() if not one.is_dir()]
            data = [one for one in data if not is_hidden(one.filename)]
            is_sheet = any(one.filename in CONTAINERS for one in data)
            if is_sheet or not data or any(one.flag_bits & 1 for one in data):
                return Head(path, True)
            if len(data) > 1:
                return _of_package(archive, data, path, target=work / path.name)
            with archive.open(data[0]) as file:
                return _of_stream(
                    file, path, target=work / (Path(data[0].filename).name[-200:] or "unpacked")
                )
    except (*DAMAGED, zipfile.BadZipFile, RuntimeError, OSError):
        return Head(path, True)


def _of_package(archive: zipfile.ZipFile, data: list[zipfile.ZipInfo], path: Path, *, target: Path) -> Head:
    """A package of the heads of its files, the first of them where there are many."""
    is_whole = True
    with zipfile.ZipFile(target, "w") as package:
        for one in data[:MOST_FILES]:
            with archive.open(one) as file:
                content = file.read(HEAD_BYTES + 1)
                if content.startswith(WHOLE_ONLY) and len(content) > HEAD_BYTES:
                    return Head(path, True)
            is_cut = len(content) > HEAD_BYTES
            is_whole &= not is_cut
            package.writestr(one.filename, cut(content[:HEAD_BYTES]) if is_cut else content)
    return Head(target, is_whole and len(data) <= MOST_FILES)


def _of_stream(file: IO[bytes] | gzip.GzipFile, path: Path, *, target: Path) -> Head:
    """What is packed can only be read from its beginning."""
    data = file.read(HEAD_BYTES + 1)
    if data.startswith(WHOLE_ONLY):
        return Head(path, True)
    is_whole = len(data) <= HEAD_BYTES
    _write(target, data if is_whole else cut(data[:HEAD_BYTES]), is_whole=is_whole)
    return Head(target, is_whole)


def _of_text(file: IO[bytes], *, size: int, target: Path) -> Head:
    head = cut(file.read(HEAD_BYTES))
    parts = [head]
    if not _is_json_list(head) and not head.startswith(UTF_16) and b"\0" not in head[:4096]:
        for number in range(1, SAMPLES + 1):
            file.seek(len(head) + (size - len(head) - SAMPLE_BYTES) * number // (SAMPLES + 1))
            block = file.read(SAMPLE_BYTES)
            first_end = re.search(rb"\r\n|\n|\r", block)
            parts.append(cut(block[first_end.end() :]) if first_end else b"")
    _write(target, b"".join(parts), is_whole=False)
    return Head(target, False)


def cut(data: bytes) -> bytes:
    """Up to the end of the last line that is whole; all of it where no line ends."""
    if data.startswith(UTF_16):
        end = data.rfind(b"\n\0" if data.startswith(UTF_16[0]) else b"\0\n")
        end -= end % 2
        return data[: end + 2] if end > 0 else data[: len(data) // 2 * 2]
    end = max(data.rfind(b"\n"), -1) if b"\n" in data else data.rfind(b"\r")
    return data[: end + 1] if end >= 0 else data


def _write(target: Path, data: bytes, *, is_whole: bool) -> None:
    if not is_whole and _is_json_list(data):
        data = _first_objects(data)
    target.write_bytes(data)


def _is_json_list(data: bytes) -> bool:
    return data[:64].removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"["


def _first_objects(data: bytes) -> bytes:
    """The whole objects of a JSON list that was cut, one a line."""
    text = data.decode("utf-8-sig", errors="ignore").lstrip()
    decoder, at = json.JSONDecoder(), 1
    lines: list[str] = []
    while len(lines) < JSON_ROWS:
        begin = re.compile(r"[\s,]*").match(text, at)
        try:
            item, at = decoder.raw_decode(text, begin.end() if begin else at)
        except ValueError:
            break
        lines.append(json.dumps(item, ensure_ascii=False))
    return ("\n".join(lines) + "\n").encode()


def _of_parquet(path: Path, *, work: Path) -> Head:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            batch = next(file.iter_batches(batch_size=PARQUET_ROWS), None)
            if batch is None:
                return Head(path, True)
            n_rows = file.metadata.num_rows
    except (pa.ArrowException, OSError):
        return Head(path, True)
    target = work / path.name
    pq.write_table(pa.Table.from_batches([batch]), target)
    return Head(target, len(batch) == n_rows)
