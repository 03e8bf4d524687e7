from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from importing.presets.loading import all_presets, plain_heading
from importing.uploads.opening import read_headings
from importing.uploads.recognising import Candidate, group_files, guess_kind, signature

SYSTEMS = Path(__file__).parent.parent / "systems"
TAOBAO_ORDERS = ("订单编号", "买家会员名", "买家实际支付金额", "订单状态", "订单创建时间")
TAOBAO_ITEMS = ("订单编号", "标题", "价格", "购买数量", "商家编码")
OLIST_ORDERS = ("order_id", "customer_id", "order_status", "order_purchase_timestamp")
OLIST_ITEMS = ("order_id", "order_item_id", "product_id", "price")
OLIST_CUSTOMERS = ("customer_id", "customer_unique_id", "customer_city")
CASES = tomllib.loads((SYSTEMS / "cases.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", CASES)
def test_a_file_is_recognised_as_its_systems_kind(name: str) -> None:
    case = CASES[name]
    guess = guess_kind(read_headings(SYSTEMS / case["file"]))
    assert guess is not None
    system = case["file"].partition(".")[0].partition("-")[0].replace("tmall", "taobao")
    assert (guess.kind, guess.system) == (case["kind"], system)


@pytest.mark.parametrize(
    ("system", "kind"),
    [
        (system, kind)
        for system, kinds in all_presets().items()
        for kind, preset in kinds.items()
        if preset.marks
    ],
)
def test_all_columns_of_a_preset_are_recognised_as_its_own_kind(system: str, kind: str) -> None:
    preset = all_presets()[system][kind]
    spellings = {plain_heading(name): name for names in preset.columns.values() for name in names}
    guess = guess_kind([*({name: name for name in preset.marks[0]} | spellings).values()])
    assert guess is not None
    assert (guess.kind, guess.system) == (kind, system)


def test_our_own_names_tell_the_kind() -> None:
    guess = guess_kind(("order_no", "is_fraud", "known_at"))
    assert guess is not None
    assert (guess.kind, guess.title) == ("labels", "")


def test_headings_that_fit_nothing_are_of_no_kind() -> None:
    assert guess_kind(("wind", "rain")) is None


def test_a_signature_forgets_order_and_spelling() -> None:
    assert signature(("Order ID", "SKU")) == signature(("sku ", "order_id"))
    assert signature(("Order ID", "SKU")) != signature(("Order ID", "EAN"))


def groups(**files: tuple[str, ...]) -> list[list[str]]:
    return group_files([Candidate(key, headings) for key, headings in files.items()])


def test_orders_and_their_items_belong_together() -> None:
    assert groups(orders=TAOBAO_ORDERS, items=TAOBAO_ITEMS) == [["orders", "items"]]


def test_olists_customers_say_who_ordered() -> None:
    result = groups(customers=OLIST_CUSTOMERS, orders=OLIST_ORDERS, items=OLIST_ITEMS)
    assert result == [["orders", "items", "customers"]]


def test_taobaos_buyers_are_a_file_of_their_own() -> None:
    result = groups(orders=TAOBAO_ORDERS, buyers=("会员名", "收货人姓名", "手机"), items=TAOBAO_ITEMS)
    assert result == [["buyers"], ["orders", "items"]]


def test_whole_files_stay_apart_and_come_in_the_order_of_their_import() -> None:
    orders = ("order_no", "member_no", "placed_at", "sku", "quantity", "unit_price")
    result = groups(a=orders, b=("sku", "price"), c=("member_no", "email"), d=orders)
    assert result == [["c"], ["b"], ["a"], ["d"]]


def test_one_half_of_an_export_stays_alone() -> None:
    assert groups(items=TAOBAO_ITEMS) == [["items"]]


def test_an_order_list_that_could_stand_alone_takes_its_lines_in() -> None:
    whole = (*TAOBAO_ORDERS, "宝贝标题", "宝贝总数量", "总金额")
    assert groups(orders=whole, items=TAOBAO_ITEMS) == [["orders", "items"]]


def test_two_order_lists_and_their_lines_are_left_to_staff() -> None:
    result = groups(a=TAOBAO_ORDERS, b=TAOBAO_ITEMS, c=TAOBAO_ORDERS)
    assert sorted(result) == [["a"], ["b"], ["c"]]
