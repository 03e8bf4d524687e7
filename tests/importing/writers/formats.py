"""Every format that the test of random shops writes."""

from __future__ import annotations

from tests.importing.writers import eastern, newer, totals, western
from tests.importing.writers.shop import Format

_CHINESE = {"paid": "买家已付款，等待卖家发货", "cancelled": "交易关闭"}
_WOO = {"paid": "processing", "cancelled": "cancelled", "refunded": "refunded"}
_MAGENTO = {"paid": "processing", "cancelled": "canceled", "refunded": "closed"}
_BIG = {"paid": "Awaiting Shipment", "cancelled": "Cancelled", "refunded": "Refunded"}
_PRESTA = {"paid": "Payment accepted", "cancelled": "Canceled", "refunded": "Refunded"}
_YOUZAN = {"paid": "等待商家发货", "cancelled": "交易关闭"}

FORMATS = {
    "own": Format(eastern.own, {"paid": "paid", "cancelled": "cancelled", "refunded": "refunded"}),
    "shopify": Format(
        western.shopify, {"paid": "paid", "cancelled": "voided", "refunded": "refunded"}, shuffles=False
    ),
    "woocommerce items": Format(western.woocommerce_items, _WOO),
    "woocommerce packed": Format(western.woocommerce_packed, _WOO),
    "woocommerce report": Format(totals.woocommerce_report, _WOO, buyers="name", has_lines=False),
    "prestashop items": Format(western.prestashop_items, _PRESTA, delimiter=";"),
    "prestashop grid": Format(totals.prestashop_grid, _PRESTA, delimiter=";", buyers="name", has_lines=False),
    "magento items": Format(western.magento_items, _MAGENTO),
    "magento grid": Format(totals.magento_grid, _MAGENTO, has_lines=False),
    "bigcommerce packed": Format(western.bigcommerce_packed, _BIG),
    "bigcommerce items": Format(western.bigcommerce_items, _BIG),
    "bigcommerce totals": Format(totals.bigcommerce_totals, _BIG, has_lines=False),
    "amazon": Format(
        western.amazon, {"paid": "Unshipped", "cancelled": "Cancelled"}, delimiter="\t", buyers="nobody"
    ),
    "etsy items": Format(western.etsy_items, buyers="nick", has_time=False),
    "etsy orders": Format(totals.etsy_orders, buyers="nick", has_time=False, has_lines=False),
    "square items": Format(western.square_items, buyers="id"),
    "square transactions": Format(totals.square_transactions, buyers="id", has_lines=False),
    "taobao joined": Format(
        eastern.taobao_items, _CHINESE, others=eastern.taobao_orders, buyers="nick", encoding="gb18030"
    ),
    "taobao list": Format(
        eastern.taobao_orders, _CHINESE, buyers="nick", encoding="gb18030", has_lines=False
    ),
    "tmall details": Format(eastern.tmall_details, _CHINESE, buyers="nick", encoding="utf-8-sig"),
    "jd": Format(
        eastern.jd, {"paid": "等待出库", "cancelled": "(删除)等待出库"}, buyers="nick", encoding="gb18030"
    ),
    "youzan items": Format(eastern.youzan_items, _YOUZAN, buyers="nick"),
    "youzan list": Format(totals.youzan_list, _YOUZAN, buyers="nick", has_lines=False),
    "olist": Format(
        eastern.olist_items,
        {"paid": "approved", "cancelled": "canceled"},
        others=eastern.olist_orders,
        buyers="nick",
        currency="BRL",
    ),
    "online retail": Format(eastern.online_retail, buyers="nick", currency="GBP"),
    "german spreadsheet": Format(
        eastern.german,
        {"paid": "Bezahlt", "cancelled": "Storniert", "refunded": "Erstattet"},
        delimiter=";",
        encoding="cp1252",
    ),
    "squarespace": Format(
        newer.squarespace,
        {"paid": "PAID", "cancelled": "CANCELED", "refunded": "REFUNDED"},
        shuffles=False,
    ),
    "wix": Format(newer.wix, {"paid": "Paid", "cancelled": "Canceled", "refunded": "Refunded"}),
    "lazada": Format(
        newer.lazada,
        {"paid": "packed", "cancelled": "canceled", "refunded": "returned"},
        delimiter=";",
    ),
    "ebay": Format(newer.ebay, buyers="nick", has_time=False),
    "tiktok": Format(newer.tiktok, {"paid": "To ship", "cancelled": "Canceled"}, buyers="nick"),
    "pinduoduo": Format(
        newer.pinduoduo,
        {"paid": "待发货", "cancelled": "已取消"},
        buyers="name",
        encoding="gb18030",
        currency="CNY",
    ),
}
