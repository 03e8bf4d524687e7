"""Everything that apps have registered, as tables: for the admin's page and docs/reference/registered.md."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from importing.registry import import_kinds
from importing.undoing.steps import registered_undos
from importing.uses import computed_tables
from membership.catalogue.product_pages import product_pages
from membership.mail_columns import product_pick_sources
from membership.members.actions import member_actions
from membership.members.refusals import refusal_hooks
from membership.merges.relations import merge_followers, merge_relations
from membership.orders.following import followers
from membership.panels import panels
from membership.rules.registry import segment_fields
from registry.families import families

Row = tuple[str, ...]
Registry = tuple[str, str, Row, Iterable[Row]]


@dataclass(frozen=True)
class Table:
    """One registry: what is registered there, and the file that has its ``register_…`` function."""

    title: str
    file: str
    columns: Row
    rows: Sequence[Row]

    def marked_rows(self) -> list[list[tuple[str, bool]]]:
        """Each cell with whether it is a name in the code; all are but titles."""
        return [
            [(cell, column != _("Title")) for column, cell in zip(self.columns, row, strict=True)]
            for row in self.rows
        ]


def registered_tables() -> list[Table]:
    """All registries, in the current language."""
    return [_table(*one) for one in _registries()]


def _table(title: str, file: str, columns: Row, rows: Iterable[Row]) -> Table:
    return Table(title, file, columns, list(rows))


def _registries() -> Iterator[Registry]:
    yield from _of_models_and_rules()
    yield from _of_members()
    yield from _of_files_and_products()


def _of_models_and_rules() -> Iterator[Registry]:
    where = _("Registered by")
    yield (
        _("Model families"),
        "registry/families.py",
        (_("Name"), _("Title"), _("Models"), where),
        ((one.name, str(one.title), ", ".join(one.estimators), _place(one.train)) for one in families()),
    )
    yield (
        _("Segment fields"),
        "membership/rules/registry.py",
        (_("Name"), _("Title"), _("Type"), _("Personal data"), _("Permission"), _("Scope"), where),
        (
            (one.name, str(one.title), one.type, one.pii, one.permission, one.scope, _place(one.rows))
            for one in segment_fields().values()
        ),
    )


def _of_members() -> Iterator[Registry]:
    where = _("Registered by")
    yield (
        _("Panels of the member page"),
        "membership/panels.py",
        (_("Name"), _("Title"), _("Permission"), _("Template"), where),
        ((one.key, str(one.title), one.permission, one.template, _place(one.context)) for one in panels()),
    )
    yield (
        _("Member actions"),
        "membership/members/actions.py",
        (_("Name"), _("Permission"), where),
        ((one.key, one.permission, _place(one.run)) for one in member_actions()),
    )


def _of_files_and_products() -> Iterator[Registry]:
    where = _("Registered by")
    yield (
        _("Kinds of import files"),
        "importing/registry.py",
        (_("Name"), _("Columns"), where),
        (
            (one.name, ", ".join(field.name for field in one.fields(timezone.now())), _place(one.importer))
            for one in import_kinds()
        ),
    )
    yield from _of_undoing()
    yield from _of_merges()
    yield (
        _("Pages of a product"),
        "membership/catalogue/product_pages.py",
        (_("Name"), _("Title"), where),
        ((one.key, str(one.title), _place(one.view)) for one in product_pages()),
    )
    yield (
        _("What follows when a member refuses to be profiled"),
        "membership/members/refusals.py",
        (where,),
        ((_place(hook),) for hook in refusal_hooks()),
    )
    yield (
        _("What follows an order that changed"),
        "membership/orders/following.py",
        (_("Name"), where),
        ((name, _place(follower)) for name, follower in followers().items()),
    )
    yield (
        _("Products for mail-merge files"),
        "membership/mail_columns.py",
        (where,),
        ((_place(source),) for source in product_pick_sources()),
    )


def _of_merges() -> Iterator[Registry]:
    yield (
        _("What becomes of rows when their member is merged into another"),
        "membership/merges/relations.py",
        (_("Name"), _("Column"), _("Rows")),
        ((one.model, one.field, one.follows.value) for one in merge_relations()),
    )
    yield (
        _("What else follows a merge"),
        "membership/merges/relations.py",
        (_("Name"), _("Registered by")),
        (
            (name, _place(function))
            for name, follower in merge_followers().items()
            if (function := follower.merged or follower.undone) is not None
        ),
    )


def _of_undoing() -> Iterator[Registry]:
    yield (
        _("Computed tables, whose rows go with a row that an undone import made"),
        "importing/uses.py",
        (_("Name"), _("Rows that staff have worked on count")),
        ((one.label, _("yes") if one.touched is not None else _("no")) for one in computed_tables()),
    )
    yield (
        _("Tables of apps that an undone import puts back"),
        "importing/undoing/steps.py",
        (_("Name"),),
        ((label,) for label in registered_undos()),
    )


def _place(function: Callable[..., object]) -> str:
    """The module that a registered function comes from."""
    return str(getattr(function, "__module__", type(function).__module__))


def as_markdown(tables: Sequence[Table]) -> str:
    """docs/reference/registered.md."""
    parts = [
        "# What is registered",
        "",
        "Apps register these in `AppConfig.ready()`; other apps use them without importing the app.",
        "The page is made by `manage.py list_registered > docs/reference/registered.md`; the admin has",
        "the same under *System → Registered*. How to add one:",
        "[segment field](../how-to/add-a-segment-field.md), [panel](../how-to/add-a-panel.md),",
        "[model family](../how-to/add-a-model-family.md).",
    ]
    for table in tables:
        parts += ["", f"## {table.title}", "", f"Registry: `{table.file}`.", ""]
        parts += [_line(table.columns), _line(("---",) * len(table.columns))]
        parts += [_line(_with_code(table, row)) for row in table.rows]
    return "\n".join(parts) + "\n"


def _line(cells: Row) -> str:
    return f"| {' | '.join(cells)} |"


def _with_code(table: Table, row: Row) -> Row:
    """The first cell is a name in the code."""
    return (f"`{row[0]}`", *row[1:])
