"""Which encoding bytes that are no UTF-8 are in, told from how often the characters are that they give.

An East Asian encoding has two bytes a character, and nearly all characters of a file are in its part of
common ones; in another encoding the same bytes give rare ones, or none. Else a character is one byte.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

from membership.models.shop import the_shop

WESTERN = "cp1252"
CHINESE = "gb18030"
FEWEST = 4  # characters that tell of an encoding with two bytes each
COMMON = 0.7
"""Share of the common characters from which on an encoding is taken."""
CENTRAL_EUROPEAN, CYRILLIC = "cp1250", "cp1251"
OF_COUNTRY = {
    **dict.fromkeys(("PL", "CZ", "SK", "HU", "SI", "HR", "RO"), CENTRAL_EUROPEAN),
    **dict.fromkeys(("LT", "LV", "EE"), "cp1257"), "TR": "cp1254",
}  # fmt: skip
"""Windows' encoding of the country of the shop, where it has other Latin letters than western ones."""
_POLISH = re.compile(rb"[A-Za-z\xf3\xea\xe6\xf1][\xb3\xb9\xbf\x9c\x9f][a-z\xf3\xea\xe6\xf1]")
"""Letters of cp1250 inside a word where cp1252 has signs."""


class _Script(NamedTuple):
    """``common`` says of a character's bytes whether it is a common one; ``frequent`` are those of shops."""

    codec: str
    common: Callable[[int, int], bool]
    frequent: str


_OF_JAPAN = "のーンスト注文番号商品名数量価格円日送料合計氏会員電話住所"
_SCRIPTS = (
    _Script(
        CHINESE,
        lambda a, b: (0xB0 <= a <= 0xD7 or a in (0xA1, 0xA2, 0xA3, 0xA8)) and b >= 0xA1,
        "的订单编号商品名称价格数量买家会员姓手机时间状态金额交易付款货收地址",
    ),
    _Script("big5", lambda a, b: 0xA1 <= a <= 0xC6, "的訂單編號商品名稱價格數量買家會員姓手機時間狀態金額"),
    _Script("cp932", lambda a, b: 0x81 <= a <= 0x83 or 0x88 <= a <= 0x97, _OF_JAPAN),
    _Script("euc_jp", lambda a, b: (0xA1 <= a <= 0xA5 or 0xB0 <= a <= 0xCF) and b >= 0xA1, _OF_JAPAN),
    _Script(
        "cp949",
        lambda a, b: 0xB0 <= a <= 0xC8 and b >= 0xA1,
        "주문번호일시자명상품수량판매가격이메배송결제회원상태금액",
    ),
)


def guess(sample: bytes) -> str:
    """The encoding of bytes that are no UTF-8."""
    scores = [(score, script.codec) for script in _SCRIPTS if (score := _score(sample, script)) >= COMMON]
    return max(scores)[1] if scores else _single_byte(sample)


def _score(sample: bytes, script: _Script) -> float:
    """Share of common characters, and again of the frequent ones; 0 where the bytes are no such text."""
    text = sample.decode(script.codec, errors="replace")
    foreign = Counter(letter for letter in text if letter > "\x7f")
    n = foreign.total()
    if n < FEWEST or foreign["\ufffd"] > 1 + n // 200:  # the sample may cut one
        return 0
    common = frequent = 0
    for letter, count in foreign.items():
        written = letter.encode(script.codec, errors="replace")
        common += count * (len(written) == 2 and script.common(written[0], written[1]))
        frequent += count * (letter in script.frequent)
    if script.codec == "cp932" and not _has_kana(foreign):
        return 0  # western quotes before letters would be such characters
    return (common + frequent) / n if common >= COMMON * n else 0


def _has_kana(letters: Iterable[str]) -> bool:
    return any("\u3040" <= letter <= "\u30ff" for letter in letters)


def _single_byte(sample: bytes) -> str:
    """Windows' western code page, unless the text is clearly of another one."""
    words = [len(word) for word in re.findall(rb"[\xc0-\xff\xa8\xb8]+", sample)]
    in_words = sum(length for length in words if length >= 3)
    if sum(words) and in_words > 0.6 * sum(words):  # whole words of letters above 127: Cyrillic, Greek
        return _of_foreign_letters(sample)
    if len(_POLISH.findall(sample)) >= 2:
        return CENTRAL_EUROPEAN
    undefined = sum(byte in b"\x81\x8d\x8f\x90\x9d" for byte in sample)
    letters = sum(byte >= 0xC0 for byte in sample)
    mac = sum(
        0x80 <= byte <= 0x9F and byte not in (0x80, 0x85, 0x91, 0x92, 0x93, 0x94, 0x96, 0x97, 0x99)
        for byte in sample
    )
    of_country = OF_COUNTRY.get(the_shop().country, WESTERN)
    if of_country != WESTERN and letters >= mac:
        return of_country
    if undefined or mac > letters:
        return "mac_roman"
    return WESTERN


def _of_foreign_letters(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=["cp1251", "koi8_r", "cp1253", "iso8859_5", "cp866"]).best()
    return best.encoding if best is not None else CYRILLIC
