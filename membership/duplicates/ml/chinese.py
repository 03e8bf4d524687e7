"""Chinese names: which characters are the family name, and how they are written in Latin letters."""

from __future__ import annotations

import re
from functools import lru_cache

HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")

_TWO_CHARACTERS = (
    "欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 东方 東方 皇甫 尉迟 尉遲 公孙 公孫 慕容 令狐 长孙 "
    "長孫 宇文 司徒 司空 夏侯 轩辕 軒轅 澹台 端木 百里 呼延 南宫 南宮 独孤 獨孤 西门 西門 "
    "东郭 東郭 申屠 拓跋 万俟 闻人 聞人 赫连 赫連 钟离 鍾離 宗政 濮阳 濮陽 淳于 单于 單于 "
    "太叔 仲孙 仲孫 鲜于 鮮于 闾丘 左丘 梁丘 东门 公冶 公羊 "
)
TWO_CHARACTERS = frozenset(_TWO_CHARACTERS.split())
"""Family names of two characters; all others have one."""

READ_AS_FAMILY = {
    "单": "shan", "單": "shan", "曾": "zeng", "仇": "qiu", "解": "xie", "查": "zha", "任": "ren", "区": "ou",
    "區": "ou", "朴": "piao", "盖": "ge", "蓋": "ge", "翟": "zhai", "缪": "miao", "繆": "miao", "乐": "yue",
    "樂": "yue", "覃": "qin", "冼": "xian", "召": "shao", "员": "yun", "員": "yun", "种": "chong",
    "折": "she", "盛": "sheng", "沈": "shen", "重": "chong", "尉迟": "yuchi", "尉遲": "yuchi",
    "万俟": "moqi", "长孙": "zhangsun", "長孫": "zhangsun", "澹台": "tantai", "单于": "chanyu",
    "單于": "chanyu",
}  # fmt: skip
"""Characters that are read differently in a family name."""

_SPELLINGS = (("lyu", "lu"), ("lv", "lu"), ("nyu", "nu"), ("nv", "nu"))


def split_family(characters: str) -> tuple[str, str]:
    """欧阳修 → (欧阳, 修); 王小明 → (王, 小明)."""
    size = 2 if len(characters) > 2 and characters[:2] in TWO_CHARACTERS else 1
    return characters[:size], characters[size:]


@lru_cache(maxsize=30_000)
def pinyin(characters: str) -> str:
    """The reading without tones, in one word: 小明 → xiaoming. ü is u, as people type it in their passports'
    many ways (lü, lv, lyu)."""
    return "".join(_syllable(character) for character in characters)


def family_pinyin(family: str) -> str:
    """The reading of a family name: 单 → shan, elsewhere dan."""
    return READ_AS_FAMILY.get(family) or pinyin(family)


@lru_cache(maxsize=30_000)
def _syllable(character: str) -> str:
    from pypinyin import lazy_pinyin

    return one_spelling(lazy_pinyin(character, errors="ignore", v_to_u=False)[0]) if _known(character) else ""


def _known(character: str) -> bool:
    from pypinyin import lazy_pinyin

    return bool(lazy_pinyin(character, errors="ignore"))


@lru_cache(maxsize=100_000)
def one_spelling(word: str) -> str:
    """``lv``, ``lyu`` and ``lu`` are one spelling of 吕."""
    word = word.replace("ü", "u")
    for before, after in _SPELLINGS:
        if word.startswith(before):
            return after + word[len(before) :]
    return word
