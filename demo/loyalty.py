"""Generated: loyalty points and consents of the demo's members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo import gettext_noop
from demo.context import DAY

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

POINTS_LIVE_DAYS = 365
MONTH = 30 * DAY
WELCOME_POINTS = 50
# purpose, channel, how many agree when they sign up
CONSENT_SHARES = (
    ("marketing", "email", 0.78),
    ("marketing", "sms", 0.42),
    ("marketing", "post", 0.55),
    ("profiling", "onsite", 0.88),
)


def make_points(
    *, members: pd.DataFrame, orders: pd.DataFrame, hold_back: int, rng: np.random.Generator
) -> pd.DataFrame:
    """One point for each dollar, credited monthly; some are spent at times. Balances never fall below zero.

    What is spent carries the expiry of the points it uses, so that it leaves the balance together with them.
    """
    import numpy as np
    import pandas as pd

    past = orders[orders["placed"] < hold_back]
    month = past["placed"] // MONTH
    earned = past.groupby([past["household"], month])["paid"].sum().reset_index()
    earned = earned[earned["paid"] >= 100]
    credited = np.minimum((earned["placed"].to_numpy() + 1) * MONTH, hold_back - 60)
    number = np.array([f"M{household:05d}" for household in earned["household"]], dtype=object)
    got = pd.DataFrame(
        {
            "member_no": number,
            "points": earned["paid"].to_numpy() // 100,
            "reason": gettext_noop("Purchases"),
            "occurred_at": credited,
            "expires_at": credited + POINTS_LIVE_DAYS * DAY,
        }
    )
    chosen = got[(got["points"] >= 80).to_numpy() & (rng.random(len(got)) < 0.2)]
    later = np.minimum(chosen["occurred_at"] + rng.integers(DAY, 40 * DAY, len(chosen)), hold_back - 30)
    spent = chosen.assign(
        points=-(chosen["points"] * rng.uniform(0.3, 0.9, len(chosen))).astype(np.int64),
        reason=gettext_noop("Voucher"),
        occurred_at=later,
    )
    joined = members["joined_at"].to_numpy()
    welcome = pd.DataFrame(
        {
            "member_no": members["member_no"].to_numpy(),
            "points": WELCOME_POINTS,
            "reason": gettext_noop("Welcome"),
            "occurred_at": joined,
            "expires_at": joined + POINTS_LIVE_DAYS * DAY,
        }
    )
    every = pd.concat([welcome, got, spent], ignore_index=True)
    return every.sort_values(["occurred_at", "member_no", "points"], kind="stable", ignore_index=True)


def make_consents(*, members: pd.DataFrame, hold_back: int, rng: np.random.Generator) -> pd.DataFrame:
    """An answer to each question at sign-up; some are withdrawn later."""
    import numpy as np
    import pandas as pd

    joined = members["joined_at"].to_numpy()
    parts = []
    for purpose, channel, share in CONSENT_SHARES:
        granted = rng.random(len(members)) < share
        withdrawn = granted & (rng.random(len(members)) < 0.07)
        later = joined + (rng.random(len(members)) * (hold_back - joined)).astype(np.int64) + 1
        row = {"member_no": members["member_no"], "purpose": purpose, "channel": channel}
        parts.append(pd.DataFrame(row | {"granted": granted, "source": "sign-up", "occurred_at": joined}))
        taken_back = pd.DataFrame(row | {"granted": False, "source": "preference page", "occurred_at": later})
        parts.append(taken_back[withdrawn])
    every = pd.concat(parts, ignore_index=True)
    return every.sort_values(["occurred_at", "member_no", "channel"], kind="stable", ignore_index=True)
