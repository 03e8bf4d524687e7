from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from learning.estimator import ArtefactError
from learning.interactions import SECONDS_PER_DAY, Interactions
from recommendations.ml.repeat.features import HABIT_NAMES, NAMES, HabitTable, product_table, usual_gaps
from recommendations.ml.repeat.kinds import kinds_of
from recommendations.ml.repeat.log import PurchaseLog, purchase_value
from recommendations.ml.repeat.ranker import PurchaseRanker, PurchaseRankerConfig
from recommendations.ml.repeat.snapshot import CandidateConfig, Snapshot
from recommendations.ml.repeat.user_neighbours import NeighboursConfig
from recommendations.ml.surfaces import BUY_AGAIN, FOR_YOU

SMALL = PurchaseRankerConfig(moments=3, trees=20, leaves=(15,), least_in_leaf=50, members_a_moment=100)
N_MEMBERS, N_DAYS = 60, 210
MILK, SOAP = 0, 1
"""Milk is bought every 7 days, soap every 35; 2..29 are bought now and then."""


def rhythms() -> Interactions:
    rng = np.random.default_rng(3)
    rows = []
    for member in range(N_MEMBERS):
        for day in range(member % 7, N_DAYS, 7):
            rows += [(member, MILK, day), (member, int(rng.integers(2, 30)), day)]
            if (day // 7 + member) % 5 == 0:
                rows.append((member, SOAP, day))
    members, products, days = np.array(rows).T
    return Interactions.from_ids(members, products, days * SECONDS_PER_DAY)


@pytest.fixture(scope="module")
def ranker() -> PurchaseRanker:
    return PurchaseRanker(SMALL).fit(rhythms(), rng=np.random.default_rng(1))


def log_of(*rows: tuple[int, int, int]) -> PurchaseLog:
    """Rows of (member, product, day)."""
    members, products, days = np.array(rows).T
    return PurchaseLog.of(Interactions.from_ids(members, products, days * SECONDS_PER_DAY))


def test_lines_of_one_order_count_once():
    log = log_of((1, 5, 0), (1, 5, 0), (1, 6, 0), (1, 5, 3))

    assert len(log) == 3
    assert log.orders.sizes.tolist() == [2, 1]


def test_a_view_is_no_purchase():
    shop = rhythms()
    looks = replace(shop, values=np.where(shop.product_rows == SOAP, 0.05, 1.0).astype(np.float32))

    assert purchase_value(looks) == 0.5
    assert SOAP not in PurchaseLog.of(looks, least_value=0.5).product_rows


def test_days_count_back_from_the_end_of_the_newest_day():
    assert log_of((1, 5, 0), (1, 5, 3)).age_days.tolist() == [4.0, 1.0]


def test_a_habit_knows_its_rhythm():
    log = log_of((1, 5, 0), (1, 5, 10), (1, 6, 15), (1, 5, 20))
    table = HabitTable.of(log, np.full(log.n_products, 40.0, dtype=np.float32))
    features = dict(zip(HABIT_NAMES, table.of_pairs(np.array([0]), np.array([0]))[0], strict=True))

    assert (features["count"], features["own_gap"], features["last_days"]) == (3, 10, 1)
    assert features["due_own"] == pytest.approx(0.1)
    assert features["last_orders"] == 0


def test_a_pair_never_bought_has_no_rhythm():
    log = log_of((1, 5, 0), (2, 6, 10))
    features = HabitTable.of(log, np.ones(2, dtype=np.float32)).of_pairs(np.array([0]), np.array([1]))[0]

    assert features[0] == 0
    assert np.isnan(features[1:]).all()


def test_usual_gaps_are_those_of_the_product():
    weekly = [(member, 1, 7 * week) for member in range(30) for week in range(8)]
    monthly = [(member, 2, 30 * month) for member in range(30) for month in range(3)]

    assert usual_gaps(log_of(*weekly, *monthly)) == pytest.approx([7, 30], rel=0.3)


def test_a_season_needs_a_year_of_history():
    short, long = log_of((1, 1, 0), (1, 1, 90)), log_of((1, 1, 0), (1, 1, 390))
    column, kinds = NAMES.index("last_year_next"), kinds_of(None, 1)

    assert np.isnan(product_table(short, kinds)[:, column]).all()
    assert np.isfinite(product_table(long, kinds)[:, column]).all()


def test_later_purchases_change_no_earlier_features():
    moment = 150 * SECONDS_PER_DAY
    shop = rhythms()
    everything = PurchaseLog.of(shop).before(moment)
    past = PurchaseLog.of(shop.where(shop.timestamps < moment), as_of=moment)
    rows = np.arange(N_MEMBERS)
    pairs = [
        Snapshot.fit(log, NeighboursConfig(), kinds_of(None, 30)).candidates(
            rows, surface=BUY_AGAIN, config=CandidateConfig()
        )
        for log in (everything, past)
    ]

    np.testing.assert_array_equal(pairs[0].product_rows, pairs[1].product_rows)
    np.testing.assert_allclose(pairs[0].features, pairs[1].features, rtol=1e-5, atol=1e-6)


def before(day: int) -> Interactions:
    shop = rhythms()
    return shop.where(shop.timestamps < day * SECONDS_PER_DAY).narrowed()


def test_moments_that_an_earlier_fit_has_looked_back_to_are_not_looked_back_to_again(ranker: PurchaseRanker):
    earlier = PurchaseRanker(SMALL).fit(before(N_DAYS - 28), rng=np.random.default_rng(1))
    again = PurchaseRanker(SMALL).fit(rhythms(), rng=np.random.default_rng(1), earlier=earlier)

    ages = {(again.as_of_ - moment) // SECONDS_PER_DAY for moment in again.examples_}
    taken = {moment for moment in again.examples_ if again.examples_[moment] is earlier.examples_.get(moment)}
    assert ages == {28, 42, 56}
    assert taken == {again.as_of_ - 56 * SECONDS_PER_DAY}
    for moment, examples in ranker.examples_.items():
        for surface, example in examples.items():
            assert again.examples_[moment][surface].right.sum() == example.right.sum() > 0


def test_moments_whose_answers_an_earlier_fit_had_not_seen_are_read_again():
    earlier = PurchaseRanker(SMALL).fit(before(N_DAYS - 28), rng=np.random.default_rng(1))
    newest = max(earlier.examples_)

    assert earlier.examples_of(newest, config=SMALL) is not None
    earlier.as_of_ -= SECONDS_PER_DAY
    assert earlier.examples_of(newest, config=SMALL) is None


def test_nothing_is_taken_from_a_fit_of_another_recipe_or_from_a_loaded_model(
    ranker: PurchaseRanker, tmp_path: Path
):
    moment = max(ranker.examples_)
    ranker.save(tmp_path / "ranker")

    assert ranker.examples_of(moment, config=SMALL) is not None
    assert ranker.examples_of(moment, config=replace(SMALL, negatives=3)) is None
    assert PurchaseRanker.load(tmp_path / "ranker").examples_of(moment, config=SMALL) is None


def test_a_configuration_is_read_back_from_its_file():
    stored = json.loads(json.dumps(asdict(SMALL)))

    assert PurchaseRanker.from_parameters(stored).config == SMALL


def test_what_is_due_comes_before_what_is_not(ranker: PurchaseRanker):
    scores = ranker.score(np.arange(N_MEMBERS), surface=BUY_AGAIN)

    assert (scores[:, MILK] > scores[:, SOAP]).mean() > 0.9
    # soap comes every fifth week: the fifth of the members whose turn it is get it higher than the others
    weeks = (N_DAYS - 1 - np.arange(N_MEMBERS) % 7) // 7 + 1
    due = (weeks + np.arange(N_MEMBERS)) % 5 == 0
    assert scores[due, SOAP].mean() > scores[~due, SOAP].mean()


def test_single_pairs_score_as_in_the_whole(ranker: PurchaseRanker):
    members, products = np.array([3, 9, 9, 40]), np.array([MILK, SOAP, 20, 29])

    for surface in (FOR_YOU, BUY_AGAIN):
        whole = ranker.score(np.arange(N_MEMBERS), surface=surface)[members, products]
        np.testing.assert_allclose(ranker.score_pairs(members, products, surface=surface), whole, rtol=1e-5)


def test_the_same_history_folds_in_to_the_same_scores(ranker: PurchaseRanker):
    again = ranker.with_history(rhythms())
    rows = np.arange(N_MEMBERS)

    np.testing.assert_allclose(
        again.score(rows, surface=BUY_AGAIN), ranker.score(rows, surface=BUY_AGAIN), rtol=1e-3, atol=1e-4
    )


@pytest.mark.parametrize("product", [MILK, 999])
def test_a_newcomer_gets_finite_scores(ranker: PurchaseRanker, product: int):
    newcomer = Interactions.from_ids(["new"], [product], [N_DAYS * SECONDS_PER_DAY])
    scores = ranker.with_history(newcomer).score(np.array([0]), surface=BUY_AGAIN)

    assert np.isfinite(scores).all()
    assert scores.shape == (1, 30)


def test_trees_are_saved_as_text_and_score_the_same(ranker: PurchaseRanker, tmp_path: Path):
    ranker.save(tmp_path / "model")
    rows = np.arange(N_MEMBERS)
    loaded = PurchaseRanker.load(tmp_path / "model")

    for surface in (FOR_YOU, BUY_AGAIN):
        np.testing.assert_array_equal(
            loaded.score(rows, surface=surface), ranker.score(rows, surface=surface)
        )
    assert not list((tmp_path / "model").rglob("*.pkl"))


def test_damaged_trees_are_refused(ranker: PurchaseRanker, tmp_path: Path):
    ranker.save(tmp_path / "model")
    (tmp_path / "model" / "buy-again-0.txt").write_text("no trees")

    with pytest.raises(ArtefactError, match="trees"):
        PurchaseRanker.load(tmp_path / "model")


def test_own_products_are_named_as_reasons(ranker: PurchaseRanker):
    _, own, parts = next(ranker.contributions(np.array([0]), np.array([[MILK, 20]])))

    assert parts.shape == (1, own.shape[1], 2)
    assert np.isfinite(parts).all()


@pytest.mark.parametrize(
    "rows",
    [[(1, 1, 0)], [(1, 1, 0)] * 5, [(1, 1, day) for day in range(200)], [(m, 1, 50) for m in range(9)]],
    ids=["one line", "duplicates", "one product", "one moment"],
)
def test_degenerate_shops_are_fitted(rows: list[tuple[int, int, int]]):
    members, products, days = np.array(rows).T
    data = Interactions.from_ids(members, products, days * SECONDS_PER_DAY)
    model = PurchaseRanker(SMALL).fit(data, rng=np.random.default_rng(0))

    for surface in (FOR_YOU, BUY_AGAIN):
        assert np.isfinite(model.score(np.array([0]), surface=surface)).all()


@pytest.mark.numerics
@pytest.mark.parametrize("surface", [FOR_YOU, BUY_AGAIN])
@pytest.mark.parametrize("size", [1, 7, 25])
def test_some_of_the_members_are_scored_as_among_all(ranker: PurchaseRanker, surface: str, size: int):
    shop = replace(rhythms(), as_of=N_DAYS * SECONDS_PER_DAY)
    everybody = ranker.with_history(shop).score(np.arange(N_MEMBERS), surface=surface)
    parts = []
    for first in range(0, N_MEMBERS, size):
        some = shop.where((shop.member_rows >= first) & (shop.member_rows < first + size)).narrowed()
        parts.append(ranker.with_history(some).score(np.arange(some.n_members), surface=surface))

    np.testing.assert_array_equal(np.concatenate(parts), everybody)
