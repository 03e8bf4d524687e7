from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import sparse

from recommendations.ml import least_squares
from recommendations.ml.least_squares import solve_by_conjugate_gradient, solve_exactly


@pytest.fixture
def problem() -> tuple[sparse.csr_matrix, torch.Tensor, np.ndarray, np.ndarray]:
    """Rows of very different lengths, one of them empty, and the solutions by the textbook formula."""
    rng = np.random.default_rng(3)
    dense = np.where(rng.random((7, 11)) < [[0.0], [0.1], [0.3], [0.5], [0.9], [1.0], [0.2]], 2.0, 0.0)
    factors = rng.normal(size=(11, 4)).astype(np.float32)
    ridge = np.linspace(0.5, 2, 7, dtype=np.float32)
    expected = np.zeros((7, 4))
    for row, extra in enumerate(dense):
        matrix = factors.T @ (factors * (1 + extra)[:, None]) + ridge[row] * np.eye(4)
        expected[row] = np.linalg.solve(matrix, factors.T @ ((1 + extra) * (extra > 0)))
    return sparse.csr_matrix(dense, dtype=np.float32), torch.from_numpy(factors), ridge, expected


def test_exact_solutions_follow_the_formula(problem):
    extra, fixed, ridge, expected = problem

    np.testing.assert_allclose(solve_exactly(extra, fixed=fixed, ridge=ridge).numpy(), expected, atol=1e-5)


def test_as_many_steps_as_unknowns_reach_the_exact_solution(problem):
    extra, fixed, ridge, expected = problem
    start = torch.zeros((7, 4))
    solved = solve_by_conjugate_gradient(extra, fixed=fixed, start=start, ridge=ridge, steps=5)

    np.testing.assert_allclose(solved.numpy(), expected, atol=1e-4)


def test_the_size_of_a_batch_does_not_matter(problem, monkeypatch):
    extra, fixed, ridge, expected = problem
    monkeypatch.setattr(least_squares, "PADDED_ENTRIES", 3)

    np.testing.assert_allclose(solve_exactly(extra, fixed=fixed, ridge=ridge).numpy(), expected, atol=1e-5)
