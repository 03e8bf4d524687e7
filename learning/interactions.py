"""What recommenders train on: which member bought or viewed which product, when, and with which weight."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from learning.estimator import ModelFitError
from learning.step_texts import gettext_noop
from learning.vocabulary import Vocabulary

SECONDS_PER_DAY = 86_400


@dataclass(frozen=True, eq=False)
class Interactions:
    """One entry per interaction (an order line, an event), in any order; pairs may repeat.

    ``member_rows``, ``product_rows``: (n,) int64 into the vocabularies. ``timestamps``: (n,) int64, seconds
    (or any growing whole number where only the order is known). ``values``: (n,) float32, finite and > 0:
    how strongly the interaction counts, 1 for one ordinary order line. ``attributes``: (n_products,
    n_attributes) float32, an entry 1 where a product has an attribute (category, brand); None where nothing
    is known about the products. ``as_of``: the second from which ages count back; None: the newest entry's.
    Parts of one shop's members need the same one, or each part would fade from a newest entry of its own.
    """

    members: Vocabulary
    products: Vocabulary
    member_rows: NDArray[np.int64]
    product_rows: NDArray[np.int64]
    timestamps: NDArray[np.int64]
    values: NDArray[np.float32]
    attributes: sparse.csr_matrix | None = None
    as_of: int | None = None

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
            raise ModelFitError(gettext_noop("there are no interactions to learn from"))
        if not np.isfinite(self.values).all():
            raise ModelFitError("interaction values hold NaN or infinity; give finite numbers above 0")
        if (self.values <= 0).any():
            raise ModelFitError("interaction values must be above 0; leave out rows without weight")
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

    def described(self, attributes: Mapping[Any, Sequence[Hashable]]) -> Interactions:
        """The same entries with attributes: product id (or its text) -> attribute ids, of any kind.

        Products without attributes have an empty line; what names no known product is passed over.
        """
        columns: dict[Hashable, int] = {}
        values = [attributes.get(key, attributes.get(str(key), ())) for key in self.products.ids.tolist()]
        lines = [np.full(len(set(ids)), row) for row, ids in enumerate(values)]
        rows = np.concatenate([*lines, np.zeros(0, dtype=np.int64)]).astype(np.int64)
        marks = [columns.setdefault(name, len(columns)) for ids in values for name in dict.fromkeys(ids)]
        shape = (self.n_products, len(columns))
        ones = np.ones(len(rows), dtype=np.float32)
        return replace(self, attributes=sparse.csr_matrix((ones, (rows, marks)), shape=shape))

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
            attributes=None if self.attributes is None else self.attributes[known_products],
        )

    def onto_products(self, products: Vocabulary) -> Interactions:
        """The same entries over the vocabulary ``products``, without those of products it does not hold.

        Attributes are left out: a fitted model keeps those that it was fitted with.
        """
        rows = products.rows_of(self.products.ids)[self.product_rows]
        known = rows >= 0
        return replace(self.where(known), products=products, product_rows=rows[known], attributes=None)

    def age_days(self) -> NDArray[np.float32]:
        """Days from each entry to ``as_of`` or the newest one, (n,) float32, >= 0."""
        newest = self.timestamps.max(initial=0) if self.as_of is None else self.as_of
        days: NDArray[np.float32] = ((newest - self.timestamps) / SECONDS_PER_DAY).astype(np.float32)
        return np.maximum(days, np.float32(0))

    def to_csr(self, values: NDArray[np.float32] | None = None) -> sparse.csr_matrix:
        """(n_members, n_products) float32 with the values of repeated pairs summed, columns sorted."""
        data = self.values if values is None else values
        shape = (self.n_members, self.n_products)
        matrix = sparse.csr_matrix(
            (data, (self.member_rows, self.product_rows)), shape=shape, dtype=np.float32
        )
        matrix.sort_indices()
        return matrix
