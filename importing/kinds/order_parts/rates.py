"""The columns that say what imported orders come to in the shop's currency."""

from __future__ import annotations

from typing import TYPE_CHECKING

from membership.models.exchange_rates import shop_digits
from membership.models.shop import the_shop
from registry.tables.columns import Coded, Column

if TYPE_CHECKING:
    from importing.arrays import Ints


def rate_columns(currency: Coded) -> dict[str, Column]:
    """Rate 1 for orders in the shop's currency; ``fill_rates`` gives the others theirs afterwards."""
    import numpy as np

    digits = [shop_digits(str(code)) for code in currency.values]
    is_own = np.array([one is None for one in digits], dtype=bool)[currency.codes]
    return {"shop_rate": Coded([1], np.where(is_own, 0, -1)), "shop_digits": Coded(digits, currency.codes)}


def foreign_ids(currency: Column, *, ids: Ints) -> list[int]:
    """Of the orders ``ids`` (n,), those in another currency than the shop's; ``currency`` has n codes."""
    import numpy as np

    if not isinstance(currency, Coded):
        raise TypeError("the currency of orders is coded")
    foreign = [place for place, code in enumerate(currency.values) if code != the_shop().currency]
    return [int(one) for one in ids[np.isin(currency.codes, foreign)]]
