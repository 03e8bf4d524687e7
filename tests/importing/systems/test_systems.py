"""Files as well-known systems export them, written by hand from their public columns."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from importing.running import Options, run_import
from importing.summary import as_json
from membership.models import Consent, Event, Member, Order, PointsEntry, Product

pytestmark = pytest.mark.django_db


def sample(system: str) -> str:
    return (Path(__file__).parent / f"{system}.csv").read_text(encoding="utf-8")


def imported(
    tmp_path: Path, kind: str, text: str | bytes, *, name: str = "export.csv", **options: Any
) -> dict[str, Any]:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return as_json(run_import(kind=kind, path=path, options=Options(**options)))


SHOPS = [
    ("magento", {"created": 4, "counted": 2}, {"USD": "66.00"}),
    ("bigcommerce", {"created": 3, "counted": 2}, {"USD": "69.00"}),
    ("amazon", {"created": 3, "counted": 2}, {"USD": "54.00"}),
    ("etsy", {"created": 2, "counted": 2}, {"USD": "40.60"}),
    ("square", {"created": 3, "counted": 2}, {"USD": "12.50"}),
    ("jd", {"created": 2, "counted": 1}, {"USD": "118.00"}),
    ("youzan", {"created": 3, "counted": 1}, {"USD": "118.00"}),
]


@pytest.mark.parametrize(("system", "orders", "sales"), SHOPS, ids=[shop[0] for shop in SHOPS])
def test_orders_of_a_system_are_right_to_the_cent_twice(tmp_path, system, orders, sales):
    text = sample(system)
    first = imported(tmp_path, "orders", text)
    assert {name: first["orders"][name] for name in orders} == orders
    assert first["net_sales"] == sales
    again = imported(tmp_path, "orders", text)
    assert (again["orders"]["created"], again["orders"]["changed"]) == (0, 0)
    assert again["net_sales"] == sales


def test_olists_three_files_are_joined(tmp_path: Path):
    orders = tmp_path / "orders.csv"
    orders.write_text(
        "order_id,customer_id,order_status,order_purchase_timestamp\n"
        "o1,c1,delivered,2018-05-01 10:00:00\no2,c2,canceled,2018-05-02 10:00:00\n"
        "o3,c3,shipped,2018-05-03 10:00:00\n"
    )
    customers = tmp_path / "customers.csv"
    customers.write_text(
        "customer_id,customer_unique_id,customer_zip_code_prefix\nc1,u1,01\nc2,u2,02\nc3,u1,01\n"
    )
    items = (
        "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value\n"
        "o1,1,p1,s,2018-05-04 10:00:00,10.50,3.00\no1,2,p1,s,2018-05-04 10:00:00,10.50,3.00\n"
        "o2,1,p2,s,2018-05-04 10:00:00,5.00,3.00\no3,1,p2,s,2018-05-04 10:00:00,5.00,3.00\n"
    )
    report = imported(tmp_path, "orders", items, name="items.csv", joins=[orders, customers])
    assert (report["orders"]["counted"], report["net_sales"]) == (2, {"BRL": "26.00"})
    assert set(Order.objects.values_list("member__member_no", flat=True)) == {"u1", "u2"}


KAGGLE = """event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session
2019-10-01 00:00:00 UTC,view,44600062,2103807459595387724,,shiseido,35.79,541312140,s1
2019-10-01 00:00:05 UTC,cart,44600062,2103807459595387724,,shiseido,35.79,541312140,s1
2019-10-01 00:01:00 UTC,purchase,44600062,2103807459595387724,,shiseido,35.79,541312140,s1
2019-10-01 00:01:00 UTC,purchase,1307067,2053013558920217191,computers.notebook,lenovo,251.74,541312140,s1
"""


def test_an_event_log_gives_events_and_orders(tmp_path: Path):
    events = imported(tmp_path, "events", KAGGLE)
    assert (events["events"]["created"], set(Event.objects.values_list("type", flat=True))) == (
        2,
        {"view", "cart"},
    )
    orders = imported(tmp_path, "orders", KAGGLE)
    assert (orders["orders"]["created"], orders["net_sales"]) == (1, {"USD": "287.53"})


RETAIL = """Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country
489434,85048,LIGHTS,12,12/1/2009 07:45,6.95,13085.0,United Kingdom
489434,79323P,CHERRY LIGHTS,12,12/1/2009 07:45,6.75,13085.0,United Kingdom
C489449,85048,LIGHTS,-2,12/13/2009 10:33,6.95,13085.0,United Kingdom
489435,22041,RECORD FRAME,1,12/1/2009 07:46,2.10,,United Kingdom
,85048,LIGHTS,-1,12/14/2009 10:33,6.95,13085.0,United Kingdom
"""


def test_online_retail_nets_its_returns(tmp_path: Path):
    report = imported(tmp_path, "orders", RETAIL)
    assert report["net_sales"] == {"GBP": str(Decimal("166.50") - Decimal("20.85"))}
    assert report["orders"]["counted"] == 2
    member = Member.objects.get(member_no="13085")
    assert sorted(member.orders.values_list("total", flat=True)) == [
        Decimal("-13.9"),
        Decimal("-6.95"),
        Decimal("164.4"),
    ]


def test_contacts_of_mail_systems_bring_their_consents(tmp_path: Path):
    mailchimp = (
        '"Email Address","First Name","Last Name",MEMBER_RATING,OPTIN_TIME,CC,LEID,TAGS\n'
        'ana@example.com,Ana,Lima,2,"2024-05-01 10:00:00",US,1,"""vip"""\n'
    )
    imported(tmp_path, "members", mailchimp)
    assert Member.objects.get().name == "Ana Lima"
    klaviyo = (
        "Email,Klaviyo ID,First Name,Last Name,Phone Number,Email Marketing Consent,"
        "SMS Marketing Consent,Date Added\n"
        "ana@example.com,01A,Ana,Lima,+14155550101,SUBSCRIBED,NEVER_SUBSCRIBED,2024-05-01 10:00:00\n"
        "bo@example.com,01B,Bo,Ek,,UNSUBSCRIBED,,2024-05-02 10:00:00\n"
    )
    report = imported(tmp_path, "members", klaviyo)
    assert (report["members"]["created"], report["members"]["matched"]) == (1, 1)
    assert list(Consent.objects.values_list("member__email", "channel", "granted")) == [
        ("ana@example.com", "email", True)
    ]


def test_points_status_and_consents_of_a_spreadsheet(tmp_path: Path):
    text = (
        "Numéro client;Nom;Prénom;Adresse e-mail;Points de fidélité;Actif;"
        "Abonné newsletter;Date d'inscription\n"
        "C1;Petit;Zoé;zoe@example.fr;1 250;oui;oui;31/12/2024\n"
        "C2;Roux;Léa;lea@example.fr;0;non;non;01/02/2025\n"
    )
    imported(tmp_path, "members", text.encode("cp1252"))
    zoe, lea = Member.objects.order_by("member_no")
    assert (zoe.name, zoe.points_balance(), zoe.status, lea.status) == ("Zoé Petit", 1250, "active", "frozen")
    joined = [f"{member.joined_at:%Y-%m-%d}" for member in (zoe, lea)]
    assert joined == ["2024-12-31", "2025-02-01"]
    imported(tmp_path, "members", text.encode("cp1252"))
    assert PointsEntry.objects.count() == Consent.objects.count() == 1


FRENCH = """N° commande;Date de commande;N° client;Référence;Désignation;Qté;Prix unitaire;Remise;État
F-1;31/03/2026 14:05;C1;REF1;Théière;2;1 249,50 €;10,00;Livrée
F-2;01/04/2026 09:00;C2;REF2;Tasse;1;8,90 €;;Annulée
F-3;02/04/2026;C2;REF2;Tasse;3;8,90 €;;Terminée
Total;;;;;6;1 267,30 €;;
"""
ITALIAN = """N. ordine;Data ordine;Codice cliente;Codice articolo;Quantità;Prezzo unitario;Totale riga;Stato
I-1;31.03.2026;C1;A1;2;1.249,50;2.499,00;Consegnato
I-2;01.04.2026;C2;A2;1;8,90;8,90;Annullato
"""


@pytest.mark.parametrize(("text", "sales"), [(FRENCH, "2515.70"), (ITALIAN, "2499.00")])
def test_spreadsheets_in_other_languages(tmp_path, settings, text, sales):
    settings.SHOP_CURRENCY = "EUR"
    report = imported(tmp_path, "orders", text.encode("cp1252"))
    assert report["net_sales"] == {"EUR": sales}
    assert report["rejected"] == {}


def test_a_product_that_an_order_made_is_known_once_its_file_comes(tmp_path: Path):
    imported(tmp_path, "products", "sku,name,price\nOTHER,Other,1.00\n")
    imported(tmp_path, "orders", sample("jd"))
    made = Product.objects.get(sku="100001")
    assert (made.is_placeholder, made.is_active, made.name) == (True, False, "手工陶瓷杯")
    imported(tmp_path, "products", "sku,name,price\n100001,Cup,64.00\n")
    made.refresh_from_db()
    assert (made.is_placeholder, made.is_active, made.name) == (False, True, "Cup")


def test_products_whose_names_differ_in_marks_only_are_one(tmp_path: Path):
    text = "订单号,商品名称,订购数量,下单时间,京东价,订单状态,下单帐号\n" + "".join(
        f"{n},{name},1,2026-05-01 21:03:44,1.00,完成,a\n"
        for n, name in enumerate(("damages?", "damages", "??", "?"))
    )
    report = imported(tmp_path, "orders", text)
    assert (report["orders"]["created"], report["products"]["created"]) == (4, 2)


def test_json_lines_with_their_lines_inside(tmp_path: Path):
    order = (
        '{"order_no": "J1", "member_no": "M1", "placed_at": 1714521600, "currency": "USD", "line_items": '
        '[{"sku": "A", "quantity": 2, "unit_price": "3.50"}, {"sku": "B", "quantity": 1, "unit_price": 1}]}'
    )
    report = imported(tmp_path, "orders", order, name="orders.jsonl", unknown="create")
    assert (report["orders"]["created"], report["net_sales"]) == (1, {"USD": "8.00"})


def test_roots_of_a_category_tree_are_dropped_and_sale_prices_count(tmp_path: Path):
    text = (
        "sku,store_view_code,attribute_set_code,product_type,categories,name,price,special_price,qty\n"
        'TEE,,Default,configurable,"Default Category/Tees",Tee,20.00,,\n'
        'TEE-S,,Default,simple,"Default Category/Tees,Default Category/Sale",Tee S,20.0000,15.0000,12.0000\n'
    )
    imported(tmp_path, "products", text)
    product = Product.objects.get()
    assert (str(product.category), product.price, product.stock) == ("Tees", Decimal(15), 12)


def test_a_file_in_a_zip_is_read(tmp_path: Path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "orders.zip", "w") as archive:
        archive.write(Path(__file__).parent / "jd.csv", "jd.csv")
        archive.writestr("__MACOSX/._jd.csv", "x")
    data = (tmp_path / "orders.zip").read_bytes()
    assert imported(tmp_path, "orders", data, name="orders.zip")["net_sales"] == {"USD": "118.00"}


SPREADSHEETS = {
    "german": (
        "Auftragsliste\nStand: 01.05.2026\n\n"
        "Auftragsnr.;Kunden-Nr.;Kunde;E-Mail;Datum;Uhrzeit;Artikelnr.;Menge;"
        "Preis (EUR);Rabatt %;Summe (EUR);Status\n"
        "A-1;K1;Jürgen Groß;j@example.com;05.04.2026;14:05;4711;1 Stk.;1.234,56;0;1.234,56;Geliefert\n"
        "A-1;K1;Jürgen Groß;j@example.com;05.04.2026;14:05;4712;3 Stk.;12,50;10;33,75;Geliefert\n"
        "A-2;K2;Änne Weiß;a@example.com;06.04.2026;09:00;4712;2 Stk.;12,50;0;25,00;Storniert\n"
        ";;;;;;;;;;;\nGesamt;;;;;;;6;;;1.293,31;\n",
        {"K1": "Jürgen Groß", "K2": "Änne Weiß"},
        "1268.31",
    ),
    "french": (
        '"N° de commande","Date","Client","Email","Référence","Quantité","Prix unitaire TTC (€)","Statut"\n'
        '"C-1","5 avril 2026 à 14:05","Zoé Petit","zoe@example.fr","R1","2","1\u202f249,50","Livrée"\n'
        '"C-2","13/04/2026 09:00","Léa Roux","lea@example.fr","R2","3","8,90","En cours de préparation"\n'
        '"TOTAL","","","","","5","",""\n',
        {"zoe@example.fr": "Zoé Petit", "lea@example.fr": "Léa Roux"},
        "2525.70",
    ),
    "japanese": (
        "注文番号,注文日時,氏名,メールアドレス,商品コード,数量,単価,ステータス\n"
        '1001,2026/04/05 14:05,山田 太郎,taro@example.jp,A1,２,"¥1,250",完了\n'
        '1002,2026年4月6日 午後3時00分,佐藤花子,hana@example.jp,A2,1,"1,200円",発送済み\n',
        {"taro@example.jp": "山田 太郎", "hana@example.jp": "佐藤花子"},
        "3700.00",
    ),
    "brazilian": (
        "Número do pedido;Data;Cliente;E-mail;SKU;Quantidade;Preço unitário;Desconto;Frete;Situação\n"
        "1001;05/04/2026 14:05:09;João Conceição;joao@example.com.br;A1;2;R$ 1.249,50;R$ 99,00;R$ 15,00;"
        "Entregue\n"
        "1002;13/04/2026 14:05:09;Inês Araújo;ines@example.com.br;A2;1;R$ 8,90;R$ 0,00;R$ 15,00;Cancelado\n",
        {"joao@example.com.br": "João Conceição"},
        "2400.00",
    ),
    "chinese": (
        "订单编号,下单时间,客户姓名,手机号,商品编码,数量,单价（元）,订单状态\n"
        "D001,2026年4月5日 14:05,王小红,13800138001,A1,2件,64.00,已完成\n"
        "D002,2026.4.16 9:00:00,李四,13800138002,A2,１,￥59.90,待发货\n合计,,,,,3,,\n",
        {"13800138001": "王小红", "13800138002": "李四"},
        "187.90",
    ),
    "refund rows": (
        "Receipt No,Date,Type,Customer,SKU,Qty,Price\nR1,2026-03-01 10:00,Sale,C1,TEE,2,10.00\n"
        "R1,2026-03-05 10:00,Refund,C1,TEE,1,10.00\nR2,2026-03-02 10:00,Sale,C2,MUG,1,5.00\n",
        {"C1": ""},
        "15.00",
    ),
    "percent": (
        "Order,Customer,Date,SKU,Qty,Price,Discount %\nA,C1,46117.5,TEE,3,3.33,10%\nB,C1,46118,TEE,1,3.33,\n",
        {"C1": ""},
        "12.32",
    ),
}


@pytest.mark.parametrize("name", SPREADSHEETS)
def test_spreadsheets_as_people_write_them(tmp_path: Path, settings: Any, name: str):
    settings.SHOP_CURRENCY = "EUR"
    text, names, sales = SPREADSHEETS[name]
    report = imported(tmp_path, "orders", text)
    assert (report["rejected"], report["net_sales"]) == ({}, {"EUR": sales})
    assert {number: Member.objects.get(member_no=number).name for number in names} == names
