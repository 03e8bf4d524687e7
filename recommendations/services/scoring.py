"""Writing back: the best products of every active member on every surface, with reasons."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from learning.estimator import Progress, silent
from recommendations.features import load_interactions, sellable_mask
from recommendations.models import Recommendation, Surface
from registry.bulk import upsert_rows
from registry.models import TrainingRun
from registry.services import LoadedModel, load_live

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy import sparse

    from learning.interactions import Interactions
    from recommendations.ml.recommender import Recommender

FAMILY = "recommendations"
LIST_LENGTH = 20
MEMBERS_AT_ONCE = 256
Entry = dict[str, Any]
"""One product of a stored list, as ``Recommendation.products`` holds it."""
COLUMNS = ("member_id", "surface", "products", "model_version_id", "scored_at")

Hold = Callable[[], AbstractContextManager[None]]
"""Opens the transaction that one batch of rows is written in."""


def write_back(run: TrainingRun, progress: Progress) -> None:
    """Score all active members with the live model, inside the lease of ``run``."""
    score_members(loaded=load_live(FAMILY), as_of=timezone.now(), hold=run.holding, progress=progress)


def score_members(
    *,
    loaded: LoadedModel,
    as_of: datetime,
    hold: Hold = transaction.atomic,
    progress: Progress = silent,
    member_ids: Collection[int] | None = None,
) -> int:
    """Renew the lists of ``member_ids`` (all active members, unless told) from their orders before ``as_of``.

    Members whom the model does not know are folded in. An old row stays until the new one is written; after a
    full pass, rows that were not renewed (of members who left, say) are deleted. Safe to repeat. Returns the
    number of rows written.
    """
    import numpy as np

    progress(0.0, _("reading orders"))
    interactions = load_interactions(as_of=as_of, member_ids=member_ids)
    written = 0
    if len(interactions):
        lists = _Lists.prepare(loaded.estimator.with_history(interactions), interactions)
        n_members = interactions.n_members
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
    if member_ids is None:
        with hold():
            Recommendation.objects.filter(scored_at__lt=as_of).delete()
    return written


@dataclass(frozen=True, eq=False)
class _Lists:
    """Everything that making lists needs, over the rows of ``model``."""

    model: Recommender
    bought: sparse.csr_matrix
    """(n_members, n_products): how often."""
    last_bought: NDArray[np.int64]
    """Unix second of the newest purchase, one for each stored entry of ``bought``."""
    sellable: NDArray[np.bool_]
    zone: tzinfo

    @classmethod
    def prepare(cls, model: Recommender, interactions: Interactions) -> _Lists:
        import numpy as np

        known = interactions.onto_products(model.products_)
        # lines sorted by pair and time: the last line of each pair, in the very order of the matrix' entries
        order = np.lexsort((known.timestamps, known.product_rows, known.member_rows))
        pairs = (known.member_rows * known.n_products + known.product_rows)[order]
        newest = order[np.flatnonzero(np.diff(pairs, append=-1))]
        sellable = sellable_mask(model.products_)
        return cls(model, known.to_csr(), known.timestamps[newest], sellable, timezone.get_default_timezone())

    def of(self, member_rows: NDArray[np.int64], *, surface: str) -> Iterator[tuple[int, list[Entry]]]:
        """(member id, products best first) for each of ``member_rows`` that has any."""
        lists = self._buy_again(member_rows) if surface == Surface.BUY_AGAIN else self._for_you(member_rows)
        for member_id, entries in zip(self.model.members_.ids[member_rows].tolist(), lists, strict=True):
            if entries:
                yield member_id, entries

    def _for_you(self, member_rows: NDArray[np.int64]) -> Iterator[list[Entry]]:
        """New products, each with the member's own products that raised its score most."""
        import numpy as np

        from recommendations.ml.explanation import because
        from recommendations.ml.ranking import top_k

        scores = self.model.score(member_rows, surface=Surface.FOR_YOU)
        ranked, best = top_k(scores, LIST_LENGTH, exclude=self.bought[member_rows], allowed=self.sellable)
        named = because(self.model, member_rows, ranked)
        ids = np.append(self.model.products_.ids, -1)  # NO_PRODUCT is -1, which then finds itself
        for products, values, reasons in zip(
            ids[ranked].tolist(), best.tolist(), ids[named].tolist(), strict=True
        ):
            yield [
                # a score of 0 or less says nothing for the product
                _entry(product, score, because=[name for name in names if name >= 0])
                for product, score, names in zip(products, values, reasons, strict=True)
                if product >= 0 and score > 0
            ]

    def _buy_again(self, member_rows: NDArray[np.int64]) -> Iterator[list[Entry]]:
        """Own products, each with how often it was bought, and when last (a day in the shop's zone)."""
        import numpy as np

        starts, ends = self.bought.indptr[member_rows], self.bought.indptr[member_rows + 1]
        places = np.concatenate([np.arange(start, end) for start, end in zip(starts, ends, strict=True)])
        lines = np.repeat(np.arange(len(member_rows)), ends - starts)
        products = self.bought.indices[places].astype(np.int64)
        scores = self.model.score_pairs(member_rows[lines], products, surface=Surface.BUY_AGAIN)
        keep = self.sellable[products] & (scores > 0)
        lines, places, products, scores = lines[keep], places[keep], products[keep], scores[keep]
        order = np.lexsort((products, -scores, lines))
        first = np.searchsorted(lines, np.arange(len(member_rows)))
        last = np.searchsorted(lines, np.arange(len(member_rows)), side="right")
        for begin, end in zip(first, np.minimum(last, first + LIST_LENGTH), strict=True):
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


def _entry(product: int, score: float, **reason: Any) -> Entry:
    return {"product": product, "score": round(score, 6), **reason}
