"""Files as bytes: fingerprint, encoding, delimiter; the checks that are made before a row is read."""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from membership.csv_cells import plain_cell
from membership.importing.errors import BadFile

BLOCK = 1 << 20
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
PARQUET_MAGIC = b"PAR1"
REJECTS_HEADING = ("row", "outcome", "field", "reason")
"""What leads the columns of a rejects file, which is corrected and imported again."""


@dataclass(frozen=True)
class Source:
    """A file that exists and can be read to its end in ``encoding`` (CSV) or has a footer (Parquet)."""

    path: Path
    sha256: str
    is_parquet: bool
    encoding: str = "utf-8"
    delimiter: str = ","
    header: tuple[str, ...] = ()
    line_count: int = 0
    is_rejects: bool = False
    """Whether this is a rejects file, whose cells are guarded against being run as formulas."""


def sha256_of(path: Path) -> str:
    """Fingerprint of the file as it lies there. Raises BadFile when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except IsADirectoryError:
        raise BadFile(_("%(path)s is a folder; name a CSV or Parquet file in it.") % {"path": path}) from None
    except OSError as error:
        raise BadFile(
            _("%(path)s cannot be read: %(why)s.") % {"path": path, "why": error.strerror or error}
        ) from None


def open_source(path: Path, *, sha256: str, encoding: str | None = None) -> Source:
    """Look at the whole file once. Raises BadFile when it is empty, cut short or in another encoding."""
    if path.stat().st_size == 0:
        raise BadFile(_("%(name)s is empty: it has no heading line.") % {"name": path.name})
    with path.open("rb") as file:
        head = file.read(4)
    if head == PARQUET_MAGIC or path.suffix.lower() in (".parquet", ".pq"):
        return Source(path=path, sha256=sha256, is_parquet=True)
    codec, lines = _check_text(path, encoding=encoding)
    header, delimiter = _header(path, encoding=codec)
    is_rejects = header[: len(REJECTS_HEADING)] == REJECTS_HEADING
    if is_rejects:
        header = tuple(map(plain_cell, header))
    return Source(
        path=path, sha256=sha256, is_parquet=False, encoding=codec, delimiter=delimiter, header=header,
        line_count=lines, is_rejects=is_rejects,
    )  # fmt: skip


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """The file's bytes, unpacked where it is gzip, whatever its name says."""
    with path.open("rb") as probe:
        is_gzip = probe.read(2) == b"\x1f\x8b"
    with gzip.open(path, "rb") if is_gzip else path.open("rb") as file:
        yield file  # type: ignore[misc]  # both are binary files


def _check_text(path: Path, *, encoding: str | None) -> tuple[str, int]:
    """(encoding, number of line ends). Decodes everything, so that no row is written from a file that
    turns out unreadable at its end.
    """
    lines, offset = 0, 0
    try:
        with open_bytes(path) as file:
            block = file.read(BLOCK)
            codec = _codec(block, asked=encoding, name=path.name)
            decoder = codecs.getincrementaldecoder(codec)()
            while block:
                decoder.decode(block)
                lines += block.count(b"\n")
                offset += len(block)
                block = file.read(BLOCK)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise BadFile(_wrong_encoding(path, codec=codec, error=error, before=offset)) from None
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise BadFile(
            _("%(name)s is a damaged or truncated gzip file; copy it again.") % {"name": path.name}
        ) from None
    return codec, max(lines, 1)


def _codec(block: bytes, *, asked: str | None, name: str) -> str:
    for mark, codec in BOMS:
        if block.startswith(mark):
            return codec
    if asked:
        try:
            return codecs.lookup(asked).name
        except LookupError:
            raise BadFile(
                _("--encoding %(asked)s is unknown; examples are utf-8, cp1252, gb18030, utf-16-le.")
                % {"asked": asked}
            ) from None
    if block and block[:4000].count(0) > len(block[:4000]) // 4:
        raise BadFile(
            _("%(name)s looks like UTF-16 without a byte order mark: give --encoding utf-16-le or utf-16-be.")
            % {"name": name}
        )
    return "utf-8"


def _wrong_encoding(path: Path, *, codec: str, error: UnicodeDecodeError, before: int) -> str:
    # the decoder may have kept up to 3 bytes of the block before, which ``error.object`` then begins with
    carried = 0
    with open_bytes(path) as file:
        for _step in range(before // BLOCK):
            file.read(BLOCK)
        carried = max(0, len(error.object) - len(file.read(BLOCK)))
    byte = error.object[error.start] if error.start < len(error.object) else 0
    return _(
        "%(name)s is not %(codec)s text: byte %(offset)d is 0x%(byte)02X. Save it as UTF-8, or name its "
        "encoding, for example --encoding %(guess)s."
    ) % {
        "name": path.name,
        "codec": codec,
        "offset": before - carried + error.start,
        "byte": byte,
        "guess": _guess(error.object[max(0, error.start - 200) : error.start + 2000]),
    }


def _guess(sample: bytes) -> str:
    """GB18030 if the bytes around read as Chinese there, else Windows' western code page."""
    text = sample.decode("gb18030", errors="ignore")
    high = sum(byte >= 0x80 for byte in sample)
    chinese = sum("\u4e00" <= letter <= "\u9fff" for letter in text)
    return "gb18030" if high and chinese * 2 > high * 0.8 else "cp1252"


def _header(path: Path, *, encoding: str) -> tuple[tuple[str, ...], str]:
    """(column names as they stand, delimiter), from the heading line."""
    with open_bytes(path) as file:
        text = codecs.getincrementaldecoder(encoding)().decode(file.read(BLOCK))
    if not text.strip():
        raise BadFile(_("%(name)s is empty: it has no heading line.") % {"name": path.name})
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t|", key=first.count)
    row = next(csv.reader([first.rstrip("\r")], delimiter=delimiter))
    return tuple(row), delimiter
