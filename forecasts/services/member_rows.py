"""Forecasts of members as rows of the table: figures of one model, checked and rounded."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from forecasts.features import day_of
from forecasts.models.forecasts import CHURN_DAYS, HORIZONS_DAYS, SOON_DAYS
from learning.json_types import JsonObject
from learning.rounding import rounded_list
from membership.models.shop import shop_zone, the_shop

if TYPE_CHECKING:
    from forecasts.ml.members.purchase_history import MemberForecasts, PurchaseHistory

FIGURES = ("orders", "units", "spend")
COLUMNS = (
    "member_id", "as_of", "scored_at", "model_version_id", "currency", "last_order_at", "orders_known",
    "p_active", "churn_risk", "order_chance_7d",
    *(f"expected_{figure}_{days}d" for figure in FIGURES for days in HORIZONS_DAYS),
    "basket_units", "lifetime_value", "next_order_q10", "next_order_q50", "next_order_q90",
    "chances", "ranges", "categories", "reasons",
)  # fmt: skip
Row = tuple[Any, ...]
CHURN, SOON = str(CHURN_DAYS), str(SOON_DAYS)
SAME_TIME = 1e-3
"""Days: a wait of whole days ends with the last of them, also where float32 made it a little longer."""


class NotFinite(ValueError):
    """A model answered with NaN or infinity; nothing is written."""


@dataclass(frozen=True, eq=False)
class _Columns:
    """A forecast as plain lists, checked and rounded."""

    lists: dict[str, list[Any]]

    @classmethod
    def of(cls, forecast: MemberForecasts) -> _Columns:
        import numpy as np

        names = (
            "expected_orders", "expected_units", "expected_spend", "basket_size", "p_inactive", "p_alive",
            "next_order_days", "orders_low", "orders_high", "spend_low", "spend_high", "top_category_shares",
            "reason_values", "chances",
        )  # fmt: skip
        lists = {}
        for name in names:
            values = getattr(forecast, name)
            if not np.isfinite(values).all():
                raise NotFinite(f"the model answered {name} that are not finite; the stored rows stay")
            lists[name] = rounded_list(values)
        lists["top_categories"] = forecast.top_categories.tolist()
        lists["reasons"] = forecast.reasons.tolist()
        return cls(lists)


def member_rows(
    forecast: MemberForecasts,
    history: PurchaseHistory,
    newest: dict[int, datetime],
    *,
    stamp: tuple[datetime, int],
) -> Iterator[Row]:
    """A row of COLUMNS for each member; ``stamp`` is when, and by which version. Raises NotFinite.

    The probabilities are those of the member's curve, rounded before one is taken from another: rounding
    keeps their order.
    """
    import numpy as np

    from forecasts.ml.members.purchase_history import CHANCE_DAYS

    columns_of = _Columns.of(forecast).lists
    zone = shop_zone()
    since = datetime.combine(day_of(forecast.as_of_day), time.min, tzinfo=zone)
    spent = np.bincount(history.member_rows, weights=history.amounts, minlength=len(history)).tolist()
    orders = history.counts().tolist()
    year = forecast.horizon(HORIZONS_DAYS[-1])
    kept = [str(days) for days in CHANCE_DAYS]
    columns = [forecast.horizon(days) for days in HORIZONS_DAYS]
    categories = [*forecast.categories.ids.tolist(), None]
    for row, member_id in enumerate(forecast.members.ids.tolist()):
        spend = columns_of["expected_spend"][row]
        chances = dict(zip(kept, map(_share, columns_of["chances"][row]), strict=True))
        yield (
            member_id, since, *stamp, the_shop().currency, newest[member_id], orders[row],
            _share(columns_of["p_alive"][row]), 1.0 - chances[CHURN], chances[SOON],
            *(max(columns_of["expected_orders"][row][column], 0.0) for column in columns),
            *(max(columns_of["expected_units"][row][column], 0.0) for column in columns),
            *(_amount(spend[column]) for column in columns),
            max(columns_of["basket_size"][row], 0.0), _amount(spent[row] + spend[year]),
            *_days(forecast.as_of_day, columns_of["next_order_days"][row]),
            json.dumps(chances), json.dumps(_ranges(columns_of, row, columns)),
            json.dumps(_categories(columns_of, row, categories)),
            json.dumps(_reasons(columns_of, row)),
        )  # fmt: skip


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def _amount(value: float) -> Decimal:
    return Decimal(f"{max(value, 0.0):.2f}")


def _days(as_of_day: int, waits: list[float]) -> Iterator[Any]:
    """The first day by whose end the chance has reached each level; None where it never does."""
    from forecasts.ml.members.purchase_history import LATEST_DAY

    for wait in waits:
        yield None if wait >= LATEST_DAY else day_of(as_of_day + max(math.ceil(wait - SAME_TIME) - 1, 0))


def _ranges(columns_of: dict[str, list[Any]], row: int, columns: list[int]) -> JsonObject:
    return {
        str(days): {
            figure: [round(columns_of[f"{figure}_{end}"][row][column], 2) for end in ("low", "high")]
            for figure in ("orders", "spend")
        }
        for days, column in zip(HORIZONS_DAYS, columns, strict=True)
    }


def _categories(columns_of: dict[str, list[Any]], row: int, ids: list[int | None]) -> list[JsonObject]:
    pairs = zip(columns_of["top_categories"][row], columns_of["top_category_shares"][row], strict=True)
    return [
        {"category": ids[place], "probability": round(_share(share), 4)}
        for place, share in pairs
        if place >= 0
    ]


def _reasons(columns_of: dict[str, list[Any]], row: int) -> list[JsonObject]:
    from forecasts.ml.members.purchase_history import REASONS

    pairs = zip(columns_of["reasons"][row], columns_of["reason_values"][row], strict=True)
    return [{"code": REASONS[place], "value": round(value, 3)} for place, value in pairs if place >= 0]
