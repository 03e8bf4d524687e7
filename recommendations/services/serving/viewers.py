"""Who looks at a list, and which products may be shown to them at all: age marks and markets.

These marks hold for everybody and everywhere: also for members who refuse personal recommendations, for
those whom no model serves, and where it is not known who looks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db.models import F, QuerySet
from django.utils import timezone

from membership.models import Member, Product
from membership.models.shop import the_shop

FIELDS = (
    "public_id", "sku", "name", "price", "currency", "stock", "is_active", "category", "brand", "group",
    "cost", "min_age", "countries", "languages", "buy_again_days",
)  # fmt: skip
"""What a list needs of a product; its moments would take longer to read than all of these."""


@dataclass(frozen=True)
class Viewer:
    """``age`` in whole years, None where it is not known; ``country`` and ``language`` as members have them.

    Empty, they are the shop's own: its country, and the language that the program is set up in.
    """

    age: int | None = None
    country: str = ""
    language: str = ""

    @classmethod
    def of(cls, member: Member, *, at: datetime) -> Viewer:
        return _viewer(member.birth_date, member.country, member.language, at=at)

    def may_see(self, product: Product) -> bool:
        """Whether age and market allow it. ``product`` comes from ``product_rows``."""
        if least_age(product) > (self.age or 0):
            return False
        if product.countries and (self.country or the_shop().country) not in product.countries.split(","):
            return False
        return not product.languages or _speaks(self.language, product.languages.split(","))


def viewers(member_ids: Collection[int], *, at: datetime) -> dict[int, Viewer]:
    """Member id -> who they are as a viewer. One query."""
    rows = Member.objects.filter(pk__in=member_ids)
    return {
        pk: _viewer(born, country, language, at=at)
        for pk, born, country, language in rows.values_list("pk", "birth_date", "country", "language")
    }


def product_rows(ids: Iterable[int]) -> dict[int, Product]:
    """The products with these ids, with what ``Viewer`` and ``buying_again`` ask of them. One query."""
    wanted = list(ids)
    return with_marks(Product.objects.only(*FIELDS)).in_bulk(wanted) if wanted else {}


def with_marks(products: QuerySet[Product]) -> QuerySet[Product]:
    """The same with the age of their category, and what their orders teach."""
    return products.annotate(
        category_age=F("category__least_age"),
        learned_days=F("repeat_gap__early_days"),
        learned_once=F("repeat_gap__is_once"),
    )


def is_marked(product: Product) -> bool:
    """Whether anybody may not see it."""
    return bool(least_age(product) or product.countries or product.languages)


def least_age(product: Product) -> int:
    """From which age it may be shown: its own mark, or its category's; 0: to everybody."""
    if product.min_age is not None:
        return product.min_age
    return product.category_age or 0  # type: ignore[attr-defined]  # of product_rows


def age_on(day: date, *, born: date) -> int:
    """Whole years; who is born on 29 February is a year older on 1 March."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _viewer(born: date | None, country: str, language: str, *, at: datetime) -> Viewer:
    age = None if born is None else age_on(timezone.localdate(at), born=born)
    return Viewer(age, country, language)


def _speaks(language: str, wanted: Iterable[str]) -> bool:
    """``de`` asks for any German, ``de-at`` for just that."""
    own = (language or settings.LANGUAGE_CODE).lower()
    return any(own == tag or own.startswith(f"{tag}-") for tag in wanted)
