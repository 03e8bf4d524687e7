"""Which product each order line means; those that nobody knows are made, marked as made by an import."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypedDict

from importing.columns import PRICE_DECIMALS
from importing.files.frames import MISSING, CleanColumn
from importing.kinds.lookups import (
    CategoryTree,
    KnownProduct,
    has_catalogue,
    known_products,
    select_in,
)
from importing.kinds.order_parts.buyers import CountNew, count_all
from importing.whole_orders.level import WITHOUT_LINES
from membership.models import Product
from membership.models.shop import the_shop
from registry.tables.bulk import insert_rows

if TYPE_CHECKING:
    from importing.arrays import Ints
    from importing.kinds.order_parts.lines import OrderLines

BY_NAME = "\x00name:"
"""Before the name of a line that has no number; no SKU holds a NUL."""
_DASHES = re.compile(r"\s*[-‐-―–—]+\s*")
_WORDS = re.compile(r"[^\w]+")
NOT_SHOWN = re.compile(
    r"\b(tip|gratuity|gift ?card|shipping|delivery fee|donation|小费|礼品卡|运费|邮费|补差价)\b",
    re.IGNORECASE,
)
SKU_LENGTH = 60


def product_keys(clean: Mapping[str, CleanColumn]) -> CleanColumn:
    """What names the product of each line: its SKU, else its id in the system, else its name."""
    import numpy as np

    sku = clean.get("sku")
    others = [name for name in ("product_id", "product_name") if name in clean]
    if sku is None:
        n = len(clean["quantity"].codes)
        sku = CleanColumn(values=[], codes=np.full(n, MISSING, dtype=np.int32), problems=[])
    values, codes = list(sku.values), sku.codes.copy()
    for name in others:
        gaps = codes == MISSING
        if not gaps.any():
            break
        column = clean[name]
        prefix = BY_NAME if name == "product_name" else ""
        theirs = np.where(gaps & (column.codes >= 0), column.codes, MISSING)
        for code in np.unique(theirs[theirs >= 0]).tolist():
            key = f"{prefix}{column.values[code]}"
            at = values.index(key) if prefix == "" and key in values else len(values)
            if at == len(values):
                values.append(key)
            codes[theirs == code] = at
    return CleanColumn(values=values, codes=codes, problems=sku.problems, remarks=sku.remarks)


class _NewProduct(TypedDict):
    sku: str
    name: str
    category_id: int | None
    brand: str
    price: Decimal
    currency: str
    is_active: bool


class OrderProducts:
    """Key -> product, kept for the length of one import."""

    def __init__(self, *, creates: bool, now: datetime, count_new: CountNew = count_all) -> None:
        self.creates, self.now, self._count_new = creates, now, count_new
        self._known: dict[str, KnownProduct] = {}
        self._names: dict[str, str] | None = None  # plain name -> SKU
        self._tree = CategoryTree()
        self._shown: bool | None = None
        self.made = 0

    def find(self, keys: Sequence[str]) -> list[KnownProduct | None]:
        missing = {key for key in keys if key not in self._known}
        by_name = {key: self._sku_of_name(key) for key in missing if key.startswith(BY_NAME)}
        stored = known_products({sku for key in missing if (sku := by_name.get(key, key))})
        for key in missing:
            if (product := stored.get(by_name.get(key, key))) is not None:
                self._known[key] = product
        return [self._known.get(key) for key in keys]

    def make(self, lines: OrderLines, codes: Sequence[int]) -> int:
        """Products for these codes of the lines' keys, as the first line of each describes them."""
        import numpy as np

        keys = lines.clean["sku"].values
        first_rows = {
            code: int(np.argmax(lines.clean["sku"].codes == code))
            for code in codes
            if keys[code] not in self._known
        }
        rows = [self._described(lines, keys[code], row) for code, row in first_rows.items()]
        if self._names is not None:  # names that differ in marks only are one product
            self._names |= {plain_name(row["name"]): row["sku"] for row in rows}
        rows = list({row["sku"]: row for row in rows}.values())
        existing = {
            sku for (sku,) in select_in(Product, ("sku",), where="sku", values=[row["sku"] for row in rows])
        }
        fresh = [row for row in rows if row["sku"] not in existing]
        insert_rows(
            model=Product,
            columns=(
                "public_id", "sku", "name", "category_id", "brand", "price", "currency", "sold_by_weight",
                "is_active", "is_placeholder", "created_at", "updated_at",
            ),
            rows=[
                (
                    uuid.uuid4(), row["sku"], row["name"], row["category_id"], row["brand"], row["price"],
                    row["currency"], False, row["is_active"], True, self.now, self.now,
                )
                for row in fresh
            ],
        )  # fmt: skip
        return self._count_new("products", [row["sku"] for row in fresh])

    def _described(self, lines: OrderLines, key: str, row: int) -> _NewProduct:
        clean = lines.clean

        def value(name: str) -> str | None:
            code = int(clean[name].codes[row]) if name in clean else MISSING
            text: str | None = clean[name].values[code] if code >= 0 else None
            return text

        by_name = key.startswith(BY_NAME)
        name = value("product_name") or key.removeprefix(BY_NAME)
        category = value("category")
        price = Decimal(int(lines.amounts.unit_price[row])).scaleb(-PRICE_DECIMALS).quantize(Decimal("0.001"))
        run = int(np_searchsorted(lines.starts, row))
        return {
            "sku": slug(name) or "line" if by_name else key,
            "name": name[:200],
            "category_id": self._tree.find([category])[0] if category else None,
            "brand": value("brand") or "",
            "price": Decimal(0) if key == WITHOUT_LINES else min(price, Decimal(10**11 - 1)),
            "currency": lines.values_of("currency", run) or the_shop().currency,
            "is_active": key != WITHOUT_LINES and self._are_shown() and not NOT_SHOWN.search(name),
        }

    def _are_shown(self) -> bool:
        """A shop without a catalogue sells what its orders name; beside one they are old products."""
        if self._shown is None:
            self._shown = not has_catalogue()
        return self._shown

    def _sku_of_name(self, key: str) -> str:
        if self._names is None:
            self._names = {}
            for sku, name in Product.objects.order_by("-id").values_list("sku", "name").iterator(10_000):
                self._names[plain_name(name)] = sku
        return self._names.get(plain_name(key.removeprefix(BY_NAME)), "")


def np_searchsorted(starts: Ints, row: int) -> int:
    import numpy as np

    return int(np.searchsorted(starts, row, side="right")) - 1


def plain_name(name: str) -> str:
    """A product's name so far that its spellings agree."""
    return _DASHES.sub("-", unicodedata.normalize("NFKC", name)).casefold().strip()


def slug(text: str) -> str:
    return _WORDS.sub("-", plain_name(text)).strip("-")[:SKU_LENGTH]
