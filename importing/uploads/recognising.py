"""What a file is, told from its headings: which kind, of which system, and which files belong together."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from importing.errors import BadFile
from importing.files.packed import virtual_headings
from importing.mapping import Overrides, Plan, draft_plan
from importing.presets.loading import GENERIC, plain_heading
from importing.registry import import_kinds

ORDER = ("members", "products", "orders", "events", "labels", "promotions")
"""The order in which files are imported: each kind names rows of those before it."""
PRODUCTS = {"sku", "product_id", "product_name"}


@dataclass(frozen=True)
class Guess:
    """What headings look like: a kind of file, and whose export where that was told."""

    kind: str
    system: str
    title: str
    is_complete: bool


@dataclass(frozen=True)
class Candidate:
    """A file by its headings, to be grouped."""

    key: str
    headings: tuple[str, ...]


def signature(headings: Sequence[str]) -> str:
    """The same for files with the same headings, in any order and spelling."""
    plain = "\n".join(sorted({plain_heading(name) for name in headings} - {""}))
    return hashlib.sha256(plain.encode()).hexdigest()


def guess_kind(headings: Sequence[str]) -> Guess | None:
    """All kinds and presets are tried; None where the headings fit no kind at all."""
    return _guess(tuple(headings))


@lru_cache(maxsize=256)
def _guess(headings: tuple[str, ...]) -> Guess | None:
    drafts = _drafts(headings)
    if not drafts:
        return None
    plan, missing = max(drafts, key=lambda draft: _fit(draft[0], draft[1], headings))
    if not plan.headings:
        return None
    system = plan.preset.system if plan.preset else ""
    title = plan.recognised if system != GENERIC else ""
    return Guess(kind=plan.kind, system=system, title=title, is_complete=not missing)


def _drafts(headings: tuple[str, ...]) -> list[tuple[Plan, list[str]]]:
    drafts = []
    for kind in import_kinds():
        try:
            whole = [*headings, *virtual_headings(kind.name, headings)]
            drafts.append(draft_plan(kind=kind.name, headings=whole, overrides=Overrides()))
        except BadFile:
            continue
    return drafts


def _fit(plan: Plan, missing: Sequence[str], headings: tuple[str, ...]) -> tuple[int, int, int]:
    """A system that knows the headings comes first, then the kind that reads most and lacks least."""
    is_system = plan.preset is not None and plan.preset.system != GENERIC
    plain = frozenset(map(plain_heading, headings))
    score = plan.preset.matches(plain) if plan.preset and is_system else 0
    return score, len(plan.headings) - 2 * len(missing), len(plan.headings)


def group_files(files: Sequence[Candidate]) -> list[list[str]]:
    """Keys of files, those that belong together side by side: parts of an export that only together have
    what orders need. Groups come in the order in which they are imported.
    """
    together = _parts_of_orders(files)
    groups = [[file] for file in files if file not in together]
    groups += [together] if together else []
    return [[file.key for file in group] for group in sorted(groups, key=_place)]


def _place(group: Sequence[Candidate]) -> int:
    guess = guess_kind(_all_headings(group))
    return ORDER.index(guess.kind) if guess and guess.kind in ORDER else len(ORDER)


def _parts_of_orders(files: Sequence[Candidate]) -> list[Candidate]:
    """Orders, their lines and perhaps their buyers; none where two files could be the orders."""
    orders = [file for file in files if file.headings and _may_be_orders(file)]
    pairs = [(head, file) for head in orders for file in orders if file is not head and _goes_on(head, file)]
    heads = list(dict.fromkeys(head for head, _lines in pairs))
    if len(heads) != 1:
        return []
    parts = [file for file in orders if file in (heads[0], *(lines for _head, lines in pairs))]
    guess = guess_kind(_all_headings(parts))
    if guess is None or guess.kind != "orders" or not guess.is_complete:
        return []
    others = [file for file in files if file not in parts]
    return [*parts, *(file for file in others if _names_buyers(file, parts))]


def _may_be_orders(file: Candidate) -> bool:
    guess = guess_kind(file.headings)
    return guess is None or guess.kind == "orders"


def _goes_on(head: Candidate, lines: Candidate) -> bool:
    """Whether ``lines`` holds the lines of the orders in ``head``: by the same number, what that lacks."""
    here, there = (_sources_of_orders(file) for file in (head, lines))
    numbers = [set(map(plain_heading, sources.get("order_no", ()))) for sources in (here, there)]
    if not numbers[0] & numbers[1] or "placed_at" not in here:
        return False
    adds_products = bool(PRODUCTS & set(there)) and not {"sku", "product_id"} & set(here)
    return adds_products or ("placed_at" not in there and bool(PRODUCTS & set(there)))


def _sources_of_orders(file: Candidate) -> Mapping[str, tuple[str, ...]]:
    try:
        return draft_plan(kind="orders", headings=file.headings, overrides=Overrides())[0].sources
    except BadFile:
        return {}


def _names_buyers(file: Candidate, parts: Sequence[Candidate]) -> bool:
    """Whether this file of buyers says whom the orders' own numbers mean, as Olist's customers do."""
    known = _all_headings(parts)
    plan, missing = draft_plan(kind="orders", headings=_all_headings([*parts, file]), overrides=Overrides())
    first = plan.sources.get("member_no", ("",))[0]
    shares = set(map(plain_heading, file.headings)) & set(map(plain_heading, known))
    return bool(shares) and not missing and first in file.headings and first not in known


def _all_headings(files: Sequence[Candidate]) -> list[str]:
    return list(dict.fromkeys(name for file in files for name in file.headings))
