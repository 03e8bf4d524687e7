"""Who the demo's members are."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from demo.context import DAY, make_habits
from demo.people import TIERS, make_members
from membership.cleaning.values import Unclean, clean_country, clean_email, clean_phone

LAST_DAY = date(2026, 3, 15)
HOLD_BACK = 20_000 * DAY
N = 300


@pytest.fixture(scope="module")
def members() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    households = np.arange(1, N + 1)
    habits = make_habits(households=households, rng=rng)
    orders = pd.DataFrame(
        {
            "household": np.repeat(households, 3),
            "placed": HOLD_BACK - rng.integers(DAY, 300 * DAY, 3 * N),
            "paid": rng.integers(100, 9_000, 3 * N),
        }
    )
    table = pd.DataFrame(
        {
            "age": "35-44", "home_ownership": "Renter", "household_comp": "1 Adult No Kids",
            "marital_status": "Unmarried",
        },
        index=households[:100],
    )  # fmt: skip
    return make_members(
        habits=habits,
        orders=orders,
        demographics=table,
        last_day=LAST_DAY,
        hold_back=HOLD_BACK,
        seed=1,
        rng=rng,
    )


def test_every_member_has_a_number_and_a_name_of_their_own(members) -> None:
    assert members["member_no"].is_unique
    assert members["name"].str.len().min() > 1


def test_contact_details_can_be_cleaned_and_belong_to_one_member(members) -> None:
    emails = [clean_email(value) for value in members["email"] if isinstance(value, str)]
    phones = [
        clean_phone(phone, region=clean_country(country) or "US")
        for phone, country in zip(members["phone"], members["country"], strict=True)
        if isinstance(phone, str)
    ]

    assert len(set(emails)) == len(emails) > 0.9 * N
    assert len(set(phones)) == len(phones) > 0.85 * N


def test_addresses_lie_in_domains_for_examples(members) -> None:
    domains = {str(value).strip().lower().partition("@")[2] for value in members["email"].dropna()}

    assert all(domain.endswith(("example.com", "example.org", "example.net")) for domain in domains)


def test_ages_fit_the_band_that_the_survey_knows(members) -> None:
    known = [LAST_DAY.year - born.year for born in members["birth_date"][:100] if born is not None]

    assert min(known) >= 34
    assert max(known) <= 45
    assert members["birth_date"].isna().any()


def test_tags_come_from_the_survey_and_others_have_none(members) -> None:
    assert set(members["tags"][:100]) == {"age 35-44;renter;no children;unmarried"}
    assert set(members["tags"][100:]) == {""}


def test_the_biggest_spenders_have_the_best_tiers(members) -> None:
    shares = members["tier"].value_counts(normalize=True)

    before = 0.0
    for name, share in TIERS:
        assert shares[name] == pytest.approx(share - before, abs=0.01)
        before = share


def test_everybody_joined_before_the_replay_begins(members) -> None:
    assert members["joined_at"].max() < HOLD_BACK


def test_few_countries_are_untidy_and_all_can_be_read(members) -> None:
    def readable(value: str) -> bool:
        try:
            return clean_country(value) is not None
        except Unclean:
            return False

    assert members["country"].map(readable).all()
    assert members["country"].isin(["us", "USA"]).mean() < 0.06
