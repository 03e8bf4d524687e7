"""Numbers that a file names -> ids, in sets; and the marks that an import leaves on members."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from django.db import connection, models, transaction

from importing.traces import note_changed
from membership.models import (
    Category,
    CategoryFormerPath,
    Member,
    Product,
    ProductFormerSku,
    Store,
    TagFormerName,
)
from registry.tables.columns import allocate_ids, insert_columns

T = TypeVar("T")
IN_LIST = 20_000  # SQLite takes at most 32,766 parameters


class KnownMember(NamedTuple):
    """A member that a file may write to, or the code of the reason why it may not."""

    id: int
    problem: str = ""
    named_id: int = 0  # before merges were followed


UNKNOWN = KnownMember(id=0, problem="unknown_member")


def find_members(names: Sequence[str]) -> list[KnownMember]:
    """Whom each number or e-mail address, in capitals, means. A merged member stands for its target."""
    rows: dict[str, tuple[int, str, int | None]] = {}
    numbers = {name for name in names if "@" not in name}
    for wanted, spelt, condition in (
        (numbers, str.upper, "member_no"),
        (numbers, str.lower, "member_no"),
        (numbers, str.upper, "upper(member_no)"),  # mixed spellings; reads the whole table
        (set(names) - numbers, str.lower, "email"),
    ):
        key = "email" if condition == "email" else "member_no"
        missing = [spelt(name) for name in wanted if name not in rows]
        answers = select_in(Member, (key, "id", "status", "merged_into_id"), where=condition, values=missing)
        rows |= {str(name).upper(): (pk, status, into) for name, pk, status, into in answers}
    targets = _merge_targets({row[2] for row in rows.values() if row[2] is not None})
    return [_known(rows.get(name), targets) for name in names]


class MemberFinder:
    """The same, kept for the length of one import: of members that were found once it is only asked whether
    they were erased or merged since.
    """

    def __init__(self) -> None:
        self._found: dict[str, KnownMember] = {}

    def find(self, names: Sequence[str]) -> list[KnownMember]:
        kept = {name: member for name in names if (member := self._found.get(name)) is not None}
        ended = _ended({pk for member in kept.values() for pk in (member.id, member.named_id)})
        known = {
            name: member
            for name, member in kept.items()
            if member.id not in ended and (member.named_id == member.id or member.named_id in ended)
        }
        others = [name for name in names if name not in known]
        for name, member in zip(others, find_members(others), strict=True):
            known[name] = member
            if member.problem:
                self._found.pop(name, None)
            else:
                self._found[name] = member
        return [known[name] for name in names]


def _ended(ids: set[int]) -> set[int]:
    """Those of ``ids`` that were erased, or merged into another member."""
    condition = f"(status = '{Member.Status.ERASED.value}' OR merged_into_id IS NOT NULL) AND id"
    return {pk for (pk,) in select_in(Member, ("id",), where=condition, values=ids)}


def _known(row: tuple[int, str, int | None] | None, targets: dict[int, KnownMember]) -> KnownMember:
    if row is None:
        return UNKNOWN
    member_id, status, merged_into = row
    if merged_into is not None:
        return targets[merged_into]._replace(named_id=member_id)
    problem = "erased_member" if status == Member.Status.ERASED else ""
    return KnownMember(id=member_id, problem=problem, named_id=member_id)


def _merge_targets(ids: set[int]) -> dict[int, KnownMember]:
    """Each member -> where its chain of merges ends."""
    targets: dict[int, KnownMember] = {}
    if not ids:
        return targets
    rows = {pk: (pk, status, into) for pk, status, into in _statuses(ids)}
    further = _merge_targets({into for _pk, _status, into in rows.values() if into is not None})
    return {pk: _known(row, further) for pk, row in rows.items()}


def _statuses(ids: set[int]) -> Iterator[tuple[int, str, int | None]]:
    for some in slices(ids):
        yield from Member.objects.filter(pk__in=some).values_list("id", "status", "merged_into_id")


@dataclass
class KnownProduct:
    id: int
    category_id: int | None
    sold_by_weight: bool


class ProductFinder:
    """SKU -> product, kept for the length of one import: products are never deleted while they are sold."""

    def __init__(self) -> None:
        self._known: dict[str, KnownProduct] = {}

    def find(self, skus: Sequence[str]) -> list[KnownProduct | None]:
        products = [self._known.get(sku) for sku in skus]
        missing = [sku for sku, product in zip(skus, products, strict=True) if product is None]
        if not missing:
            return products
        self._known |= known_products(missing)
        return [self._known.get(sku) for sku in skus]


def known_products(skus: Iterable[str]) -> dict[str, KnownProduct]:
    """SKU -> product, for those there are; a SKU that a product had before stands for it."""
    wanted = list(skus)
    found = _products(wanted)
    renamed = current_skus(sku for sku in wanted if sku not in found)
    now = _products(renamed.values()) if renamed else {}
    return found | {sku: now[current] for sku, current in renamed.items() if current in now}


def _products(skus: Iterable[str]) -> dict[str, KnownProduct]:
    columns = ("sku", "id", "category_id", "sold_by_weight")
    return {
        sku: KnownProduct(pk, category, bool(by_weight))
        for sku, pk, category, by_weight in select_in(Product, columns, where="sku", values=skus)
    }


def current_skus(skus: Iterable[str]) -> dict[str, str]:
    """The SKU of now, for those of ``skus`` that a product had before."""
    renamed: dict[str, str] = {}
    for some in slices(skus):
        renamed |= ProductFormerSku.objects.filter(sku__in=some).values_list("sku", "product__sku")
    return renamed


def current_tags(names: Iterable[str]) -> dict[str, str]:
    """The name of now, for those of ``names`` that a tag had before."""
    renamed: dict[str, str] = {}
    for some in slices(names):
        renamed |= TagFormerName.objects.filter(name__in=some).values_list("name", "tag__name")
    return renamed


def has_catalogue() -> bool:
    """Whether the shop has products that are more than what orders or events named."""
    return Product.objects.filter(is_placeholder=False).exists()


def find_stores(codes: Sequence[str]) -> list[int]:
    """Ids of the stores with these codes; those not known yet are made."""
    existing = set(Store.objects.filter(code__in=codes).values_list("code", flat=True))
    Store.objects.bulk_create([Store(code=code) for code in codes if code not in existing])
    ids = dict(Store.objects.filter(code__in=codes).values_list("code", "id"))
    made = {
        pk: {"code": (None, code), "name": (None, "")} for code, pk in ids.items() if code not in existing
    }
    note_changed(Store._meta.label, made)
    return [ids[code] for code in codes]


class CategoryTree:
    """Category paths -> ids; missing nodes are made, and spellings that differ in case only are one node.

    A category that was renamed, moved or merged is found by its former path.
    """

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._paths: dict[str, str] = {}
        self._ages: dict[str, int | None] = {}

    def find(self, paths: Sequence[str]) -> list[int]:
        if any(path.casefold() not in self._ids for path in paths):
            for path, pk in Category.objects.values_list("path", "id").order_by("id"):
                if self._ids.setdefault(path.casefold(), pk) == pk:
                    self._paths[path.casefold()] = path
            for path, pk, now in CategoryFormerPath.objects.values_list(
                "path", "category_id", "category__path"
            ).order_by("id"):
                if self._ids.setdefault(path.casefold(), pk) == pk:
                    self._paths.setdefault(path.casefold(), now)
            with transaction.atomic():
                self._make([path for path in paths if path.casefold() not in self._ids])
        return [self._ids[path.casefold()] for path in paths]

    def _make(self, paths: Sequence[str]) -> None:
        missing: dict[str, list[str]] = {}  # each node before its children
        for path in paths:
            names = path.split(" > ")
            for depth in range(1, len(names) + 1):
                key = " > ".join(names[:depth]).casefold()
                if key not in self._ids:
                    missing.setdefault(key, names[:depth])
        if not missing:
            return
        self._lock_parents(missing)
        ids = allocate_ids(model=Category, count=len(missing))
        parents: list[int | None] = []
        for (key, names), pk in zip(missing.items(), ids, strict=True):
            above = " > ".join(names[:-1]).casefold()
            parents.append(self._ids[above] if above else None)
            self._paths[key] = f"{self._paths[above]} > {names[-1]}" if above else names[-1]
            self._ages[key] = self._ages.get(above)  # as Category.save hands it down
            self._ids[key] = pk
        insert_columns(
            model=Category,
            columns={
                "id": ids,
                "parent_id": parents,
                "name": [names[-1] for names in missing.values()],
                "path": [self._paths[key] for key in missing],
                "least_age": [self._ages[key] for key in missing],
            },
        )
        made = {pk: {"path": (None, self._paths[key])} for key, pk in zip(missing, ids, strict=True)}
        note_changed(Category._meta.label, made)

    def _lock_parents(self, missing: Mapping[str, Sequence[str]]) -> None:
        """Their paths and ages as they are now: one may have been changed since they were read."""
        above = {key: " > ".join(names[:-1]).casefold() for key, names in missing.items()}
        known = {pk: key for key in above.values() if (pk := self._ids.get(key)) is not None}
        rows = Category.objects.select_for_update(no_key=True).filter(pk__in=known).order_by("pk")
        for pk, path, age in rows.values_list("pk", "path", "least_age"):
            self._paths[known[pk]], self._ages[known[pk]] = path, age


def select_in(
    model: type[models.Model], columns: Sequence[str], *, where: str, values: Iterable[str | int]
) -> list[tuple[Any, ...]]:
    """Rows whose ``where`` is one of ``values``: numbers and text only, as the database hands them out.

    Django's own ``__in`` takes 10 microseconds a value, the greater part of an import's look-ups.
    """
    table = connection.ops.quote_name(model._meta.db_table)
    rows: list[tuple[Any, ...]] = []
    with connection.cursor() as cursor:
        for some in slices(values):
            marks = ", ".join(["%s"] * len(some))
            query = f"SELECT {', '.join(columns)} FROM {table} WHERE {where} IN ({marks})"  # noqa: S608  # our own names
            cursor.execute(query, some)
            rows += cursor.fetchall()
    return rows


def slices(values: Iterable[T], size: int = IN_LIST) -> Iterator[list[T]]:
    """``values`` in lists that fit one query."""
    iterator = iter(values)
    while some := list(islice(iterator, size)):
        yield some
