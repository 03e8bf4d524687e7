"""A shop with Shopify's GraphQL Admin API, after https://shopify.dev/docs/api/admin-graphql."""

from __future__ import annotations

import json
import re
import time
from datetime import datetime
from typing import Any

from tests.connectors.servers.graphql import Wrong, cost, page, parse, selected
from tests.connectors.servers.serving import Request, Response
from tests.connectors.servers.their_shop import Data, TheirShop

TOKEN = "shpat_of_the_test"
MAX_COST = 1000
PATH = re.compile(r"/admin/api/\d{4}-\d\d/graphql\.json")
MANY = ("customers", "products", "orders", "locations")


class ShopifyApi:
    """Answers for ``shop``; so many points, which come back at ``restore_rate`` a second."""

    def __init__(self, shop: TheirShop, *, points: float = 20_000, restore_rate: float = 10_000) -> None:
        self.shop, self.most, self.restore_rate = shop, points, restore_rate
        self._points, self._at = points, time.monotonic()
        self.throttled = 0

    def answer(self, request: Request) -> Response:
        if request.headers.get("X-Shopify-Access-Token") != TOKEN:
            return Response(401, {"errors": "[API] Invalid API key or access token"})
        if request.method != "POST" or not PATH.fullmatch(request.path):
            return Response(404, {"errors": "Not Found"})
        question = json.loads(request.body)
        fields = parse(question["query"], question.get("variables") or {})
        wanted = cost(fields)
        if wanted > MAX_COST:
            return Response(200, _error(f"Query cost is {wanted}", "MAX_COST_EXCEEDED"))
        if not self._pay(wanted):
            self.throttled += 1
            return Response(200, {**_error("Throttled", "THROTTLED"), "extensions": self._costs(wanted)})
        try:
            data = {one.name: self._root(one.name, one.arguments, one.fields) for one in fields}
        except Wrong as error:
            return Response(200, _error(str(error), "undefinedField"))
        return Response(200, {"data": data, "extensions": self._costs(wanted)})

    def _pay(self, wanted: int) -> bool:
        now = time.monotonic()
        self._points = min(self.most, self._points + (now - self._at) * self.restore_rate)
        self._at = now
        if self._points < wanted:
            return False
        self._points -= wanted
        return True

    def _costs(self, wanted: int) -> Data:
        status = {
            "maximumAvailable": self.most, "currentlyAvailable": int(self._points),
            "restoreRate": self.restore_rate,
        }  # fmt: skip
        return {"cost": {"requestedQueryCost": wanted, "throttleStatus": status}}

    def _root(self, name: str, arguments: Data, fields: list[Any]) -> Any:
        if name in MANY:
            rows = self._rows(name, arguments)
            answer = page(rows, first=arguments["first"], after=_place(rows, arguments))
            if answer["nodes"]:
                answer["pageInfo"]["endCursor"] = json.dumps(_key(answer["nodes"][-1], arguments))
            return selected(answer, fields, name)
        number = str(arguments["id"]).rpartition("/")[2]
        rows = [row for row in self._nodes(f"{name}s") if row["legacyResourceId"] == number]
        return selected(rows[0], fields, name) if rows else None

    def _rows(self, name: str, arguments: Data) -> list[Data]:
        rows = self._nodes(name)
        since = re.search(r"updated_at:>='([^']+)'", arguments.get("query") or "")
        if since:
            moment = datetime.fromisoformat(since[1])
            rows = [row for row in rows if datetime.fromisoformat(row["updatedAt"]) >= moment]
        return sorted(rows, key=lambda row: _key(row, arguments))

    def _nodes(self, name: str) -> list[Data]:
        shop = self.shop
        with shop.lock:
            match name:
                case "customers":
                    return [customer_node(one) for one in shop.customers.values()]
                case "products":
                    return [product_node(one) for one in shop.products.values()]
                case "orders":
                    return [order_node(one) for one in shop.orders.values()]
                case "refunds":
                    return [refund_node(one) for order in shop.orders.values() for one in order["refunds"]]
                case "inventoryItems":
                    return [stock_node(one, levels) for one, levels in shop.levels.items()]
                case "locations":
                    return [{"legacyResourceId": str(k), "name": name} for k, name in shop.places.items()]
        raise Wrong(name)


def _key(row: Data, arguments: Data) -> tuple[Any, ...]:
    number = int(row["legacyResourceId"])
    return (row["updatedAt"], number) if arguments.get("sortKey") == "UPDATED_AT" else (number,)


def _place(rows: list[Data], arguments: Data) -> str:
    """How many rows lie before and at the cursor, as they are now."""
    after = arguments.get("after")
    if not after:
        return "0"
    key = tuple(json.loads(after))
    return str(sum(_key(row, arguments) <= key for row in rows))


def _error(message: str, code: str) -> Data:
    return {"errors": [{"message": message, "extensions": {"code": code}}]}


def _money(amount: object) -> Data:
    return {"shopMoney": {"amount": str(amount)}}


def customer_node(data: Data) -> Data:
    def contact(name: str, value: object, consent: Data) -> Data | None:
        if not value:
            return None
        state = consent["state"].upper()
        return {name: value, "marketingState": state, "marketingUpdatedAt": consent["consent_updated_at"]}

    return {
        "legacyResourceId": str(data["id"]), "firstName": data["first_name"], "lastName": data["last_name"],
        "locale": "en", "tags": [tag for tag in data["tags"].split(", ") if tag],
        "createdAt": data["created_at"], "updatedAt": data["updated_at"],
        "defaultEmailAddress": contact("emailAddress", data["email"], data["email_marketing_consent"]),
        "defaultPhoneNumber": contact("phoneNumber", data["phone"], data["sms_marketing_consent"]),
        "defaultAddress": {"phone": data["phone"], "countryCodeV2": data["default_address"]["country_code"]},
    }  # fmt: skip


def product_node(data: Data) -> Data:
    return {
        "id": f"gid://shopify/Product/{data['id']}", "legacyResourceId": str(data["id"]),
        "handle": data["handle"], "title": data["title"], "vendor": data["vendor"],
        "productType": data["product_type"], "status": data["status"].upper(), "isGiftCard": False,
        "updatedAt": data["updated_at"], "category": {"fullName": data["category"]["full_name"]},
        "variants": [
            {
                "sku": one["sku"], "price": one["price"], "inventoryQuantity": one["inventory_quantity"],
                "selectedOptions": [{"name": "Size", "value": one["option1"]}],
                "inventoryItem": {"id": f"gid://shopify/InventoryItem/{one['id'] + 7}", "tracked": True},
            }
            for one in data["variants"]
        ],
    }  # fmt: skip


def stock_node(item: int, levels: dict[int, tuple[int, str]]) -> Data:
    return {
        "legacyResourceId": str(item),
        "inventoryLevels": [
            {
                "updatedAt": moment, "location": {"legacyResourceId": str(place)},
                "quantities": [{"quantity": units}],
            }
            for place, (units, moment) in levels.items()
        ],
    }  # fmt: skip


def order_node(data: Data) -> Data:
    place = data.get("location_id")
    return {
        "id": f"gid://shopify/Order/{data['id']}", "legacyResourceId": str(data["id"]), "name": data["name"],
        "email": data["email"], "createdAt": data["created_at"], "updatedAt": data["updated_at"],
        "cancelledAt": data["cancelled_at"], "test": data["test"], "taxesIncluded": data["taxes_included"],
        "currencyCode": data["currency"], "sourceName": data["source_name"],
        "displayFinancialStatus": data["financial_status"].upper(),
        "discountCodes": [one["code"] for one in data["discount_codes"]],
        "paymentGatewayNames": data["payment_gateway_names"], "totalPriceSet": _money(data["total_price"]),
        "totalTaxSet": _money(data["total_tax"]),
        "totalShippingPriceSet": _money(data["total_shipping_price_set"]["shop_money"]["amount"]),
        "billingAddress": {"name": "", "countryCodeV2": data["billing_address"]["country_code"]},
        "shippingAddress": {"name": "", "countryCodeV2": data["shipping_address"]["country_code"]},
        "retailLocation": {"legacyResourceId": str(place), "name": "Main Street"} if place else None,
        "customer": customer_node(data["customer"]) if data["customer"] else None,
        "refunds": [refund_node(one) for one in data["refunds"]],
        "lineItems": [
            {
                "id": f"gid://shopify/LineItem/{one['id']}", "name": one["name"], "title": one["title"],
                "sku": one["sku"], "quantity": one["quantity"], "vendor": one["vendor"],
                "originalUnitPriceSet": _money(one["price"]),
                "discountAllocations": [
                    {"allocatedAmountSet": _money(part["amount"])} for part in one["discount_allocations"]
                ],
            }
            for one in data["line_items"]
        ],
    }  # fmt: skip


def refund_node(data: Data) -> Data:
    return {
        "id": f"gid://shopify/Refund/{data['id']}", "legacyResourceId": str(data["id"]),
        "refundLineItems": [
            {
                "quantity": one["quantity"], "totalTaxSet": _money(one.get("total_tax", "0")),
                "lineItem": {"id": f"gid://shopify/LineItem/{one['line_item_id']}"},
            }
            for one in data["refund_line_items"]
        ],
        "refundShippingLines": [
            {
                "subtotalAmountSet": _money(one["amount"].lstrip("-")),
                "taxAmountSet": _money(one["tax_amount"]),
            }
            for one in data["order_adjustments"]
            if one["kind"] == "shipping_refund"
        ],
        "transactions": [
            {"kind": one["kind"].upper(), "status": one["status"].upper(), "amountSet": _money(one["amount"])}
            for one in data["transactions"]
        ],
    }  # fmt: skip
