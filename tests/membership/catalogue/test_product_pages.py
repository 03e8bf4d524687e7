"""Pages that apps add to a product."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy

from membership.catalogue import product_pages as module
from membership.catalogue.product_pages import (
    ProductPage,
    product_notes,
    product_pages,
    register_product_note,
    register_product_page,
)


def view(request: HttpRequest, product_id: int) -> HttpResponse:
    return HttpResponse(str(product_id))


@pytest.fixture(autouse=True)
def registered_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_pages", dict(module._pages))


def page(key: str, title: str = "Returns") -> ProductPage:
    return ProductPage(key, gettext_lazy(title), view)


def test_pages_are_listed_in_the_order_of_registration() -> None:
    before = [one.key for one in product_pages()]
    register_product_page(page("returns"))
    register_product_page(page("reviews"))
    assert [one.key for one in product_pages()] == [*before, "returns", "reviews"]


def test_a_key_registered_again_replaces_the_page_at_its_place() -> None:
    register_product_page(page("returns"))
    register_product_page(page("returns", "Sent back"))
    assert [str(one.title) for one in product_pages() if one.key == "returns"] == ["Sent back"]


def test_the_url_is_named_by_the_key() -> None:
    assert page("returns").url_name == "membership_product_returns"


def test_a_link_leads_to_the_registered_page_and_escapes_its_title() -> None:
    demand = next(one for one in product_pages() if one.key == "demand")
    link = ProductPage("demand", gettext_lazy("<b>Demand</b>"), demand.view).link(7)
    assert link == '<a href="/admin/membership/product/7/demand/">&lt;b&gt;Demand&lt;/b&gt;</a>'


def test_sentences_that_apps_add_are_said_once_and_empty_ones_left_out(monkeypatch) -> None:
    monkeypatch.setattr(module, "_notes", [])

    def note(product_id: int) -> str:
        return f"product {product_id}" if product_id else ""

    register_product_note(note)
    register_product_note(note)
    register_product_note(lambda product_id: "")

    assert product_notes(7) == ["product 7"]
    assert product_notes(0) == []
