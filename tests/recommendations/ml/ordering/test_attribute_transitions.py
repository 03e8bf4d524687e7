from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from recommendations.ml.ordering.attribute_transitions import AttributeTransitions, bundles

RNG = np.random.default_rng(8)
ATTRIBUTES = sparse.csr_matrix((RNG.random((6, 4)) < 0.5).astype(np.float32))
PAIRS = sparse.csr_matrix(RNG.integers(0, 3, (6, 6)).astype(np.float32))


def naive_bundles(attributes: np.ndarray) -> np.ndarray:
    shares = np.zeros(attributes.shape)
    carriers = (attributes > 0).sum(axis=0)
    for product, line in enumerate(attributes):
        weights = [
            value * np.log(1 + len(attributes) / max(n, 1)) for value, n in zip(line, carriers, strict=True)
        ]
        length = np.sqrt(sum(weight**2 for weight in weights))
        shares[product] = [weight / length if length else 0 for weight in weights]
    return shares


def test_bundles_weigh_rare_attributes_more_and_have_length_one():
    np.testing.assert_allclose(bundles(ATTRIBUTES).toarray(), naive_bundles(ATTRIBUTES.toarray()), atol=1e-6)


def test_a_product_without_attributes_has_an_empty_bundle():
    shares = bundles(sparse.csr_matrix(np.array([[1.0, 0.0], [0.0, 0.0]])))

    assert shares.toarray().tolist() == [[1, 0], [0, 0]]


def test_steps_between_attributes_are_the_damped_sums_of_pairs():
    model = AttributeTransitions(damping=0.5, smoothing=0.1).fit(PAIRS, ATTRIBUTES)
    lines = naive_bundles(ATTRIBUTES.toarray())
    counts = lines.T @ PAIRS.toarray() @ lines
    out, into = counts.sum(axis=1) + 0.1, counts.sum(axis=0) + 0.1

    np.testing.assert_allclose(model.steps_, counts / np.sqrt(np.outer(out, into)), rtol=1e-4)


def test_scores_are_products_of_bundles_and_steps():
    model = AttributeTransitions().fit(PAIRS, ATTRIBUTES)
    history = sparse.csr_matrix(np.array([[1.0, 0, 0, 0.5, 0, 0]], dtype=np.float32))
    lines = bundles(ATTRIBUTES).toarray()

    expected = history.toarray() @ lines @ model.steps_ @ lines.T
    np.testing.assert_allclose(model.score(history), expected, rtol=1e-4)


def test_a_score_is_the_sum_of_what_its_sources_add():
    model = AttributeTransitions().fit(PAIRS, ATTRIBUTES)
    history = sparse.csr_matrix(np.array([[2.0, 0, 1.0, 0, 0, 0]], dtype=np.float32))
    parts = model.between(np.array([0, 2]), np.array([5, 5]))

    assert model.score(history)[0, 5] == pytest.approx(2 * parts[0] + parts[1], rel=1e-4)


def test_without_damping_frequent_attributes_count_in_full():
    model = AttributeTransitions(damping=0.0).fit(PAIRS, ATTRIBUTES)
    lines = bundles(ATTRIBUTES).toarray()

    np.testing.assert_allclose(model.steps_, lines.T @ PAIRS.toarray() @ lines, rtol=1e-4)
