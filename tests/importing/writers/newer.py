"""Squarespace, Wix, Lazada, eBay, TikTok Shop and Pinduoduo: a row for each line, or for each piece."""

from __future__ import annotations

from tests.importing.writers.shop import SHIPPING, Row, Sale, money
from tests.importing.writers.western import Words


def squarespace(shop: list[Sale], words: Words) -> list[Row]:
    rows = []
    for sale in shop:
        first = {
            "Financial Status": words[sale.state], "Currency": "USD", "Subtotal": money(sale.gross),
            "Shipping": money(SHIPPING), "Taxes": "0.00", "Amount Refunded": "0.00",
            "Total": money(sale.net + SHIPPING), "Discount Amount": money(sale.discount),
            "Created at": f"{sale.placed:%Y-%m-%d %H:%M:%S} +0000", "Billing Name": " ".join(sale.buyer[1:]),
        }  # fmt: skip
        for at, line in enumerate(sale.lines):
            rows.append(
                {
                    "Order ID": f"{sale.number:05d}", "Email": sale.buyer[0],
                    **(first if at == 0 else dict.fromkeys(first, "")),
                    "Lineitem quantity": str(line.quantity), "Lineitem name": line.sku,
                    "Lineitem price": money(line.cents), "Lineitem sku": line.sku,
                }
            )  # fmt: skip
    return rows


def wix(shop: list[Sale], words: Words) -> list[Row]:
    """Prices are what was paid for all units, as the format has no discount."""
    return [
        {
            "Order number": str(sale.number), "Date created": f"{sale.placed:%b %-d, %Y}",
            "Time": f"{sale.placed:%I:%M:%S %p}", "Contact email": sale.buyer[0], "Item": line.sku,
            "Variant": "", "SKU": line.sku, "Qty": "1", "Quantity refunded": "0",
            "Price": money(line.gross - off), "Billing name": " ".join(sale.buyer[1:]),
            "Payment status": words[sale.state], "Shipping rate": money(SHIPPING), "Total tax": "0.00",
            "Total": money(sale.net + SHIPPING), "Currency": "USD", "Refunded amount": "0.00",
        }
        for sale in shop
        for line, off in zip(sale.lines, sale.discounts(), strict=True)
    ]  # fmt: skip


def lazada(shop: list[Sale], words: Words) -> list[Row]:
    """A row for each piece: what was paid for a line is shared out over its pieces."""
    rows = []
    for sale in shop:
        for at, (line, off) in enumerate(zip(sale.lines, sale.discounts(), strict=True)):
            paid = line.gross - off
            for piece in range(line.quantity):
                share = paid * (piece + 1) // line.quantity - paid * piece // line.quantity
                rows.append(
                    {
                        "orderItemId": f"{sale.number}{at}{piece}", "sellerSku": line.sku,
                        "lazadaSku": f"L{line.sku}", "createTime": f"{sale.placed:%d %b %Y %H:%M}",
                        "orderNumber": str(sale.number), "customerName": " ".join(sale.buyer[1:]),
                        "customerEmail": sale.buyer[0], "paidPrice": money(share),
                        "unitPrice": money(line.cents), "shippingFee": "1.50", "itemName": line.sku,
                        "status": words[sale.state],
                    }
                )  # fmt: skip
    return rows


def ebay(shop: list[Sale], _words: Words) -> list[Row]:
    """A row of its own for an order with several lines. "Sold For" is what one unit came to."""
    rows = []
    for sale in shop:
        whole = {
            "Sales Record Number": str(sale.number - 900), "Order Number": f"11-{sale.number}",
            "Buyer Username": sale.buyer[1].lower(), "Sale Date": f"{sale.placed:%b-%d-%y}",
        }  # fmt: skip
        about = {"Buyer Name": " ".join(sale.buyer[1:]), "Buyer Email": sale.buyer[0]}
        several = len(sale.lines) > 1
        if several:
            rows.append({**whole, **about, **_ebay_line("", len(sale.lines), sale.net)})
        for line, off in zip(sale.lines, sale.discounts(), strict=True):
            rows.append(
                {
                    **whole, **({"Buyer Name": "", "Buyer Email": ""} if several else about),
                    **_ebay_line(line.sku, 1, line.gross - off),
                }
            )  # fmt: skip
    return rows


def _ebay_line(sku: str, quantity: int, cents: int) -> Row:
    return {
        "Item Number": f"25{sku}" if sku else "", "Item Title": sku, "Custom Label": sku,
        "Variation Details": "", "Quantity": str(quantity), "Sold For": f"${cents / 100:,.2f}",
        "Shipping And Handling": "$5.00", "eBay Collected Tax": "$1.00", "Total Price": "$9.00",
        "Payment Method": "PayPal",
    }  # fmt: skip


def tiktok(shop: list[Sale], words: Words) -> list[Row]:
    return [
        {
            "Order ID": f"57646{sale.number}\t", "Order Status": words[sale.state],
            "SKU ID": f"17290{line.sku}\t", "Seller SKU": line.sku, "Product Name": line.sku,
            "Variation": "Default", "Quantity": str(line.quantity), "Sku Quantity of return": "0",
            "SKU Unit Original Price": f"USD {money(line.cents)}",
            "SKU Subtotal Before Discount": f"USD {money(line.gross)}",
            "SKU Platform Discount": "USD 0.00", "SKU Seller Discount": f"USD {money(off)}",
            "SKU Subtotal After Discount": f"USD {money(line.gross - off)}",
            "Order Amount": f"USD {money(sale.net + SHIPPING)}", "Order Refund Amount": "USD 0.00",
            "Created Time": f"{sale.placed:%m/%d/%Y %I:%M:%S %p}\t", "Buyer Username": sale.buyer[1].lower(),
            "Recipient": sale.buyer[1], "Country": "United States",
        }
        for sale in shop
        for line, off in zip(sale.lines, sale.discounts(), strict=True)
    ]  # fmt: skip


def pinduoduo(shop: list[Sale], words: Words) -> list[Row]:
    """An order has one line there; what else was bought is left out."""
    return [
        {
            "商品": line.sku, "订单号": f"2606{sale.number}", "订单状态": words[sale.state],
            "商品总价(元)": money(line.gross), "邮费(元)": money(SHIPPING),
            "店铺优惠折扣(元)": money(off), "平台优惠折扣(元)": "0.00",
            "用户实付金额(元)": money(line.gross - off + SHIPPING),
            "商家实收金额(元)": money(line.gross - off + SHIPPING), "商品数量(件)": str(line.quantity),
            "商品id": f"5000{line.sku}\t", "商家编码-规格维度": line.sku, "收货人": sale.buyer[1],
            "手机": "", "售后状态": "无售后或售后取消", "订单成交时间": f"{sale.placed:%Y-%m-%d %H:%M:%S}\t",
        }
        for sale in shop
        for line, off in zip(sale.lines, sale.discounts(), strict=True)
    ]  # fmt: skip
