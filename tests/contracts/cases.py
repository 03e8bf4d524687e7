"""The estimators that the contract tests run on. An app's engineer appends a ``Case`` to ``CASES``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasts.ml.demand.demand import Demand
from forecasts.ml.demand.sales_history import SalesHistory
from forecasts.ml.members.boosted_purchases import BoostedPurchases
from forecasts.ml.members.classical import Classical
from forecasts.ml.members.forecast_blend import MemberBlend
from forecasts.ml.members.habit import Habit
from forecasts.ml.members.purchase_history import PurchaseHistory
from fraud.ml.models.blend import BlendConfig as FraudBlendConfig
from fraud.ml.models.blend import FraudBlend
from fraud.ml.models.boosted_trees import BoostedTrees, TreesConfig
from fraud.ml.models.isolation_forest import ForestConfig, IsolationForest
from fraud.ml.models.logistic import LogisticFraud
from fraud.ml.models.lstm import LstmConfig, MemberLstm
from fraud.ml.models.two_sequence_lstm import TwoLstmConfig, TwoSequenceLstm
from fraud.ml.orders.training_data import LabelledSequences
from learning.interactions import SECONDS_PER_DAY, Interactions
from learning.metrics.detection import average_precision
from membership.segments.ml.clusters import Clusters, ClustersConfig, FigureTable
from recommendations.ml.blending.blend import Blend, BlendConfig
from recommendations.ml.factors.als import Als, AlsConfig
from recommendations.ml.factors.gan import Gan, GanConfig
from recommendations.ml.factors.neural_cf import NeuralCf, NeuralCfConfig
from recommendations.ml.ordering.ease import Ease, EaseConfig
from recommendations.ml.ordering.linear import LinearConfig, LinearTransitions
from recommendations.ml.ordering.next_product import NextProduct, NextProductConfig
from recommendations.ml.ordering.transitions import ItemTransitions
from recommendations.ml.popularity import Popularity
from recommendations.ml.repeat.ranker import PurchaseRanker
from recommendations.ml.sequence.training import TrainingConfig
from recommendations.ml.sequence.transformer import SequenceConfig, SequenceTransformer
from tests.forecasts.toys import (
    SMALL_BLEND,
    SMALL_BOOSTED,
    SMALL_DEMAND,
    regulars_and_leavers,
    steady_sales,
)
from tests.forecasts.toys import without_an_amount as without_one_amount
from tests.fraud.toys import (
    echo_of_a_coupon,
    few_strange_orders,
    large_amounts,
    robbed_stores,
    without_an_amount,
)
from tests.membership.segments.member_groups import grouped_members


@dataclass(frozen=True)
class Toy:
    """A small problem with a known answer."""

    data: Any
    """What ``fit`` takes."""
    broken: Any
    """The same with a NaN in it."""
    inputs: Any
    """What ``score`` takes."""
    one: Callable[[Any, int], Any]
    """(inputs, n) -> the inputs of row n alone."""
    quality: Callable[[NDArray[np.float32]], float]
    """How right the scores of ``inputs`` are; higher is better."""
    floor: float
    """A model that has learned reaches this quality."""


@dataclass(frozen=True)
class Case:
    """``build`` and ``baseline`` make unfitted models, small enough to fit in a second."""

    name: str
    build: Callable[[], Any]
    toy: Callable[[], Toy]
    baseline: Callable[[], Any] | None = None


N_GROUPS, MEMBERS_A_GROUP, PRODUCTS_A_GROUP = 3, 12, 8


def three_tastes() -> Toy:
    """Each group of members buys its own products, and each member has left one of them out.

    The quality is the share of members whose best new product is the one they left out.
    """
    members, products, missing = [], [], []
    for group in range(N_GROUPS):
        for member in range(MEMBERS_A_GROUP):
            left_out = member % PRODUCTS_A_GROUP
            missing.append(group * PRODUCTS_A_GROUP + left_out)
            for product in range(PRODUCTS_A_GROUP):
                if product != left_out:
                    members.append(group * MEMBERS_A_GROUP + member)
                    products.append(group * PRODUCTS_A_GROUP + product)
    times = np.random.default_rng(5).integers(0, 20 * SECONDS_PER_DAY, size=len(members))
    data = Interactions.from_ids(members, products, times)
    broken = replace(data, values=np.where(np.arange(len(data)) == 3, np.nan, data.values).astype(np.float32))

    def quality(scores: NDArray[np.float32]) -> float:
        new = np.where(data.to_csr().toarray() > 0, -np.inf, scores)
        return float((new.argmax(axis=1) == np.array(missing)).mean())

    return Toy(data, broken, np.arange(data.n_members), lambda rows, n: rows[n : n + 1], quality, floor=0.95)


def one_favourite() -> Toy:
    """One product has twice the buyers of any other; the quality is the share of members who get it first."""
    members = [*range(20), *range(10), *range(10)]
    products = [7] * 20 + [3] * 10 + [9] * 10
    data = Interactions.from_ids(members, products, np.zeros(len(members), dtype=np.int64))
    broken = replace(data, values=np.full(len(data), np.nan, dtype=np.float32))

    def quality(scores: NDArray[np.float32]) -> float:
        return float((scores.argmax(axis=1) == 1).mean())  # row 1 of the products 3, 7, 9

    return Toy(data, broken, np.arange(data.n_members), lambda rows, n: rows[n : n + 1], quality, floor=1.0)


def frauds(data: LabelledSequences, *, floor: float) -> Toy:
    """The quality is the average precision on the training orders."""

    def quality(scores: NDArray[np.float32]) -> float:
        return average_precision(data.is_fraud, scores)

    broken = without_an_amount(data)
    return Toy(data, broken, data.sequences, lambda all_of, n: all_of.select(slice(n, n + 1)), quality, floor)


def strange_orders(*, floor: float) -> Toy:
    """Orders without labels; the quality is the average precision of those that are unlike the others."""
    toy = frauds(few_strange_orders(), floor=floor)
    return replace(toy, data=toy.data.sequences, broken=toy.broken.sequences)


def steady_products() -> Toy:
    """Products that sell about 5, 10, … 60 a week; the quality is 1 less their mean relative error."""
    sales = steady_sales()
    units = sales.units.copy()
    units[2, 5] = np.nan
    usual = np.arange(5, 65, 5)

    def quality(scores: NDArray[np.float32]) -> float:
        return 1.0 - float((np.abs(scores[:12] - usual) / usual).mean())

    def one(rows: SalesHistory, n: int) -> SalesHistory:
        # how the whole shop moved is part of what is known of a product, so the others stay, behind it
        return rows.select(np.r_[n, np.delete(np.arange(len(rows)), n)])

    return Toy(sales, replace(sales, units=units), sales, one, quality, floor=0.8)


def four_groups() -> Toy:
    """The quality is the share of members whose group is the one that most of their own kind are in."""
    table, groups = grouped_members(200)
    values = table.values.copy()
    values[3, 2] = np.nan

    def quality(scores: NDArray[np.float32]) -> float:
        best = scores.argmax(axis=1)
        return float(sum(np.bincount(best[groups == group]).max() for group in range(4)) / len(best))

    def one(rows: FigureTable, n: int) -> FigureTable:
        return rows.rows(np.array([n]))

    return Toy(table, replace(table, values=values), table, one, quality, floor=0.99)


def leavers() -> Toy:
    """Half of the members left long ago; the quality is the explained share of the future's variance."""
    history, future = regulars_and_leavers()

    def quality(scores: NDArray[np.float32]) -> float:
        return float(1.0 - ((scores - future) ** 2).mean() / future.var())

    def one(members: PurchaseHistory, n: int) -> PurchaseHistory:
        return members.select(np.array([n]))

    return Toy(history, without_one_amount(history), history, one, quality, floor=0.8)


SMALL_LSTM = LstmConfig(
    hidden_size=16, head_size=8, dropout=0.0, epochs=15, batch_size=64, learning_rate=0.02
)
SMALL_ALS = AlsConfig(factors=8, iterations=8)
SMALL_SEQUENCE = SequenceConfig(
    dimension=16,
    layers=1,
    dropout=0.3,
    training=TrainingConfig(learning_rate=0.02, epochs=20, positions_a_batch=64),
)
SMALL_LINEAR = LinearConfig(regularization=1.0)

SMALL_TREES = TreesConfig(trees=40, learning_rate=0.1)
SMALL_TWO_LSTM = TwoLstmConfig(
    hidden_size=8, head_size=16, dropout=0.0, epochs=8, batch_size=64, learning_rate=0.02, averaging=0.9
)
SMALL_FRAUD_BLEND = FraudBlendConfig(lstm=SMALL_TWO_LSTM, boosted_trees=SMALL_TREES)

SMALL_NEURAL_CF = NeuralCfConfig(embedding_size=8, epochs=80, batch_size=64, reg=1e-5, negatives=8)

CASES: list[Case] = [
    Case("kmeans", lambda: Clusters(ClustersConfig(most=5, restarts=2, halves=1)), four_groups),
    Case("popularity", Popularity, one_favourite),
    Case("item_transitions", ItemTransitions, three_tastes, baseline=Popularity),
    Case(
        "sequence_transformer",
        lambda: SequenceTransformer(SMALL_SEQUENCE),
        three_tastes,
        baseline=Popularity,
    ),
    Case("linear_transitions", lambda: LinearTransitions(SMALL_LINEAR), three_tastes, baseline=Popularity),
    Case(
        "next_product",
        lambda: NextProduct(NextProductConfig(linear=SMALL_LINEAR, sequence=SMALL_SEQUENCE)),
        three_tastes,
        baseline=Popularity,
    ),
    Case("als", lambda: Als(SMALL_ALS), three_tastes, baseline=Popularity),
    Case("ease", lambda: Ease(EaseConfig(regularization=1.0)), three_tastes, baseline=Popularity),
    Case("gan", lambda: Gan(GanConfig(als=SMALL_ALS, epochs=5)), three_tastes, baseline=Popularity),
    Case("neural_cf", lambda: NeuralCf(SMALL_NEURAL_CF), three_tastes, baseline=Popularity),
    Case("purchase_ranker", PurchaseRanker, three_tastes, baseline=Popularity),
    Case("blend", lambda: Blend(BlendConfig(als=SMALL_ALS)), three_tastes, baseline=Popularity),
    Case("logistic", LogisticFraud, lambda: frauds(large_amounts(), floor=0.9)),
    Case(
        "lstm_member",
        lambda: MemberLstm(SMALL_LSTM),
        lambda: frauds(echo_of_a_coupon(), floor=0.9),
        baseline=LogisticFraud,
    ),
    Case(
        "boosted_trees",
        lambda: BoostedTrees(SMALL_TREES),
        lambda: frauds(robbed_stores(), floor=0.9),
        baseline=LogisticFraud,
    ),
    Case(
        "lstm",
        lambda: TwoSequenceLstm(SMALL_TWO_LSTM),
        lambda: frauds(robbed_stores(), floor=0.9),
        baseline=lambda: MemberLstm(SMALL_LSTM),
    ),
    Case(
        "fraud_blend",
        lambda: FraudBlend(SMALL_FRAUD_BLEND),
        lambda: frauds(robbed_stores(), floor=0.9),
        baseline=LogisticFraud,
    ),
    Case(
        "isolation_forest",
        lambda: IsolationForest(ForestConfig(trees=60)),
        lambda: strange_orders(floor=0.9),
    ),
    Case("pareto_nbd", Classical, leavers, baseline=Habit),
    Case("boosted_purchases", lambda: BoostedPurchases(SMALL_BOOSTED), leavers, baseline=Habit),
    Case("demand", lambda: Demand(SMALL_DEMAND), steady_products),
    Case("member_blend", lambda: MemberBlend(SMALL_BLEND), leavers, baseline=Habit),
]
