"""Files as well-known systems export them, written here from their public columns: recognised, and right to the cent."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from membership.importing import Options, run_import
from membership.importing.summary import as_json
from membership.models import Consent, Event, Member, Order, PointsEntry, Product

pytestmark = pytest.mark.django_db


def imported(tmp_path: Path, kind: str, text: str | bytes, *, name: str = "export.csv", **options: Any) -> dict[str, Any]:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return as_json(run_import(kind=kind, path=path, options=Options(**options)))


MAGENTO = """increment_id,created_at,customer_email,customer_firstname,customer_lastname,status,sku,name,qty_ordered,qty_refunded,price,row_total,item_discount_amount,discount_amount,shipping_amount,order_currency_code,parent_item_id
000000001,2026-03-01 10:00:00,ana@example.com,Ana,Lima,complete,TEE,Tee,2,0,20.00,40.00,4.00,-4.00,5.00,USD,
000000002,2026-03-02 10:00:00,bo@example.com,Bo,Ek,canceled,TEE,Tee,1,0,20.00,20.00,0.00,0.00,5.00,USD,
000000003,2026-03-03 10:00:00,bo@example.com,Bo,Ek,closed,MUG,Mug,1,1,9.00,9.00,0.00,0.00,5.00,USD,
000000004,2026-03-04 10:00:00,bo@example.com,Bo,Ek,processing,SET-RED,Set,1,0,30.00,30.00,0.00,0.00,5.00,USD,
000000004,2026-03-04 10:00:00,bo@example.com,Bo,Ek,processing,SET-RED,Set red,1,0,0.00,0.00,0.00,0.00,5.00,USD,17
"""
BIGCOMMERCE = """Order ID,Customer Name,Customer Email,Order Date,Order Time,Order Status,Subtotal (ex tax),Shipping Cost (ex tax),Order Currency Code,Product Details,Coupon Details,Refund Amount
101,Ana Lima,ana@example.com,03/25/2026,14:05:00,Completed,49.00,5.00,USD,"Product ID: 1, Product Qty: 2, Product SKU: TEE, Product Name: Tee, blue, Product Unit Price: 20.00, Product Total Price: 40.00|Product ID: 2, Product Qty: 1, Product SKU: MUG, Product Name: Mug, Product Unit Price: 9.00, Product Total Price: 9.00",,0.00
102,Bo Ek,bo@example.com,03/26/2026,14:05:00,Partially Refunded,40.00,5.00,USD,"Product ID: 1, Product Qty: 2, Product SKU: TEE, Product Name: Tee, blue, Product Unit Price: 20.00, Product Total Price: 40.00",,20.00
103,Bo Ek,bo@example.com,03/27/2026,14:05:00,Incomplete,20.00,5.00,USD,"Product ID: 1, Product Qty: 1, Product SKU: TEE, Product Name: Tee, blue, Product Unit Price: 20.00, Product Total Price: 20.00",,0.00
"""
AMAZON = """amazon-order-id\tpurchase-date\torder-status\tsales-channel\tproduct-name\tsku\tasin\titem-status\tquantity\tcurrency\titem-price\titem-tax\tshipping-price\titem-promotion-discount\tship-country\tpromotion-ids
111-1\t2026-03-01T10:00:00+00:00\tShipped\tAmazon.com\tTee\tTEE\tB01\tShipped\t2\tUSD\t40.00\t3.20\t5.00\t4.00\tUS\tPAWS-V2
111-1\t2026-03-01T10:00:00+00:00\tShipped\tAmazon.com\tMug\tMUG\tB02\tShipped\t1\tUSD\t9.00\t0.72\t0.00\t\tUS\t
111-2\t2026-03-02T10:00:00+00:00\tCancelled\tAmazon.com\tMug\tMUG\tB02\tCancelled\t0\tUSD\t\t\t\t\tUS\t
111-3\t2026-03-03T10:00:00+00:00\tPending\tAmazon.com\tMug\tMUG\tB02\tUnshipped\t1\tUSD\t9.00\t\t\t\tUS\t
"""
ETSY = """Sale Date,Item Name,Buyer,Quantity,Price,Coupon Code,Coupon Details,Discount Amount,Shipping Discount,Order Shipping,Order Sales Tax,Item Total,Currency,Transaction ID,Listing ID,Date Paid,Date Shipped,Ship Name,Ship Country,Order ID,Variations,SKU
03/25/26,Hand-made mug,ana77,2,14.00,,,0.00,0.00,5.00,0.00,28.00,USD,1,900,03/25/2026,,Ana Lima,United States,3001,,MUG
03/26/26,Hand-made mug,bo88,1,14.00,TEN,TEN,1.40,0.00,5.00,0.00,14.00,USD,2,900,03/26/2026,,Bo Ek,Germany,3002,,MUG
"""
SQUARE = """Date,Time,Time Zone,Category,Item,Qty,Price Point Name,SKU,Modifiers Applied,Gross Sales,Discounts,Net Sales,Tax,Transaction ID,Payment ID,Device Name,Notes,Details,Event Type,Location,Customer ID,Customer Name
3/25/26,14:05:11,Eastern,Coffee,Latte,2,Regular,LAT,,$9.00,($1.00),$8.00,$0.64,T1,P1,Till 1,,,Payment,Main St,C1,Ana Lima
3/25/26,14:05:11,Eastern,Food,Muffin,1,Regular,MUF,,$3.00,$0.00,$3.00,$0.24,T1,P1,Till 1,,,Payment,Main St,C1,Ana Lima
3/26/26,09:00:00,Eastern,Coffee,Latte,1,Regular,LAT,,$4.50,$0.00,$4.50,$0.36,T2,P2,Till 1,,,Payment,Main St,,
3/27/26,09:00:00,Eastern,Food,Muffin,-1,Regular,MUF,,($3.00),$0.00,($3.00),($0.24),T3,P3,Till 1,,,Refund,Main St,C1,Ana Lima
"""
JD = """订单号,商品ID,商品名称,订购数量,支付方式,下单时间,京东价,订单金额,结算金额,应付金额,订单状态,下单帐号,客户姓名
280000000001,100001,手工陶瓷杯,2,在线支付,2026-05-01 21:03:44,64.00,128.00,118.00,118.00,完成,jd_ana,小美
280000000002,100002,纯棉毛巾,1,在线支付,2026-05-02 09:10:11,59.90,59.90,59.90,59.90,(删除)等待出库,jd_bo,阿杰
"""
YOUZAN = """订单号,订单状态,订单创建时间,买家付款时间,商品名称,规格编码,商品数量,商品单价,商品实际成交金额,运费,订单实付金额,买家手机号,收货人/提货人,商品退款状态,订单已退款金额
E20260501210344000001,交易完成,2026-05-01 21:03:44,2026-05-01 21:05:00,手工陶瓷杯,CUP-01,2,64.00,118.00,0.00,118.00,13600000001,小美,,0.00
E20260502091011000002,交易关闭,2026-05-02 09:10:11,,纯棉毛巾,TWL-01,1,59.90,59.90,0.00,0.00,13700000002,阿杰,,0.00
E20260503091011000003,交易完成,2026-05-03 09:10:11,2026-05-03 09:12:00,纯棉毛巾,TWL-01,1,59.90,59.90,10.00,69.90,13700000002,阿杰,退款成功,59.90
"""
SHOPS = [
    ("magento", MAGENTO, {"created": 4, "counted": 2}, {"USD": "66.00"}),
    ("bigcommerce", BIGCOMMERCE, {"created": 3, "counted": 2}, {"USD": "69.00"}),
    ("amazon", AMAZON, {"created": 2, "counted": 2}, {"USD": "54.00"}),
    ("etsy", ETSY, {"created": 2, "counted": 2}, {"USD": "40.60"}),
    ("square", SQUARE, {"created": 3, "counted": 2}, {"USD": "12.50"}),
    ("jd", JD, {"created": 2, "counted": 1}, {"USD": "118.00"}),
    ("youzan", YOUZAN, {"created": 3, "counted": 2}, {"USD": "118.00"}),
]


@pytest.mark.parametrize(("system", "text", "orders", "sales"), SHOPS, ids=[shop[0] for shop in SHOPS])
def test_orders_of_a_system_are_right_to_the_cent_and_a_second_time_the_same(tmp_path, system, text, orders, sales):
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
        "o1,c1,delivered,2018-05-01 10:00:00\no2,c2,canceled,2018-05-02 10:00:00\no3,c3,shipped,2018-05-03 10:00:00\n"
    )
    customers = tmp_path / "customers.csv"
    customers.write_text("customer_id,customer_unique_id,customer_zip_code_prefix\nc1,u1,01\nc2,u2,02\nc3,u1,01\n")
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
    assert (events["events"]["created"], set(Event.objects.values_list("type", flat=True))) == (2, {"view", "cart"})
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
    assert sorted(member.orders.values_list("total", flat=True)) == [Decimal("-13.9"), Decimal("-6.95"), Decimal("164.4")]


def test_contacts_of_mail_systems_bring_their_consents(tmp_path: Path):
    mailchimp = (
        '"Email Address","First Name","Last Name",MEMBER_RATING,OPTIN_TIME,CC,LEID,TAGS\n'
        'ana@example.com,Ana,Lima,2,"2024-05-01 10:00:00",US,1,"""vip"""\n'
    )
    imported(tmp_path, "members", mailchimp)
    assert Member.objects.get().name == "Ana Lima"
    klaviyo = (
        "Email,Klaviyo ID,First Name,Last Name,Phone Number,Email Marketing Consent,SMS Marketing Consent,Date Added\n"
        "ana@example.com,01A,Ana,Lima,+14155550101,SUBSCRIBED,NEVER_SUBSCRIBED,2024-05-01 10:00:00\n"
        "bo@example.com,01B,Bo,Ek,,UNSUBSCRIBED,,2024-05-02 10:00:00\n"
    )
    report = imported(tmp_path, "members", klaviyo)
    assert (report["members"]["created"], report["members"]["matched"]) == (1, 1)
    assert list(Consent.objects.values_list("member__email", "channel", "granted")) == [("ana@example.com", "email", True)]


def test_points_status_and_consents_of_a_spreadsheet(tmp_path: Path):
    text = (
        "Numéro client;Nom;Prénom;Adresse e-mail;Points de fidélité;Actif;Abonné newsletter;Date d'inscription\n"
        "C1;Petit;Zoé;zoe@example.fr;1 250;oui;oui;31/12/2024\nC2;Roux;Léa;lea@example.fr;0;non;non;01/02/2025\n"
    )
    imported(tmp_path, "members", text.encode("cp1252"))
    zoe, lea = Member.objects.order_by("member_no")
    assert (zoe.name, zoe.points_balance(), zoe.status, lea.status) == ("Zoé Petit", 1250, "active", "frozen")
    assert (zoe.joined_at.date().isoformat(), lea.joined_at.date().isoformat()) == ("2024-12-31", "2025-02-01")
    imported(tmp_path, "members", text.encode("cp1252"))
    assert PointsEntry.objects.count() == Consent.objects.count() == 1


FRENCH = """N° commande;Date de commande;N° client;Référence;Désignation;Qté;Prix unitaire;Remise;État
F-1;31/03/2026 14:05;C1;REF1;Théière;2;1 249,50 €;10,00;Livrée
F-2;01/04/2026 09:00;C2;REF2;Tasse;1;8,90 €;;Annulée
F-3;02/04/2026;C2;REF2;Tasse;3;8,90 €;;Terminée
Total;;;;;6;1 267,30 €;;
"""
ITALIAN = """N. ordine;Data ordine;Codice cliente;Codice articolo;Descrizione;Quantità;Prezzo unitario;Totale riga;Stato
I-1;31.03.2026;C1;A1;Teiera;2;1.249,50;2.499,00;Consegnato
I-2;01.04.2026;C2;A2;Tazza;1;8,90;8,90;Annullato
"""


@pytest.mark.parametrize(("text", "sales"), [(FRENCH, "2515.70"), (ITALIAN, "2499.00")])
def test_spreadsheets_in_other_languages(tmp_path, settings, text, sales):
    settings.SHOP_CURRENCY = "EUR"
    report = imported(tmp_path, "orders", text.encode("cp1252"))
    assert report["net_sales"] == {"EUR": sales}
    assert report["rejected"] == {}


def test_a_product_that_an_order_made_is_known_once_its_file_comes(tmp_path: Path):
    imported(tmp_path, "products", "sku,name,price\nOTHER,Other,1.00\n")
    imported(tmp_path, "orders", JD)
    made = Product.objects.get(sku="100001")
    assert (made.is_placeholder, made.is_active, made.name) == (True, False, "手工陶瓷杯")
    imported(tmp_path, "products", "sku,name,price\n100001,Cup,64.00\n")
    made.refresh_from_db()
    assert (made.is_placeholder, made.is_active, made.name) == (False, True, "Cup")


def test_products_whose_names_differ_in_marks_only_are_one(tmp_path: Path):
    text = "订单号,商品名称,订购数量,下单时间,京东价,订单状态,下单帐号\n" + "".join(
        f"{n},{name},1,2026-05-01 21:03:44,1.00,完成,a\n" for n, name in enumerate(("damages?", "damages", "??", "?"))
    )
    report = imported(tmp_path, "orders", text)
    assert (report["orders"]["created"], report["products"]["created"]) == (4, 2)
