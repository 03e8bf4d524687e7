"""What counts as a contradiction: each kind is found in figures that were changed to hold it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from forecasts.ml.members.curves.contradictions import contradictions
from forecasts.ml.members.curves.to_forecasts import to_forecasts
from forecasts.ml.members.purchase_history import MemberForecasts
from tests.forecasts.ml.members.curves.answers import KNOTS, history, outlook


def forecasts(**changed: Any) -> MemberForecasts:
    own = to_forecasts(history(1), outlook(), knots=KNOTS, horizons=KNOTS, mean_units=1.0)
    arrays: dict[str, Any] = {name: np.asarray(value, np.float32) for name, value in changed.items()}
    return replace(own, **arrays)


def found(own: MemberForecasts) -> set[str]:
    return {kind for kind, members in contradictions(own).items() if members}


def test_figures_of_one_curve_hold_none() -> None:
    assert not found(forecasts())


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"p_inactive": [[0.3, 0.5, 0.2, 0.1]]}, "chance falls with the days"),
        ({"p_alive": [0.5]}, "likelier to order than to be alive"),
        ({"p_inactive": [[0.9, 0.3, 0.1, 0.1]]}, "two chances of one horizon"),
        ({"next_order_days": [[1.0, 3.0, 6.0]]}, "a day of the next order against a chance"),
        ({"next_order_days": [[5.0, 3.0, 60.0]]}, "days of the next order not in order"),
        ({"p_inactive": [[1.0, 0.3, 0.1, 0.1]]}, "orders without a chance of one"),
        ({"expected_orders": [[0.1, 0.2, 3.0, 9.0]]}, "fewer orders than the chance of one"),
        ({"expected_orders": [[0.9, 1.0, 1.0, 9.0]]}, "more first orders than orders"),
        ({"expected_orders": [[0.3, 1.3, 4.0, 90.0]]}, "orders grow faster than the member orders"),
        ({"expected_spend": [[3.0, 9.0, 8.0, 90.0]]}, "spend or units fall with the days"),
        ({"orders_low": [[0, 1, 2, 9]]}, "a range of orders against a chance"),
        ({"spend_low": [[0, 4, 15, 80]]}, "money without an order"),
        ({"orders_high": [[1, 3, 1, 24]]}, "ranges not in order"),
        ({"orders_high": [[1, 3, 7, 4]], "median_orders": [[0, 1, 4, 4]]}, "ranges fall with the days"),
    ],
)
def test_each_kind_is_found(changed: dict[str, Any], kind: str) -> None:
    assert kind in found(forecasts(**changed))


def test_horizons_that_do_not_rise_are_refused() -> None:
    with pytest.raises(ValueError, match="horizons must rise"):
        contradictions(replace(forecasts(), horizons=(30, 7, 90, 365)))
