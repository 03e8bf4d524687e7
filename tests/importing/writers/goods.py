"""Random products and random events, and how systems write them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import strategies as st

from tests.importing.writers.shop import Row, money

NAMES = ("Mug", "Tea & Cup", "Tasse à thé", 'Box 8"')
START = datetime.fromisoformat("2026-03-01T12:00:00")


@dataclass(frozen=True)
class Article:
    sku: str
    name: str
    cents: int
    stock: int
    is_active: bool
    category: str


@st.composite
def catalogues(draw: st.DrawFn) -> list[Article]:
    return [
        Article(
            sku=f"ART-{at}",
            name=f"{draw(st.sampled_from(NAMES))} {at}",
            cents=draw(st.integers(1, 99_999)),
            stock=draw(st.integers(0, 500)),
            is_active=draw(st.booleans()),
            category=draw(st.sampled_from(["Kitchen", "Garden"])),
        )
        for at in range(draw(st.integers(1, 6)))
    ]


@dataclass(frozen=True)
class Goods:
    """How a system writes products, and what it tells beside number, name and price."""

    row: Callable[[Article], Row]
    tells: frozenset[str] = frozenset({"stock", "is_active", "category"})
    delimiter: str = ","
    encoding: str = "utf-8"


def _flag(value: bool, words: str) -> str:
    return words.split()[0 if value else 1]


def _entities(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;")


def _shopify(one: Article) -> Row:
    return {
        "Handle": one.sku.lower(), "Title": one.name, "Vendor": "Loom", "Product Category": one.category,
        "Type": "", "Option1 Name": "Title", "Option1 Value": "Default Title", "Variant SKU": one.sku,
        "Variant Inventory Qty": str(one.stock), "Variant Price": money(one.cents), "Gift Card": "false",
        "Status": _flag(one.is_active, "active draft"),
    }  # fmt: skip


def _woocommerce(one: Article) -> Row:
    return {
        "ID": one.sku.removeprefix("ART-"), "Type": "simple", "SKU": one.sku, "Name": _entities(one.name),
        "Published": _flag(one.is_active, "1 0"), "Sale price": "", "Regular price": money(one.cents),
        "Stock": str(one.stock), "Categories": one.category, "Parent": "",
    }  # fmt: skip


def _prestashop(one: Article) -> Row:
    return {
        "Product ID": one.sku.removeprefix("ART-"), "Active (0/1)": _flag(one.is_active, "1 0"),
        "Name *": one.name, "Categories (x,y,z...)": one.category, "Reference #": one.sku,
        "Price tax excluded": f"{money(one.cents)}0000".replace(".", ","), "Quantity": str(one.stock),
    }  # fmt: skip


def _magento(one: Article) -> Row:
    return {
        "sku": one.sku, "store_view_code": "", "attribute_set_code": "Default", "product_type": "simple",
        "categories": f"Default Category/{one.category}", "name": one.name, "price": f"{money(one.cents)}00",
        "special_price": "", "product_online": _flag(one.is_active, "1 2"), "qty": f"{one.stock}.0000",
    }  # fmt: skip


def _bigcommerce(one: Article) -> Row:
    return {
        "Item Type": "Product", "Product ID": one.sku.removeprefix("ART-"), "Product Name": one.name,
        "Product Code/SKU": one.sku, "Price": money(one.cents), "Category": one.category,
        "Product Visible?": _flag(one.is_active, "Y N"), "Current Stock Level": str(one.stock),
    }  # fmt: skip


def _square(one: Article) -> Row:
    return {
        "Token": f"T{one.sku}", "Item Name": one.name, "Variation Name": "Regular", "SKU": one.sku,
        "Categories": one.category, "Price": money(one.cents), "Archived": _flag(one.is_active, "N Y"),
        "Current Quantity Main": str(one.stock),
    }  # fmt: skip


def _amazon(one: Article) -> Row:
    return {
        "item-name": _entities(one.name), "seller-sku": one.sku, "price": money(one.cents),
        "quantity": str(one.stock), "asin1": f"B0{one.sku}",
        "status": _flag(one.is_active, "Active Inactive"),
    }  # fmt: skip


def _etsy(one: Article) -> Row:
    return {
        "TITLE": _entities(one.name), "DESCRIPTION": "", "PRICE": money(one.cents), "CURRENCY_CODE": "USD",
        "QUANTITY": str(one.stock), "TAGS": "", "SKU": one.sku,
    }  # fmt: skip


def _taobao(one: Article) -> Row:
    return {
        "商家编码": one.sku, "标题": one.name, "一口价": money(one.cents),
        "库存": str(one.stock),
        "宝贝状态": _flag(one.is_active, "出售中 仓库中"),
        "类目": one.category,
    }  # fmt: skip


def _german(one: Article) -> Row:
    return {
        "Artikelnr.": one.sku, "Bezeichnung": one.name, "Warengruppe": one.category,
        "Preis (USD)": money(one.cents).replace(".", ","), "Bestand": str(one.stock),
        "Aktiv": _flag(one.is_active, "ja nein"),
    }  # fmt: skip


GOODS = {
    "shopify": Goods(_shopify),
    "woocommerce": Goods(_woocommerce),
    "prestashop": Goods(_prestashop, delimiter=";"),
    "magento": Goods(_magento),
    "bigcommerce": Goods(_bigcommerce),
    "square": Goods(_square, frozenset({"is_active", "category"})),
    "amazon": Goods(_amazon, frozenset({"stock", "is_active"}), delimiter="\t"),
    "etsy": Goods(_etsy, frozenset({"stock"})),
    "taobao": Goods(_taobao, encoding="gb18030"),
    "german spreadsheet": Goods(_german, delimiter=";", encoding="cp1252"),
}


@dataclass(frozen=True)
class Act:
    """What somebody did with a product; nobody does two things in one second."""

    person: int
    sku: str
    kind: str  # view, cart
    second: int

    @property
    def at(self) -> datetime:
        return START + timedelta(seconds=self.second)


ACT = st.builds(
    Act,
    st.integers(1, 3),
    st.sampled_from(["ART-1", "ART-2"]),
    st.sampled_from(["view", "cart"]),
    st.integers(0, 9999),
)
days = st.lists(ACT, min_size=1, max_size=8, unique_by=lambda act: act.second)


def _kaggle(act: Act) -> Row:
    return {
        "event_time": f"{act.at:%Y-%m-%d %H:%M:%S} UTC", "event_type": act.kind, "product_id": act.sku,
        "category_id": "1", "category_code": "", "brand": "", "price": "5.00",
        "user_id": f"U{act.person}", "user_session": f"s{act.person}",
    }  # fmt: skip


def _retailrocket(act: Act) -> Row:
    return {
        "timestamp": str(int((act.at - datetime.fromisoformat("1970-01-01")).total_seconds() * 1000)),
        "visitorid": f"U{act.person}", "event": {"view": "view", "cart": "addtocart"}[act.kind],
        "itemid": act.sku, "transactionid": "",
    }  # fmt: skip


def _ga4(act: Act) -> Row:
    micros = int((act.at - datetime.fromisoformat("1970-01-01")).total_seconds() * 1_000_000)
    return {
        "event_name": {"view": "view_item", "cart": "add_to_cart"}[act.kind], "event_timestamp": str(micros),
        "user_pseudo_id": f"U{act.person}", "item_id": act.sku, "ga_session_id": f"s{act.person}",
    }  # fmt: skip


EVENTS: dict[str, Callable[[Act], Row]] = {
    "kaggle": _kaggle, "retailrocket": _retailrocket, "ga4": _ga4,
}  # fmt: skip
