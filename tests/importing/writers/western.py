"""Shopify, WooCommerce, PrestaShop, Magento, BigCommerce, Amazon, Etsy, Square: a row for each line."""

from __future__ import annotations

from collections.abc import Mapping

from tests.importing.writers.shop import SHIPPING, Row, Sale, money

Words = Mapping[str, str]


def shopify(shop: list[Sale], words: Words) -> list[Row]:
    rows = []
    for sale in shop:
        first = {
            "Financial Status": words[sale.state],
            "Subtotal": money(sale.net),
            "Shipping": money(SHIPPING),
            "Taxes": "0.00",
            "Total": money(sale.net + SHIPPING),
            "Currency": "USD",
            "Discount Amount": money(sale.discount),
            "Billing Name": " ".join(sale.buyer[1:]),
        }
        for at, line in enumerate(sale.lines):
            rows.append(
                {
                    "Name": f"#{sale.number}",
                    "Email": sale.buyer[0],
                    "Created at": f"{sale.placed:%Y-%m-%d %H:%M:%S} +0000",
                    "Lineitem name": line.sku,
                    "Lineitem sku": line.sku,
                    "Lineitem quantity": str(line.quantity),
                    "Lineitem price": money(line.cents),
                    "Lineitem discount": "0.00",
                    **(first if at == 0 else dict.fromkeys(first, "")),
                }
            )
    return rows


def woocommerce_items(shop: list[Sale], words: Words) -> list[Row]:
    return [
        {
            "Order Number": str(sale.number),
            "Order Status": words[sale.state],
            "Order Date": f"{sale.placed:%Y-%m-%d %H:%M:%S}",
            "First Name (Billing)": sale.buyer[1],
            "Last Name (Billing)": sale.buyer[2],
            "Email (Billing)": sale.buyer[0],
            "Cart Discount Amount": money(sale.discount),
            "Order Subtotal Amount": money(sale.gross),
            "Order Shipping Amount": money(SHIPPING),
            "Order Total Amount": money(sale.net + SHIPPING),
            "SKU": line.sku,
            "Item #": str(at),
            "Item Name": line.sku,
            "Quantity": str(line.quantity),
            "Item Cost": money(line.cents),
            "Order Line (w/o tax)": money(line.gross - off),
        }
        for sale in shop
        for at, (line, off) in enumerate(zip(sale.lines, sale.discounts(), strict=True), start=1)
    ]


def woocommerce_packed(shop: list[Sale], words: Words) -> list[Row]:
    return [
        {
            "order_id": str(sale.number),
            "order_number": str(sale.number),
            "date": f"{sale.placed:%Y-%m-%d %H:%M:%S}",
            "status": words[sale.state],
            "shipping_total": money(SHIPPING),
            "discount_total": money(sale.discount),
            "order_total": money(sale.net + SHIPPING),
            "order_currency": "USD",
            "customer_id": "7",
            "billing_first_name": sale.buyer[1],
            "billing_last_name": sale.buyer[2],
            "billing_email": sale.buyer[0],
            "line_items": ";".join(
                f"id:{at}|name:{line.sku}|product_id:9|sku:{line.sku}|quantity:{line.quantity}|"
                f"subtotal:{money(line.gross)}|total:{money(line.gross - off)}"
                for at, (line, off) in enumerate(zip(sale.lines, sale.discounts(), strict=True))
            ),
        }
        for sale in shop
    ]


def prestashop_items(shop: list[Sale], words: Words) -> list[Row]:
    return [
        {
            "id_order": str(sale.number - 999),
            "reference": f"REF{sale.number}",
            "email": sale.buyer[0],
            "firstname": sale.buyer[1],
            "lastname": sale.buyer[2],
            "date_add": f"{sale.placed:%Y-%m-%d %H:%M:%S}",
            "order_state": words[sale.state],
            "total_products": f"{money(sale.gross)}0000",
            "total_discounts_tax_excl": money(sale.discount),
            "total_shipping_tax_excl": money(SHIPPING),
            "iso_code": "USD",
            "product_reference": line.sku,
            "product_name": line.sku,
            "product_quantity": str(line.quantity),
            "unit_price_tax_excl": f"{money(line.cents)}0000",
        }
        for sale in shop
        for line in sale.lines
    ]


def magento_items(shop: list[Sale], words: Words) -> list[Row]:
    return [
        {
            "increment_id": f"#{sale.number}",
            "customer_email": sale.buyer[0],
            "customer_firstname": sale.buyer[1],
            "customer_lastname": sale.buyer[2],
            "created_at": f"{sale.placed:%Y-%m-%d %H:%M:%S} UTC",
            "status": words[sale.state],
            "sku": line.sku,
            "qty_ordered": f"{line.quantity}.0000",
            "price": money(line.cents),
            "row_total": money(line.gross),
            "discount_amount": f"-{money(sale.discount)}",
            "shipping_amount": money(SHIPPING),
            "order_currency_code": "USD",
        }
        for sale in shop
        for line in sale.lines
    ]


def bigcommerce_packed(shop: list[Sale], words: Words) -> list[Row]:
    return [
        {
            **_bigcommerce(sale, words),
            "Product Details": "|".join(
                f"Product ID: {at}, Product Qty: {line.quantity}, Product SKU: {line.sku}, Product Name: "
                f"{line.sku}, soft, Product Unit Price: {money(line.cents)}, Product Total Price: "
                f"{money(line.gross)}"
                for at, line in enumerate(sale.lines, start=1)
            ),
        }
        for sale in shop
    ]


def bigcommerce_items(shop: list[Sale], words: Words) -> list[Row]:
    return [
        {
            **_bigcommerce(sale, words),
            "Product ID": "1",
            "Product Qty": str(line.quantity),
            "Product SKU": line.sku,
            "Product Name": line.sku,
            "Product Unit Price": money(line.cents),
            "Product Total Price": money(line.gross),
        }
        for sale in shop
        for line in sale.lines
    ]


def _bigcommerce(sale: Sale, words: Words) -> Row:
    return {
        "Order ID": str(sale.number),
        "Customer ID": "0",
        "Customer Name": " ".join(sale.buyer[1:]),
        "Customer Email": sale.buyer[0],
        "Order Date": f"{sale.placed:%Y-%m-%d}",
        "Order Time": f"{sale.placed:%H:%M:%S}",
        "Order Status": words[sale.state],
        "Subtotal (ex tax)": money(sale.gross),
        "Shipping Cost (ex tax)": money(SHIPPING),
        "Order Total (ex tax)": money(sale.net + SHIPPING),
        "Order Currency Code": "USD",
    }


def amazon(shop: list[Sale], words: Words) -> list[Row]:
    return [
        {
            "amazon-order-id": f"701-{sale.number}",
            "purchase-date": f"{sale.placed:%Y-%m-%dT%H:%M:%S}+00:00",
            "order-status": words[sale.state],
            "sales-channel": "Amazon.com",
            "product-name": line.sku,
            "sku": line.sku,
            "asin": f"B0{line.sku}",
            "item-status": words[sale.state],
            "quantity": str(line.quantity),
            "currency": "USD",
            "item-price": money(line.gross),
            "item-tax": "0.00",
            "shipping-price": money(SHIPPING),
            "item-promotion-discount": money(off),
            "ship-country": "US",
        }
        for sale in shop
        for line, off in zip(sale.lines, sale.discounts(), strict=True)
    ]


def etsy_items(shop: list[Sale], _words: Words) -> list[Row]:
    return [
        {
            "Sale Date": f"{sale.placed:%m/%d/%y}",
            "Item Name": line.sku,
            "Buyer": sale.buyer[1].lower(),
            "Quantity": str(line.quantity),
            "Price": money(line.cents),
            "Discount Amount": money(off),
            "Order Shipping": money(SHIPPING),
            "Order Sales Tax": "0.00",
            "Item Total": money(line.gross - off),
            "Currency": "USD",
            "Transaction ID": f"{sale.number}{at}",
            "Listing ID": f"9{at}",
            "Ship Name": " ".join(sale.buyer[1:]),
            "Order ID": str(sale.number),
            "SKU": line.sku,
        }
        for sale in shop
        for at, (line, off) in enumerate(zip(sale.lines, sale.discounts(), strict=True))
    ]


def square_items(shop: list[Sale], _words: Words) -> list[Row]:
    return [
        {
            "Date": f"{sale.placed:%Y-%m-%d}",
            "Time": f"{sale.placed:%H:%M:%S}",
            "Time Zone": "London",
            "Category": "None",
            "Item": line.sku,
            "Qty": f"{line.quantity}.0",
            "Price Point Name": "Regular",
            "SKU": line.sku,
            "Gross Sales": f"${line.gross / 100:,.2f}",
            "Discounts": f"(${off / 100:,.2f})",
            "Net Sales": f"${(line.gross - off) / 100:,.2f}",
            "Tax": "$0.00",
            "Transaction ID": f"T{sale.number}",
            "Event Type": "Payment",
            "Location": "Main St",
            "Customer ID": sale.buyer[1].upper(),
            "Customer Name": sale.buyer[1],
        }
        for sale in shop
        for line, off in zip(sale.lines, sale.discounts(), strict=True)
    ]
