"""From candidates to the list that is shown: rules, weariness, variety, and places.

Pure functions: they see ids, scores and categories, and ask no database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from learning.json_types import JsonObject
from recommendations.services.merchandising import Action, Rule
from recommendations.services.serving.variants import first_of_each_group

SHOWN_OFTEN = 3
"""Impressions without a click before a product steps back."""
WEARINESS = 0.8
"""The factor for each further impression (Gunawardana-style decay; the floor keeps it findable)."""
WEARIEST = 0.1


@dataclass
class Candidate:
    """A product that may be shown: its score (higher = likelier, > 0), what it is, and why."""

    product: int
    score: float
    entry: JsonObject = field(default_factory=dict)
    category: int | None = None
    brand: str = ""
    group: int | None = None
    """Of the variants of one thing the best is shown."""
    margin: float | None = None
    """The part of its price that the shop keeps, 0..1; None where it is not known."""
    weight: float = 0.0
    """What it is ranked by: the score after rules and weariness, 0..1."""


def arrange(
    candidates: Sequence[Candidate],
    *,
    limit: int,
    rules: Sequence[Rule] = (),
    impressions: Mapping[int, int] | None = None,
    diversity: float = 0.0,
) -> list[Candidate]:
    """At most ``limit`` of ``candidates``, best first.

    Hidden products go; boosts, burials, margins and weariness change what a product weighs; pinned products
    take their places; the rest fills the others by maximal marginal relevance, no category beyond its cap. Of
    each group one is shown: a pinned one, or else the one that weighs most.
    """
    kept = [one for one in candidates if not _hidden(one, rules)]
    top = max((one.score for one in kept), default=1.0) or 1.0
    usual = _usual_margin(kept) if any(rule.action == Action.MARGIN for rule in rules) else 0.0
    for one in kept:
        one.weight = (
            one.score
            / top
            * _factor(one, rules, usual_margin=usual)
            * weariness((impressions or {}).get(one.product, 0))
        )
    pinned = _pinned(kept, rules, limit=limit)
    taken = {one.product for one in pinned.values()}
    rest = first_of_each_group(
        sorted(
            (one for one in kept if one.product not in taken and one.score > 0), key=lambda one: -one.weight
        ),
        group_of=_group,
        without=[one.group for one in pinned.values()],
    )
    return _fill(
        rest,
        pinned=pinned,
        limit=limit,
        caps=[r for r in rules if r.action == Action.CAP],
        diversity=diversity,
    )


def _group(one: Candidate) -> int | None:
    return one.group


def weariness(impressions: int) -> float:
    """The factor on the score of a product shown so often without a click, 0.1..1."""
    return max(WEARIEST, WEARINESS ** max(0, impressions - SHOWN_OFTEN + 1))


def likeness(one: Candidate, other: Candidate) -> float:
    """How much one product repeats another, 0..1: of the same category, or else of the same brand."""
    if one.category is not None and one.category == other.category:
        return 1.0
    return 0.5 if one.brand and one.brand == other.brand else 0.0


def _hidden(one: Candidate, rules: Sequence[Rule]) -> bool:
    return any(
        rule.action == Action.HIDE and rule.meets(product=one.product, category=one.category)
        for rule in rules
    )


def _usual_margin(kept: Sequence[Candidate]) -> float:
    """The mean margin of those whose cost is known: what the others count with. 0 where none is."""
    known = [one.margin for one in kept if one.margin is not None]
    return sum(known) / len(known) if known else 0.0


def _factor(one: Candidate, rules: Sequence[Rule], *, usual_margin: float) -> float:
    factor = 1.0
    for rule in rules:
        if rule.action == Action.MARGIN and rule.covers(category=one.category):
            factor *= 1 + rule.amount * (usual_margin if one.margin is None else one.margin)
        if rule.action in (Action.BOOST, Action.BURY) and rule.meets(
            product=one.product, category=one.category
        ):
            factor *= rule.amount if rule.action == Action.BOOST else 1.0 / rule.amount
    return factor


def _pinned(kept: Sequence[Candidate], rules: Sequence[Rule], *, limit: int) -> dict[int, Candidate]:
    """place (0 is the first) -> the product pinned there; of two for one place, the older rule's counts."""
    by_product = {one.product: one for one in kept}
    pinned: dict[int, Candidate] = {}
    for rule in rules:
        if rule.action == Action.PIN and rule.product in by_product:
            place = int(rule.amount) - 1
            group = by_product[rule.product].group
            if group is not None and any(one.group == group for one in pinned.values()):
                continue  # of two variants the older rule's
            if place < limit and place not in pinned:
                pinned[place] = by_product[rule.product]
                pinned[place].entry = {"why": "chosen", **pinned[place].entry}
    return pinned


def _fill(
    rest: list[Candidate],
    *,
    pinned: Mapping[int, Candidate],
    limit: int,
    caps: Sequence[Rule],
    diversity: float,
) -> list[Candidate]:
    """Places in order: the pinned product, or that of ``rest`` with the most (1-λ)·weight - λ·likeness."""
    shown: list[Candidate] = []
    repeated = dict.fromkeys((one.product for one in rest), 0.0)
    room = [cap.amount - sum(_capped(cap, one) for one in pinned.values()) for cap in caps]
    place = 0
    while len(shown) < limit:
        chosen = pinned.get(place)
        if chosen is None:
            open_to = [
                one
                for one in rest
                if not any(_capped(cap, one) and left < 1 for cap, left in zip(caps, room, strict=True))
            ]
            if not open_to:
                # later places may still be pinned; the list closes up towards them
                shown += [pinned[later] for later in sorted(pinned) if later > place][: limit - len(shown)]
                break
            chosen = max(
                open_to, key=lambda one: (1 - diversity) * one.weight - diversity * repeated[one.product]
            )
            rest.remove(chosen)
            room = [left - _capped(cap, chosen) for cap, left in zip(caps, room, strict=True)]
        shown.append(chosen)
        place += 1
        if diversity:
            for one in rest:
                repeated[one.product] = max(repeated[one.product], likeness(one, chosen))
    return shown


def _capped(cap: Rule, one: Candidate) -> bool:
    return cap.meets(product=one.product, category=one.category)
