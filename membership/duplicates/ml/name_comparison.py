"""How much two names are alike, and how likely two strangers' names are so."""

from __future__ import annotations

from itertools import permutations
from typing import NamedTuple

from rapidfuzz.distance import OSA

from membership.duplicates.ml.frequencies import Frequencies
from membership.duplicates.ml.names import Name, skeleton
from membership.duplicates.ml.short_forms import are_short_forms, is_known_given_name

_FAMILY_FIRST = (
    "wang li zhang liu chen yang huang zhao wu zhou xu sun ma zhu hu guo he lin gao luo zheng liang xie "
    "tang song deng han feng cao peng zeng xiao tian dong pan yuan cai jiang yu du ye cheng wei su lu "
    "ding ren shen yao fu jin cui tan shi fan kong bai kang mao qiu qin gu hou shao meng long wan duan "
    "lei qian dai wong chan cheung lam leung kim lee park choi jung jeong cho yoon jang lim nguyen tran "
    "le pham hoang phan vu vo dang bui "
)
FAMILY_FIRST = frozenset(_FAMILY_FIRST.split())
"""Family names of people who write them first."""
TYPO_CHANCE = 0.002
"""How many parts are one misspelling apart from a given one."""
INITIAL_CHANCE = 1 / 12
LEAST_CHANCE = 1e-8


class NameComparison(NamedTuple):
    """``level``: a key of ``three_classes.NAMES``; ``chance``: how likely it is among strangers."""

    level: str
    chance: float


def compare_names(a: Name, b: Name, seen: Frequencies) -> NameComparison | None:
    """None where one of them has no name. The same for both orders of a and b."""
    if not a or not b:
        return None
    if a.characters and b.characters:
        return _characters(a, b, seen)
    if a.letters == b.letters and (turned := _same_letters(a, b)):
        if a.characters or b.characters:
            turned = "other_script"
        return NameComparison(turned, seen.of_name(a))
    return _parts(a, b, seen)


def _characters(a: Name, b: Name, seen: Frequencies) -> NameComparison:
    """Two Chinese names. Other characters with the same reading are another name, or the wrong ones typed."""
    if a.characters == b.characters:
        return NameComparison("same_characters", seen.of_characters(a))  # no son has his father's
    if a.letters == b.letters and a.parts == b.parts:
        return NameComparison("homophone", seen.of_name(a))
    if sorted(a.characters) == sorted(b.characters):
        return NameComparison("swapped_name", max(seen.of_characters(a), seen.of_characters(b)))
    if a.parts[0] == b.parts[0]:
        return NameComparison("family_name_only", seen.of_part(a.parts[0]))
    if a.parts[-1] == b.parts[-1]:
        return NameComparison("given_name_only", seen.of_part(a.parts[-1]))
    return NameComparison("other_name", 1.0)


def _same_letters(a: Name, b: Name) -> str:
    """``same_name``, ``swapped_name``, or "" where only the letters are the same."""
    if "".join(a.parts) == "".join(b.parts):
        return "same_name"
    if sorted(a.parts) == sorted(b.parts) or _arrangements(a) & _arrangements(b):
        return "swapped_name"
    return ""


def _arrangements(name: Name) -> set[str]:
    return {"".join(order) for order in permutations(name.parts[:4])}


def _parts(a: Name, b: Name, seen: Frequencies) -> NameComparison:
    """Part by part: equal ones first, then those that are nearly so."""
    rest_a = [_without_umlauts(part) for part in a.parts]
    rest_b = [_without_umlauts(part) for part in b.parts]
    equal = []
    for part in tuple(rest_a):
        if part in rest_b:
            rest_a.remove(part)
            rest_b.remove(part)
            equal.append(part)
    chance = 1.0
    for part in sorted(equal):  # the same sum for both orders of a and b
        chance *= seen.of_part(part)
    near, near_chance = _near(rest_a, rest_b, seen)
    chance = max(chance * near_chance, LEAST_CHANCE)
    if not equal and not near:
        return NameComparison("other_name", 1.0)
    if not (rest_a and rest_b):  # nothing speaks against it
        whole = "part_of_name" if rest_a or rest_b else "same_name"
        return NameComparison(_weakest(near) if near else whole, chance)
    if not equal:
        return NameComparison("other_name", 1.0)
    return NameComparison(_only(equal, a, b), chance)


def _without_umlauts(part: str) -> str:
    """``mueller`` is Müller, which is ``muller`` here. Short parts may be Chinese: xue is not xu."""
    if len(part) < 5:
        return part
    return part.replace("ae", "a").replace("oe", "o").replace("ue", "u")


def _near(rest_a: list[str], rest_b: list[str], seen: Frequencies) -> tuple[list[str], float]:
    """The kinds of nearly equal parts, which are taken out of both lists, and their chance."""
    kinds, chance = [], 1.0
    pairs = [(kind, x, y) for x in rest_a for y in rest_b if (kind := _kind(x, y, seen))]
    for kind, x, y in sorted(pairs, key=lambda pair: (ORDER.index(pair[0]), *sorted(pair[1:]))):
        if x not in rest_a or y not in rest_b:
            continue
        rest_a.remove(x)
        rest_b.remove(y)
        kinds.append(kind)
        if kind == "initial":
            chance *= INITIAL_CHANCE
        else:
            chance *= min(max(seen.of_part(x), seen.of_part(y)) + TYPO_CHANCE, 1.0)
    return kinds, chance


ORDER = ("nickname", "similar_name", "initial")


def _weakest(kinds: list[str]) -> str:
    return max(kinds, key=ORDER.index)


def _kind(x: str, y: str, seen: Frequencies) -> str:
    if len(x) == 1 or len(y) == 1:
        return "initial" if x[0] == y[0] else ""
    if are_short_forms(x, y):
        return "nickname"
    return "similar_name" if _is_typo(x, y) and not _are_two_names(x, y, seen) else ""


def _is_typo(x: str, y: str) -> bool:
    shortest = min(len(x), len(y))
    if shortest < 4 or abs(len(x) - len(y)) > 2:
        return False
    most = 2 if shortest >= 8 else 1
    distance = OSA.distance(x, y, score_cutoff=2)
    return distance <= most or (distance == 2 and x[0] == y[0] and skeleton(x) == skeleton(y))


def _are_two_names(x: str, y: str, seen: Frequencies) -> bool:
    return seen.are_two_names(x, y) or (is_known_given_name(x) and is_known_given_name(y))


def _only(equal: list[str], a: Name, b: Name) -> str:
    """Which part two otherwise different names have in common; the family name, where that is not certain."""
    given = all(_is_given(part, name) for part in equal for name in (a, b))
    return "given_name_only" if given else "family_name_only"


def _is_given(part: str, name: Name) -> bool:
    first = not name.characters and len(name.parts) > 1 and _without_umlauts(name.parts[0]) == part
    return first and part not in FAMILY_FIRST
