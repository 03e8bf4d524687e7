"""Pages and sentences about one product that apps add to the product admin.

They are registered in ``AppConfig.ready()``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString


@dataclass(frozen=True)
class ProductPage:
    """``view(request, product_id)`` at ``<product>/<key>/``, named ``admin:membership_product_<key>``."""

    key: str
    title: Promise
    view: Callable[[HttpRequest, int], HttpResponseBase]

    @property
    def url_name(self) -> str:
        return f"membership_product_{self.key}"

    def link(self, product_id: int) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>', reverse(f"admin:{self.url_name}", args=[product_id]), self.title
        )


_pages: dict[str, ProductPage] = {}


def register_product_page(page: ProductPage) -> None:
    _pages[page.key] = page


def product_pages() -> list[ProductPage]:
    return list(_pages.values())


Note = Callable[[int], str]
"""A sentence about the product with this id; "" where there is nothing to say."""
_notes: list[Note] = []


def register_product_note(note: Note) -> None:
    if note not in _notes:
        _notes.append(note)


def product_notes(product_id: int) -> list[str]:
    return [text for note in _notes if (text := note(product_id))]
