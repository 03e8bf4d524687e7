"""Names of the shop's catalogue in rules: which category, brand, product or store was meant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from membership.models import Category, Order, Product, Store
from membership.rules.errors import closest

GUESSES_FROM = 3_000  # names that a guess is chosen from


@dataclass(frozen=True)
class NameMatch:
    """The stored form of a name, or what is wrong with it."""

    stored: str
    problem: str = ""
    suggestion: str = ""


def find_category(text: str) -> NameMatch:
    """A category by its path, or by its name where only one has it."""
    rows = list(Category.objects.values_list("name", "path"))
    folded = text.casefold().strip()
    paths = [path for _name, path in rows if path.casefold() == folded]
    paths = paths or sorted(path for name, path in rows if name.casefold() == folded)
    if len(paths) == 1:
        return NameMatch(paths[0])
    if paths:
        message = _("“%(name)s” could be several categories: %(paths)s.")
        listed = "; ".join(f"“{path}”" for path in paths[:10])
        return NameMatch(text, message % {"name": text, "paths": listed}, paths[0])
    guess = closest(text, {one for row in rows for one in row})
    return NameMatch(text, _unknown(_("there is no category “%s”") % text, guess), guess)


def find_brand(text: str) -> NameMatch:
    brands = Product.objects.filter(brand__iexact=text)
    stored = brands.order_by("brand").values_list("brand", flat=True).first()
    if stored:
        return NameMatch(stored)
    known = Product.objects.exclude(brand="").order_by().values_list("brand", flat=True).distinct()
    guess = closest(text, known[:GUESSES_FROM])
    return NameMatch(text, _unknown(_("there is no brand “%s”") % text, guess), guess)


def find_product(text: str) -> NameMatch:
    if Product.objects.filter(sku=text).exists():
        return NameMatch(text)
    alike = Product.objects.filter(sku__istartswith=text[: max(1, len(text) // 2)]).values_list(
        "sku", flat=True
    )
    guess = closest(text, alike[:GUESSES_FROM])
    return NameMatch(text, _unknown(_("there is no product with the SKU “%s”") % text, guess), guess)


def find_store(text: str) -> NameMatch:
    codes = list(Store.objects.values_list("code", flat=True))
    if text in codes:
        return NameMatch(text)
    guess = closest(text, codes)
    return NameMatch(text, _unknown(_("there is no store with the code “%s”") % text, guess), guess)


def find_channel(text: str) -> NameMatch:
    known = Order.Channel.values
    if text.casefold() in known:
        return NameMatch(text.casefold())
    guess = closest(text, known)
    problem = _("there is no channel “%(name)s”; there are: %(known)s") % {
        "name": text, "known": ", ".join(known),
    }  # fmt: skip
    return NameMatch(text, f"{problem}.", guess)


def _unknown(problem: str, guess: str) -> str:
    return problem + (_("; did you mean “%s”?") % guess if guess else ".")


ARGUMENT_NAMES: dict[str, Callable[[str], NameMatch]] = {
    "category": find_category,
    "brand": find_brand,
    "product": find_product,
    "store": find_store,
    "channel": find_channel,
}
