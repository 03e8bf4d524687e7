"""The encoding of bytes that are no UTF-8, from a heading and a few rows as shops export them."""

from __future__ import annotations

from typing import Any

import pytest

from importing.texts.guessing import guess

CHINESE = "订单编号,买家会员名,标题,价格,购买数量\n1,阿杰,手工陶瓷杯,64.00,2\n"
TAIWANESE = "訂單編號,會員姓名,商品名稱,價格,數量\n1,王小明,手工陶瓷杯,640,2\n"
JAPANESE = "注文番号,注文者氏名,商品名,価格,数量\n1,山田太郎,湯呑み（青）ギフト,2200,1\n"
KOREAN = "주문번호,주문자명,상품명,수량,판매가\n1,김민지,머그컵 세트,2,15000\n"
RUSSIAN = "Заказ,Покупатель,Товар,Сумма\n1,Анна Иванова,Чай чёрный,120\n"
GREEK = "Παραγγελία,Πελάτης,Προϊόν\n1,Μαρία Παππά,Κούπα μπλε\n"


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        (CHINESE, "gb18030"),
        (TAIWANESE, "big5"),
        (JAPANESE, "cp932"),
        (JAPANESE, "euc_jp"),
        (KOREAN, "cp949"),
        (RUSSIAN, "cp1251"),
        (GREEK, "cp1253"),
        ("name\nJürgen Groß\nAndré Muñoz\n", "cp1252"),
        ("name\nSłownik Żółw\nMałgorzata Wiśniewska\nPaweł Kołodziej\n", "cp1250"),
    ],
)
def test_encodings_are_told_apart(text: str, codec: str):
    assert guess(text.encode(codec)) == codec


@pytest.mark.parametrize(
    "text",
    [
        "name,email\nJosé,jose@example.com\n",
        "title\n“Di” O’Neil\n‘So’ it’s Bo’s\nWe’re, they’re, you’re, I’ll\n",
        "sku,name\nA,Café – crème\nB,Åse’s Öl\n",
    ],
)
def test_western_quotes_and_letters_are_no_east_asian_characters(text: str):
    assert guess(text.encode("cp1252")) == "cp1252"


def test_a_few_cyrillic_names_in_a_file_of_numbers_are_enough():
    rows = "".join(f"{n},2026-01-01,Анна Иванова,SKU-{n},1,100.00,paid,web,card,online\n" for n in range(20))
    assert guess(("order,date,name,sku,qty,price,a,b,c,d\n" + rows).encode("cp1251")) == "cp1251"


def test_the_country_of_the_shop_decides_between_western_letters_and_its_own(settings: Any):
    czech = "jméno\nJiří Dvořák\nVěra Nováková\n".encode("cp1250")
    settings.SHOP_COUNTRY = "CZ"
    assert guess(czech) == "cp1250"
    settings.SHOP_COUNTRY = "DE"
    assert guess("Jürgen\nGroß\n".encode("cp1252")) == "cp1252"
