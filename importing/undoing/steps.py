"""What is undone in which order: what names other rows goes before them, what was changed after what was
made, so that an e-mail address is free for its earlier owner.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from django.db.models import Model

from importing.traces import UNITS
from importing.undoing import members, orders
from importing.undoing.rows import put_back, remove_made
from importing.undoing.state import Undoing
from membership.models import (
    Category,
    Consent,
    Event,
    Member,
    Order,
    OrderChange,
    OrderItem,
    PointsEntry,
    Product,
    ProductGroup,
    Store,
    Tag,
)
from membership.models.transfers.import_undos import Changed, TraceContent

OfMade = Callable[[Undoing, Sequence[int]], object]
OfChanged = Callable[[Undoing, Mapping[int, Changed]], object]


@dataclass(frozen=True)
class Step:
    """One table of traces: the rows that were made (``made``), or that were changed (``changed``)."""

    name: str
    table: str
    made: OfMade | None = None
    changed: OfChanged | None = None

    def items(self, content: TraceContent) -> Sequence[int] | list[tuple[int, Changed]]:
        """What the step has to do of a trace, newest first."""
        if self.made is not None:
            ids: list[int] = []
            for first, last in reversed(content["made"]):
                ids += range(last, first - 1, -1)
            return ids
        return [(int(pk), fields) for pk, fields in reversed(content["changed"].items())]

    def run(self, undoing: Undoing, items: Sequence[int] | Sequence[tuple[int, Changed]]) -> None:
        if self.made is not None:
            self.made(undoing, items)  # type: ignore[arg-type]  # ``items`` gave it ids
        elif self.changed is not None:
            self.changed(undoing, dict(items))  # type: ignore[arg-type]


_steps: list[Step] = []


def register_undo(model: type[Model], *, follow: Callable[[Sequence[Model]], object] | None = None) -> None:
    """Rows of an app's own table: what an import made of them goes, what it changed is put back.

    ``follow`` is called in the same transaction with the rows, so that what was computed from them follows.
    """
    label = model._meta.label

    def made(undoing: Undoing, ids: Sequence[int]) -> None:
        _follow(remove_made(undoing, model, ids))

    def changed(undoing: Undoing, rows: Mapping[int, Changed]) -> None:
        _follow(put_back(undoing, model, rows))

    def _follow(rows: Sequence[Model]) -> None:
        if follow is not None and rows:
            follow(rows)

    _steps[:] = [step for step in _steps if step.table != label]
    _steps.extend((Step(f"{label} made", label, made=made), Step(f"{label} changed", label, changed=changed)))


def registered_undos() -> list[str]:
    return sorted({step.table for step in _steps})


def steps() -> list[Step]:
    return [
        Step("order changes", _label(OrderChange), made=orders.reverse_changes),
        Step("labels", _label(Order), changed=orders.take_back_labels),
        Step("orders", _label(Order), made=orders.remove_orders),
        Step("events", _label(Event), made=_remove(Event)),
        Step("gifts", _label(OrderItem), changed=orders.unmark_gifts),
        *_steps,
        Step("members", _label(Member), made=members.remove_members),
        Step("contacts of changed members", _label(Member), changed=members.free_members_contacts),
        Step("changed members", _label(Member), changed=members.put_members_back),
        Step("tags of members", _label(Member.tags.through), made=members.remove_tag_links),
        Step("consents", _label(Consent), made=members.withdraw_consents),
        Step("points", _label(PointsEntry), made=members.reverse_points),
        Step("products", _label(Product), made=_remove(Product)),
        Step("changed products", _label(Product), changed=orders.put_products_back),
        Step("units", UNITS, made=orders.count_units_again),
        *(
            Step(_label(model), _label(model), changed=_remove_as_written(model))
            for model in (Category, ProductGroup, Store, Tag)
        ),
    ]


def _label(model: type[Model]) -> str:
    return model._meta.label


def _remove(model: type[Model]) -> OfMade:
    return partial(_removing, model)


def _removing(model: type[Model], undoing: Undoing, ids: Sequence[int]) -> None:
    remove_made(undoing, model, ids)


def _remove_as_written(model: type[Model]) -> OfChanged:
    return partial(_removing_as_written, model)


def _removing_as_written(model: type[Model], undoing: Undoing, rows: Mapping[int, Changed]) -> None:
    """Few rows, which name each other: one by one, children before their parents."""
    for pk in sorted(rows, reverse=True):
        remove_made(undoing, model, [pk], written=rows)
