"""In which encoding a text file is, told from its bytes."""

from __future__ import annotations

import codecs
from pathlib import Path

from django.utils.translation import gettext as _

from importing.errors import BadFile
from importing.texts.guessing import guess

BLOCK = 1 << 20
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
LENIENT = "utf-8-with-gaps"
SAMPLE = 200_000  # bytes around the first one that is no UTF-8


def find_encoding(path: Path, *, overrides: str | None) -> str:
    """The encoding in which the whole file can be read: ``asked`` or its own. Raises BadFile if there is
    none.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    for mark, codec in BOMS:
        if head.startswith(mark):
            return _checked(path, codec)
    if overrides is not None:
        try:
            return _checked(path, codecs.lookup(overrides).name)
        except LookupError:
            raise BadFile(
                _("The encoding %(asked)s is unknown.") % {"asked": overrides}, remedy="encoding_name"
            ) from None
    if head and head.count(0) > len(head) // 4:
        return _checked(path, "utf-16-le" if head[1::2].count(0) >= head[::2].count(0) else "utf-16-be")
    sample = _first_foreign(path)
    if sample is None:
        return "utf-8"
    codec = LENIENT if _is_nearly_utf8(sample) else guess(sample)
    return _checked(path, codec)


def _is_nearly_utf8(sample: bytes) -> bool:
    """UTF-8 in which a few characters are cut, as systems do that count bytes where they mean letters."""
    text = sample.decode("utf-8", errors="replace")
    cut = text.count("\ufffd")
    whole = sum(letter > "\x7f" for letter in text) - cut
    return whole > 4 * cut


class _LenientDecoder(codecs.BufferedIncrementalDecoder):
    """UTF-8 that reads a mark where a character is cut."""

    def __init__(self, errors: str = "replace") -> None:
        super().__init__("replace")

    def _buffer_decode(self, data: bytes, errors: str, final: bool) -> tuple[str, int]:  # type: ignore[override]  # typeshed wants any buffer
        return codecs.utf_8_decode(data, "replace", final)


def _lenient(name: str) -> codecs.CodecInfo | None:
    if name != LENIENT.replace("-", "_"):
        return None
    utf8 = codecs.lookup("utf-8")
    return codecs.CodecInfo(
        utf8.encode, lambda data, errors="replace": utf8.decode(data, "replace"), utf8.streamreader,
        utf8.streamwriter, utf8.incrementalencoder, _LenientDecoder, name=LENIENT,
    )  # fmt: skip


codecs.register(_lenient)


def _first_foreign(path: Path) -> bytes | None:
    """The bytes around the first one that is no UTF-8; None if all are."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset = 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                return _around(path, offset + error.start)
            offset += len(block)
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return _around(path, offset)
    return None


def _around(path: Path, offset: int) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, offset - SAMPLE // 4))
        if offset > SAMPLE // 4:
            file.readline()  # from the beginning of a line, so that no character is cut
        return file.read(SAMPLE)


def _checked(path: Path, codec: str) -> str:
    """``codec``, if the whole file can be read in it. Raises BadFile with the byte that cannot."""
    decoder = codecs.getincrementaldecoder(codec)()
    done = 0
    with path.open("rb") as file:
        try:
            while block := file.read(BLOCK):
                decoder.decode(block)
                done += len(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise _wrong(path, codec=codec, error=error, before=done) from None
    return codec


def _wrong(path: Path, *, codec: str, error: UnicodeDecodeError, before: int) -> BadFile:
    # the decoder may have kept up to 3 bytes of the block before, which ``error.object`` then begins with
    with path.open("rb") as file:
        file.seek(before)
        carried = max(0, len(error.object) - len(file.read(BLOCK)))
    byte = error.object[error.start] if error.start < len(error.object) else 0
    return BadFile(
        _("%(name)s is not %(codec)s text: byte %(offset)d is 0x%(byte)02X.")
        % {"name": path.name, "codec": codec, "offset": before - carried + error.start, "byte": byte},
        remedy="encoding",
        guess=guess(error.object[max(0, error.start - 200) : error.start + 2000]),
    )
