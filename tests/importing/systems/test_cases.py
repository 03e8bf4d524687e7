"""Each file that a ``cases.toml`` names: as a system exports it, what it comes to, and twice."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from importing.running import Options, run_import
from importing.summary import as_json
from membership.models import Consent, Member, Order, Product

pytestmark = pytest.mark.django_db
FOLDER = Path(__file__).parent
CASES: dict[str, dict[str, Any]] = {
    name: case
    for path in sorted(FOLDER.glob("*cases.toml"))
    for name, case in tomllib.loads(path.read_text(encoding="utf-8")).items()
}


def at(report: dict[str, Any], path: str) -> Any:
    for part in path.split("."):
        report = report[part]
    return report


def stored(case: dict[str, Any]) -> dict[str, Any]:
    """What the database holds of the things that the case names."""
    orders = Order.objects.select_related("member")
    members = Member.objects.prefetch_related("tags")
    return {
        "statuses": {number: orders.get(order_no=number).status for number in case.get("statuses", {})},
        "totals": {number: f"{orders.get(order_no=number).total:.2f}" for number in case.get("totals", {})},
        "placed": {
            number: f"{orders.get(order_no=number).placed_at:%Y-%m-%d %H:%M:%S}"
            for number in case.get("placed", {})
        },
        "buyers": {number: orders.get(order_no=number).member.member_no for number in case.get("buyers", {})},
        "names": {number: members.get(member_no=number).name for number in case.get("names", {})},
        "phones": {number: members.get(member_no=number).phone for number in case.get("phones", {})},
        "joined": {
            number: f"{members.get(member_no=number).joined_at:%Y-%m-%d}" for number in case.get("joined", {})
        },
        "tags": {
            number: sorted(tag.name for tag in members.get(member_no=number).tags.all())
            for number in case.get("tags", {})
        },
        "prices": {sku: f"{Product.objects.get(sku=sku).price:.2f}" for sku in case.get("prices", {})},
        "titles": {sku: Product.objects.get(sku=sku).name for sku in case.get("titles", {})},
        "active": {sku: Product.objects.get(sku=sku).is_active for sku in case.get("active", {})},
        "brands": {sku: Product.objects.get(sku=sku).brand for sku in case.get("brands", {})},
        "categories": {sku: str(Product.objects.get(sku=sku).category) for sku in case.get("categories", {})},
        "lines": {number: orders.get(order_no=number).items.count() for number in case.get("lines", {})},
        "standing": {number: members.get(member_no=number).status for number in case.get("standing", {})},
        "consents": sorted(
            f"{number} {channel} {'yes' if granted else 'no'}"
            for number, channel, granted in Consent.objects.values_list(
                "member__member_no", "channel", "granted"
            )
        ),
    }


def imported(case: dict[str, Any]) -> dict[str, Any]:
    report = run_import(
        kind=case["kind"], path=FOLDER / case["file"],
        options=Options(joins=[FOLDER / name for name in case.get("joins", ())]),
    )  # fmt: skip
    return as_json(report)


@pytest.mark.parametrize("name", CASES)
def test_an_export_comes_in_right_and_again_the_same(name: str, settings: Any) -> None:
    case = CASES[name]
    settings.SHOP_CURRENCY, settings.SHOP_COUNTRY, settings.TIME_ZONE = case["shop"]
    report = imported(case)
    assert report["recognised"].startswith(case["recognised"])
    for path, value in case["want"].items():
        assert (path, at(report, path)) == (path, value)
    assert report["rejected"] == case.get("rejected", {})
    held = stored(case)
    for part in set(case) & set(held):
        assert held[part] == case[part]
    again = imported(case)
    assert [again[case["kind"]].get(part, 0) for part in ("created", "changed")] == [0, 0]
    assert again["net_sales"] == report["net_sales"]
    assert stored(case) == held
