from __future__ import annotations

from datetime import date

import pytest
from pytest_django import DjangoAssertNumQueries

from membership.models import Product
from recommendations.services.serving.allowed import judge
from recommendations.services.serving.viewers import Viewer, age_on, product_rows, viewers
from tests.factories import NOON, MemberFactory, ProductFactory

pytestmark = pytest.mark.django_db


def product(**values: object) -> Product:
    return product_rows([ProductFactory(**values).pk]).popitem()[1]


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        ((2008, 3, 2), (2026, 3, 2), 18),
        ((2008, 3, 3), (2026, 3, 2), 17),
        ((2008, 2, 29), (2026, 2, 28), 17),
        ((2008, 2, 29), (2026, 3, 1), 18),
    ],
)
def test_an_age_is_in_whole_years(born: tuple[int, int, int], day: tuple[int, int, int], age: int):
    assert age_on(date(*day), born=date(*born)) == age


@pytest.mark.parametrize(
    ("viewer", "marks", "may"),
    [
        (Viewer(), {}, True),
        (Viewer(), {"min_age": 1}, False),
        (Viewer(), {"min_age": 0}, True),
        (Viewer(age=18), {"min_age": 18}, True),
        (Viewer(age=17), {"min_age": 18}, False),
        (Viewer(country="DE"), {"countries": "AT,DE"}, True),
        (Viewer(country="D"), {"countries": "AT,DE"}, False),
        (Viewer(), {"countries": "US"}, True),  # the shop's own
        (Viewer(), {"countries": "AT"}, False),
        (Viewer(language="de-at"), {"languages": "de"}, True),
        (Viewer(language="de"), {"languages": "de-at"}, False),
        (Viewer(language="den"), {"languages": "de"}, False),
        (Viewer(), {"languages": "en"}, True),  # the program's own
        (Viewer(), {"languages": "fr"}, False),
        (Viewer(age=40, country="AT", language="fr"), {"min_age": 18, "languages": "de"}, False),
    ],
)
def test_each_mark_must_be_met(viewer: Viewer, marks: dict[str, object], may: bool):
    assert viewer.may_see(product(**marks)) is may


def test_members_as_viewers_take_one_query(django_assert_num_queries: DjangoAssertNumQueries):
    old = MemberFactory(birth_date=date(1970, 1, 1), country="DE", language="de")
    unknown = MemberFactory(birth_date=None, country="", language="")
    with django_assert_num_queries(1):
        known = viewers([old.pk, unknown.pk], at=NOON)

    assert known == {old.pk: Viewer(56, "DE", "de"), unknown.pk: Viewer(None, "", "")}
    assert Viewer.of(old, at=NOON) == known[old.pk]


def test_only_marks_cost_a_query_more(django_assert_num_queries: DjangoAssertNumQueries):
    member, plain, marked = MemberFactory(), ProductFactory(), ProductFactory(min_age=18)
    for product, queries in ((plain, 0), (marked, 1)):
        rows = product_rows([product.pk])
        with django_assert_num_queries(queries):  # who they are
            judged = judge(member_ids=[member.pk], products=rows, surface="for-you", at=NOON, settled=rows)
        assert bool(judged.withheld) is bool(queries)
