"""Files as they are given: fingerprint, unpacking, format; the checks that are made before a row is read."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from importing.errors import BadFile, NoTable
from importing.files.encodings import BLOCK, find_encoding
from importing.files.headings import find_heading
from importing.packages.unpacking import GZIP_MAGIC, ZIP_MAGIC, unpacked
from membership.csv_cells import plain_cell

PARQUET_MAGIC = b"PAR1"
OLD_EXCEL_MAGIC = b"\xd0\xcf\x11\xe0"
REJECTS_HEADING = ("row", "outcome", "field", "reason")
"""What leads the columns of a rejects file, which is corrected and imported again."""
NOT_TABLES = {
    b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"GIF8": "GIF", b"%PDF": "PDF", b"{\\rtf": "RTF",
    GZIP_MAGIC: "gzip", b"PK\x05\x06": "ZIP", b"Rar!": "RAR", b"7z\xbc\xaf": "7z",
}  # fmt: skip
"""How files begin that hold no table that can be read; packed ones were unpacked before."""
WEB_PAGES = ("<!doctype html", "<html", "<table")


@dataclass(frozen=True)
class Source:
    """A file that exists and can be read: text in ``encoding``, Parquet, a spreadsheet, or JSON Lines."""

    path: Path
    name: str
    form: str  # csv, parquet, sheet, json
    encoding: str = "utf-8"
    delimiter: str = ","
    header: tuple[str, ...] = ()
    start: int = 0  # characters before the first row
    first_row: int = 2  # what the first data row is called
    line_count: int = 0
    has_quotes: bool = False
    odd_quotes: bool = False  # one of them opens a cell that is never closed, or stands inside one
    is_rejects: bool = False
    """Whether this is a rejects file, whose cells are guarded against being run as formulas."""
    left_out: tuple[str, ...] = ()
    """Of the first file of a package: the names of those that hold no table."""


def sha256_of(path: Path) -> str:
    """Fingerprint of the file as it is given. Raises BadFile when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except IsADirectoryError:
        raise BadFile(_("%(path)s is a folder; name a file in it.") % {"path": path}) from None
    except OSError as error:
        raise BadFile(
            _("%(path)s cannot be read: %(why)s.") % {"path": path, "why": error.strerror or error}
        ) from None


def open_source(path: Path, *, work: Path, encoding: str | None = None) -> Source:
    """``open_sources`` for a file that is not several."""
    return open_sources(path, work=work, encoding=encoding)[0]


def open_sources(path: Path, *, work: Path, encoding: str | None = None) -> list[Source]:
    """Look at the whole file once; packed ones are unpacked into ``work``, and may be several.

    Raises BadFile when one is empty, cut short or in no encoding.
    """
    files, left_out = unpacked(path, work=work)
    if len(files) == 1:
        return [replace(_opened(*files[0], encoding=encoding), left_out=tuple(left_out))]
    sources: list[Source] = []
    no_table: NoTable | None = None
    for one, name in files:
        try:
            sources.append(_opened(one, name, encoding=encoding))
        except NoTable as error:
            no_table = error
            left_out.append(name)
    if no_table is not None and not sources:
        raise no_table
    return [replace(sources[0], left_out=tuple(left_out)), *sources[1:]]


def _opened(path: Path, name: str, *, encoding: str | None) -> Source:
    if path.stat().st_size == 0:
        raise BadFile(_("%(name)s is empty: it has no heading line.") % {"name": name})
    with path.open("rb") as file:
        head = file.read(8)
    for magic, form in NOT_TABLES.items():
        if head.startswith(magic):
            raise _no_table(name, form)
    if head.startswith(PARQUET_MAGIC) or path.suffix.lower() in (".parquet", ".pq"):
        return Source(path=path, name=name, form="parquet", first_row=1)
    if head.startswith((ZIP_MAGIC, OLD_EXCEL_MAGIC)):
        return Source(path=path, name=name, form="sheet")
    codec = find_encoding(path, overrides=encoding)
    return _text_source(path, name=name, codec=codec)


def _text_source(path: Path, *, name: str, codec: str) -> Source:
    with path.open("rb") as file:
        text = codecs.getincrementaldecoder(codec)().decode(file.read(BLOCK))
    if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        return Source(path=path, name=name, form="json", encoding=codec, first_row=1)
    if text[:500].lstrip("\ufeff \t\r\n").lower().startswith(WEB_PAGES):
        raise _no_table(name, "HTML")
    heading = find_heading(text)
    if heading is None:
        raise BadFile(_("%(name)s is empty: it has no heading line.") % {"name": name})
    is_rejects = heading.columns[: len(REJECTS_HEADING)] == REJECTS_HEADING
    lines, quotes = _counts(path)
    columns = tuple(map(plain_cell, heading.columns)) if is_rejects else heading.columns
    return Source(
        path=path, name=name, form="csv", encoding=codec, delimiter=heading.delimiter, header=columns,
        start=heading.end, first_row=heading.lines + 1, line_count=lines, has_quotes=quotes > 0,
        odd_quotes=quotes % 2 == 1, is_rejects=is_rejects,
    )  # fmt: skip


def _no_table(name: str, form: str) -> NoTable:
    return NoTable(
        _("%(name)s is a file of the form %(form)s, which holds no table; save the table as XLSX or CSV.")
        % {"name": name, "form": form}
    )


def _counts(path: Path) -> tuple[int, int]:
    """(lines, quote marks)."""
    lines = quotes = 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            lines += max(block.count(b"\n"), block.count(b"\r"))
            quotes += block.count(b'"')
    return max(lines, 1), quotes


# --- text as UTF-8 ---------------------------------------------------------------------------------------


class Utf8Rows:
    """A readable file of the rows below the heading, in UTF-8, whatever the encoding and line ends are."""

    def __init__(self, file: IO[bytes], *, source: Source) -> None:
        self._file, self._skip = file, source.start
        self._decoder = codecs.getincrementaldecoder(source.encoding)()
        self._plain = source.encoding == "utf-8"
        self._rest = b""
        self._only_cr: bool | None = None
        self.closed = False

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while len(self._rest) < size or size < 0:
            block = self._file.read(BLOCK)
            self._rest += self._converted(block)
            if not block:
                break
        data, self._rest = (self._rest, b"") if size < 0 else (self._rest[:size], self._rest[size:])
        return data

    def _converted(self, block: bytes) -> bytes:
        if self._plain and not self._skip and self._only_cr is False:
            return block
        text = self._decoder.decode(block, final=not block)
        if self._only_cr is None and text:
            self._only_cr = "\r" in text and "\n" not in text
        if self._skip:
            skipped = min(self._skip, len(text))
            text, self._skip = text[skipped:], self._skip - skipped
            if not self._skip and self._plain:
                # the bytes of a character that this block cuts
                text_bytes = text.encode() + self._decoder.getstate()[0]
                self._decoder.reset()
                return text_bytes.replace(b"\r", b"\n") if self._only_cr else text_bytes
        return text.replace("\r", "\n").encode() if self._only_cr else text.encode()

    def close(self) -> None:
        self.closed = True
        self._file.close()


@contextmanager
def open_rows(source: Source) -> Iterator[Utf8Rows]:
    with source.path.open("rb") as file:
        yield Utf8Rows(file, source=source)
