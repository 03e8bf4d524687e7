from __future__ import annotations

import pytest
from django.utils import timezone

from membership.rules.checking import check_rule, everything
from membership.rules.language import parse
from membership.segments.editing.templates import templates
from tests.api_client import key_client
from tests.factories import CategoryFactory, MemberFactory, OrderItemFactory, SegmentFactory

pytestmark = pytest.mark.django_db

URL = "/api/v1/segments/language/"


def test_it_lists_what_the_caller_may_ask(django_assert_max_num_queries):
    CategoryFactory(name="Coffee")
    SegmentFactory(key="vip", name="VIP")
    client = key_client("segments:read", "members:read")

    with django_assert_max_num_queries(20):
        body = client.get(URL).json()

    fields = {field["name"]: field for field in body["fields"]}
    assert fields["tier"]["choices"][2] == {"value": "gold", "label": "Gold"}
    assert "between" in fields["points"]["operators"]
    assert "open_alerts" not in fields  # this key may not see fraud
    assert body["categories"] == ["Coffee"]
    assert {"value": "vip", "label": "VIP"} in body["segments"]
    assert {argument["name"] for argument in body["behaviours"][0]["arguments"]} >= {"category", "within"}


def test_anonymous_requests_are_refused():
    assert key_client("orders:read").get(URL).status_code == 403


def test_every_template_is_a_rule_of_this_shop():
    item = OrderItemFactory(member=MemberFactory(), order__placed_at=timezone.now())

    offered = templates(may=everything)

    assert {"win-back", "big-spenders", "birthday"} <= {one.key for one in offered}
    for one in offered:
        check_rule(parse(one.text), as_of=timezone.now(), may=everything)
    assert item.category.path in next(one.text for one in offered if one.key == "big-spenders")


def test_templates_about_what_the_asker_may_not_see_are_left_out():
    assert {one.key for one in templates(may=lambda field: False)} == {"cart-left"}
