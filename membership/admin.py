"""The shop's records in the admin, one file a subject."""

from membership.admin import access, forecasts, imports, members, orders, products, promotions, segments

__all__ = ["access", "forecasts", "imports", "members", "orders", "products", "promotions", "segments"]
