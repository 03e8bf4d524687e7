"""In which encoding a text file is, told from its bytes."""

from __future__ import annotations

import codecs
from pathlib import Path

from django.utils.translation import gettext as _

from importing.errors import BadFile

BLOCK = 1 << 20
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
WESTERN = "cp1252"
CHINESE = "gb18030"
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
                _("--encoding %(asked)s is unknown; examples are utf-8, cp1252, gb18030, utf-16-le.")
                % {"asked": overrides}
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


def guess(sample: bytes) -> str:
    """Of bytes that are no UTF-8: a Chinese encoding, where bytes above 127 come in pairs, or a western
    one.
    """
    pairs, single = _high_bytes(sample)
    if pairs > single * 4:
        return _multibyte(sample)
    return _single_byte(sample)


def _high_bytes(sample: bytes) -> tuple[int, int]:
    """(bytes above 127 in runs of even length, those in odd ones)."""
    pairs = single = run = 0
    for byte in sample + b" ":
        if byte >= 0x80:
            run += 1
            continue
        if run % 2:
            single += run
        else:
            pairs += run
        run = 0
    return pairs, single


def _multibyte(sample: bytes) -> str:
    """Which of the East Asian encodings has the commonest characters."""
    best = (0.0, CHINESE)
    for codec in (CHINESE, "big5", "shift_jis", "euc_kr"):
        text = sample[: len(sample) // 2 * 2].decode(codec, errors="replace")
        odd = text.count("\ufffd") / max(len(text), 1)
        common = sum("\u4e00" <= letter <= "\u9fff" or "\u3040" <= letter <= "\u30ff" for letter in text)
        korean = sum("\uac00" <= letter <= "\ud7af" for letter in text)
        score = (common + korean) / max(len(text), 1) - 5 * odd + (0.1 if codec == CHINESE else 0)
        best = max(best, (score, codec))
    return best[1]


def _single_byte(sample: bytes) -> str:
    """Windows' western code page, unless the text is clearly of another one."""
    from charset_normalizer import from_bytes

    high = sum(byte >= 0x80 for byte in sample)
    if high * 5 > len(sample):  # mostly letters above 127: Cyrillic, Greek
        guess = from_bytes(sample, cp_isolation=["cp1251", "koi8_r", "cp1253", "iso8859_5"]).best()
        return guess.encoding if guess is not None else WESTERN
    undefined = sum(byte in b"\x81\x8d\x8f\x90\x9d" for byte in sample)
    letters = sum(chr(byte).isalpha() for byte in sample.decode("latin-1").encode("latin-1") if byte >= 0xC0)
    mac = sum(
        0x80 <= byte <= 0x9F and byte not in (0x80, 0x85, 0x91, 0x92, 0x93, 0x94, 0x96, 0x97, 0x99)
        for byte in sample
    )
    if undefined or mac > letters:
        return "mac_roman"
    return WESTERN


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
            raise BadFile(_wrong(path, codec=codec, error=error, before=done)) from None
    return codec


def _wrong(path: Path, *, codec: str, error: UnicodeDecodeError, before: int) -> str:
    # the decoder may have kept up to 3 bytes of the block before, which ``error.object`` then begins with
    with path.open("rb") as file:
        file.seek(before)
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
        "guess": guess(error.object[max(0, error.start - 200) : error.start + 2000]),
    }
