"""Packed files unpacked into a folder, within limits: ZIP with the ZIP files in it, and gzip."""

from __future__ import annotations

import errno
import gzip
import lzma
import struct
import zipfile
import zlib
from pathlib import Path
from typing import IO, NamedTuple

from django.utils.translation import gettext as _

from importing.errors import BadFile

GZIP_MAGIC, ZIP_MAGIC = b"\x1f\x8b", b"PK\x03\x04"
BLOCK = 1 << 20
MOST_BYTES = 20 << 30
"""What a packed file may come to."""
MOST_RATIO, RATIO_FROM = 1000, 100 << 20
"""A packed file that grows more than that, beyond so many bytes, is no export."""
MOST_FILES = 50  # in one package
DAMAGED = (EOFError, zlib.error, lzma.LZMAError, ValueError, struct.error)
"""What reading a damaged package may end in."""
LEFT_OUT = (
    ".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".ico", ".bmp", ".tif", ".tiff", ".heic", ".pdf",
    ".doc", ".docx", ".ppt", ".pptx", ".rtf", ".html", ".htm", ".css", ".js", ".mp4", ".mov", ".db", ".ini",
    ".lnk",
)  # fmt: skip
"""How files end that a package may hold beside its tables."""
CONTAINERS = frozenset({"[Content_Types].xml", "mimetype", "content.xml"})
"""What a ZIP file holds that is a spreadsheet."""


class Unpacked(NamedTuple):
    files: list[tuple[Path, str]]  # where each is, and what it is called
    left_out: list[str]


def unpacked(path: Path, *, work: Path) -> Unpacked:
    """The file itself, or what it packs, in ``work``. A spreadsheet is a ZIP file too, and stays one.

    Raises BadFile.
    """
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith(GZIP_MAGIC):
        target = work / (path.name.removesuffix(".gz") or "unpacked")
        try:
            with gzip.open(path, "rb") as packed:
                _copy(packed, target, packed_bytes=path.stat().st_size, name=path.name)
        except (*DAMAGED, gzip.BadGzipFile):
            raise BadFile(
                _("%(name)s is a damaged or truncated gzip file; copy it again.") % {"name": path.name}
            ) from None
        return Unpacked([(target, path.name)], [])
    if head == ZIP_MAGIC:
        return _from_zip(path, work=work)
    return Unpacked([(path, path.name)], [])


def _from_zip(path: Path, *, work: Path, is_inside: bool = False) -> Unpacked:
    try:
        with zipfile.ZipFile(path) as archive:
            if not CONTAINERS.isdisjoint(archive.namelist()):
                return Unpacked([(path, path.name)], [])
            if is_inside and any(one.filename.lower().endswith(".zip") for one in archive.infolist()):
                raise BadFile(
                    _("%(name)s holds ZIP files and lies in a ZIP file itself; unpack them first.")
                    % {"name": path.name}
                )
            return _entries(archive, path, work=work, is_inside=is_inside)
    except BadFile:
        raise
    except (*DAMAGED, zipfile.BadZipFile, RuntimeError, OSError) as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise
        raise BadFile(
            _("%(name)s is a damaged or truncated ZIP file; copy it again.") % {"name": path.name}
        ) from None


def _entries(archive: zipfile.ZipFile, path: Path, *, work: Path, is_inside: bool) -> Unpacked:
    """The files that may be tables; those of a ZIP file among them in its place."""
    data = [one for one in archive.infolist() if not one.is_dir() and not is_hidden(one.filename)]
    data = [one for one in data if one.file_size] or data[:1]
    tables = [one for one in data if Path(one.filename).suffix.lower() not in LEFT_OUT] or data[:1]
    _check(tables, name=path.name)
    result = Unpacked([], [Path(one.filename).name for one in data if one not in tables])
    for number, one in enumerate(tables):
        folder = work / str(number) if number else work  # two may have one name
        folder.mkdir(exist_ok=True)
        target = folder / (Path(one.filename).name[-200:] or "unpacked")
        with archive.open(one) as packed:
            _copy(packed, target, packed_bytes=path.stat().st_size, name=path.name)
        if not is_inside and _is_zip(target):
            inner = folder / f"in {number}"
            inner.mkdir()
            files, left_out = _from_zip(target, work=inner, is_inside=True)
            result.files.extend(files)
            result.left_out.extend(left_out)
        else:
            result.files.append((target, path.name if len(tables) == 1 else Path(one.filename).name))
    return result


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == ZIP_MAGIC


def _check(tables: list[zipfile.ZipInfo], *, name: str) -> None:
    if not tables:
        raise BadFile(_("%(name)s packs no file.") % {"name": name})
    if len(tables) > MOST_FILES:
        names = ", ".join(one.filename for one in tables[:8])
        raise BadFile(
            _("%(name)s packs %(n)d files: %(names)s.") % {"name": name, "n": len(tables), "names": names},
            remedy="package",
        )
    if any(one.flag_bits & 1 for one in tables):
        raise BadFile(_("%(name)s is locked with a password; unpack it first.") % {"name": name})


def is_hidden(name: str) -> bool:
    """What systems put beside the files; ``./orders.csv`` is one of these files."""
    parts = [part for part in name.split("/") if part not in (".", "..")]
    return parts[:1] == ["__MACOSX"] or any(part.startswith(".") for part in parts)


def _copy(packed: IO[bytes] | gzip.GzipFile, target: Path, *, packed_bytes: int, name: str) -> None:
    written = 0
    with target.open("wb") as file:
        while block := packed.read(BLOCK):
            written += len(block)
            if written > MOST_BYTES or (written > RATIO_FROM and written > packed_bytes * MOST_RATIO):
                raise BadFile(_("%(name)s unpacks to more than an export can be.") % {"name": name})
            file.write(block)
