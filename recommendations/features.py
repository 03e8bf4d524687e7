"""Order lines and events to the arrays that recommenders train on. The one place that reads them in bulk."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection, models

from learning.json_types import JsonMapping, JsonObject
from membership.members.profiling import profiling_refusals
from membership.models import Event, Member, Order, OrderItem, Product
from registry.tables.unix_seconds import UnixSecond

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from learning.interactions import Interactions
    from learning.vocabulary import Vocabulary

LINES_AT_ONCE = 50_000
Members = Collection[int] | None
"""Ids, or a ``range`` of ids, which is asked for as such; None: everybody."""
FADED = 0.02
"""An event worth less than this share of its weight is not read any more."""

LONGEST_DAYS = 20_000
"""Further back than any event; a half-life may be set to anything, and a calendar begins with the year 1."""


@dataclass(frozen=True)
class Signals:
    """How much each thing that a member does says, and how quickly what is not a purchase fades.

    ``order`` is an order line, ``returned`` one of a refunded order; 0 leaves a kind out. Purchases fade as
    the model that reads them decides; events are short-lived and have a half-life of their own.
    """

    weights: Mapping[str, float] = field(default_factory=dict)
    event_half_life_days: float = 14.0

    @classmethod
    def from_settings(cls) -> Signals:
        return cls(
            dict(settings.RECOMMENDATIONS["SIGNAL_WEIGHTS"]),
            float(settings.RECOMMENDATIONS["EVENT_HALF_LIFE_DAYS"]),
        )

    @classmethod
    def from_parameters(cls, parameters: JsonMapping) -> Signals:
        """Those that a stored version was trained with: what it is served with must be the same."""
        stored = parameters.get("signals")
        if not isinstance(stored, Mapping):
            return cls({"order": 1.0})  # a version from before there were events
        return cls(dict(stored["weights"]), float(stored["event_half_life_days"]))

    def as_parameters(self) -> JsonObject:
        return {"weights": dict(self.weights), "event_half_life_days": self.event_half_life_days}

    @property
    def events(self) -> dict[str, float]:
        """The kinds of events that count, with their weights."""
        return {
            kind: weight for kind, weight in self.weights.items() if kind in Event.Type.values and weight > 0
        }

    def orders_only(self) -> Signals:
        return Signals({"order": self.weight("order")}, self.event_half_life_days)

    def weight(self, kind: str) -> float:
        return float(self.weights.get(kind, 0.0))


@dataclass(frozen=True, eq=False)
class History:
    """What members did, and which of it was buying; both over the same vocabularies."""

    everything: Interactions
    is_purchase: NDArray[np.bool_]

    @property
    def purchases(self) -> Interactions:
        return self.everything.where(self.is_purchase)

    def __len__(self) -> int:
        return len(self.everything)

    def orders_only(self) -> History:
        """Only what was bought, over vocabularies of what occurs in it."""
        bought = self.purchases.narrowed()
        return History(bought, self.is_purchase[self.is_purchase])

    def described(self) -> Interactions:
        """All of it for training, with the category and brand of products as attributes.

        Ages count from the newest entry.
        """
        return replace(self.everything.described(_attributes()), as_of=None)


@dataclass(frozen=True)
class KnownHistory:
    """What was read at ``as_of``."""

    history: History
    as_of: datetime

    def still_allowed(self) -> History:
        """That of members who may still be given recommendations."""
        import numpy as np

        allowed = Member.objects.active().exclude(pk__in=profiling_refusals()).order_by()
        ids = np.fromiter(allowed.values_list("pk", flat=True), dtype=np.int64)
        everything = self.history.everything
        rows = np.isin(everything.members.ids, ids)[everything.member_rows]
        return History(everything.where(rows).narrowed(), self.history.is_purchase[rows])


def load_interactions(*, as_of: datetime, member_ids: Collection[int] | None = None) -> Interactions:
    """All counted order lines placed before ``as_of``, each worth 1; ids are primary keys.

    Left out: cancelled, refunded and declined orders, gifts, lines whose quantity is a weight (fuel, say),
    and members who are not active or refuse personal recommendations.
    """
    return load_history(as_of=as_of, signals=Signals({"order": 1.0}), members=member_ids).everything


def load_history(*, as_of: datetime, signals: Signals, members: Members = None) -> History:
    """What the members did before ``as_of``, weighed by ``signals``. See ``load_interactions``."""
    parts = [(_lines(as_of=as_of, members=members, returned=False), signals.weight("order"))]
    if signals.weight("returned") > 0:
        parts.append((_lines(as_of=as_of, members=members, returned=True), signals.weight("returned")))
    events = _of_members(_events(as_of=as_of, signals=signals), members) if signals.events else None
    return _history(parts, events, as_of=as_of, signals=signals)


def load_member_history(*, member_id: int, as_of: datetime, signals: Signals) -> History:
    """The same for one member, who must be active and not refuse: two queries that are quick to compose."""
    lines = OrderItem.objects.filter(member_id=member_id, placed_at__lt=as_of, units__isnull=False)
    lines = lines.filter(is_gift=False).order_by()
    lines = lines.annotate(second=UnixSecond("placed_at"))
    parts = [(_integers(lines.filter(order__status__in=Order.COUNTED)), signals.weight("order"))]
    if signals.weight("returned") > 0:
        returned = _integers(lines.filter(order__status=Order.Status.REFUNDED))
        parts.append((returned, signals.weight("returned")))
    events = None
    if signals.events:
        events = _events(as_of=as_of, signals=signals).filter(member_id=member_id).order_by()
    return _history(parts, events, as_of=as_of, signals=signals)


def _history(
    parts: list[tuple[NDArray[np.int64], float]], events: Any, *, as_of: datetime, signals: Signals
) -> History:
    """All of it in one order; the first of ``parts`` is what was bought."""
    import numpy as np

    from learning.interactions import Interactions
    from recommendations.ml.taken_back import still_meant

    rows = [flat for flat, _weight in parts]
    weights = [np.full(len(flat), max(weight, 1e-6)) for flat, weight in parts]
    if events is not None:
        kinds = still_meant(_integers(events, "kind"), list(signals.events))
        age_days = (as_of.timestamp() - kinds[:, 2]) / 86_400
        worth = np.array(list(signals.events.values()))[kinds[:, 3]]
        rows.append(kinds[:, :3])
        weights.append(worth * np.exp2(-age_days / signals.event_half_life_days))
    flat, values = np.concatenate(rows), np.concatenate(weights)
    bought = np.arange(len(flat)) < len(rows[0])
    # the database may answer in any order; a fixed one makes a retrain on the same rows repeatable
    order = np.lexsort((values, flat[:, 1], flat[:, 2], flat[:, 0]))
    flat, values, bought = flat[order], values[order].astype(np.float32), bought[order]
    everything = Interactions.from_ids(flat[:, 0], flat[:, 1], flat[:, 2], values)
    return History(replace(everything, as_of=_newest_second(as_of)), bought)


def _newest_second(as_of: datetime) -> int:
    """When the shop's newest order before ``as_of`` was placed.

    All ages count back from it, as they do in a fit on the whole shop, whichever members are loaded; also in
    a shop whose newest order was imported years after it was placed.
    """
    newest = Order.objects.placed_before(as_of).order_by("-placed_at", "-pk")
    return int((newest.values_list("placed_at", flat=True).first() or as_of).timestamp())


def _attributes() -> dict[int, list[str]]:
    """The category and the brand of every product that has one."""
    rows = Product.objects.values_list("pk", "category_id", "brand")
    return {
        pk: [name for name in (category and f"category {category}", brand and f"brand {brand}") if name]
        for pk, category, brand in rows
    }


def _lines(*, as_of: datetime, members: Members, returned: bool) -> NDArray[np.int64]:
    lines = OrderItem.objects.filter(placed_at__lt=as_of, units__isnull=False, is_gift=False)
    if returned:
        lines = lines.filter(order__status=Order.Status.REFUNDED)
    else:
        # few orders and members are left out: asking "is it one of those?" is quicker than joining every line
        lines = lines.exclude(order__in=Order.objects.exclude(status__in=Order.COUNTED))
    return _integers(_of_members(lines, members).annotate(second=UnixSecond("placed_at")))


def _events(*, as_of: datetime, signals: Signals) -> Any:
    """The events that have not faded yet; ``kind`` is the place of their type among those that count.

    Those after the last of them are what takes others back.
    """
    from recommendations.ml.taken_back import TAKEN_BACK

    days = min(signals.event_half_life_days * math.log2(1 / FADED), LONGEST_DAYS)
    span = timedelta(days=days)
    kinds = [*signals.events, *TAKEN_BACK]
    events = Event.objects.filter(
        type__in=kinds, product__isnull=False, occurred_at__lt=as_of, occurred_at__gte=as_of - span
    )
    places = [models.When(type=kind, then=models.Value(place)) for place, kind in enumerate(kinds)]
    kind = models.Case(*places, output_field=models.IntegerField())
    return events.annotate(second=UnixSecond("occurred_at"), kind=kind)


def _of_members(rows: Any, members: Members) -> Any:
    """The rows of members who may be learned from, or of those among ``members``."""
    rows = rows.exclude(member__in=Member.objects.exclude(status=Member.Status.ACTIVE))
    rows = rows.exclude(member__in=profiling_refusals()).order_by()
    if members is None:
        return rows
    if isinstance(members, range):
        return rows.filter(member_id__gte=members.start, member_id__lt=members.stop)
    return rows.filter(member_id__in=members)


def load_returns(*, as_of: datetime, members: Members = None) -> NDArray[np.int64]:
    """(member id, product id, second of the order) of every line in a refunded order, (n, 3)."""
    return _lines(as_of=as_of, members=members, returned=True)


def _integers(rows: Any, *more: str) -> NDArray[np.int64]:
    """(member, product, second, *more) as an array, straight from the cursor: Django doubles the time."""
    import numpy as np

    columns = ("member_id", "product_id", "second", *more)
    sql, params = rows.values_list(*columns).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        chunks = iter(lambda: cursor.fetchmany(LINES_AT_ONCE), [])
        values = chain.from_iterable(chain.from_iterable(chunks))
        return np.fromiter(values, dtype=np.int64).reshape(-1, len(columns))


def fingerprint(interactions: Interactions) -> str:
    """sha256 over who bought what when: the same rows, the same fingerprint."""
    digest = hashlib.sha256()
    ids = (
        interactions.members.ids[interactions.member_rows],
        interactions.products.ids[interactions.product_rows],
        interactions.timestamps,
    )
    for column in ids:
        digest.update(column.tobytes())
    return digest.hexdigest()


def product_groups(products: Vocabulary) -> NDArray[np.int64] | None:
    """The group of each product of the vocabulary, -1 for what is no variant; None where none is."""
    import numpy as np

    variants = Product.objects.filter(group__isnull=False).order_by("pk").values_list("pk", "group_id")
    flat = np.fromiter(chain.from_iterable(variants), dtype=np.int64).reshape(-1, 2)
    rows = products.rows_of(flat[:, 0])
    if not (rows >= 0).any():
        return None
    groups = np.full(len(products), -1, dtype=np.int64)
    groups[rows[rows >= 0]] = flat[rows >= 0, 1]
    return groups


def sellable_mask(products: Vocabulary) -> NDArray[np.bool_]:
    """Which products of the vocabulary may be shown now: active, in stock, and still in the catalogue."""
    import numpy as np

    sellable = np.fromiter(Product.objects.sellable().values_list("pk", flat=True), dtype=np.int64)
    return np.isin(products.ids, sellable)
