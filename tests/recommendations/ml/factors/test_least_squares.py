from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import sparse

from recommendations.ml.factors import least_squares
from recommendations.ml.factors.least_squares import (
    Alternation,
    Axes,
    left_sides,
    solve_exactly,
    workers_of_torch,
)


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


def exactly(extra, fixed, ridge) -> np.ndarray:
    return solve_exactly(extra, axes=Axes.of(fixed.double()), ridge=ridge).numpy()


def alternated(extra, fixed, ridge, *, steps: int) -> np.ndarray:
    """A half-step from nothing, turned back to the directions of ``fixed``."""
    axes, start = Axes.of(fixed), torch.zeros((7, 4))
    with workers_of_torch() as workers:
        solved = Alternation(extra, ridge=ridge, factors=4).half_step(
            axes=axes, start=start, steps=steps, workers=workers
        )
    return (solved @ axes.rotation.T).numpy()


def test_exact_solutions_follow_the_formula(problem):
    extra, fixed, ridge, expected = problem

    np.testing.assert_allclose(exactly(extra, fixed, ridge), expected, atol=1e-5)


def test_a_half_step_is_exact_but_for_the_rounding_of_the_ridge(problem, monkeypatch):
    extra, fixed, ridge, expected = problem

    np.testing.assert_allclose(alternated(extra, fixed, ridge, steps=0), expected, rtol=0.02, atol=0.01)
    monkeypatch.setattr(least_squares, "RIDGE_STEP", 1 + 1e-5)
    np.testing.assert_allclose(alternated(extra, fixed, ridge, steps=0), expected, atol=1e-4)


def test_as_many_steps_as_unknowns_reach_the_solution_of_long_rows(problem, monkeypatch):
    extra, fixed, ridge, expected = problem
    monkeypatch.setattr(least_squares, "RIDGE_STEP", 1 + 1e-5)
    monkeypatch.setattr(least_squares, "SHORT", 2)

    np.testing.assert_allclose(exactly(extra, fixed, ridge), expected, atol=1e-5)
    np.testing.assert_allclose(alternated(extra, fixed, ridge, steps=5), expected, atol=1e-4)


def test_steps_go_on_from_where_the_last_ones_ended(problem, monkeypatch):
    extra, fixed, ridge, expected = problem
    monkeypatch.setattr(least_squares, "RIDGE_STEP", 1 + 1e-5)
    monkeypatch.setattr(least_squares, "SHORT", 0)
    start = torch.from_numpy(expected).float()
    axes = Axes.of(fixed)
    solved = Alternation(extra, ridge=ridge, factors=4).half_step(axes=axes, start=start, steps=0)

    np.testing.assert_allclose((solved @ axes.rotation.T).numpy(), expected, atol=1e-4)


def test_left_sides_solve_for_any_right_side(problem):
    extra, fixed, ridge, expected = problem
    gram = (fixed.double().T @ fixed.double()).numpy()
    for rows, columns, weights, left in left_sides(extra, fixed=fixed, gram=gram, ridge=ridge):
        confidence = ((1 + weights) * (columns >= 0)).double()
        right = torch.bmm(confidence.unsqueeze(1), fixed[columns.clamp_min(0)].double()).squeeze(1)
        solved = np.linalg.solve(left, right.numpy()[:, :, None])[:, :, 0]
        np.testing.assert_allclose(solved, expected[rows], atol=1e-4)


@pytest.mark.parametrize("threads", [1, 2])
def test_neither_batches_nor_threads_matter(problem, monkeypatch, threads: int):
    extra, fixed, ridge, expected = problem
    monkeypatch.setattr(least_squares, "FLOATS_AT_ONCE", 12)
    monkeypatch.setattr(least_squares, "RIDGE_STEP", 1 + 1e-5)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        np.testing.assert_allclose(exactly(extra, fixed, ridge), expected, atol=1e-5)
        np.testing.assert_allclose(alternated(extra, fixed, ridge, steps=5), expected, atol=1e-4)
    finally:
        torch.set_num_threads(before)
