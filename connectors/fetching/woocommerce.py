"""WooCommerce's REST API, version 3, with a consumer key that may read."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from django.utils.translation import gettext_noop as _

from connectors.fetching.client import Answer, ShopClient
from connectors.fetching.errors import ShopProblem
from connectors.fetching.pages import Page
from connectors.models import Connection, SourceObject
from connectors.objects import Item, Json, item_of, moment, text
from connectors.systems.woocommerce.catalogue import read_customer, read_product
from connectors.systems.woocommerce.orders import read_order

Kind = SourceObject.Kind
BASE = "/wp-json/wc/v3"
PER_PAGE = 100
ROUTES: dict[str, str] = {Kind.CUSTOMER: "customers", Kind.PRODUCT: "products", Kind.ORDER: "orders"}
READERS: dict[str, Callable[[Json], Item]] = {
    Kind.CUSTOMER: read_customer, Kind.PRODUCT: read_product, Kind.ORDER: read_order,
}  # fmt: skip


class WooCommerceApi:
    def __init__(self, connection: Connection) -> None:
        pair = f"{connection.secret('access_key')}:{connection.secret('access_token')}"
        credentials = base64.b64encode(pair.encode()).decode()
        self._client = ShopClient(connection.shop_address, headers={"Authorization": f"Basic {credentials}"})

    def close(self) -> None:
        self._client.close()

    def page(self, *, kind: str, since: datetime | None, cursor: str) -> Page:
        """Pages are ordered by id, which no change moves; the cursor is ``page:how many there were``.

        Where there are fewer than before, something was deleted and all behind it has moved up: the page
        before is read again.
        """
        if kind not in ROUTES:
            return Page([], "")
        page, _colon, before = cursor.partition(":")
        number = int(page or 1)
        answer = self._client.get(f"{BASE}/{ROUTES[kind]}", _parameters(kind, since=since, number=number))
        rows = _rows(answer)
        items = [item for row in rows for item in self._items(kind, row)]
        total = _count(answer, "X-WP-Total")
        if before and total < int(before) and number > 1:
            return Page(items, f"{number - 1}:{total}")
        is_last = _is_last(answer, rows, number=number)
        if kind == Kind.CUSTOMER and since is not None:  # newest first
            is_last = is_last or any((moment(row, "date_created_gmt") or since) < since for row in rows)
        return Page(items, "" if is_last else f"{number + 1}:{total}")

    def one(self, *, kind: str, source_id: str) -> Sequence[Item]:
        if kind not in ROUTES or not source_id.isdecimal():
            return []
        answer = self._client.get(f"{BASE}/{ROUTES[kind]}/{source_id}", {})
        if answer.status == 404 or not isinstance(answer.data, dict):
            return []
        return list(self._items(kind, answer.data))

    def _items(self, kind: str, row: Json) -> Iterator[Item]:
        """A variable product is followed by its variations, which have a route of their own."""
        if kind == Kind.ORDER and not row.get("line_items"):
            return
        yield item_of(READERS[kind], row)
        if kind == Kind.PRODUCT and text(row, "type").startswith("variable"):
            for variation in self._variations(text(row, "id")):
                data = {**variation, "parent_id": row.get("id"), "type": "variation"}
                yield item_of(read_product, data)

    def _variations(self, product_id: str) -> Iterator[Json]:
        number = 1
        while True:
            parameters: dict[str, str | int] = {
                "page": number, "per_page": PER_PAGE, "orderby": "id", "order": "asc",
            }  # fmt: skip
            answer = self._client.get(f"{BASE}/products/{product_id}/variations", parameters)
            if answer.status == 404:  # deleted since its page was made
                return
            rows = _rows(answer)
            yield from rows
            if _is_last(answer, rows, number=number):
                return
            number += 1


def _parameters(kind: str, *, since: datetime | None, number: int) -> dict[str, str | int]:
    """Of customers, the API cannot tell which changed: then only new ones are asked for, newest first."""
    parameters: dict[str, str | int] = {"page": number, "per_page": PER_PAGE, "orderby": "id", "order": "asc"}
    if kind == Kind.CUSTOMER:
        parameters["role"] = "all"
        if since is not None:
            parameters |= {"orderby": "registered_date", "order": "desc"}
    elif since is not None:
        parameters |= {
            "modified_after": f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%S}",
            "dates_are_gmt": "true",
        }
    return parameters


def _count(answer: Answer, header: str) -> int:
    text = answer.headers.get(header, "")
    return int(text) if text.isdecimal() else 0


def _is_last(answer: Answer, rows: Sequence[Json], *, number: int) -> bool:
    """Caches and proxies may take the headers away that say how many pages there are: an empty page ends
    then, since a shop may give fewer rows a page than were asked for.
    """
    pages = _count(answer, "X-WP-TotalPages")
    return not rows or 0 < pages <= number


def _rows(answer: Answer) -> list[Json]:
    """Raises ShopProblem where the answer is no list, as where WordPress has no such route."""
    if answer.status == 404 or not isinstance(answer.data, list):
        raise ShopProblem(
            _(
                "There is no WooCommerce API at this address: check it, and that permalinks in WordPress "
                "are not “Plain”."
            )
        )
    return [row for row in answer.data if isinstance(row, dict)]
