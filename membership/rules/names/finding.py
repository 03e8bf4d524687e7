"""Names in rules: which category, brand, product, store, tag or segment was meant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from membership.models import (
    Category,
    CategoryFormerPath,
    Order,
    Product,
    ProductFormerSku,
    Segment,
    Store,
    Tag,
    TagFormerName,
)
from membership.rules.errors import closest
from membership.rules.nodes import Ref

GUESSES_FROM = 3_000  # names that a guess is chosen from


@dataclass(frozen=True)
class NameMatch:
    """What is stored for a name (an id, where the shop has a row for it), or what is wrong with the name."""

    stored: str | Ref
    problem: str = ""
    suggestion: str = ""


def find_category(text: str) -> NameMatch:
    """A category by its path, or by its name where only one has it."""
    rows = list(Category.objects.values_list("pk", "name", "path"))
    folded = text.casefold().strip()
    exact = [(pk, path) for pk, _name, path in rows if path == text]
    paths = exact or [(pk, path) for pk, _name, path in rows if path.casefold() == folded]
    paths = paths or sorted(
        ((pk, path) for pk, name, path in rows if name.casefold() == folded), key=lambda one: one[1]
    )
    if len(paths) == 1:
        return NameMatch(Ref("category", paths[0][0]))
    if paths:
        message = _("“%(name)s” could be several categories: %(paths)s.")
        listed = "; ".join(f"“{path}”" for _pk, path in paths[:10])
        return NameMatch(text, message % {"name": text, "paths": listed}, paths[0][1])
    former = CategoryFormerPath.objects.filter(path__iexact=text.strip()).select_related("category").first()
    guess = former.category.path if former else closest(text, {one for row in rows for one in row[1:]})
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
    pk = Product.objects.filter(sku=text).values_list("pk", flat=True).first()
    if pk is not None:
        return NameMatch(Ref("product", pk))
    former = ProductFormerSku.objects.filter(sku=text).select_related("product").first()
    alike = Product.objects.filter(sku__istartswith=text[: max(1, len(text) // 2)]).values_list(
        "sku", flat=True
    )
    guess = former.product.sku if former else closest(text, alike[:GUESSES_FROM])
    return NameMatch(text, _unknown(_("there is no product with the SKU “%s”") % text, guess), guess)


def find_store(text: str) -> NameMatch:
    codes = dict(Store.objects.values_list("code", "pk"))
    if text in codes:
        return NameMatch(Ref("store", codes[text]))
    guess = closest(text, codes)
    return NameMatch(text, _unknown(_("there is no store with the code “%s”") % text, guess), guess)


def find_tag(text: str) -> NameMatch:
    tags = dict(Tag.objects.order_by("name").values_list("name", "pk"))
    folded = {name.casefold(): pk for name, pk in tags.items()}
    pk = tags.get(text, folded.get(text.casefold()))
    if pk is not None:
        return NameMatch(Ref("tag", pk))
    former = TagFormerName.objects.filter(name__iexact=text).select_related("tag").first()
    guess = former.tag.name if former else closest(text, tags)
    return NameMatch(text, _unknown(_("there is no tag “%s”") % text, guess), guess)


def find_segment(text: str) -> NameMatch:
    keys = dict(Segment.objects.values_list("key", "pk"))
    if text in keys:
        return NameMatch(Ref("segment", keys[text]))
    guess = closest(text, keys)
    return NameMatch(text, _unknown(_("unknown segment “%s”") % text, guess), guess)


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
NAMES: dict[str, Callable[[str], NameMatch]] = {
    "category": find_category,
    "product": find_product,
    "store": find_store,
    "tag": find_tag,
    "segment": find_segment,
}
"""By the kind of a ``Ref``."""
