"""What only the whole file tells: decimal marks, the order of day and month, contacts that many share."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importing.mapping import Plan
from importing.registry import Field
from importing.whole_orders.phones import PhonesOfOrders
from membership.cleaning.conventions import Signs, cell

if TYPE_CHECKING:
    import pyarrow as pa

FEW = 3  # names under one contact that are kept; more tell no more
SEEN_ENOUGH = 50_000  # distinct values of a column that are looked at
MOST_OF_MAIL = 3
"""An address given by so many people identifies nobody."""
SHARE, ONE = re.compile(r"0?\.\d+"), re.compile(r"1(?:\.0+)?")
VARIATION = "variation:"
"""Before the number of a variant that its parent's row names, among the parents."""
ODD_DAY = r"^\s*'?\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}"


@dataclass
class Facts:
    """Gathered batch by batch, then asked."""

    plan: Plan
    fields: Sequence[Field]
    amounts: Signs = field(default_factory=Signs)
    days: dict[str, Signs] = field(default_factory=lambda: defaultdict(Signs))
    names_of: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    percents: set[str] = field(default_factory=set)  # "share" and "percent", as the values show
    parents: dict[str, dict[str, str]] = field(default_factory=dict)
    phones: PhonesOfOrders = field(default_factory=PhonesOfOrders)

    def see(self, table: pa.Table) -> None:
        """``table`` has our columns."""
        import pyarrow as pa

        for spec in self.fields:
            if spec.form not in ("number", "moment") or spec.name not in table.column_names:
                continue
            column = table.column(spec.name)
            if not pa.types.is_string(column.type):
                continue
            if spec.form == "moment":
                self.days[spec.name].see_days(_odd(column, ODD_DAY))
            elif spec.name == "discount_percent":
                self._see_percents(column)
            elif spec.name not in ("quantity", "line_no"):
                self.amounts.see_numbers(_odd(column, r"[.,]"))
        if self.plan.kind == "members":
            self._see_contacts(table)
        if self.plan.kind == "orders" and "phone" in table.column_names:
            self.phones.see(table)
        if self.plan.kind == "products":
            self._see_parents(table)

    @property
    def date_order(self) -> dict[str, str]:
        """By column; where its own values do not tell, what the file's other days say."""
        told = {name: signs.date_order for name, signs in self.days.items()}
        common = next((order for order in told.values() if order), "")
        return {name: order or common for name, order in told.items()}

    @property
    def percents_are_shares(self) -> bool:
        """Whether 10 % is written as 0.1, as spreadsheets keep it."""
        return self.percents == {"share"}

    @property
    def unclear_days(self) -> bool:
        """Whether there are days that could be either, and none that tells."""
        return any(s.unclear_days for s in self.days.values()) and not any(self.date_order.values())

    def shared_contacts(self) -> frozenset[tuple[str, str]]:
        """(column, plain contact) of those that several people of the file give."""
        most = {"phone": 2, "email": MOST_OF_MAIL}
        shared = {key for key, names in self.names_of.items() if len(names) >= most[key[0]]}
        return frozenset(
            shared | {("phone", plain_contact("phone", phone)) for phone in self.phones.shared()}
        )

    def _see_percents(self, column: pa.ChunkedArray) -> None:
        for value in _odd(column, r"[1-9]"):
            text = value.strip().replace(",", ".")
            if not ONE.fullmatch(text):  # 1 % or all of it
                self.percents.add("share" if SHARE.fullmatch(text) else "percent")

    def _see_contacts(self, table: pa.Table) -> None:
        columns = {name: _texts(table, name) for name in ("name", "first_name", "last_name", "member_no")}
        whole = zip(
            columns["name"], columns["first_name"], columns["last_name"], columns["member_no"], strict=True
        )
        names = [f"{name} {first} {last}".casefold().strip() or number for name, first, last, number in whole]
        for kind in ("email", "phone"):
            for value, name in zip(_texts(table, kind), names, strict=True):
                if value and len(self.names_of[key := (kind, plain_contact(kind, value))]) < FEW:
                    self.names_of[key].add(name)

    def _see_parents(self, table: pa.Table) -> None:
        if "variations" in self.plan.sources:
            self._see_variations(table)
        if "parent" not in self.plan.sources:
            return
        columns = (
            "sku", "product_id", "parent", "name", "category", "brand", "status", "product_type",
            "option1_name", "option2_name", "option3_name",
        )  # fmt: skip
        for row in zip(*(_texts(table, name) for name in columns), strict=True):
            product = dict(zip(columns, row, strict=True))
            keys = [product["parent"]] if product["parent"] and product["name"] else []
            if not product["parent"] or product["product_type"].casefold().startswith("variable"):
                keys += [product["sku"], f"id:{product['product_id']}"]
            for key in keys:
                if key:
                    self.parents.setdefault(cell(key), product)

    def _see_variations(self, table: pa.Table) -> None:
        """``sku=TEE-S,size=S|sku=TEE-M,size=M`` on the parent's row, as Magento writes it."""
        rows = zip(*(_texts(table, name) for name in ("sku", "name", "variations")), strict=True)
        for sku, name, text in rows:
            for one in text.split("|") if sku else ():
                pairs = dict(part.split("=", 1) for part in one.split(",") if "=" in part)
                if variant := pairs.pop("sku", ""):
                    options = "; ".join(f"{option}: {value}" for option, value in pairs.items())
                    self.parents[VARIATION + variant] = {"sku": sku, "name": name, "options": options}


def plain_contact(kind: str, value: str) -> str:
    """A contact so far that its spellings agree: the last nine digits of a phone, an address in small
    letters.
    """
    if kind == "email":
        return cell(value).casefold()
    return re.sub(r"\D", "", value.partition("ext")[0])[-9:]


def _odd(column: pa.ChunkedArray, pattern: str) -> Iterable[str]:
    """The distinct values that match."""
    import pyarrow.compute as pc

    distinct = pc.unique(column)
    matching = distinct.filter(pc.fill_null(pc.match_substring_regex(distinct, pattern), False))
    return [value for value in matching.slice(0, SEEN_ENOUGH).to_pylist() if value]


def _texts(table: pa.Table, name: str) -> list[str]:
    import pyarrow as pa

    if name not in table.column_names:
        return [""] * table.num_rows
    return [value or "" for value in table.column(name).cast(pa.string()).to_pylist()]


def parent_of(parents: Mapping[str, Mapping[str, str]], key: str | None) -> Mapping[str, str]:
    return parents.get(cell(key or ""), {})
