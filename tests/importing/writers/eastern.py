"""Taobao, Tmall, JD, Youzan; public data sets; spreadsheets."""

from __future__ import annotations

from tests.importing.writers.shop import SHIPPING, Row, Sale, money
from tests.importing.writers.western import Words


def taobao_items(shop: list[Sale], words: Words) -> list[Row]:
    return [
        {
            "订单编号": f'="219000000000000{sale.number}"',
            "标题": line.sku,
            "价格": money(line.cents),
            "购买数量": str(line.quantity),
            "商家编码": line.sku,
            "订单状态": words[sale.state],
        }
        for sale in shop
        for line in sale.lines
    ]


def taobao_orders(shop: list[Sale], words: Words) -> list[Row]:
    return [
        {
            "订单编号": f'="219000000000000{sale.number}"',
            "买家会员名": sale.buyer[1].lower(),
            "买家应付货款": money(sale.net),
            "买家应付邮费": money(SHIPPING),
            "总金额": money(sale.net + SHIPPING),
            "买家实际支付金额": money(sale.net + SHIPPING),
            "订单状态": words[sale.state],
            "收货人姓名": sale.buyer[1],
            "订单创建时间": f"{sale.placed:%Y-%m-%d %H:%M:%S}",
            "宝贝标题 ": "，".join(one.sku for one in sale.lines),
            "宝贝总数量": "9",
        }
        for sale in shop
    ]


def tmall_details(shop: list[Sale], words: Words) -> list[Row]:
    return [
        {
            "主订单编号": f'="319000000000000{sale.number}"',
            "子订单编号": f'="319000000000000{sale.number}{at}"',
            "买家会员名": sale.buyer[1].lower(),
            "标题": line.sku,
            "价格": money(line.cents),
            "购买数量": str(line.quantity),
            "订单状态": words[sale.state],
            "商家编码": line.sku,
            "买家应付货款": money(line.gross - off),
            "买家实际支付金额": money(line.gross - off),
            "退款金额": "无退款申请",
            "订单创建时间": f"{sale.placed:%Y-%m-%d %H:%M:%S}",
        }
        for sale in shop
        for at, (line, off) in enumerate(zip(sale.lines, sale.discounts(), strict=True), start=1)
    ]


def jd(shop: list[Sale], words: Words) -> list[Row]:
    return [
        {
            "订单号": f'="29000000{sale.number}"',
            "商品ID": f'="10{line.sku}"',
            "商品名称": line.sku,
            "订购数量": str(line.quantity),
            "支付方式": "在线支付",
            "下单时间": f"{sale.placed:%Y-%m-%d %H:%M:%S}",
            "京东价": money(line.cents),
            "订单金额": money(sale.gross),
            "结算金额": money(sale.net),
            "应付金额": money(sale.net),
            "订单状态": words[sale.state],
            "下单帐号": sale.buyer[1].lower(),
            "客户姓名": sale.buyer[1],
            "货号": line.sku,
        }
        for sale in shop
        for line in sale.lines
    ]


def youzan_items(shop: list[Sale], words: Words) -> list[Row]:
    return [
        {
            "订单号": f"E{sale.number}",
            "订单状态": words[sale.state],
            "订单创建时间": f"{sale.placed:%Y-%m-%d %H:%M:%S}",
            "商品名称": line.sku,
            "规格编码": line.sku,
            "商品数量": str(line.quantity),
            "商品单价": money(line.cents),
            "商品实际成交金额": money(line.gross - off),
            "运费": money(SHIPPING),
            "订单实付金额": money(sale.net + SHIPPING),
            "买家昵称": sale.buyer[1].lower(),
        }
        for sale in shop
        for line, off in zip(sale.lines, sale.discounts(), strict=True)
    ]


def olist_items(shop: list[Sale], _words: Words) -> list[Row]:
    return [
        {
            "order_id": str(sale.number),
            "order_item_id": str(at),
            "product_id": line.sku,
            "price": money(line.gross - off),
            "freight_value": "5.00",
        }
        for sale in shop
        for at, (line, off) in enumerate(zip(sale.lines, sale.discounts(), strict=True), start=1)
    ]


def olist_orders(shop: list[Sale], words: Words) -> list[Row]:
    return [
        {
            "order_id": str(sale.number),
            "customer_id": sale.buyer[1].lower(),
            "order_status": words[sale.state],
            "order_purchase_timestamp": f"{sale.placed:%Y-%m-%d %H:%M:%S}",
        }
        for sale in shop
    ]


def online_retail(shop: list[Sale], _words: Words) -> list[Row]:
    """Prices of what was paid for all units, as the format has no discount."""
    return [
        {
            "Invoice": str(sale.number),
            "StockCode": line.sku,
            "Description": line.sku,
            "Quantity": "1",
            "InvoiceDate": f"{sale.placed:%m/%d/%Y %H:%M}",
            "Price": money(line.gross - off),
            "Customer ID": f"{sale.buyer[1].lower()}",
            "Country": "France",
        }
        for sale in shop
        for line, off in zip(sale.lines, sale.discounts(), strict=True)
    ]


def german(shop: list[Sale], words: Words) -> list[Row]:
    def amount(cents: int) -> str:
        return money(cents).replace(".", ",")

    return [
        {
            "Bestell-Nr.": f"B-{sale.number}",
            "Kunde": " ".join(sale.buyer[1:]),
            "E-Mail": sale.buyer[0],
            "Datum": f"{sale.placed:%d.%m.%Y}",
            "Uhrzeit": f"{sale.placed:%H:%M:%S}",
            "Artikel-Nr.": line.sku,
            "Menge (Stk.)": f"{line.quantity} Stk.",
            "Einzelpreis (USD)": amount(line.cents),
            "Summe (USD)": amount(line.gross - off),
            "Status": words[sale.state],
        }
        for sale in shop
        for line, off in zip(sale.lines, sale.discounts(), strict=True)
    ]


def own(shop: list[Sale], words: Words) -> list[Row]:
    return [
        {
            "order_no": f"#{sale.number}",
            "member_no": sale.buyer[0],
            "placed_at": f"{sale.placed.isoformat()}Z",
            "sku": line.sku,
            "quantity": str(line.quantity),
            "unit_price": money(line.cents),
            "status": words[sale.state],
            "currency": "USD",
            "order_discount": money(sale.discount),
        }
        for sale in shop
        for line in sale.lines
    ]
