"""The queries behind features: all orders for training, and a checkout's few, found through indexes.

The latter is written as SQL because the ORM takes longer to compose it than the database to answer it, and
because SQLite needs CROSS JOIN to be kept from walking through all orders instead of the few that are named.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from django.db import connection

from learning.json_types import JsonObject
from membership.models import Member, Order

PLACES: Final = {
    "store": ("store_id", "o.store_id = %(place)s"),
    "device": ("device_fingerprint", "o.store_id IS NULL AND o.device_fingerprint = %(place)s"),
    "instrument": (
        "payment_fingerprint",
        "o.store_id IS NULL AND o.device_fingerprint = '' AND o.payment_fingerprint = %(place)s",
    ),
}
"""What of an order names its place, and which orders are of the same; see ``place_history.place_codes``."""

_WITHOUT_PLACE: Final = """
    WITH near AS ({mine})
    {chosen}
"""
_WITH_PLACE: Final = """
    WITH here AS (
        SELECT o.id, o.member_id, o.placed_at, o.is_fraud, o.label_known_at
        FROM {orders} o JOIN {members} m ON m.id = o.member_id
        WHERE {same_place} AND m.status IN ({statuses}) AND {earlier} {newest_first} LIMIT {n_place}),
    newest_fraud AS (
        SELECT o.member_id, o.placed_at FROM here o
        WHERE o.is_fraud AND o.label_known_at <= %(known_by)s {newest_first} LIMIT 1),
    near AS (
        {mine}
        UNION SELECT id FROM here
        UNION SELECT o.id FROM (SELECT DISTINCT member_id FROM here WHERE is_fraud) AS robbed
            CROSS JOIN {orders} o
            WHERE o.member_id = robbed.member_id AND o.is_fraud AND {earlier}
        UNION SELECT id FROM (
            SELECT o.id FROM newest_fraud CROSS JOIN {orders} o
            WHERE o.member_id = newest_fraud.member_id AND o.placed_at <= newest_fraud.placed_at
            {newest_first} LIMIT {n_before}) AS before
        UNION SELECT id FROM (
            SELECT o.id FROM newest_fraud CROSS JOIN {orders} o
            WHERE o.member_id = newest_fraud.member_id AND o.placed_at >= newest_fraud.placed_at
            AND {earlier} ORDER BY o.placed_at, o.id LIMIT {n_after}) AS after)
    {chosen}
"""
_MINE: Final = """SELECT id FROM (
        SELECT o.id FROM {orders} o WHERE o.member_id = %(member)s AND {earlier}
        {newest_first} LIMIT {n_member}) AS mine"""
_CHOSEN: Final = """
    SELECT {columns} FROM near CROSS JOIN {orders} o JOIN {members} m ON m.id = o.member_id
    WHERE o.id = near.id ORDER BY o.placed_at, o.id"""


def read_history(
    order: Order, *, columns: tuple[str, ...], statuses: Iterable[str]
) -> list[tuple[object, ...]]:
    """``columns`` of Order (and ``member__…``) as the driver gives them, moments on SQLite as UTC texts; the
    last row is ``order``'s.

    The member's last orders and those of the place's, of members with one of ``statuses``. Where frauds are
    known of the place, also the other frauds on their members, which tell whether the place was robbed or
    they, and what the newest one's member had ordered before it and did after it.
    """
    kind = next((kind for kind, (column, _same) in PLACES.items() if getattr(order, column)), "")
    moment = connection.ops.adapt_datetimefield_value
    given = {
        "id": order.pk,
        "member": order.member_id,
        "placed_at": moment(order.placed_at),
        # labels are known from the next whole second on, and an order is placed at the last one
        "known_by": moment(order.placed_at.replace(microsecond=0)),
        "place": getattr(order, PLACES[kind][0]) if kind else None,
        **{f"status{number}": str(status) for number, status in enumerate(statuses)},
    }
    with connection.cursor() as cursor:
        cursor.execute(_sql(kind, columns, len(given) - 5), given)
        return list(cursor.fetchall())


def read_orders(*, columns: tuple[str, ...], statuses: Iterable[str]) -> list[tuple[Any, ...]]:
    """``columns`` of every order of members with one of ``statuses``, by time.

    Values are as the driver gives them, as in ``read_history``: Django's conversion would triple the time.
    """
    given = [str(status) for status in statuses]
    sql = f"""
        SELECT {", ".join(map(_selected, columns))}
        FROM {Order._meta.db_table} o JOIN {Member._meta.db_table} m ON m.id = o.member_id
        WHERE m.status IN ({", ".join(["%s"] * len(given))}) ORDER BY o.placed_at, o.id"""  # noqa: S608  # names of our own columns
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return list(cursor.fetchall())


@cache
def _sql(kind: str, columns: tuple[str, ...], n_statuses: int) -> str:
    from fraud.ml.orders.member_context import AROUND
    from fraud.ml.orders.place_history import PLACE_ORDERS_NEEDED
    from fraud.ml.orders.sequences import ORDERS_NEEDED
    from fraud.ml.orders.step_features import USUAL_ORDERS

    parts: JsonObject = {
        "orders": Order._meta.db_table,
        "members": Member._meta.db_table,
        "columns": ", ".join(map(_selected, columns)),
        "statuses": ", ".join(f"%(status{number})s" for number in range(n_statuses)),
        "same_place": PLACES[kind][1] if kind else "",
        "earlier": "o.placed_at <= %(placed_at)s AND (o.placed_at < %(placed_at)s OR o.id <= %(id)s)",
        "newest_first": "ORDER BY o.placed_at DESC, o.id DESC",
        "n_member": ORDERS_NEEDED,
        "n_place": PLACE_ORDERS_NEEDED,
        # more than enough, should several have the moment of the fraud
        "n_before": USUAL_ORDERS + 2 * AROUND,
        "n_after": 2 * AROUND,
    }
    whole = _WITH_PLACE if kind else _WITHOUT_PLACE
    return whole.format(mine=_MINE.format(**parts), chosen=_CHOSEN.format(**parts), **parts)


def _selected(name: str) -> str:
    model, table = (Member, "m") if name.startswith("member__") else (Order, "o")
    attribute = name.removeprefix("member__")
    field = next(one for one in model._meta.concrete_fields if attribute in (one.name, one.attname))
    column = f"{table}.{field.column}"
    # as text: SQLite's driver would make a datetime of each, one by one
    is_text = connection.vendor == "sqlite" and field.get_internal_type() == "DateTimeField"
    return f"{column} || ''" if is_text else column
