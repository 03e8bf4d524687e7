from __future__ import annotations

from typing import Any

import pytest

from membership.models import ImportReport, Member, Order, SavedMapping
from registry.tasks import reap_expired_jobs
from tests.api_client import bearer, key_client, staff_client
from tests.factories import StaffFactory
from tests.importing.upload_files import SHOPIFY_ORDERS, uploaded

pytestmark = pytest.mark.django_db
IMPORTS = "/api/v1/imports/"


class Caller:
    """A staff member who may import, and their uploads."""

    def __init__(self) -> None:
        user = StaffFactory(is_superuser=True)
        self.client, self.owner = bearer(user), f"user:{user.pk}"

    def upload(self, content: str = SHOPIFY_ORDERS, name: str = "orders.csv") -> str:
        return str(uploaded(name, content, owner=self.owner).public_id)

    def post(self, route: str, *uploads: str, **given: Any) -> Any:
        return self.client.post(f"{IMPORTS}{route}", {"uploads": list(uploads), **given}, format="json")


@pytest.fixture
def caller() -> Caller:
    return Caller()


def test_a_preview_says_what_it_looks_like_and_what_rows_come_to(caller: Caller) -> None:
    result = caller.post("preview/", caller.upload()).json()
    assert (result["kind"], result["recognised"]) == ("orders", "Shopify's orders export")
    assert [row["outcome"] for row in result["rows"]] == ["taken", "taken", "taken", "rejected"]
    assert result["rows"][0]["cells"]["order.total"]["read"] == "24.00 USD"
    assert result["rows"][0]["cells"]["email"] == {"read": "ana@example.com", "written": "Ana@Example.com"}
    assert result["words"][0]["words"][0] == {"theirs": "paid", "ours": "paid", "count": 2}
    notes = next(column for column in result["columns"] if column["heading"] == "Notes")
    assert notes == {"heading": "Notes", "examples": ["gift"], "fields": []}
    assert not Order.objects.exists()
    assert not Member.objects.exists()


def test_a_file_that_cannot_be_read_is_a_sentence(caller: Caller) -> None:
    result = caller.post("preview/", caller.upload("\n\n", "empty.csv")).json()
    assert result["problem"] == "empty.csv is empty: it has no heading line."
    assert result["rows"] == []


def test_a_missing_column_is_chosen_by_hand(caller: Caller) -> None:
    upload = caller.upload("Wann,order_no,member_no,sku,quantity,unit_price\n2026-03-01,1,M1,A,1,2\n")
    result = caller.post("preview/", upload).json()
    assert result["missing"] == ["placed_at"]
    assert result["problem"] == "No column of the file is read as: Ordered at. Choose it below."
    mapped = caller.post("preview/", upload, mapping=[{"theirs": "Wann", "ours": "placed_at"}]).json()
    assert (mapped["missing"], mapped["rows"][0]["cells"]["placed_at"]["read"]) == ([], "2026-03-01 00:00")


def test_a_column_is_left_out_and_a_word_is_given_a_meaning(caller: Caller) -> None:
    result = caller.post(
        "preview/", caller.upload(),
        mapping=[{"theirs": "Lineitem sku", "ours": "-"}],
        values=[{"field": "status", "theirs": "voided", "ours": "refunded"}],
    ).json()  # fmt: skip
    assert "sku" not in result["rows"][0]["cells"]
    assert result["rows"][2]["cells"]["order.status"]["read"] == "Refunded"


def test_a_check_counts_and_keeps_nothing_then_the_import_keeps_it(
    caller: Caller, django_capture_on_commit_callbacks: Any
) -> None:
    upload = caller.upload()
    with django_capture_on_commit_callbacks(execute=True):
        check = caller.post("", upload, dry_run=True)
    assert check.status_code == 201
    result = caller.client.get(check["Location"]).json()
    assert result["status"] == "succeeded"
    assert result["report"]["net_sales"] == {"USD": "24.00"}
    assert result["report"]["rejected"] == {"not_a_time": 1}
    assert result["report"]["unused_columns"] == ["Notes"]
    assert not Order.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        made = caller.client.post(f"{check['Location']}run/")
    assert made.status_code == 201
    assert caller.client.get(made["Location"]).json()["report"]["orders"]["counted"] == 1
    assert Order.objects.count() == 2
    assert caller.client.get(f"{IMPORTS}uploads/").json()["results"] == []


def test_two_clicks_are_one_import(caller: Caller) -> None:
    upload = caller.upload()
    first, second = caller.post("", upload), caller.post("", upload)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]


def test_only_a_check_can_be_run(caller: Caller) -> None:
    made = caller.post("", caller.upload())
    assert caller.client.post(f"{made['Location']}run/").status_code == 409


def test_an_unfinished_upload_is_not_imported(caller: Caller) -> None:
    upload = uploaded("a.csv", SHOPIFY_ORDERS, owner=caller.owner)
    upload.path.unlink()
    for route in ("preview/", "", "mappings/"):
        assert caller.post(route, str(upload.public_id), name="x").status_code == 409


def test_another_users_file_is_not_there(caller: Caller) -> None:
    upload = Caller().upload()
    for route in ("preview/", "", "mappings/"):
        answer = caller.post(route, upload, name="x")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "uploads")


def test_a_saved_mapping_is_taken_for_files_with_the_same_headings(caller: Caller) -> None:
    rows = "Nr,Wer,Wann,Was,Wieviel,Preis\n{},M1,2026-03-01,A,1,2\n"
    ours = ("order_no", "member_no", "placed_at", "sku", "quantity", "unit_price")
    mapping = [
        {"theirs": theirs, "ours": name}
        for theirs, name in zip(("Nr", "Wer", "Wann", "Was", "Wieviel", "Preis"), ours, strict=True)
    ]
    first = caller.upload(rows.format(1), "a.csv")
    saved = caller.post("mappings/", first, name="Till", kind="orders", mapping=mapping)
    assert saved.status_code == 200
    again = caller.post("preview/", caller.upload(rows.format(2), "b.csv")).json()
    assert again["saved"]["name"] == "Till"
    assert (again["kind"], again["problem"], len(again["rows"])) == ("orders", "", 1)
    assert again["options"]["mapping"] == mapping
    names = [one["name"] for one in caller.client.get(f"{IMPORTS}mappings/").json()["results"]]
    assert names == ["Till"]
    assert caller.client.delete(f"{IMPORTS}mappings/{saved.json()['id']}/").status_code == 204
    assert not SavedMapping.objects.exists()


def test_choices_are_kept_when_an_import_starts(caller: Caller) -> None:
    caller.post("", caller.upload(), save_as="Web shop", date_order="dmy")
    saved = SavedMapping.objects.get()
    assert (saved.name, saved.kind, saved.options["date_order"]) == ("Web shop", "orders", "dmy")


def test_parts_of_one_export_are_joined(caller: Caller) -> None:
    orders = caller.upload("订单编号,买家会员名,订单状态,订单创建时间\n1,amei,交易成功,2026-03-01\n", "o.csv")
    items = caller.upload("订单编号,标题,价格,购买数量,商家编码\n1,杯子,5.00,2,CUP\n", "i.csv")
    result = caller.post("preview/", orders, items).json()
    assert result["rows"][0]["cells"]["order.total"]["read"] == "10.00 USD"
    made = caller.post("", orders, items)
    report = ImportReport.objects.get(public_id=made.json()["id"])
    assert {one.name for one in report.uploads.all()} == {"o.csv", "i.csv"}
    assert len(report.options["joins"]) == 1


def test_files_are_grouped_as_they_are_imported(caller: Caller) -> None:
    caller.upload("订单编号,标题,价格,购买数量\n1,杯子,5.00,2\n", "items.csv")
    caller.upload()
    caller.upload("member_no,email\nM1,a@example.com\n", "members.csv")
    caller.upload("\n", "empty.csv")
    caller.upload("订单编号,买家会员名,订单状态,订单创建时间\n1,amei,交易成功,2026-03-01\n", "head.csv")
    result = [
        ([one["name"] for one in group["uploads"]], group["kind"])
        for group in caller.client.get(f"{IMPORTS}groups/").json()
    ]
    assert result == [
        (["members.csv"], "members"),
        (["orders.csv"], "orders"),
        (["items.csv", "head.csv"], "orders"),
        (["empty.csv"], ""),
    ]


def test_a_message_that_is_lost_is_sent_again_by_the_reaper(caller: Caller, broker_away: None) -> None:
    assert caller.post("", caller.upload()).status_code == 201
    ImportReport.objects.update(queued_at="2026-01-01T00:00:00Z")
    assert reap_expired_jobs() == 1


@pytest.mark.parametrize("client", [staff_client, key_client])
def test_who_may_not_is_refused(client: Any, caller: Caller) -> None:
    made = caller.post("", caller.upload()).json()["id"]
    other = client()
    assert other.get(IMPORTS).status_code == 403
    assert other.get(f"{IMPORTS}{made}/").status_code == 403
    for route in ("preview/", "", "mappings/", f"{made}/run/"):
        assert other.post(f"{IMPORTS}{route}", {}, format="json").status_code == 403


def test_readers_read_reports_and_start_nothing(caller: Caller) -> None:
    made = caller.post("", caller.upload()).json()["id"]
    reader = staff_client("membership.view_importreport")
    assert reader.get(f"{IMPORTS}{made}/").json()["file_name"] == "orders.csv"
    assert reader.post(IMPORTS, {}, format="json").status_code == 403


def test_a_list_of_imports_takes_as_many_queries_as_one(
    caller: Caller, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        caller.post("", caller.upload(), save_as=str(number), date_order="dmy")
    with django_assert_max_num_queries(5):
        caller.client.get(IMPORTS)
