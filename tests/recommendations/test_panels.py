from __future__ import annotations

import pytest
from django.template.loader import render_to_string

from membership.panels import panels
from recommendations.panels import member_panel, member_sentence
from tests.factories import MemberFactory, ProductFactory, RecommendationFactory

pytestmark = pytest.mark.django_db


def test_the_panel_is_on_the_member_page():
    assert member_panel in panels()


def test_the_panel_shows_products_reasons_and_the_model():
    row = RecommendationFactory(
        products=[{"product": ProductFactory(name="Tea & Honey").pk, "score": 0.5, "because": []}]
    )
    shown = render_to_string(
        member_panel.template, {**member_panel.context(row.member), "member": row.member}
    )

    assert "Tea &amp; Honey" in shown
    assert "popular with other members" in shown
    assert str(row.model_version) in shown


def test_a_new_member_has_an_empty_panel_and_no_sentence():
    member = MemberFactory()

    assert "Nothing to show yet" in render_to_string(
        member_panel.template, dict(member_panel.context(member))
    )
    assert member_sentence(member) == ""


def test_the_sentence_names_the_best_product():
    row = RecommendationFactory(
        products=[{"product": ProductFactory(name="Tea").pk, "score": 1, "because": []}]
    )

    assert member_sentence(row.member) == "may like Tea next"
