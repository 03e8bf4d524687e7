"""Implicit-feedback matrix factorisation by alternating least squares: R̂_ui = q_uᵀ r_i.

Hu, Koren & Volinsky, "Collaborative filtering for implicit feedback datasets" (ICDM 2008): every product is a
target for every member, 1 where it was bought and 0 elsewhere, trusted by the confidence c_ui = 1 + α s_ui.
Rows with few entries are solved exactly, those with many by a few conjugate-gradient steps (Takács, Pilászy &
Tikk, "Applications of the conjugate gradient method for implicit feedback collaborative filtering", RecSys
2011; least_squares.py); the regularisation grows with the confidence of a row (Rendle et al., "Revisiting the
performance of iALS", RecSys 2022).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor

from learning.estimator import ModelFitError, Progress, read_artefact, silent, write_artefact
from learning.exact_products import ExactProducts
from learning.interactions import Interactions
from learning.json_types import JsonMapping
from learning.step_texts import FITTED, ITERATION, StepText
from learning.vocabulary import Vocabulary
from recommendations.ml.factors.least_squares import (
    Alternation,
    Axes,
    Workers,
    left_sides,
    solve_exactly,
    workers_of_torch,
)
from recommendations.ml.surfaces import FOR_YOU
from recommendations.ml.weighting import damped, faded


@dataclass(frozen=True)
class AlsConfig:
    """Chosen on the 28 days before the test window of the demo shop (benchmarks/recommendations)."""

    factors: int = 64
    iterations: int = 10
    cg_steps: int = 2
    alpha: float = 2.0
    """Confidence that one fresh purchase adds to the 1 which every pair has."""
    regularization: float = 2e-3
    frequency_exponent: float = 1.0
    """ν of Rendle et al.: a row's regularisation is λ (its total confidence)^ν; 0 gives Hu et al."""
    half_life_days: float | None = 45.0
    min_buyers: int = 5
    """In a catalogue larger than ``prune_above``, rarer products do not shape the factors; they get their
    vector from the finished member vectors."""
    prune_above: int = 20_000


@dataclass(frozen=True, eq=False)
class ProductSide:
    """What members' vectors and scores need of the products, which stay as they were fitted.

    Worked out when it is first asked for, once for a model and all its copies: a blend that trees put in
    order never asks.
    """

    vectors: NDArray[np.float32]
    trained: NDArray[np.bool_]

    @cached_property
    def axes(self) -> Axes:
        return Axes.of(torch.from_numpy(self.vectors * self.trained[:, None]).double())

    @cached_property
    def exact(self) -> ExactProducts:
        return ExactProducts(self.vectors)

    @cached_property
    def gram(self) -> NDArray[np.float64]:
        """RᵀR over the trained products, (k, k)."""
        known = self.vectors[self.trained].astype(np.float64)
        return known.T @ known


class Als:
    """q_u is ``member_vectors_[u]``, (n_members, k), r_i ``product_vectors_[i]``, (n_products, k)."""

    name: ClassVar[str] = "als"

    def __init__(self, config: AlsConfig | None = None) -> None:
        self.config = config or AlsConfig()

    @classmethod
    def from_parameters(cls, parameters: JsonMapping) -> Self:
        """The unfitted model of a stored configuration. Raises TypeError on parameters it does not have."""
        return cls(AlsConfig(**parameters))

    def fit(
        self, interactions: Interactions, /, *, rng: np.random.Generator, progress: Progress = silent
    ) -> Self:
        """Learn both sides. Raises ModelFitError on no rows, NaN values or a solution that is not finite."""
        interactions.checked()
        self.members_, self.products_ = interactions.members, interactions.products
        strengths = self._strengths(interactions)
        trained = self._trained_products(strengths)
        by_member, by_product = strengths[:, trained], strengths[:, trained].T.tocsr()
        members = self._start(len(self.members_), rng)
        products = self._start(len(trained), rng)
        product_step = Alternation(
            by_product, ridge=self._ridge(by_product, len(members)), factors=self.config.factors
        )
        member_step = Alternation(
            by_member, ridge=self._ridge(by_member, len(products)), factors=self.config.factors
        )
        steps = self.config.cg_steps
        with workers_of_torch() as workers:
            for done in range(self.config.iterations):
                # each half-step turns both sides onto new axes; scores do not see that
                axes = Axes.of(members, workers=workers)
                members = axes.turned
                products = product_step.half_step(axes=axes, start=products, steps=steps, workers=workers)
                axes = Axes.of(products, workers=workers)
                products = axes.turned
                members = member_step.half_step(axes=axes, start=members, steps=steps, workers=workers)
                progress((done + 1) / (self.config.iterations + 1), StepText(ITERATION, n=done + 1))
            self.product_vectors_ = self._all_products(strengths, trained, products, members)
            self.trained_ = np.zeros(len(self.products_), dtype=np.bool_)
            self.trained_[trained] = True
            self._side = ProductSide(self.product_vectors_, self.trained_)
            self._read_members(strengths, workers)
        if not (np.isfinite(self.member_vectors_).all() and np.isfinite(self.product_vectors_).all()):
            raise ModelFitError("the factorisation did not stay finite; raise the regularisation")
        progress(1.0, FITTED)
        return self

    def with_history(self, history: Interactions, /) -> Self:
        """The same product side with members folded in from ``history``: its members, new ones included.

        Products which the model does not know are passed over; a member left with none has vector 0.
        """
        other = copy.copy(self)
        other.members_ = history.members
        with workers_of_torch() as workers:
            other._read_members(other._strengths(history.onto_products(self.products_)), workers)
        return other

    def score(self, member_rows: NDArray[np.int64], /, *, surface: str = FOR_YOU) -> NDArray[np.float32]:
        """q_uᵀ r_i, (n, n_products) float32, about 0..1, higher = likelier; the same on every surface.

        Of given vectors it is the same to the last bit in every batch.
        """
        return self._side.exact.of(self.member_vectors_[member_rows])

    def score_pairs(
        self, member_rows: NDArray[np.int64], product_rows: NDArray[np.int64], /, *, surface: str = FOR_YOU
    ) -> NDArray[np.float32]:
        """The scores of n single (member, product) pairs, (n,) float32."""
        return self._side.exact.of_pairs(self.member_vectors_[member_rows], product_rows)

    def contributions(
        self, member_rows: NDArray[np.int64], product_rows: NDArray[np.int64]
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]]:
        """What each product of a member's history adds to the scores of ``product_rows`` (n, t), Hu §5.

        Yields, a batch of members at a time, their places (b,) in ``member_rows``, the product rows of their
        histories (b, h), padded with -1, and the parts (b, h, t) float32, 0 in the padding. The parts of one
        product sum to its score: q_uᵀ r_i = Σ_j c_uj r_jᵀ W_u r_i, W_u being the inverse that also gives q_u.
        """
        strengths = self.strengths_[member_rows]
        vectors = torch.from_numpy(self.product_vectors_)
        ridge = self._ridge(strengths, len(self.trained_))
        batches = left_sides(strengths, fixed=vectors, gram=self._side.gram, ridge=ridge)
        for places, own, weights, left in batches:
            targets = self.product_vectors_[product_rows[places]].astype(np.float64)  # (b, t, k)
            solved = torch.from_numpy(np.linalg.solve(left, targets.transpose(0, 2, 1))).float()  # (b, k, t)
            confidence = (1.0 + weights) * (own >= 0)
            parts = torch.bmm(vectors[own.clamp_min(0)], solved) * confidence.unsqueeze(2)  # (b, h, t)
            yield places, own.numpy(), parts.numpy()

    def save(self, path: Path) -> None:
        """Write the artefact folder."""
        arrays = {
            "member_ids": self.members_.ids,
            "product_ids": self.products_.ids,
            "member_vectors": self.member_vectors_,
            "product_vectors": self.product_vectors_,
            "trained": self.trained_,
            "strength_data": self.strengths_.data,
            "strength_indices": self.strengths_.indices,
            "strength_indptr": self.strengths_.indptr,
        }
        write_artefact(path, name=self.name, parameters=asdict(self.config), arrays=arrays)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what ``save`` wrote. Raises ArtefactError."""
        parameters, arrays = read_artefact(path, name=cls.name)
        model = cls.from_parameters(parameters)
        model.members_, model.products_ = Vocabulary(arrays["member_ids"]), Vocabulary(arrays["product_ids"])
        model.member_vectors_, model.product_vectors_ = arrays["member_vectors"], arrays["product_vectors"]
        model.trained_ = arrays["trained"]
        shape = (len(model.members_), len(model.products_))
        parts = (arrays["strength_data"], arrays["strength_indices"], arrays["strength_indptr"])
        model.strengths_ = sparse.csr_matrix(parts, shape=shape)
        model._side = ProductSide(model.product_vectors_, model.trained_)
        return model

    def _strengths(self, interactions: Interactions) -> sparse.csr_matrix:
        """α s_ui, the confidence above 1, (n_members, n_products)."""
        strengths = damped(faded(interactions, half_life_days=self.config.half_life_days))
        strengths.data *= np.float32(self.config.alpha / np.log(2.0))  # one fresh purchase: log1p(1) -> alpha
        return strengths

    def _trained_products(self, strengths: sparse.csr_matrix) -> NDArray[np.int64]:
        """Rows of the products with enough buyers; of all that were bought, in a small catalogue."""
        buyers = np.bincount(strengths.indices, minlength=strengths.shape[1])
        enough = np.flatnonzero(buyers >= self.config.min_buyers)
        prune = strengths.shape[1] > self.config.prune_above and len(enough)
        return enough if prune else np.flatnonzero(buyers)

    def _start(self, rows: int, rng: np.random.Generator) -> Tensor:
        scale = np.float32(self.config.factors**-0.5)
        return torch.from_numpy(rng.standard_normal((rows, self.config.factors), dtype=np.float32) * scale)

    def _ridge(self, strengths: sparse.csr_matrix, n_columns: int) -> NDArray[np.float32]:
        """λ (Σ_i c_ui)^ν for each row, (n,)."""
        total = np.asarray(strengths.sum(axis=1)).ravel() + n_columns
        return (self.config.regularization * total**self.config.frequency_exponent).astype(np.float32)

    def _all_products(
        self, strengths: sparse.csr_matrix, trained: NDArray[np.int64], products: Tensor, members: Tensor
    ) -> NDArray[np.float32]:
        """The trained vectors; for a rarer product the one that fits the finished members, 0 if unbought."""
        vectors = np.zeros((len(self.products_), self.config.factors), dtype=np.float32)
        rare = np.ones(len(self.products_), dtype=np.bool_)
        rare[trained] = False
        columns = strengths.T.tocsr()[rare]
        vectors[trained] = products.numpy()
        if columns.nnz:
            ridge = self._ridge(columns, len(members))
            axes = Axes.of(members.double())
            vectors[rare] = solve_exactly(columns, axes=axes, ridge=ridge).numpy()
        return vectors

    def _read_members(self, strengths: sparse.csr_matrix, workers: Workers) -> None:
        """Set the members' exact vectors for their ``strengths``, counting the trained products only."""
        kept = strengths.multiply(self.trained_[None, :].astype(np.float32)).tocsr()
        kept.eliminate_zeros()
        kept.sort_indices()
        self.strengths_ = kept
        ridge = self._ridge(kept, len(self.trained_))
        solved = solve_exactly(kept, axes=self._side.axes, ridge=ridge, workers=workers)
        self.member_vectors_ = solved.numpy()
