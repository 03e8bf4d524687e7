from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from learning.interaction_files import InputError
from learning.interactions import SECONDS_PER_DAY, Interactions
from learning.measuring import Cost
from recommendations.ml.judging.evaluation import Outcome, evaluate, judge
from recommendations.ml.judging.trials import Trial
from recommendations.ml.popularity import Popularity, PopularityConfig
from recommendations.ml.surfaces import BUY_AGAIN, FOR_YOU

# product 10 has three buyers, 11 two, 12 and 13 one each
ROWS = [(1, 10), (2, 10), (3, 10), (1, 11), (2, 11), (3, 12), (4, 13)]


def trial(*, surface: str = FOR_YOU, ids: type = int) -> Trial:
    """Member 1 went on to buy 12, member 4 bought 10 and one that nobody knew."""
    members, products = np.array(ROWS).T
    train = Interactions.from_ids(members, products.astype(ids), np.arange(7) * SECONDS_PER_DAY)
    relevant = [np.array([2]), np.array([0])]
    return Trial(
        0,
        surface,
        train,
        train,
        np.array([0, 3]),
        relevant,
        np.array([1, 2]),
        exclude_seen=surface == FOR_YOU,
    )


def judged(judged_trial: Trial, **options: object) -> Outcome:
    fitted = Popularity().fit(judged_trial.train, rng=np.random.default_rng(0))
    return judge(fitted, judged_trial, seed=1, cost=Cost(), **options)  # type: ignore[arg-type]  # by name


def test_the_figures_are_those_done_by_hand():
    """Member 1 is offered 13, then 12, both fresh; member 4 first 10: popularity fades over these days."""
    outcome = judged(trial())
    lists = outcome.product_ids.tolist()
    gains = [1 / np.log2(lists[0].index(12) + 2), 1 / np.log2(lists[1].index(10) + 2)]
    ideal = [1, 1 + 1 / np.log2(3)]
    expected = [gain / best for gain, best in zip(gains, ideal, strict=True)]

    assert outcome.ndcg.tolist() == pytest.approx(expected)
    assert outcome.figures["ndcg@10"] == pytest.approx(np.mean(expected))
    assert outcome.figures["recall@10"] == pytest.approx((1 + 1 / 2) / 2)


def test_what_was_bought_is_listed_only_where_it_may_be():
    new, again = judged(trial()), judged(trial(surface=BUY_AGAIN))

    assert set(new.product_ids[0].tolist()) & {10, 11} == set()
    assert {10, 11} <= set(again.product_ids[0].tolist())


def test_the_rest_of_a_short_list_is_empty():
    assert judged(trial()).product_ids[0, 2:].tolist() == [-1] * 8
    assert judged(trial(ids=str)).product_ids[0, 2:].tolist() == [""] * 8


def test_lists_may_be_longer_than_the_ten_that_are_judged():
    outcome = judged(trial(), list_length=25)

    assert outcome.product_ids.shape == (2, 25)
    assert outcome.figures["ndcg@10"] == judged(trial()).figures["ndcg@10"]


def test_figures_of_groups_are_of_their_members_alone():
    outcome = judged(trial(), groups={"1": "old", "4": "new", "77": "old"})
    groups = outcome.figures["by_group"]

    assert groups["old"]["ndcg@10"] == pytest.approx(outcome.ndcg[0])
    assert groups["new"]["ndcg@10"] == pytest.approx(outcome.ndcg[1])


def test_members_without_a_group_are_in_none():
    groups = judged(trial(), groups={"1": "old"}).figures["by_group"]

    assert {name: part["members"] for name, part in groups.items()} == {"old": 1}


def test_diversity_counts_lists_with_two_described_products():
    judged_trial = trial()
    described = judged_trial.train.described({10: ["a"], 11: ["b"], 12: ["a"], 13: ["b"]})
    figures = judged(replace(judged_trial, train=described, history=described)).figures

    assert figures["diversity@10"] == pytest.approx((1 + 2 / 3) / 2)
    assert "diversity@10" not in judged(judged_trial).figures


def test_an_unknown_model_is_refused_with_the_known_ones():
    with pytest.raises(InputError, match=r"no model 'oracle'; known: popularity, .*blend"):
        evaluate(trial(), model="oracle", seed=1)


def test_a_model_is_fitted_on_the_training_part_and_reads_the_history():
    judged_trial = trial()
    later = Interactions.from_ids([5], [11], [0])
    history = replace(later, products=judged_trial.train.products, product_rows=np.array([1]))
    moved = replace(
        judged_trial,
        history=history,
        member_rows=np.array([0]),
        relevant=[np.array([0])],
        n_relevant=np.array([1]),
    )
    outcome = evaluate(moved, model="popularity", seed=1)

    assert outcome.member_ids.tolist() == [5]
    assert 11 not in outcome.product_ids[0]


def test_settings_other_than_the_defaults_may_be_given():
    plain = evaluate(trial(), model="popularity", seed=1, unfitted=Popularity(PopularityConfig(None)))

    assert plain.product_ids[1, 0] == 10  # three buyers, however long ago


def test_the_interval_holds_the_mean():
    figures = judged(trial()).figures

    assert figures["ndcg@10_low"] <= figures["ndcg@10"] <= figures["ndcg@10_high"]
