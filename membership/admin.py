"""Where Django looks for this app's admin: each subject keeps its own."""

from membership.access import admin as access
from membership.catalogue import admin as catalogue
from membership.catalogue.groups import admin as product_groups
from membership.catalogue.stock import admin as stock
from membership.currencies import admin as currencies
from membership.duplicates import admin as duplicates
from membership.loyalty.admin import lists as points
from membership.loyalty.admin import rules as loyalty_rules
from membership.members import admin as members
from membership.members import records_admin as records
from membership.merges import admin as merges
from membership.orders import admin as orders
from membership.segments.admin import lists as segments
from membership.shop import admin as shop

__all__ = [
    "access", "catalogue", "currencies", "duplicates", "loyalty_rules", "members", "merges", "orders",
    "points", "product_groups", "records", "segments", "shop", "stock",
]  # fmt: skip
