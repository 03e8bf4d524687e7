from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from importing.errors import BadFile
from importing.files.opened import FILE_NAME, open_files
from importing.running import run_import
from importing.summary import as_json
from membership.models import Consent, Member, Order

CUSTOMERS = "member_no,name\n"


def zipped(path: Path, **files: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.csv", text)
    return path


def opened(path: Path, *, kind: str = "members"):
    return open_files([path], kind=kind, work=path.parent, encoding=None)


def test_files_of_one_export_in_a_zip_follow_each_other(tmp_path: Path):
    path = zipped(tmp_path / "a.zip", part_1=f"{CUSTOMERS}1,Ana\n2,Bo\n", part_2=f"{CUSTOMERS}3,Cy\n")
    base, joined, unused = opened(path)
    rows = [
        (number, *row)
        for table, numbers, _bad in base.batches(["member_no", "name"])
        for number, row in zip(
            numbers.tolist(), zip(*(column.to_pylist() for column in table.columns), strict=True), strict=True
        )
    ]
    assert rows == [(1, "1", "Ana"), (2, "2", "Bo"), (3, "3", "Cy")]
    assert (joined, unused) == ([], [])


def test_a_column_that_one_part_lacks_is_empty_there(tmp_path: Path):
    path = zipped(
        tmp_path / "a.zip", part_1=f"{CUSTOMERS}1,Ana\n", part_2="member_no,name,email\n2,Bo,b@x.de\n"
    )
    base, _joined, _unused = opened(path)
    emails = [text for table, _n, _b in base.batches(["email"]) for text in table.column("email").to_pylist()]
    assert emails == ["", "b@x.de"]


def test_files_without_any_known_heading_are_named_as_not_read(tmp_path: Path):
    path = zipped(tmp_path / "a.zip", members=f"{CUSTOMERS}1,Ana\n", readme="colour,weight\nred,1\n")
    assert opened(path)[2] == ["readme.csv"]


def test_a_zip_without_any_known_heading_is_refused_by_its_names(tmp_path: Path):
    path = zipped(tmp_path / "a.zip", one="colour,weight\nred,1\n", two="colour,weight\nred,1\n")
    with pytest.raises(BadFile, match=r"packs 2 files.*one\.csv, two\.csv"):
        opened(path)


HEADING = "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,LEID,EUID"


@pytest.mark.django_db
def test_mailchimps_audiences_are_consents_by_the_names_of_their_files(tmp_path: Path):
    path = zipped(
        tmp_path / "audience.zip",
        subscribed_members_export=f"{HEADING}\nana@example.com,Ana,Lima,2,2024-05-01 10:00:00,1,a\n",
        unsubscribed_members_export=f"{HEADING},UNSUB_TIME\nbo@example.com,Bo,Ek,2,2024-05-01 10:00:00,2,b,"
        "2025-01-01 10:00:00\n",
        cleaned_members_export=f"{HEADING},CLEAN_TIME\ncy@example.com,Cy,Ott,2,,3,c,2025-01-01 10:00:00\n",
    )
    report = as_json(run_import(kind="members", path=path))
    assert (report["members"]["created"], report["rejected"]) == (3, {})
    assert list(Consent.objects.values_list("member__email", "granted")) == [("ana@example.com", True)]
    later = tmp_path / "unsubscribed_segment.csv"
    later.write_text(f"{HEADING}\nana@example.com,Ana,Lima,2,2024-05-01 10:00:00,1,a\n", encoding="utf-8")
    run_import(kind="members", path=later)
    assert Consent.objects.order_by("-id").values_list("granted", flat=True)[0] is False
    assert Member.objects.count() == 3


def test_a_heading_says_the_audience_where_the_name_does_not(tmp_path: Path):
    path = tmp_path / "export.csv"
    path.write_text(f"{HEADING},UNSUB_TIME\nbo@example.com,Bo,Ek,2,,2,b,\n", encoding="utf-8")
    base, _joined, _unused = opened(path)
    assert FILE_NAME in base.headings
    tables = [table for table, _n, _b in base.batches([FILE_NAME])]
    assert tables[0].column(FILE_NAME).to_pylist() == ["unsubscribed"]


@pytest.mark.django_db
def test_olists_package_is_joined_from_its_files(tmp_path: Path):
    path = zipped(
        tmp_path / "olist.zip",
        olist_customers_dataset="customer_id,customer_unique_id,customer_zip_code_prefix\nc1,u1,01\n",
        olist_geolocation_dataset="geolocation_zip_code_prefix,geolocation_lat\n01,-23.5\n",
        olist_order_items_dataset="order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,"
        "freight_value\no1,1,p1,s,2018-05-04 10:00:00,10.50,3.00\no1,2,p1,s,2018-05-04 10:00:00,10.50,3.00\n",
        olist_orders_dataset="order_id,customer_id,order_status,order_purchase_timestamp\n"
        "o1,c1,delivered,2018-05-01 10:00:00\n",
        olist_products_dataset="product_id,product_category_name\np1,beleza_saude\n",
    )
    report = as_json(run_import(kind="orders", path=path))
    assert (report["orders"]["created"], report["net_sales"]) == (1, {"BRL": "21.00"})
    assert Order.objects.get().member.member_no == "u1"


@pytest.mark.django_db
def test_columns_without_a_heading_are_not_joined(tmp_path: Path):
    path = zipped(
        tmp_path / "a.zip",
        items="order_id,order_item_id,product_id,price\no1,1,p1,10.50\n",
        orders="order_id,customer_id,order_status,order_purchase_timestamp,,\no1,c1,delivered,2018-05-01,x,y\n",
    )
    assert as_json(run_import(kind="orders", path=path))["net_sales"] == {"BRL": "10.50"}
