"""The shop's records in the admin, one file a subject."""

from membership.admin import access, imports, members, orders, products, segments

__all__ = ["access", "imports", "members", "orders", "products", "segments"]
