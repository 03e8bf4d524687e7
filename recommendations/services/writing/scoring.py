"""Writing back: the best products of every active member on every surface, with reasons."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from learning.estimator import Progress, silent
from learning.json_types import JsonObject
from learning.rounding import rounded
from membership.models.shop import shop_zone
from recommendations.features import (
    History,
    Members,
    Signals,
    load_history,
    load_returns,
    product_groups,
    sellable_mask,
)
from recommendations.models import Recommendation, Surface
from registry.services import LoadedModel
from registry.tables.bulk import upsert_rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy import sparse

    from recommendations.ml.recommender import Recommender

FAMILY = "recommendations"
LIST_LENGTH = 20
"""The most products that one answer holds."""
STORED_LENGTH = 40
"""What is kept: rules, stock and variety take some away before a list is shown."""
VARIANTS_READ = 5
"""How many products are ranked for each place of a list where there are variants, of which one is kept."""
MEMBERS_AT_ONCE = 256
Entry = JsonObject
"""One product of a stored list, as ``Recommendation.products`` holds it."""
COLUMNS = ("member_id", "surface", "products", "model_version_id", "scored_at")

Hold = Callable[[], AbstractContextManager[None]]
"""Opens the transaction that one batch of rows is written in."""


def score_members(
    *,
    loaded: LoadedModel,
    as_of: datetime,
    hold: Hold = transaction.atomic,
    progress: Progress = silent,
    members: Members = None,
    read: History | None = None,
) -> int:
    """Renew the lists of ``members`` (by default all active ones) from what they did before ``as_of``.

    Members whom the model does not know are folded in. An old row stays until the new one is written; after a
    full pass ``sweep`` deletes those that were not renewed. ``read`` is what was read at ``as_of`` already.
    Safe to repeat. Returns the rows written.
    """
    import numpy as np

    progress(0.0, _("reading orders"))
    signals = Signals.from_parameters(loaded.version.parameters)
    history = read or load_history(as_of=as_of, signals=signals, members=members)
    if not len(history):
        return 0
    lists = Lists.prepare(loaded.estimator, history, returns=load_returns(as_of=as_of, members=members))
    n_members, written = len(lists.model.members_), 0
    for begin in range(0, n_members, MEMBERS_AT_ONCE):
        progress(0.2 + 0.8 * begin / n_members, _("scoring members"))
        member_rows = np.arange(begin, min(begin + MEMBERS_AT_ONCE, n_members))
        stamp = (loaded.version.pk, as_of)
        rows = [
            (member_id, surface, json.dumps(products), *stamp)
            for surface in Surface.values
            for member_id, products in lists.of(member_rows, surface=surface)
        ]
        with hold():
            written += upsert_rows(
                model=Recommendation,
                columns=COLUMNS,
                rows=rows,
                conflict=("member_id", "surface"),
                update=("products", "model_version_id", "scored_at"),
            )
    return written


def sweep(*, as_of: datetime, hold: Hold = transaction.atomic) -> int:
    """After a full pass: delete the lists that it did not renew (of members who left or refuse, say)."""
    with hold():
        return Recommendation.objects.filter(scored_at__lt=as_of).delete()[0]


@dataclass(frozen=True, eq=False)
class Lists:
    """Everything that making lists needs, over the rows of ``model``."""

    model: Recommender
    bought: sparse.csr_matrix
    """(n_members, n_products): how often."""
    last_bought: NDArray[np.int64]
    """Unix second of the newest purchase, one for each stored entry of ``bought``."""
    returned: sparse.csr_matrix
    """(n_members, n_products): what was sent back and not bought again since."""
    sellable: NDArray[np.bool_]
    zone: tzinfo
    length: int = STORED_LENGTH
    groups: NDArray[np.int64] | None = None
    """(n_products,): the group of each variant, -1 for other products; None where there are no variants."""

    @classmethod
    def prepare(
        cls,
        estimator: Recommender,
        history: History,
        *,
        returns: NDArray[np.int64],
        length: int = STORED_LENGTH,
        sellable: NDArray[np.bool_] | None = None,
        groups: NDArray[np.int64] | None = None,
    ) -> Lists:
        """Fold the members of ``history`` into ``estimator``, and lay out what they bought and sent back.

        ``sellable`` and ``groups`` (n_products,) are asked of the database unless ``sellable`` is given.
        """
        import numpy as np

        model = estimator.with_history(history.everything)
        known = history.purchases.onto_products(model.products_)
        # lines sorted by pair and time: the last line of each pair, in the very order of the matrix' entries
        order = np.lexsort((known.timestamps, known.product_rows, known.member_rows))
        pairs = (known.member_rows * known.n_products + known.product_rows)[order]
        newest = order[np.flatnonzero(np.diff(pairs, append=-1))]
        bought = known.to_csr(np.ones(len(known), dtype=np.float32))
        last_bought = known.timestamps[newest]
        returned = _returned(model, returns, bought=bought, last_bought=last_bought)
        zone = shop_zone()
        if sellable is None:
            sellable, groups = sellable_mask(model.products_), product_groups(model.products_)
        return cls(model, bought, last_bought, returned, sellable, zone, length, groups)

    def of(self, member_rows: NDArray[np.int64], *, surface: str) -> Iterator[tuple[int, list[Entry]]]:
        """(member id, products best first) for each of ``member_rows`` that has any."""
        lists = self._buy_again(member_rows) if surface == Surface.BUY_AGAIN else self._for_you(member_rows)
        for member_id, entries in zip(self.model.members_.ids[member_rows].tolist(), lists, strict=True):
            if entries:
                yield member_id, entries

    def _for_you(self, member_rows: NDArray[np.int64]) -> Iterator[list[Entry]]:
        """New products, each with the member's own products that raised its score most."""
        import numpy as np

        from recommendations.ml.blending.explanation import because
        from recommendations.ml.ranking import one_of_each, top_k, with_siblings

        scores = self.model.score(member_rows, surface=Surface.FOR_YOU)
        own, length = self.bought[member_rows], self.length
        if self.groups is not None:  # what is bought is so in all its variants; what is sent back is not
            own, length = with_siblings(own, self.groups), VARIANTS_READ * self.length
        own = own + self.returned[member_rows]
        ranked, best = top_k(scores, length, exclude=own, allowed=self.sellable)
        if self.groups is not None:
            ranked, best = one_of_each(ranked, best, groups=self.groups, k=self.length)
        named = because(self.model, member_rows, ranked)
        lines = np.broadcast_to(member_rows[:, None, None], named.shape).ravel()
        bought = np.asarray(self.bought[lines, np.maximum(named, 0).ravel()]).reshape(named.shape) > 0
        ids = np.append(self.model.products_.ids, -1)  # NO_PRODUCT is -1, which then finds itself
        for products, values, reasons, own in zip(
            ids[ranked].tolist(), best.tolist(), ids[named].tolist(), bought.tolist(), strict=True
        ):
            yield [
                # a product with a score of 0 or less is not recommended
                _entry(product, score, **_because(names, are_bought))
                for product, score, names, are_bought in zip(products, values, reasons, own, strict=True)
                if product >= 0 and score > 0
            ]

    def _buy_again(self, member_rows: NDArray[np.int64]) -> Iterator[list[Entry]]:
        """Own products, each with how often it was bought, and when last (a day in the shop's zone)."""
        import numpy as np

        starts, ends = self.bought.indptr[member_rows], self.bought.indptr[member_rows + 1]
        places = np.concatenate([np.arange(start, end) for start, end in zip(starts, ends, strict=True)])
        lines = np.repeat(np.arange(len(member_rows)), ends - starts)
        products = self.bought.indices[places].astype(np.int64)
        scores = rounded(self.model.score_pairs(member_rows[lines], products, surface=Surface.BUY_AGAIN))
        back = np.asarray(self.returned[member_rows[lines], products]).ravel() > 0
        keep = self.sellable[products] & (scores > 0) & ~back
        lines, places, products, scores = lines[keep], places[keep], products[keep], scores[keep]
        order = np.lexsort((products, -scores, lines))
        first = np.searchsorted(lines, np.arange(len(member_rows)))
        last = np.searchsorted(lines, np.arange(len(member_rows)), side="right")
        for begin, end in zip(first, np.minimum(last, first + self.length), strict=True):
            yield [
                _entry(
                    int(self.model.products_.ids[products[n]]),
                    float(scores[n]),
                    because=[],
                    times=int(self.bought.data[places[n]]),
                    last=self._day(int(self.last_bought[places[n]])),
                )
                for n in order[begin:end]
            ]

    def _day(self, second: int) -> str:
        return datetime.fromtimestamp(second, tz=self.zone).date().isoformat()


def _returned(
    model: Recommender,
    returns: NDArray[np.int64],
    *,
    bought: sparse.csr_matrix,
    last_bought: NDArray[np.int64],
) -> sparse.csr_matrix:
    """The (member, product) pairs of ``returns`` that were not bought again later, as 1s."""
    import numpy as np
    from scipy import sparse

    members, products = model.members_.rows_of(returns[:, 0]), model.products_.rows_of(returns[:, 1])
    lines = np.repeat(np.arange(bought.shape[0]), np.diff(bought.indptr))
    pairs = np.append(lines * bought.shape[1] + bought.indices, np.iinfo(np.int64).max)
    wanted = members * bought.shape[1] + products
    at = np.searchsorted(pairs, wanted).clip(max=len(pairs) - 1)
    again = (pairs[at] == wanted) & (np.append(last_bought, 0)[at] > returns[:, 2])
    keep = (members >= 0) & (products >= 0) & ~again
    ones = np.ones(int(keep.sum()), dtype=np.float32)
    return sparse.csr_matrix((ones, (members[keep], products[keep])), shape=bought.shape)


def _because(names: list[int], are_bought: list[bool]) -> JsonObject:
    """What was bought counts before what was only looked at or put in the cart; -1 stands for none."""
    bought = [name for name, is_bought in zip(names, are_bought, strict=True) if name >= 0 and is_bought]
    looked_at = [name for name in names if name >= 0]
    if bought or not looked_at:
        return {"because": bought}
    return {"because": looked_at, "why": "because_looked"}


def _entry(product: int, score: float, **reason: Any) -> Entry:
    return {"product": product, "score": score, **reason}
