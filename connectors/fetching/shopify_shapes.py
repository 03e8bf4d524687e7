"""Objects of Shopify's GraphQL API in the shape of its webhooks, so that one place reads both."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.objects import Json, part, parts, text


def nodes(data: Json, name: str) -> list[Json]:
    return parts(part(data, name), "nodes")


def money(data: Json, name: str) -> str:
    return text(part(part(data, name), "shopMoney"), "amount")


def tail(identifier: str) -> str:
    """``gid://shopify/LineItem/123`` -> ``123``."""
    return identifier.rpartition("/")[2]


def customer(data: Json) -> Json:
    email, phone = part(data, "defaultEmailAddress"), part(data, "defaultPhoneNumber")
    address = part(data, "defaultAddress")
    tags = data.get("tags")
    return {
        "id": text(data, "legacyResourceId"),
        "first_name": text(data, "firstName"),
        "last_name": text(data, "lastName"),
        "email": text(email, "emailAddress"),
        "phone": text(phone, "phoneNumber"),
        "email_marketing_consent": _consent(email),
        "sms_marketing_consent": _consent(phone),
        "default_address": {"phone": text(address, "phone"), "country_code": text(address, "countryCodeV2")},
        "locale": text(data, "locale"),
        "tags": ", ".join(str(tag) for tag in tags) if isinstance(tags, list) else "",
        "created_at": text(data, "createdAt"),
        "updated_at": text(data, "updatedAt"),
    }


def _consent(contact: Json) -> Json:
    state = text(contact, "marketingState").lower()
    return {"state": state, "consent_updated_at": text(contact, "marketingUpdatedAt")} if state else {}


def product(data: Json) -> Json:
    return {
        "id": text(data, "legacyResourceId"),
        "handle": text(data, "handle"),
        "title": text(data, "title"),
        "vendor": text(data, "vendor"),
        "product_type": text(data, "productType"),
        "category": {"full_name": text(part(data, "category"), "fullName")},
        "status": text(data, "status"),
        "gift_card": data.get("isGiftCard"),
        "updated_at": text(data, "updatedAt"),
        "options": _option_names(nodes(data, "variants")),
        "variants": [_variant(variant) for variant in nodes(data, "variants")],
    }


def _option_names(variants: Sequence[Json]) -> list[Json]:
    """The names of the options, as all variants have them."""
    chosen = parts(variants[0], "selectedOptions") if variants else []
    return [{"name": text(one, "name")} for one in chosen]


def _variant(data: Json) -> Json:
    options = {
        f"option{n}": text(one, "value") for n, one in enumerate(parts(data, "selectedOptions"), start=1)
    }
    return {
        **options,
        "sku": text(data, "sku"),
        "price": text(data, "price"),
        "inventory_quantity": data.get("inventoryQuantity"),
        "inventory_item_id": tail(text(part(data, "inventoryItem"), "id")),
        "inventory_management": "shopify" if part(data, "inventoryItem").get("tracked") else None,
    }


def stock(data: Json) -> Json:
    return {
        "id": text(data, "legacyResourceId"),
        "levels": [
            {
                "location_id": text(part(one, "location"), "legacyResourceId"),
                "available": next((row.get("quantity") for row in parts(one, "quantities")), 0),
                "updated_at": text(one, "updatedAt"),
            }
            for one in nodes(data, "inventoryLevels")
        ],
    }


def order(data: Json) -> Json:
    codes, gateways = data.get("discountCodes"), data.get("paymentGatewayNames")
    buyer = part(data, "customer")
    return {
        "id": text(data, "legacyResourceId"),
        "name": text(data, "name"),
        "email": text(data, "email"),
        "created_at": text(data, "createdAt"),
        "updated_at": text(data, "updatedAt"),
        "cancelled_at": text(data, "cancelledAt"),
        "test": data.get("test"),
        "currency": text(data, "currencyCode"),
        "source_name": text(data, "sourceName"),
        "financial_status": text(data, "displayFinancialStatus").lower(),
        "discount_codes": [{"code": str(code)} for code in codes] if isinstance(codes, list) else [],
        "payment_gateway_names": gateways if isinstance(gateways, list) else [],
        "total_price": money(data, "totalPriceSet"),
        "total_tax": money(data, "totalTaxSet"),
        "total_shipping_price_set": {"shop_money": {"amount": money(data, "totalShippingPriceSet")}},
        "billing_address": _address(part(data, "billingAddress")),
        "shipping_address": _address(part(data, "shippingAddress")),
        "location_id": text(part(data, "retailLocation"), "legacyResourceId"),
        "customer": customer(buyer) if buyer else None,
        "refunds": [_refund(one) for one in parts(data, "refunds")],
        "line_items": [_line(one) for one in nodes(data, "lineItems")],
    }


def _address(data: Json) -> Json:
    return {"name": text(data, "name"), "country_code": text(data, "countryCodeV2")}


def _line(data: Json) -> Json:
    return {
        "id": tail(text(data, "id")),
        "name": text(data, "name") or text(data, "title"),
        "sku": text(data, "sku"),
        "quantity": data.get("quantity"),
        "price": money(data, "originalUnitPriceSet"),
        "vendor": text(data, "vendor"),
        "discount_allocations": [
            {"amount": money(one, "allocatedAmountSet")} for one in parts(data, "discountAllocations")
        ],
    }


def _refund(data: Json) -> Json:
    return {
        "id": text(data, "legacyResourceId"),
        "refund_line_items": [
            {
                "line_item_id": tail(text(part(one, "lineItem"), "id")),
                "quantity": one.get("quantity"),
            }
            for one in nodes(data, "refundLineItems")
        ],
        "transactions": [
            {
                "kind": text(one, "kind").lower(),
                "status": text(one, "status").lower(),
                "amount": money(one, "amountSet"),
            }
            for one in nodes(data, "transactions")
        ],
    }
