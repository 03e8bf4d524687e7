"""Till abbreviations (`FRZN NOVELTIES/WTR ICE`, `6 PK/4 OZ`) in readable words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_ABBREVIATIONS = dict(
    entry.strip().split(" ", 1)
    for entry in """
FRZN frozen | REFRGRATD refrigerated | SPECILATY specialty | PNT peanut | BTR butter | BRKFST breakfast
| WHLSM wholesome | SALD salad | DRSNG dressing | SNDWCH sandwich | SPRD spread | MXS mixes | DRNKS
drinks | DRNK drink | PWDR powder | CRYSTL crystal | PKLD pickled | VEG vegetables | RELISH relish | BN
beans | FD food | BGS bags | TRSH trash | BG bags | CLEANG cleaning | TISS tissues | DNR dinner | NAPKIN
napkins | JCE juice | CONC concentrates | SNKS snacks | CKYS cookies | CRKR crackers | CNDY candy |
NOVELTIES novelties | WTR water | MW microwave | FLVRD flavored | PKGD packaged | MISC miscellaneous |
BKD baked | PRTY party | SPLY supplies | SUPPPLIES supplies | SWEETNERS sweeteners | SHERBTS sherbets |
DISPOSIBLE disposable | MEMORABLILIA memorabilia | CNTRL central | SUP supplies | CONT contributions |
ELECT electrical | MERCH merchandise | GM general merchandise | LEISURE leisure | DSH dishes | MIXS
mixes | NDAIRY non-dairy | SOD soda | GRND ground | CHOC chocolate | WHT white | MFG manufacturer |
BEERALEMALT beer, ale & malt | SAUCESSALSAPICANTEE sauces, salsa & picante | CND canned | COOKI cookies
| PREPORTND pre-portioned | WT weight | STK stick | PKG packaged | REG regular | ASST assorted | DBL
double | VAL value
""".replace("\n", " ").split("|")
)
_KEPT_UPPER = {"BBQ", "HBC", "TV", "DVD", "CD", "NY", "LED", "USA"}
_UNITS = {
    "OZ": "oz", "CT": "ct", "LB": "lb", "GAL": "gal", "GA": "gal", "ML": "ml", "LTR": "l", "L": "l",
    "PK": "pk", "PT": "pt", "QT": "qt", "SQ": "sq", "FT": "ft", "EA": "each", "YD": "yd", "IN": "in",
    "GRAM": "g", "RL": "rolls", "DZ": "dozen",
}  # fmt: skip


def in_words(raw: pd.Series[str]) -> pd.Series[str]:
    """`FRZN NOVELTIES/WTR ICE` → `Frozen Novelties / Water Ice`; "" where unknown. Distinct values once."""
    distinct = {value: _title(str(value)) for value in raw.dropna().unique()}
    return raw.map(distinct).fillna("").astype(object)


def _title(text: str) -> str:
    spaced = re.sub(
        r"\s*([/&:])\s*", r" \1 ", re.sub(r"\([^)]*\)?|(?<=[A-Z])\.(?=[A-Z])", " ", text)
    ).replace(" : ", ": ")
    words = [_word(word) for word in re.split(r"\s+", spaced.replace("*", " ").strip(" -/&:")) if word]
    joined = " ".join(words)
    return joined[:1].upper() + joined[1:]


def _word(word: str) -> str:
    bare = word.strip(".,").upper()
    if bare in _KEPT_UPPER:
        return bare
    plain = _ABBREVIATIONS.get(bare, word.lower())
    if plain in {"and", "of", "or", "for", "with", "in"}:
        return plain
    return " ".join(
        "-".join(piece[:1].upper() + piece[1:] for piece in part.split("-")) for part in plain.split(" ")
    )


def names(products: pd.DataFrame, words: dict[str, pd.Series[str]]) -> list[str]:
    sizes = {value: _size(str(value)) for value in products["package_size"].dropna().unique()}
    labels = []
    for kind, category, department, brand, size in zip(
        words["product_type"],
        words["product_category"],
        words["department"],
        products["brand"],
        products["package_size"].map(sizes).fillna(""),
        strict=True,
    ):
        name = kind or category or (f"{department} Item" if department else "Unnamed Item")
        own = "Our Own " if brand == "Private" else ""
        labels.append(f"{own}{name}, {size}" if size else f"{own}{name}")
    return labels


def _size(text: str) -> str:
    """`6 PK/4 OZ` → `6 pk / 4 oz`; sizes that name no number are left out."""
    if not any(character.isdigit() for character in text):
        return ""
    words = [_UNITS.get(word, word.lower()) for word in text.replace("/", " / ").split()]
    return re.sub(r"(\d) / (\d)", r"\1/\2", " ".join(words))


def paths(words: dict[str, pd.Series[str]]) -> list[str]:
    full_paths = []
    for parts in zip(words["department"], words["product_category"], words["product_type"], strict=True):
        known = [part.replace(">", " ") for part in parts if part]
        distinct = [part for at, part in enumerate(known) if at == 0 or part != known[at - 1]]
        full_paths.append(" > ".join(distinct) or "Other")
    return full_paths
