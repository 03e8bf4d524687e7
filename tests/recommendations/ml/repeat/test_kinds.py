from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from learning.estimator import ArtefactError
from learning.interactions import SECONDS_PER_DAY, Interactions
from recommendations.ml.repeat.features import PRODUCT_NAMES, product_table
from recommendations.ml.repeat.kinds import KIND_NAMES, KindTable, kinds_of, log_of_kinds
from recommendations.ml.repeat.log import PurchaseLog
from recommendations.ml.repeat.ranker import PurchaseRanker, PurchaseRankerConfig
from recommendations.ml.surfaces import FOR_YOU

SMALL = PurchaseRankerConfig(moments=3, trees=20, leaves=(8,), least_in_leaf=30, members_a_moment=100)
N_MEMBERS, N_DAYS, N_FLAVOURS = 80, 210, 30
PLAIN, VANILLA, SOAP, UNKNOWN = 0, 1, 2, 3


def shop(*rows: tuple[int, int, int]) -> Interactions:
    """Rows of (member, product, day)."""
    members, products, days = np.array(rows).T
    return Interactions.from_ids(members, products, days * SECONDS_PER_DAY)


def yoghurts() -> Interactions:
    """Plain and vanilla are yoghurt; nobody knows what product 3 is."""
    rows = [(0, PLAIN, 0), (0, VANILLA, 10), (0, PLAIN, 10), (0, SOAP, 15), (0, PLAIN, 20), (0, UNKNOWN, 20)]
    return shop(*rows).described({PLAIN: ["yoghurt"], VANILLA: ["yoghurt"], SOAP: ["soap"]})


def kind_columns(member: int, product: int) -> dict[str, float]:
    data = yoghurts()
    log, kinds = PurchaseLog.of(data), kinds_of(data.attributes, data.n_products)
    products = product_table(log, kinds)
    gaps, shares = (products[:, PRODUCT_NAMES.index(name)] for name in ("kind_gap", "kind_share"))
    table = KindTable.of(log, kinds, gaps, shares).of_pairs(np.array([member]), np.array([product]))
    return dict(zip(KIND_NAMES, table[0].tolist(), strict=True))


def flavours() -> Interactions:
    """Two tastes, each with thirty flavours of its own; nobody buys a flavour twice, and days are dice."""
    rng = np.random.default_rng(5)
    rows = []
    for member in range(N_MEMBERS):
        left = rng.permutation(N_FLAVOURS) + N_FLAVOURS * (member % 2)
        days = np.sort(rng.choice(N_DAYS, 14, replace=False))
        rows += [(member, int(flavour), int(day)) for flavour, day in zip(left, days, strict=False)]
        rows += [(member, 2 * N_FLAVOURS, int(day)) for day in days]
    kinds = {flavour: [f"taste {flavour // N_FLAVOURS}"] for flavour in range(2 * N_FLAVOURS)}
    return shop(*rows).described(kinds)


def test_products_with_the_same_attributes_are_of_one_kind():
    data = shop((0, 0, 0), (0, 1, 0), (0, 2, 0), (0, 3, 0))
    data = data.described({0: ["tea", "brand a"], 1: ["brand a", "tea"], 2: ["tea"]})
    kinds = kinds_of(data.attributes, data.n_products)

    assert kinds[0] == kinds[1] != kinds[2]
    assert kinds[3] == -1


def test_a_shop_without_attributes_has_no_kinds():
    assert kinds_of(None, 3).tolist() == [-1, -1, -1]


def test_a_kind_counts_once_an_order():
    data = yoghurts()
    whole = log_of_kinds(PurchaseLog.of(data), kinds_of(data.attributes, data.n_products))

    assert sorted(np.bincount(whole.product_rows).tolist()) == [1, 3]  # soap, and yoghurt on three days


def test_a_kind_is_due_by_all_its_products():
    columns = kind_columns(0, VANILLA)

    assert (columns["kind_count"], columns["kind_last_days"]) == (3, 1)
    assert columns["kind_due_own"] == pytest.approx(1 / 10)
    assert columns["count_share_of_kind"] == pytest.approx(1 / 4)
    assert columns["kind_since_own"] == pytest.approx(10)  # vanilla ten days before the newest yoghurt


def test_features_of_a_kind_are_missing_without_one():
    assert np.isnan(list(kind_columns(0, UNKNOWN).values())).all()


def test_trees_use_kinds():
    importance = PurchaseRanker(SMALL).fit(flavours(), rng=np.random.default_rng(1)).importance(FOR_YOU)

    assert sum(importance.get(name, 0.0) for name in KIND_NAMES) > 0.05


def test_kinds_survive_the_artefact_and_the_fold_in(tmp_path: Path):
    data = flavours()
    ranker = PurchaseRanker(SMALL).fit(data, rng=np.random.default_rng(1))
    ranker.save(tmp_path / "model")
    loaded = PurchaseRanker.load(tmp_path / "model")
    rows = np.arange(N_MEMBERS)

    np.testing.assert_array_equal(loaded.score(rows, surface=FOR_YOU), ranker.score(rows, surface=FOR_YOU))
    # a history brings no attributes of its own: the kinds are those that were learned
    again = loaded.with_history(replace(data, attributes=None))
    np.testing.assert_allclose(
        again.score(rows, surface=FOR_YOU), ranker.score(rows, surface=FOR_YOU), rtol=1e-3, atol=1e-4
    )


def test_an_artefact_with_other_features_is_refused(tmp_path: Path):
    ranker = PurchaseRanker(SMALL).fit(flavours(), rng=np.random.default_rng(1))
    ranker.snapshot_ = replace(ranker.snapshot_, products=ranker.snapshot_.products[:, :-3])
    ranker.save(tmp_path / "model")

    with pytest.raises(ArtefactError, match="older version"):
        PurchaseRanker.load(tmp_path / "model")
