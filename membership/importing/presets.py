"""What the exports of well-known shop systems call our columns: their heading -> our name."""

from __future__ import annotations

from collections.abc import Mapping

PRESETS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    # Shopify admin: Customers, Products and Orders > Export. Orders name their customer by e-mail.
    "shopify": {
        "members": {
            "Customer ID": "member_no",
            "Email": "email",
            "Phone": "phone",
            "Default Address Country Code": "country",
            "Tags": "tags",
        },
        "products": {
            "Variant SKU": "sku",
            "Title": "name",
            "Product Category": "category",
            "Vendor": "brand",
            "Variant Price": "price",
            "Variant Inventory Qty": "stock",
        },
        "orders": {
            "Name": "order_no",
            "Email": "member_no",
            "Created at": "placed_at",
            "Lineitem sku": "sku",
            "Lineitem quantity": "quantity",
            "Lineitem price": "unit_price",
            "Lineitem discount": "discount",
            "Currency": "currency",
            "Financial Status": "status",
            "Location": "store",
            "Source": "channel",
            "Payment Method": "payment_method",
            "Billing Country": "billing_country",
            "Shipping Country": "shipping_country",
            "Discount Code": "coupon",
        },
    },
    # WooCommerce: Products > Export, Analytics > Customers > Download, and for orders, which WooCommerce
    # itself does not export by line, the headings of the plugin Advanced Order Export.
    "woocommerce": {
        "members": {
            "Username": "member_no",
            "Name": "name",
            "Email": "email",
            "Country / Region": "country",
            "Sign up": "joined_at",
        },
        "products": {
            "SKU": "sku",
            "Name": "name",
            "Categories": "category",
            "Brands": "brand",
            "Regular price": "price",
            "Stock": "stock",
        },
        "orders": {
            "Order Number": "order_no",
            "Item #": "line_no",
            "Email (Billing)": "member_no",
            "Order Date": "placed_at",
            "SKU": "sku",
            "Quantity": "quantity",
            "Quantity (- Refund)": "quantity",
            "Item Cost": "unit_price",
            "Order Currency": "currency",
            "Order Status": "status",
            "Payment Method Title": "payment_method",
            "Country Code (Billing)": "billing_country",
            "Country Code (Shipping)": "shipping_country",
            "Coupon Code": "coupon",
        },
    },
}
