"""Points and consents of the demo's members."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from demo.context import DAY
from demo.loyalty import CONSENT_SHARES, POINTS_LIVE_DAYS, make_consents, make_points

NOW = 600 * DAY


@pytest.fixture(scope="module")
def members() -> pd.DataFrame:
    numbers = [f"M{household:05d}" for household in range(200)]
    return pd.DataFrame({"member_no": numbers, "joined_at": 100 * DAY})


@pytest.fixture(scope="module")
def points(members) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    orders = pd.DataFrame(
        {
            "household": rng.integers(0, 200, 4_000),
            "placed": rng.integers(120 * DAY, NOW + 9 * DAY, 4_000),
            "paid": rng.integers(50, 20_000, 4_000),
        }
    )
    return make_points(members=members, orders=orders, hold_back=NOW, rng=np.random.default_rng(2))


def test_everybody_is_welcomed_once_when_they_join(points) -> None:
    welcome = points[points["reason"] == "Welcome"]

    assert welcome["member_no"].is_unique
    assert (len(welcome), set(welcome["occurred_at"])) == (200, {100 * DAY})


def test_nothing_happens_after_the_replay_begins_and_nothing_lasts_longer_than_a_year(points) -> None:
    assert points["occurred_at"].max() < NOW
    earned = points[points["points"] > 0]
    assert ((earned["expires_at"] - earned["occurred_at"]) == POINTS_LIVE_DAYS * DAY).all()


def test_no_entry_is_zero_and_some_are_spent(points) -> None:
    assert (points["points"] != 0).all()
    assert (points["points"] < 0).any()


@pytest.mark.parametrize("day", range(100, 1_000, 45))
def test_no_balance_is_below_zero_on_any_day_also_after_points_expire(points, day) -> None:
    now = day * DAY
    valid = points[(points["occurred_at"] <= now) & (points["expires_at"] > now)]

    assert (valid.groupby("member_no")["points"].sum() >= 0).all()


def test_every_consent_is_given_or_refused_at_sign_up_and_some_are_withdrawn_later(members) -> None:
    consents = make_consents(members=members, hold_back=NOW, rng=np.random.default_rng(3))

    first = consents[consents["source"] == "sign-up"]
    withdrawn = consents[consents["source"] == "preference page"]
    assert len(first) == 200 * len(CONSENT_SHARES)
    assert not withdrawn["granted"].any()
    assert (withdrawn["occurred_at"] > 100 * DAY).all()
    assert 0 < len(withdrawn) < len(first) / 5


def test_about_as_many_agree_as_intended(members) -> None:
    consents = make_consents(members=members, hold_back=NOW, rng=np.random.default_rng(3))
    first = consents[consents["source"] == "sign-up"].groupby(["purpose", "channel"])["granted"].mean()

    for purpose, channel, share in CONSENT_SHARES:
        assert first[purpose, channel] == pytest.approx(share, abs=0.12)
