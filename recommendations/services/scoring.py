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
    """Everything that making lists needs, over the model's product rows."""

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
        bought = known.to_csr()
        # lines sorted by pair and time: the last line of each pair, in the very order of the matrix' entries
        order = np.lexsort((known.timestamps, known.product_rows, known.member_rows))
        pairs = (known.member_rows * known.n_products + known.product_rows)[order]
        newest = np.flatnonzero(np.diff(pairs, append=-1))
        last_bought = known.timestamps[order][newest]
        return cls(
            model, bought, last_bought, sellable_mask(model.products_), timezone.get_default_timezone()
        )

    def of(
        self, member_rows: NDArray[np.int64], *, surface: str
    ) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        """(member id, products best first) for each of ``member_rows`` that has any."""
        import numpy as np

        from recommendations.ml.ranking import top_k

        scores = self.model.score(member_rows, surface=surface)
        own = self.bought[member_rows]
        sides = {"only": own} if surface == Surface.BUY_AGAIN else {"exclude": own}
        ranked, best = top_k(scores, LIST_LENGTH, allowed=self.sellable, **sides)
        explain = self._habits if surface == Surface.BUY_AGAIN else self._reasons
        for line, member_row in enumerate(member_rows):
            # a score of 0 or less says nothing for the product
            found = ranked[line][np.isfinite(best[line]) & (best[line] > 0)]
            if len(found):
                reasons = explain(int(member_row), found)
                products = self.model.products_.ids[found].tolist()
                member_id = int(self.model.members_.ids[member_row])
                yield (
                    member_id,
                    [
                        {"product": product, "score": round(float(score), 6), **reason}
                        for product, score, reason in zip(products, best[line], reasons, strict=False)
                    ],
                )

    def _reasons(self, member_row: int, product_rows: NDArray[np.int64]) -> list[dict[str, Any]]:
        """The member's own products that raised each score most."""
        from recommendations.ml.explanation import because

        ids = self.model.products_.ids
        return [{"because": ids[rows].tolist()} for rows in because(self.model, member_row, product_rows)]

    def _habits(self, member_row: int, product_rows: NDArray[np.int64]) -> list[dict[str, Any]]:
        """How often the member bought each, and the day of the last time in the shop's zone."""
        import numpy as np

        start, end = self.bought.indptr[member_row], self.bought.indptr[member_row + 1]
        places = start + np.searchsorted(self.bought.indices[start:end], product_rows)
        return [
            {
                "because": [],
                "times": int(self.bought.data[place]),
                "last": datetime.fromtimestamp(int(self.last_bought[place]), tz=self.zone).date().isoformat(),
            }
            for place in places
        ]
