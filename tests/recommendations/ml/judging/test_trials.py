"""Who is asked about what, and what may be known beforehand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from learning.interaction_files import InputError
from learning.interactions import SECONDS_PER_DAY, Interactions
from recommendations.ml.judging.trials import Trial, leave_last_out_trial, time_split_trials
from recommendations.ml.surfaces import BUY_AGAIN, FOR_YOU

Rows = list[tuple[int, int, int]]
purchases = st.lists(
    st.tuples(st.integers(1, 4), st.integers(10, 15), st.integers(0, 20)), min_size=3, max_size=30
)


def of_rows(rows: Rows) -> Interactions:
    """Rows of (member, product, day)."""
    members, products, days = np.array(rows).T
    return Interactions.from_ids(members, products, days * SECONDS_PER_DAY)


def split_at_day(rows: Rows, day: int, *, surface: str, horizon_days: int = 7, folds: int = 1) -> list[Trial]:
    return list(
        time_split_trials(
            of_rows(rows),
            cut=day * SECONDS_PER_DAY,
            horizon_days=horizon_days,
            surface=surface,
            folds=folds,
        )
    )


def answers(trial: Trial) -> dict[int, list[int]]:
    """Member -> the products that were right, as far as a model can know them."""
    members = trial.history.members.ids[trial.member_rows].tolist()
    products = trial.train.products.ids
    return {
        member: sorted(products[rows].tolist()) for member, rows in zip(members, trial.relevant, strict=True)
    }


def test_the_last_product_is_judged_from_all_before_it():
    trial = leave_last_out_trial(of_rows([(1, 10, 0), (1, 11, 1), (1, 12, 2), (1, 13, 3)]))

    assert answers(trial) == {1: [13]}
    assert trial.train.timestamps.max() == SECONDS_PER_DAY
    assert trial.history.timestamps.max() == 2 * SECONDS_PER_DAY


def test_the_validation_asks_for_the_one_before_the_last():
    trial = leave_last_out_trial(of_rows([(1, 10, 0), (1, 11, 1), (1, 12, 2), (1, 13, 3)]), part="validation")

    assert answers(trial) == {1: [12]}
    assert trial.history.timestamps.max() == SECONDS_PER_DAY
    assert trial.tuning is None


def test_a_last_product_that_was_bought_before_is_not_judged():
    rows = [(1, 10, 0), (1, 11, 1), (1, 10, 2), (2, 10, 0), (2, 11, 1), (2, 12, 2)]

    assert answers(leave_last_out_trial(of_rows(rows))) == {2: [12]}


def test_short_histories_train_but_are_not_judged():
    rows = [(1, 10, 0), (1, 11, 1), (2, 10, 0), (2, 11, 1), (2, 12, 2)]
    trial = leave_last_out_trial(of_rows(rows))

    assert answers(trial) == {2: [12]}
    assert (trial.train.member_rows == 0).sum() == 2


def test_a_file_without_a_question_is_refused():
    with pytest.raises(InputError, match="three products of which the last is new"):
        leave_last_out_trial(of_rows([(1, 10, 0), (1, 11, 1)]))


@given(purchases)
def test_settings_are_chosen_without_the_judged_products(rows: Rows):
    data = of_rows(rows)
    try:
        trial = leave_last_out_trial(data)
    except InputError:
        assume(False)
        raise
    for part in (trial, trial.tuning):
        if part is None:
            continue
        seen = part.history.to_csr()
        for member, wanted in zip(part.member_rows, part.relevant, strict=True):
            assert not seen[member, wanted[0]]


def test_for_you_asks_for_new_products_within_the_horizon():
    rows = [(1, 10, 0), (1, 10, 11), (1, 11, 12), (1, 12, 19), (2, 11, 3), (2, 12, 30), (3, 10, 12)]
    (trial,) = split_at_day(rows, 10, surface=FOR_YOU)

    # 12 comes after the horizon, member 2 buys nothing within it, member 3 has no past
    assert answers(trial) == {1: [11]}
    assert trial.exclude_seen


def test_a_product_that_nobody_knew_counts_but_cannot_be_listed():
    rows = [(1, 10, 0), (2, 11, 0), (1, 11, 12), (1, 99, 12)]
    (trial,) = split_at_day(rows, 10, surface=FOR_YOU)

    assert answers(trial) == {1: [11]}
    assert trial.n_relevant.tolist() == [2]


def test_buy_again_asks_for_the_whole_first_order_after_the_cut():
    rows = [(1, 10, 0), (2, 11, 0), (1, 10, 12), (1, 11, 12), (1, 12, 13), (2, 12, 0)]
    (trial,) = split_at_day(rows, 10, surface=BUY_AGAIN)

    assert answers(trial) == {1: [10, 11]}
    assert not trial.exclude_seen


def test_each_fold_moves_the_cut_by_a_horizon():
    rows = [(1, product, day) for product, day in zip(range(10, 40), range(30), strict=True)]
    rows += [(2, product, day) for product, day in zip(range(39, 9, -1), range(30), strict=True)]
    trials = split_at_day(rows, 10, surface=FOR_YOU, folds=2)

    assert [trial.train.timestamps.max() // SECONDS_PER_DAY for trial in trials] == [9, 16]
    assert [trial.fold for trial in trials] == [0, 1]


@pytest.mark.parametrize(("day", "side"), [(0, "before the cut"), (50, "in the 7 days from the cut")])
def test_an_empty_side_is_named(day: int, side: str):
    with pytest.raises(InputError, match=side):
        split_at_day([(1, 10, 0), (1, 11, 12)], day, surface=FOR_YOU)


def test_a_window_of_newcomers_has_nobody_to_ask():
    with pytest.raises(InputError, match="nobody with orders before the cut"):
        split_at_day([(1, 10, 0), (2, 11, 12)], 10, surface=FOR_YOU)


@given(purchases, st.integers(3, 18), st.sampled_from((FOR_YOU, BUY_AGAIN)))
def test_answers_are_those_of_a_loop_over_the_rows(rows: Rows, day: int, surface: str):
    try:
        (trial,) = split_at_day(rows, day, surface=surface)
    except InputError:
        assume(False)
        raise
    before = {(m, p) for m, p, d in rows if d < day}
    expected: dict[int, set[int]] = {}
    for member in {m for m, _p in before}:
        window = [(p, d) for m, p, d in rows if m == member and day <= d < day + 7]
        if surface == BUY_AGAIN:
            first = min((d for _p, d in window), default=None)
            wanted = {p for p, d in window if d == first}
        else:
            wanted = {p for p, _d in window if (member, p) not in before}
        if wanted:
            expected[member] = wanted
    known = {p for _m, p in before}

    assert answers(trial) == {member: sorted(wanted & known) for member, wanted in expected.items()}
    assert trial.n_relevant.tolist() == [len(expected[member]) for member in sorted(expected)]


def test_a_sample_keeps_members_and_answers_together():
    rows = [(member, product, product - 10) for member in range(1, 9) for product in range(10, 14)]
    rows += [(member, 20 + member, 30) for member in range(1, 9)]
    whole = leave_last_out_trial(of_rows(rows))
    part = whole.sample(3, rng=np.random.default_rng(1))

    assert len(part.member_rows) == 3
    assert answers(part).items() <= answers(whole).items()
    assert whole.sample(100, rng=np.random.default_rng(1)) is whole
