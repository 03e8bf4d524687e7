"""The kinds of files that membership itself imports."""

from __future__ import annotations

from importing import columns
from importing.registry import ImportKind, MakeImporter, register_import_kind


def register_import_kinds() -> None:
    """Called once, when the app is ready."""
    register_import_kind(ImportKind("members", columns.member_fields, _members))
    register_import_kind(ImportKind("products", columns.product_fields, _products))
    register_import_kind(ImportKind("orders", columns.order_fields, _orders, group_by="order_no"))
    register_import_kind(ImportKind("events", columns.event_fields, _events))
    register_import_kind(ImportKind("labels", columns.label_fields, _labels))


def _members() -> MakeImporter:
    from importing.kinds.members import MemberImporter

    return MemberImporter


def _products() -> MakeImporter:
    from importing.kinds.products import ProductImporter

    return ProductImporter


def _orders() -> MakeImporter:
    from importing.kinds.orders import OrderImporter

    return OrderImporter


def _events() -> MakeImporter:
    from importing.kinds.events import EventImporter

    return EventImporter


def _labels() -> MakeImporter:
    from importing.kinds.labels import LabelImporter

    return LabelImporter
