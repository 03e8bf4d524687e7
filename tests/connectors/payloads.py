"""Objects as Shopify and WooCommerce send them, after their public documentation; people are invented."""

from __future__ import annotations

from typing import Any

Data = dict[str, Any]


def shopify_line(number: int, **values: Any) -> Data:
    return {
        "id": number, "title": "Crew Tee", "name": "Crew Tee - S", "sku": "TEE-S", "quantity": 1,
        "price": "19.99", "vendor": "Loom & Co", "product_id": 1, "variant_id": 11, "gift_card": False,
        "total_discount": "0.00", "discount_allocations": [], "tax_lines": [], **values,
    }  # fmt: skip


def shopify_customer(number: int = 8100000000011, **values: Any) -> Data:
    return {
        "id": number, "email": "nora.quill@example.com", "first_name": "Nora", "last_name": "Quill",
        "phone": "+14155550132", "tags": "vip, wholesale", "state": "disabled",
        "created_at": "2025-01-02T03:04:05-08:00", "updated_at": "2026-05-01T23:58:12-07:00",
        "email_marketing_consent": {"state": "subscribed", "consent_updated_at": "2025-01-02T03:04:05-08:00"},
        "sms_marketing_consent": {"state": "not_subscribed", "consent_updated_at": None},
        "default_address": {"country_code": "US", "phone": "+14155550132"}, **values,
    }  # fmt: skip


def shopify_order(number: int = 1001, **values: Any) -> Data:
    """Two shirts and a mug, paid; ``lines`` replaces them."""
    lines = values.pop("lines", None) or [
        shopify_line(1, quantity=2),
        shopify_line(2, title="Speckled Mug", name="Speckled Mug", sku="MUG-1", price="14.00"),
    ]
    return {
        "id": 555000000000 + number, "name": f"#{number}", "order_number": number,
        "email": "nora.quill@example.com", "created_at": "2026-05-01T23:58:12-07:00",
        "updated_at": "2026-05-01T23:58:12-07:00", "cancelled_at": None, "financial_status": "paid",
        "fulfillment_status": "fulfilled", "currency": "USD", "presentment_currency": "USD",
        "total_price": "63.30", "subtotal_price": "53.98", "total_tax": "4.32", "taxes_included": False,
        "total_discounts": "0.00", "discount_codes": [], "source_name": "web", "test": False,
        "location_id": None, "payment_gateway_names": ["shopify_payments"],
        "total_shipping_price_set": {"shop_money": {"amount": "5.00", "currency_code": "USD"}},
        "billing_address": {"country_code": "US"}, "shipping_address": {"country_code": "US"},
        "customer": shopify_customer(), "line_items": lines, "refunds": [], **values,
    }  # fmt: skip


def shopify_refund(number: int, order: Data, *, amount: str, **values: Any) -> Data:
    return {
        "id": number, "order_id": order["id"], "created_at": "2026-05-06T12:00:00-07:00",
        "refund_line_items": [], "order_adjustments": [],
        "transactions": [{"id": number * 10, "kind": "refund", "status": "success", "amount": amount}],
        **values,
    }  # fmt: skip


def shopify_product(number: int = 1, **values: Any) -> Data:
    variants = values.pop("variants", None) or [
        {"id": 11, "sku": "TEE-S", "price": "19.99", "option1": "S", "inventory_quantity": 12},
        {"id": 12, "sku": "", "price": "21.99", "option1": "XL", "inventory_quantity": 0},
    ]
    return {
        "id": number, "title": "Crew Tee", "handle": "crew-tee", "vendor": "Loom & Co", "product_type": "Tee",
        "status": "active", "updated_at": "2026-05-01T10:00:00-07:00",
        "category": {"full_name": "Apparel > Shirts"}, "variants": variants, **values,
    }  # fmt: skip


def woo_line(number: int, **values: Any) -> Data:
    return {
        "id": number, "name": "Cap", "product_id": 14, "variation_id": 0, "sku": "CAP-1", "quantity": 1,
        "subtotal": "15.00", "total": "15.00", "price": 15, **values,
    }  # fmt: skip


def woo_order(number: int = 2001, **values: Any) -> Data:
    lines = values.pop("lines", None) or [
        woo_line(1, name="Wool Jumper - Red", sku="JMP-RED", subtotal="49.90", total="49.90"),
        woo_line(2),
    ]
    return {
        "id": number, "number": str(number), "status": "completed", "currency": "EUR", "customer_id": 0,
        "date_created": "2026-03-02T14:05:00", "date_created_gmt": "2026-03-02T13:05:00",
        "date_modified_gmt": "2026-03-02T13:05:00", "prices_include_tax": False, "total": "69.90",
        "total_tax": "0.00", "shipping_total": "5.00", "discount_total": "0.00", "payment_method": "paypal",
        "payment_method_title": "paypal", "billing": {
            "first_name": "Nils", "last_name": "Aker", "email": "nils.aker@example.com", "country": "NO",
        },
        "shipping": {"country": "NO"}, "line_items": lines, "coupon_lines": [], "fee_lines": [],
        "shipping_lines": [], "tax_lines": [], "refunds": [], **values,
    }  # fmt: skip


def woo_customer(number: int = 7, **values: Any) -> Data:
    return {
        "id": number, "username": "nils", "email": "nils.aker@example.com", "first_name": "Nils",
        "last_name": "Aker", "role": "customer", "date_created_gmt": "2023-02-01T07:15:00",
        "date_modified_gmt": "2026-03-01T10:00:00", "billing": {"phone": "+47 22 12 34 56", "country": "NO"},
        **values,
    }  # fmt: skip


def woo_product(number: int = 14, **values: Any) -> Data:
    return {
        "id": number, "name": "Cap", "type": "simple", "status": "publish", "sku": "CAP-1", "price": "15",
        "regular_price": "15", "sale_price": "", "stock_quantity": None, "parent_id": 0,
        "date_created_gmt": "2025-01-01T00:00:00", "date_modified_gmt": "2026-03-01T10:00:00",
        "categories": [{"id": 1, "name": "Hats", "slug": "hats"}], "brands": [], "attributes": [], **values,
    }  # fmt: skip
