"""What models may answer of a member or two, sensible or not."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forecasts.ml.members.outlook import Outlook
from forecasts.ml.members.purchase_history import PurchaseHistory

KNOTS = (7, 30, 90, 365)


def column(*shape: int, most: float = 5_000, least: float = -50) -> st.SearchStrategy[np.ndarray]:
    return arrays(np.float64, shape, elements=st.floats(least, most))


outlooks = st.builds(
    Outlook, orders=column(2, 4, most=400), orders_at=column(2, 4, 3, most=400),
    p_none=column(2, 4, least=0, most=1), spend=column(2, 4), spend_at=column(2, 4, 3), wait_at=column(2, 3),
    p_alive=column(2, least=0, most=1), rate=column(2, least=0, most=3), later=column(2, 6, least=0, most=1),
)  # fmt: skip


def outlook(**changed: object) -> Outlook:
    """One member who orders about every 20 days, and has left with a probability of .1."""
    days = np.array([KNOTS], dtype=np.float64)
    plain = {
        "orders": 0.9 * days / 20,
        "orders_at": np.array([[[0.1, 0.4, 1.8], [0.5, 1.6, 3.2], [2.1, 4.5, 7.9], [9.0, 16.0, 24.0]]]),
        "p_none": 0.1 + 0.9 * np.exp(-days / 20),
        "spend": 9.0 * days / 20,
        "spend_at": np.array([[[0, 0, 20.0], [0, 10, 40], [15, 40, 90], [80, 160, 300]]]),
        "wait_at": np.array([[2.3, 16.0, 44.0]]),
        "p_alive": np.array([0.9]),
        "rate": np.array([0.05]),
        "later": np.array([[0.9] * 6]),
    }  # fmt: skip
    return Outlook(**(plain | changed))  # type: ignore[arg-type]  # by name


def history(n: int) -> PurchaseHistory:
    members, days = np.repeat(np.arange(n), 2), np.tile([1, 20], n)
    return PurchaseHistory.from_orders(members, days * 86_400, np.full(2 * n, 5.0), as_of_day=30)
