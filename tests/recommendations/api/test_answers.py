"""Answers about members that are kept ready for a minute."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from membership.models import Product
from recommendations.api.answers import Answer, kept_answer
from recommendations.models import Surface
from recommendations.services.keeping import forget_answers
from recommendations.services.serving.activity import State
from tests.factories import EventFactory, MemberFactory, ProductFactory

pytestmark = pytest.mark.django_db


def request(**headers: str) -> Request:
    return Request(APIRequestFactory().get("/", headers=headers))


class Maker:
    """Makes an answer about one product, and counts how often."""

    def __init__(self, product: Product) -> None:
        self.product, self.calls = product, 0

    def __call__(self, state: State) -> Answer:
        self.calls += 1
        return Answer.of({"n": self.calls}, products=[self.product.pk])


def ask(member: Any, maker: Maker, **changes: Any) -> Any:
    question = {"member": member, "surface": Surface.FOR_YOU, "limit": 10, **changes}
    return json.loads(kept_answer(make=maker, **question).body)["n"]


@pytest.fixture
def maker() -> Maker:
    cache.clear()
    return Maker(ProductFactory(stock=5))


def test_an_answer_is_made_once_for_each_question(maker: Maker) -> None:
    member = MemberFactory()
    assert [ask(member, maker), ask(member, maker), ask(member, maker, limit=5)] == [1, 1, 2]
    assert ask(member, maker, surface=Surface.BUY_AGAIN) == 3
    assert ask(MemberFactory(), maker) == 4


def test_an_event_of_the_member_makes_it_out_of_date(maker: Maker) -> None:
    member = MemberFactory()
    ask(member, maker)
    EventFactory(member=MemberFactory(), occurred_at=timezone.now())
    assert ask(member, maker) == 1
    EventFactory(member=member, occurred_at=timezone.now())
    assert ask(member, maker) == 2


@pytest.mark.parametrize("change", [{"stock": 0}, {"is_active": False}])
def test_a_product_that_cannot_be_sold_any_more_makes_it_out_of_date(
    maker: Maker, change: dict[str, object]
) -> None:
    member = MemberFactory()
    ask(member, maker)
    Product.objects.filter(pk=maker.product.pk).update(**change)
    assert ask(member, maker) == 2


def test_a_changed_rule_makes_all_of_them_out_of_date(maker: Maker) -> None:
    member = MemberFactory()
    ask(member, maker)
    forget_answers()
    assert ask(member, maker) == 2


def test_a_kept_answer_takes_two_queries(maker: Maker, django_assert_num_queries: Any) -> None:
    member = MemberFactory()
    ask(member, maker)
    with django_assert_num_queries(2):
        ask(member, maker)


def test_who_has_the_answer_gets_304_without_a_body() -> None:
    answer = Answer.of({"products": []}, products=[])
    fresh, known = answer.response(request()), answer.response(request(**{"If-None-Match": answer.etag}))

    assert (fresh.status_code, fresh.headers["ETag"]) == (200, answer.etag)
    assert (known.status_code, known.data) == (304, None)
    assert answer.response(request(**{"If-None-Match": f'"other", W/{answer.etag}'})).status_code == 304
    assert answer.response(request(**{"If-None-Match": '"other"'})).status_code == 200


def test_the_tag_follows_the_content() -> None:
    assert Answer.of({"a": 1}, products=[]).etag == Answer.of({"a": 1}, products=[7]).etag
    assert Answer.of({"a": 1}, products=[]).etag != Answer.of({"a": 2}, products=[]).etag
