"""Lists of orders that say what each came to, and not what was bought."""

from __future__ import annotations

from tests.importing.writers.shop import SHIPPING, Row, Sale, money
from tests.importing.writers.western import Words, _bigcommerce


def prestashop_grid(shop: list[Sale], words: Words) -> list[Row]:
    return [
        {
            "ID": str(sale.number - 999),
            "Reference": f"REF{sale.number}",
            "New client": "0",
            "Delivery": "France",
            "Customer": sale.buyer[1],
            "Total": f"${sale.net / 100:,.2f}",
            "Payment": "PayPal",
            "Status": words[sale.state],
            "Date": f"{sale.placed:%Y-%m-%d %H:%M:%S}",
        }
        for sale in shop
    ]


def magento_grid(shop: list[Sale], words: Words) -> list[Row]:
    return [
        {
            "ID": f"{sale.number:09d}",
            "Purchase Point": "Main Website\n   Main Store",
            "Purchase Date": f"{sale.placed:%b %-d, %Y %-I:%M:%S %p}",
            "Bill-to Name": " ".join(sale.buyer[1:]),
            "Grand Total (Base)": f"{money(sale.net + SHIPPING)}00",
            "Grand Total (Purchased)": f"{money(sale.net + SHIPPING)}00",
            "Status": words[sale.state],
            "Customer Email": sale.buyer[0],
            "Subtotal": f"{money(sale.gross)}00",
            "Shipping and Handling": f"{money(SHIPPING)}00",
        }
        for sale in shop
    ]


def bigcommerce_totals(shop: list[Sale], words: Words) -> list[Row]:
    return [_bigcommerce(sale, words) for sale in shop]


def woocommerce_report(shop: list[Sale], words: Words) -> list[Row]:
    return [
        {
            "Date": f"{sale.placed:%Y-%m-%d %H:%M:%S}",
            "Order #": str(sale.number),
            "Status": words[sale.state],
            "Customer": sale.buyer[1],
            "Customer type": "new",
            "Product(s)": "1× TEE",
            "Items sold": "1",
            "N. Revenue": money(sale.net),
        }
        for sale in shop
    ]


def etsy_orders(shop: list[Sale], _words: Words) -> list[Row]:
    return [
        {
            "Sale Date": f"{sale.placed:%m/%d/%y}",
            "Order ID": str(sale.number),
            "Buyer User ID": sale.buyer[1].lower(),
            "Full Name": " ".join(sale.buyer[1:]),
            "Number of Items": "2",
            "Currency": "USD",
            "Order Value": money(sale.gross),
            "Discount Amount": money(sale.discount),
            "Shipping": money(SHIPPING),
            "Sales Tax": "1.00",
            "Order Total": money(sale.net + SHIPPING + 100),
            "SKU": "TEE,MUG",
        }
        for sale in shop
    ]


def square_transactions(shop: list[Sale], _words: Words) -> list[Row]:
    return [
        {
            "Date": f"{sale.placed:%Y-%m-%d}",
            "Time": f"{sale.placed:%H:%M:%S}",
            "Time Zone": "London",
            "Gross Sales": f"${sale.gross / 100:,.2f}",
            "Discounts": f"-${sale.discount / 100:,.2f}",
            "Net Sales": f"${sale.net / 100:,.2f}",
            "Tax": "$0.00",
            "Tip": "$1.00",
            "Partial Refunds": "$0.00",
            "Total Collected": f"${sale.net / 100 + 1:,.2f}",
            "Transaction ID": f"T{sale.number}",
            "Event Type": "Payment",
            "Customer ID": sale.buyer[1].upper(),
            "Description": "2 x TEE",
        }
        for sale in shop
    ]


def youzan_list(shop: list[Sale], words: Words) -> list[Row]:
    return [
        {
            "订单号": f"E{sale.number}",
            "订单状态": words[sale.state],
            "订单创建时间": f"{sale.placed:%Y-%m-%d %H:%M:%S}",
            "全部商品名称": "TEE x1,MUG x2",
            "商品金额合计": money(sale.gross),
            "运费": money(SHIPPING),
            "订单优惠总金额": money(sale.discount),
            "订单应付金额": money(sale.net + SHIPPING),
            "订单实付金额": money(sale.net + SHIPPING),
            "买家昵称": sale.buyer[1].lower(),
        }
        for sale in shop
    ]
