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

from membership.models import Member, Product
from recommendations.models import Recommendation, SimilarProduct, Surface
from recommendations.services.merchandising import Action, Rule, rules_for
from recommendations.services.reasons import Reason, reason_of
from recommendations.services.serving.activity import Activity, State, member_state, recent_activity
from recommendations.services.serving.allowed import judge, unwanted_products
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
from recommendations.services.serving.viewers import product_rows
from recommendations.services.tuning import Tuning
from recommendations.services.writing.scoring import Entry
from registry.models import ModelVersion

SOURCES = ("model", "live", "transitions", "attributes", "segment", "own-orders", "popular", "none")
SESSION_PRODUCTS = 8
FRESH_INTEREST = 0.15
"""One look loses half of its weight, .3, within a day."""


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

    What is sold out or hidden is left out, and what ``allowed`` withholds. ``version`` asks one model version
    instead of the live one (and of the stored list), ``tuning`` and ``rules`` replace the shop's own.
    ``state`` is asked for unless the caller has it.
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
    for pool in _pools(request, row=row, activity=activity, version=version, has_unwanted=state.has_unwanted):
        answer = _listed(request, pool, activity, is_quiet=state.is_quiet and pool.source == "model")
        if answer.products:
            return answer
    return replace(_empty(request), source="own-orders" if surface == Surface.BUY_AGAIN else "popular")


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
    request: _Request,
    *,
    row: Recommendation | None,
    activity: Activity,
    version: ModelVersion | None,
    has_unwanted: bool,
) -> Iterator[Pool]:
    """Where the list may come from, best first; a later one is only made when those before gave nothing."""
    if row is None or activity.is_newer:
        live = live_list(member=request.member, surface=request.surface, at=request.at, version=version)
        if live is not None and live.entries:
            yield Pool("live", live.entries, live.version, request.at)
    if row is not None:
        source = "live" if activity.is_newer and request.surface == Surface.FOR_YOU else "model"
        yield Pool(source, list(row.products), row.model_version, row.scored_at)
    if request.surface == Surface.BUY_AGAIN:
        yield own_orders_pool(member=request.member)
        return
    seeds = {**own_products(member=request.member), **activity.interest}
    if has_unwanted:
        for product in unwanted_products(member_id=request.member.pk):
            seeds.pop(product, None)
    if seeds:
        yield Pool("transitions", around(seeds, kind=SimilarProduct.Kind.TOGETHER, why="goes_with"))
        yield Pool("attributes", around(seeds, kind=SimilarProduct.Kind.SIMILAR, why="similar"))
    yield segment_pool(member=request.member)
    yield popular_pool()


def _impersonal(request: _Request) -> Served:
    """For those whom no model may serve: what is popular, without what they have."""
    if request.surface == Surface.FOR_YOU:
        return _listed(request, popular_pool(), Activity())
    if request.own_orders:
        return _listed(request, own_orders_pool(member=request.member), Activity())
    return _empty(request)


def _empty(request: _Request) -> Served:
    return Served(member=request.member, surface=request.surface, source="none", products=[])


# --- one pool --------------------------------------------------------------------------------------------
def _listed(request: _Request, pool: Pool, activity: Activity, *, is_quiet: bool = False) -> Served:
    """The list that the pool gives after stock, rules, what happened lately, and variety.

    ``is_quiet``: all that the pool holds may be shown to this member.
    """
    entries = pool.entries
    for_you = request.surface == Surface.FOR_YOU
    if for_you and activity.interest and request.tuning.session:
        entries = _with_session(entries, activity, strength=request.tuning.session, limit=request.limit)
    known = {entry["product"] for entry in entries}
    pins = [
        {"product": r.product, "score": 0.0} for r in request.rules if r.action == Action.PIN and r.product
    ]
    entries = [*entries, *(pin for pin in pins if pin["product"] not in known)]
    products, member = products_of(entries), request.member.pk
    judged = judge(
        member_ids=[member],
        products=products,
        surface=request.surface,
        at=request.at,
        settled=named_in(pool.entries) if is_quiet else (),
    )
    away, disowned = judged.of(member)
    candidates = [
        candidate(product, without_reasons(entry, disowned))
        for entry in entries
        if (product := products.get(entry["product"])) and product.is_sellable and product.pk not in away
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
        products=[served(one.entry, products, scored=pool.version is not None) for one in shown],
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


def products_of(entries: Collection[Entry]) -> dict[int, Product]:
    """All products that the entries name, also as reasons, in one query."""
    return product_rows(named_in(entries))


def named_in(entries: Collection[Entry]) -> set[int]:
    ids = {entry["product"] for entry in entries}
    return ids | {product for entry in entries for product in entry.get("because", ())}


def without_reasons(entry: Entry, disowned: Collection[int]) -> Entry:
    """The entry without products as reasons that its member would not own up to."""
    if not disowned or not entry.get("because"):
        return entry
    return {**entry, "because": [product for product in entry["because"] if product not in disowned]}


def candidate(product: Product, entry: Entry) -> Candidate:
    return Candidate(
        product.pk, entry["score"], entry, product.category_id, product.brand, product.group_id,
        margin=product.margin_share,
    )  # fmt: skip


def served(entry: Entry, products: dict[int, Product], *, scored: bool = True) -> ServedProduct:
    score = entry["score"] if scored and entry.get("why") != "chosen" else None
    return ServedProduct(products[entry["product"]], score, reason_of(entry, products))
