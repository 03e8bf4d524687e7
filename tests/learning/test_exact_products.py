from __future__ import annotations

import numpy as np
import pytest

from learning.exact_products import ExactProducts

pytestmark = pytest.mark.numerics
N, M, K = 100, 70, 64


@pytest.fixture(scope="module")
def vectors() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    ours, theirs = (rng.normal(scale=0.1, size=(n, K)).astype(np.float32) for n in (N, M))
    ours[:5] *= 1e-4
    ours[5] = 0
    return ours, theirs


def test_a_product_is_as_exact_as_float32(vectors: tuple[np.ndarray, np.ndarray]):
    ours, theirs = vectors
    sizes = np.linalg.norm(ours, axis=1)[:, None] * np.linalg.norm(theirs, axis=1)

    errors = np.abs(ExactProducts(theirs).of(ours) - ours.astype(np.float64) @ theirs.T.astype(np.float64))

    assert (errors <= 3e-7 * sizes).all()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 33])
def test_it_is_the_same_to_the_last_bit_in_every_batch(vectors: tuple[np.ndarray, np.ndarray], size: int):
    ours, theirs = vectors
    products = ExactProducts(theirs)
    parts = [products.of(ours[first : first + size]) for first in range(0, N, size)]

    np.testing.assert_array_equal(np.concatenate(parts), products.of(ours))


def test_it_is_the_same_whatever_the_order_of_the_terms(vectors: tuple[np.ndarray, np.ndarray]):
    ours, theirs = vectors
    mixed = np.random.default_rng(1).permutation(K)

    np.testing.assert_array_equal(
        ExactProducts(theirs[:, mixed]).of(ours[:, mixed]), ExactProducts(theirs).of(ours)
    )


def test_single_pairs_have_the_same_bits(vectors: tuple[np.ndarray, np.ndarray]):
    ours, theirs = vectors
    products = ExactProducts(theirs)
    lines, rows = np.divmod(np.arange(N * M), M)

    np.testing.assert_array_equal(products.of_pairs(ours[lines], rows), products.of(ours).ravel())


def test_nothing_to_multiply_gives_nothing():
    assert ExactProducts(np.zeros((0, K), np.float32)).of(np.ones((3, K), np.float32)).shape == (3, 0)
    assert ExactProducts(np.ones((2, K), np.float32)).of(np.zeros((0, K), np.float32)).shape == (0, 2)
