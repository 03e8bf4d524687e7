"""Lists made this moment by a model held in memory: for members whose stored list is out of date, or missing.

The model's product side stays as trained; the member is folded in from their whole history up to now, so an
order or an event that was posted a second ago counts. Nothing here may fail a request: what goes wrong is
logged, and the caller falls back.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from membership.models import Member
from recommendations.features import Signals, load_member_history, product_groups, sellable_mask
from recommendations.services.writing.scoring import FAMILY, STORED_LENGTH, Entry, Lists
from registry.models import ModelVersion
from registry.services import LoadedModel, load_live
from registry.services.versions import load_version

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from learning.vocabulary import Vocabulary

logger = logging.getLogger(__name__)
MASK_SECONDS = 30.0
"""How long it is believed what can be sold; a list's products are looked at once more before it goes out."""
VERSIONS_HELD = 2


@dataclass(frozen=True)
class LiveList:
    """The entries of one member on one surface, best first, and the version that made them."""

    version: ModelVersion
    entries: list[Entry]


def live_list(
    *,
    member: Member,
    surface: str,
    at: datetime,
    version: ModelVersion | None = None,
) -> LiveList | None:
    """The member's list by the live model (or ``version``) as of ``at``; None when there is none.

    The member must be active and not refuse. What they may not be shown is still among the entries.
    """
    try:
        loaded = load_live(FAMILY) if version is None else _held(version)
    except LookupError as error:
        logger.info("no live list: %s", error)
        return None
    try:
        return LiveList(loaded.version, _entries(loaded, member, surface, at))
    except Exception:
        # a model trained on another catalogue, a damaged array: the member gets the next best thing
        logger.exception("%s cannot make a list for member %s", loaded.version, member.pk)
        return None


def warm_up() -> None:
    """Load the live model before the first request needs it. Quiet when there is none."""
    try:
        load_live(FAMILY)
    except LookupError:
        logger.debug("there is no live recommendation model to warm up")
    except Exception:
        logger.exception("the recommendation model cannot be loaded")


def _entries(loaded: LoadedModel, member: Member, surface: str, at: datetime) -> list[Entry]:
    import numpy as np

    signals = Signals.from_parameters(loaded.version.parameters)
    history = load_member_history(member_id=member.pk, as_of=at, signals=signals)
    if not len(history):
        return []
    (mask, groups), returns = _sellable(loaded), np.empty((0, 3), np.int64)
    lists = Lists.prepare(
        loaded.estimator, history, returns=returns, length=STORED_LENGTH, sellable=mask, groups=groups
    )
    by_member = dict(lists.of(np.arange(len(lists.model.members_)), surface=surface))
    return by_member.get(member.pk, [])


Mask = tuple["NDArray[np.bool_]", "NDArray[np.int64] | None"]
_masks: dict[int, tuple[float, Mask]] = {}


def _sellable(loaded: LoadedModel) -> Mask:
    """Which of the model's products can be sold, and their groups, read again every half minute."""
    products: Vocabulary = loaded.estimator.products_
    held = _masks.get(loaded.version.pk)
    if held is not None and time.monotonic() - held[0] < MASK_SECONDS and len(held[1][0]) == len(products):
        return held[1]
    mask = (sellable_mask(products), product_groups(products))
    if len(_masks) > VERSIONS_HELD + 1:
        _masks.clear()
    _masks[loaded.version.pk] = (time.monotonic(), mask)
    return mask


_versions: OrderedDict[int, LoadedModel] = OrderedDict()
_loading = threading.Lock()


def _held(version: ModelVersion) -> LoadedModel:
    """A version that is not live, from memory where it is; the two used last stay. Raises NoLiveModel."""
    with _loading:
        loaded = _versions.pop(version.pk, None)
        if loaded is None or loaded.version.artefact_sha256 != version.artefact_sha256:
            loaded = load_version(version=version)
        _versions[version.pk] = replace(loaded, version=version)
        while len(_versions) > VERSIONS_HELD:
            _versions.popitem(last=False)
    return loaded
