"""Shopify's GraphQL Admin API, with an access token that may read customers, products and orders.

Each query costs points, of which the shop gives so many a second: ``throttleStatus`` says how many are left,
and the next query waits until there are enough.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from django.utils.translation import gettext_noop as _

from connectors.fetching import shopify_queries as queries
from connectors.fetching import shopify_shapes as shapes
from connectors.fetching.client import MAX_PAUSE_SECONDS, MAX_TRIES, Answer, ShopClient, pause
from connectors.fetching.errors import CursorGone, ShopAway, ShopProblem
from connectors.fetching.pages import Page
from connectors.models import Connection, SourceObject
from connectors.objects import Item, Json, TheirPlace, item_of, part, parts, text
from connectors.systems.shopify.customers import read_customer
from connectors.systems.shopify.orders import read_order
from connectors.systems.shopify.products import read_levels, read_product

Kind = SourceObject.Kind
API_VERSION = "2026-07"
PASSING = {"THROTTLED", "INTERNAL_SERVER_ERROR", "TIMEOUT"}
"""Errors after which the same question is asked again."""
NAMES = {
    Kind.PLACE: "locations",
    Kind.CUSTOMER: "customers",
    Kind.PRODUCT: "products",
    Kind.ORDER: "orders",
    Kind.STOCK: "inventoryItems",
}
TYPES = {
    Kind.CUSTOMER: "Customer",
    Kind.PRODUCT: "Product",
    Kind.ORDER: "Order",
    Kind.STOCK: "InventoryItem",
}
READERS: dict[str, Callable[[Json], Item]] = {
    Kind.PLACE: lambda data: TheirPlace(text(data, "legacyResourceId"), text(data, "name")),
    Kind.CUSTOMER: lambda data: read_customer(shapes.customer(data)),
    Kind.PRODUCT: lambda data: read_product(shapes.product(data)),
    Kind.ORDER: lambda data: read_order(shapes.order(data)),
    Kind.STOCK: lambda data: read_levels(shapes.stock(data)),
}


class _TooCostly(ShopProblem):
    """One query may cost so many points at most, however many the shop has left."""


class ShopifyApi:
    def __init__(self, connection: Connection) -> None:
        token = connection.secret("access_token")
        self._client = ShopClient(connection.shop_address, headers={"X-Shopify-Access-Token": token})
        self._at_once = dict(queries.AT_ONCE)

    def close(self) -> None:
        self._client.close()

    def page(self, *, kind: str, since: datetime | None, cursor: str) -> Page:
        name = NAMES[Kind(kind)]
        variables: dict[str, object] = {"after": cursor or None}
        if kind != Kind.PLACE and since is not None:
            variables["query"] = f"updated_at:>='{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}'"
        data = self._ask_for_many(
            name, queries.list_query(name, is_changed_only=since is not None), variables
        )
        answer = part(data, name)
        items = [item for node in parts(answer, "nodes") for item in self._items(kind, node)]
        return Page(items, _next(answer))

    def _ask_for_many(self, name: str, query: str, variables: Mapping[str, object]) -> Json:
        """As many at once as one query may cost."""
        while True:
            try:
                return self._ask(query, {**variables, "first": self._at_once[name]})
            except _TooCostly:
                if self._at_once[name] == 1:
                    raise
                self._at_once[name] //= 2

    def one(self, *, kind: str, source_id: str) -> Sequence[Item]:
        if kind not in TYPES or not source_id.isdecimal():
            return []
        name = NAMES[Kind(kind)].removesuffix("s")
        data = self._ask(queries.one_query(name), {"id": f"gid://shopify/{TYPES[Kind(kind)]}/{source_id}"})
        return self._items(kind, part(data, name)) if part(data, name) else []

    def _items(self, kind: str, node: Json) -> list[Item]:
        """One object with all of its lines or variants; test orders are left out."""
        if kind == Kind.ORDER:
            if node.get("test") is True:
                return []
            node = self._completed(node, "lineItems", query=queries.LINES, owner="order")
            if not shapes.nodes(node, "lineItems"):
                return []
            refunds = [
                self._completed(one, "refundLineItems", query=queries.REFUND_LINES, owner="refund")
                for one in parts(node, "refunds")
            ]
            node = {**node, "refunds": refunds}
        if kind == Kind.PRODUCT:
            node = self._completed(node, "variants", query=queries.VARIANTS, owner="product")
        return [item_of(READERS[kind], node)]

    def _completed(self, node: Json, name: str, *, query: str, owner: str) -> Json:
        """``node`` with the further pages of what it holds."""
        rows, cursor = shapes.nodes(node, name), _next(part(node, name))
        while cursor:
            data = self._ask(query, {"id": text(node, "id"), "after": cursor})
            answer = part(part(data, owner), name)
            rows, cursor = [*rows, *parts(answer, "nodes")], _next(answer)
        return {**node, name: {"nodes": rows}}

    def _ask(self, query: str, variables: Mapping[str, object]) -> Json:
        """Raises ShopProblem."""
        path = f"/admin/api/{API_VERSION}/graphql.json"
        for attempt in range(1, MAX_TRIES + 1):
            answer = self._client.post(path, {"query": query, "variables": variables})
            data = answer.data if isinstance(answer.data, dict) else {}
            errors = parts(data, "errors")
            if not errors and part(data, "data"):
                return part(data, "data")
            codes = {text(part(error, "extensions"), "code") for error in errors}
            if "MAX_COST_EXCEEDED" in codes:
                raise _TooCostly(_("Shopify says that the question costs too much."))
            if not codes & PASSING:
                raise _refusal(answer, errors, variables)
            pause(_seconds_until_affordable(data) if "THROTTLED" in codes else float(attempt))
        raise ShopAway(_("Shopify has no time for us: it answers that its limit is reached."))


def _refusal(answer: Answer, errors: Sequence[Json], variables: Mapping[str, object]) -> ShopProblem:
    why = "; ".join(text(error, "message") for error in errors)[:300] or str(answer.status)
    kind = CursorGone if variables.get("after") and "cursor" in why.lower() else ShopProblem
    return kind(_("Shopify does not answer the question: %(why)s."), why=why)


def _next(answer: Json) -> str:
    info = part(answer, "pageInfo")
    return text(info, "endCursor") if info.get("hasNextPage") is True else ""


def _seconds_until_affordable(data: Json) -> float:
    cost = part(part(data, "extensions"), "cost")
    status = part(cost, "throttleStatus")
    wanted = _number(cost, "requestedQueryCost", 100.0)
    missing = wanted - _number(status, "currentlyAvailable", 0.0)
    return min(max(missing / max(_number(status, "restoreRate", 50.0), 1.0), 0.1), MAX_PAUSE_SECONDS)


def _number(data: Json, name: str, default: float) -> float:
    value = data.get(name)
    return float(value) if isinstance(value, int | float) else default
