"""What recommenders train on: which member met which product, when, and how strongly."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from learning.estimator import ModelFitError
from learning.vocabulary import Vocabulary

SECONDS_PER_DAY = 86_400


@dataclass(frozen=True, eq=False)
class Interactions:
    """One entry per interaction (an order line, an event), in any order; pairs may repeat.

    ``member_rows``, ``product_rows``: (n,) int64 into the vocabularies. ``timestamps``: (n,) int64, seconds
    (or any growing whole number where only the order is known). ``values``: (n,) float32, finite and > 0:
    how strongly the interaction speaks, 1 for one ordinary order line.
    """

    members: Vocabulary
    products: Vocabulary
    member_rows: NDArray[np.int64]
    product_rows: NDArray[np.int64]
    timestamps: NDArray[np.int64]
    values: NDArray[np.float32]

    @classmethod
    def from_ids(
        cls,
        member_ids: ArrayLike,
        product_ids: ArrayLike,
        timestamps: ArrayLike,
        values: ArrayLike | None = None,
    ) -> Interactions:
        """Build from ids; the vocabularies hold exactly the ids that occur."""
        members, member_rows = Vocabulary.encode(member_ids)
        products, product_rows = Vocabulary.encode(product_ids)
        given = np.ones(len(member_rows)) if values is None else values
        return cls(
            members,
            products,
            member_rows,
            product_rows,
            np.asarray(timestamps, dtype=np.int64),
            np.asarray(given, dtype=np.float32),
        )

    def __len__(self) -> int:
        return len(self.member_rows)

    @property
    def n_members(self) -> int:
        """Members in the vocabulary, with or without interactions."""
        return len(self.members)

    @property
    def n_products(self) -> int:
        """Products in the vocabulary, with or without interactions."""
        return len(self.products)

    def checked(self) -> Interactions:
        """Itself, if a model can be fitted on it. Raises ModelFitError on no rows or impossible values."""
        if len(self) == 0:
            raise ModelFitError("there are no interactions to learn from")
        if not np.isfinite(self.values).all():
            raise ModelFitError("interaction values hold NaN or infinity; give finite numbers above 0")
        if (self.values <= 0).any():
            raise ModelFitError("interaction values must be above 0; leave out rows that say nothing")
        return self

    def where(self, mask: NDArray[np.bool_]) -> Interactions:
        """The entries where ``mask`` (n,) holds, over the same vocabularies."""
        return replace(
            self,
            member_rows=self.member_rows[mask],
            product_rows=self.product_rows[mask],
            timestamps=self.timestamps[mask],
            values=self.values[mask],
        )

    def narrowed(self) -> Interactions:
        """The same entries over vocabularies of only the members and products that occur in them."""
        known_members, member_rows = np.unique(self.member_rows, return_inverse=True)
        known_products, product_rows = np.unique(self.product_rows, return_inverse=True)
        return replace(
            self,
            members=Vocabulary(self.members.ids[known_members]),
            products=Vocabulary(self.products.ids[known_products]),
            member_rows=member_rows.astype(np.int64),
            product_rows=product_rows.astype(np.int64),
        )

    def onto_products(self, products: Vocabulary) -> Interactions:
        """The same entries over the vocabulary ``products``, without those of products it does not hold."""
        rows = products.rows_of(self.products.ids)[self.product_rows]
        known = rows >= 0
        return replace(self.where(known), products=products, product_rows=rows[known])

    def age_days(self) -> NDArray[np.float32]:
        """Days from each entry to the newest one, (n,) float32, >= 0."""
        newest = self.timestamps.max(initial=0)
        days: NDArray[np.float32] = ((newest - self.timestamps) / SECONDS_PER_DAY).astype(np.float32)
        return days

    def to_csr(self, values: NDArray[np.float32] | None = None) -> sparse.csr_matrix:
        """(n_members, n_products) float32 with the values of repeated pairs summed, columns sorted."""
        data = self.values if values is None else values
        shape = (self.n_members, self.n_products)
        matrix = sparse.csr_matrix(
            (data, (self.member_rows, self.product_rows)), shape=shape, dtype=np.float32
        )
        matrix.sort_indices()
        return matrix
