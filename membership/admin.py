"""The shop's records in the admin, one file a subject."""

from forecasts.admin import forecasts, promotions
from membership.access import admin as access
from membership.catalogue import admin as products
from membership.importing import admin as imports
from membership.members import admin as members
from membership.orders import admin as orders
from membership.segments.admin import lists as segments

__all__ = ["access", "forecasts", "imports", "members", "orders", "products", "promotions", "segments"]
