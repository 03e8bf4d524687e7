"""Connected shops in the admin."""

from connectors.admin import connections, deliveries

__all__ = ["connections", "deliveries"]
