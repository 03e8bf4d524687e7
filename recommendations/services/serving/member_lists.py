"""What to show a member now: the stored list, one made this moment, or the next best thing.

The chain on *for you*: the stored list (``model``), or, when the member has done something since it was made
or has none, a list by the model in memory (``live``); what goes with the member's own products
(``transitions``); what resembles them (``attributes``); what others in the member's segment buy
(``segment``); what everybody buys (``popular``). The answer says which.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import timezone

from membership.models import Member, OrderItem, Product
from recommendations.models import Recommendation, SimilarProduct, Surface
from recommendations.services.merchandising import Action, Rule, rules_for
from recommendations.services.reasons import Reason, reason_of
from recommendations.services.serving.activity import Activity, State, member_state, recent_activity
from recommendations.services.serving.arranging import Candidate, arrange
from recommendations.services.serving.live import live_list
from recommendations.services.serving.pools import (
    Pool,
    around,
    own_orders_pool,
    own_products,
    popular_pool,
    segment_pool,
)
from recommendations.services.tuning import Tuning
from recommendations.services.writing.scoring import Entry
from registry.models import ModelVersion

SOURCES = ("model", "live", "transitions", "attributes", "segment", "own-orders", "popular", "none")
SESSION_PRODUCTS = 8
FRESH_INTEREST = 0.15
"""One look loses half of its weight, .3, within a day."""
FIELDS = ("public_id", "sku", "name", "price", "currency", "stock", "is_active", "category", "brand")
"""What a list needs of a product; its moments would take longer to read than all of these."""


@dataclass(frozen=True)
class ServedProduct:
    """One product of a list; ``score`` is None where no model scored it."""

    product: Product
    score: float | None
    reason: Reason


@dataclass(frozen=True)
class Served:
    """A list and where it comes from, one of SOURCES."""

    member: Member
    surface: str
    source: str
    products: list[ServedProduct]
    model_version: ModelVersion | None = None
    scored_at: datetime | None = None


def recommend(
    *,
    member: Member,
    surface: str,
    limit: int = 10,
    at: datetime | None = None,
    version: ModelVersion | None = None,
    tuning: Tuning | None = None,
    rules: list[Rule] | None = None,
    state: State | None = None,
) -> Served:
    """The member's list on ``surface``: at most ``limit`` products, all of them sellable now.

    Never shown: what is sold out or hidden, what was sent back, and on *for you* what the member has, or has
    in the cart. ``version`` asks one model version instead of the live one (and of the stored list),
    ``tuning`` and ``rules`` replace the shop's own. ``state`` is asked for unless the caller has it.
    """
    at, tuning = at or timezone.now(), tuning or Tuning.default()
    if rules is None:
        rules = rules_for(member=member, surface=surface, at=at)
    request = _Request(member=member, surface=surface, limit=limit, at=at, tuning=tuning, rules=rules)
    if member.status != Member.Status.ACTIVE:
        return _impersonal(request)
    state = state or member_state(member=member, surface=surface, at=at)
    if state.refuses:
        return _impersonal(replace(request, own_orders=False))
    row = None if version is not None else _stored_row(member, surface)
    since = row.scored_at if row is not None else None
    activity = recent_activity(member=member, since=since, at=at, state=state)
    for pool in _pools(request, row=row, activity=activity, version=version):
        served = _listed(request, pool, activity)
        if served.products:
            return served
    return replace(_empty(request), source="own-orders" if surface == Surface.BUY_AGAIN else "popular")


def stored_list(*, row: Recommendation) -> list[ServedProduct]:
    """The products of a stored list that still exist, sellable or not, with reasons in words."""
    products = _products(row.products)
    return [_served(entry, products) for entry in row.products if entry["product"] in products]


def product_names(*, product_ids: Collection[int]) -> dict[int, str]:
    """Names by product id, of those that are still in the catalogue."""
    return dict(Product.objects.filter(pk__in=product_ids).values_list("pk", "name"))


# --- the chain -------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Request:
    """One question: whose list, and how it is to be arranged."""

    member: Member
    surface: str
    limit: int
    at: datetime
    tuning: Tuning
    rules: list[Rule]
    own_orders: bool = True


def _stored_row(member: Member, surface: str) -> Recommendation | None:
    rows = Recommendation.objects.filter(member=member, surface=surface).select_related("model_version")
    # a version's figures are long, and nobody reads them here
    return rows.defer("model_version__metrics", "model_version__parameters").first()


def _pools(
    request: _Request, *, row: Recommendation | None, activity: Activity, version: ModelVersion | None
) -> Iterator[Pool]:
    """Where the list may come from, best first; a later one is only made when those before gave nothing."""
    if row is None or activity.is_newer:
        live = live_list(
            member=request.member,
            surface=request.surface,
            at=request.at,
            returned=activity.returned,
            version=version,
        )
        if live is not None and live.entries:
            yield Pool("live", live.entries, live.version, request.at)
    if row is not None:
        source = "live" if activity.is_newer and request.surface == Surface.FOR_YOU else "model"
        yield Pool(source, list(row.products), row.model_version, row.scored_at)
    if request.surface == Surface.BUY_AGAIN:
        yield own_orders_pool(member=request.member)
        return
    seeds = {**own_products(member=request.member), **activity.interest}
    if seeds:
        yield Pool("transitions", around(seeds, kind=SimilarProduct.Kind.TOGETHER, why="goes_with"))
        yield Pool("attributes", around(seeds, kind=SimilarProduct.Kind.SIMILAR, why="similar"))
    yield segment_pool(member=request.member)
    yield popular_pool()


def _impersonal(request: _Request) -> Served:
    """For those whom no model may serve: what is popular, without what they have."""
    activity = recent_activity(member=request.member, since=None, at=request.at)
    activity = Activity(bought=activity.bought, returned=activity.returned)
    if request.surface == Surface.FOR_YOU:
        return _listed(request, popular_pool(), activity)
    if request.own_orders:
        return _listed(request, own_orders_pool(member=request.member), activity)
    return _empty(request)


def _empty(request: _Request) -> Served:
    return Served(member=request.member, surface=request.surface, source="none", products=[])


# --- one pool --------------------------------------------------------------------------------------------
def _listed(request: _Request, pool: Pool, activity: Activity) -> Served:
    """The list that the pool gives after stock, rules, what happened lately, and variety."""
    entries = pool.entries
    for_you = request.surface == Surface.FOR_YOU
    if for_you and activity.interest and request.tuning.session:
        entries = _with_session(entries, activity, strength=request.tuning.session, limit=request.limit)
    known = {entry["product"] for entry in entries}
    pins = [
        {"product": r.product, "score": 0.0} for r in request.rules if r.action == Action.PIN and r.product
    ]
    entries = [*entries, *(pin for pin in pins if pin["product"] not in known)]
    away = activity.returned
    if for_you:
        added = {entry["product"] for entry in entries} - {entry["product"] for entry in pool.entries}
        away |= activity.bought | activity.in_cart | _owned(request.member, added - activity.bought)
    products = _products(entries)
    candidates = [
        Candidate(product.pk, entry["score"], entry, product.category_id, product.brand)
        for entry in entries
        if (product := products.get(entry["product"])) and _is_sellable(product) and product.pk not in away
    ]
    shown = arrange(
        candidates,
        limit=request.limit,
        rules=request.rules,
        impressions=activity.impressions if request.tuning.weariness else None,
        diversity=request.tuning.diversity if for_you else 0.0,
    )
    return Served(
        member=request.member,
        surface=request.surface,
        source=pool.source,
        products=[_served(one.entry, products, scored=pool.version is not None) for one in shown],
        model_version=pool.version,
        scored_at=pool.scored_at,
    )


def _with_session(entries: list[Entry], activity: Activity, *, strength: float, limit: int) -> list[Entry]:
    """The entries, with what the member looked at lately, and what goes with it, lifted or added.

    A product that fills all of somebody's interest weighs as much as the best of the list. What was looked at
    within about a day counts at least as much as the middle of what is shown, or in a list of scores close to
    each other nobody would see that the shop has noticed.
    """
    newest = dict(list(activity.interest.items())[:SESSION_PRODUCTS])
    newest = {product: weight for product, weight in newest.items() if weight > 0.01}
    top = max((entry["score"] for entry in entries), default=1.0)
    middle = sorted((entry["score"] for entry in entries), reverse=True)[limit // 2 : limit // 2 + 1]
    least = min(1.0, strength) * (1.001 * middle[0] if middle else 0.0)  # before those that score just so
    lifted = {entry["product"]: dict(entry) for entry in entries}
    session: list[Entry] = [
        {"product": pk, "score": weight, "because": [pk], "why": "because_looked"}
        for pk, weight in newest.items()
    ]
    for kind in (SimilarProduct.Kind.TOGETHER, SimilarProduct.Kind.SIMILAR):
        session += around(newest, kind=kind, why="because_looked")
    for entry in session:
        gain = strength * top * min(1.0, entry["score"])
        if newest.get(entry["product"], 0.0) >= FRESH_INTEREST:
            gain = max(gain, least)
        if entry["product"] in lifted:
            lifted[entry["product"]]["score"] += gain
        else:
            lifted[entry["product"]] = {**entry, "score": gain}
    return sorted(lifted.values(), key=lambda entry: (-entry["score"], entry["product"]))


def _owned(member: Member, product_ids: Collection[int]) -> frozenset[int]:
    """Which of these the member has ever bought: a pool leaves them out, what was added to it may not."""
    if not product_ids:
        return frozenset()
    lines = OrderItem.objects.filter(member=member, product_id__in=product_ids)
    return frozenset(lines.values_list("product_id", flat=True))


def _products(entries: Collection[Entry]) -> dict[int, Product]:
    """All products that the entries name, also as reasons, in one query."""
    ids = {entry["product"] for entry in entries}
    ids |= {product for entry in entries for product in entry.get("because", ())}
    return Product.objects.only(*FIELDS).in_bulk(ids)


def _served(entry: Entry, products: dict[int, Product], *, scored: bool = True) -> ServedProduct:
    score = entry["score"] if scored and entry.get("why") != "chosen" else None
    return ServedProduct(products[entry["product"]], score, reason_of(entry, products))


def _is_sellable(product: Product) -> bool:
    return product.is_active and product.stock != 0
