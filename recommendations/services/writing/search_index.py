"""The search index of the products: a folder in MODEL_DIR that a retrain writes and web processes read.

``current`` names the folder in use; it is replaced in one step, so a reader finds the old index or the new.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from learning.estimator import ArtefactError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from recommendations.ml.similar.text_embedding import TextIndex

logger = logging.getLogger(__name__)
FINGERPRINT = "texts"
"""The file in an index's folder that tells which texts it was made from."""
KEPT = 2
"""Folders that stay: the one in use, and the one before, which a reader may just be opening."""


@dataclass(frozen=True, eq=False)
class SearchIndex:
    """``product_ids[row]`` is the product of that row of ``texts``."""

    name: str
    texts: TextIndex
    product_ids: NDArray[np.int64]


def index_of(*, product_ids: NDArray[np.int64], titles: Sequence[str], described: Sequence[str]) -> TextIndex:
    """The index over these texts, one a product: the one in use where they are the same, else a new one.

    Texts seldom change, and reading all of a large catalogue takes a while.
    """
    from recommendations.ml.similar.text_embedding import TextIndex
    from recommendations.ml.similar.text_encoders import encoder

    whole = json.dumps([encoder().name, product_ids.tolist(), list(titles), list(described)])
    fingerprint = hashlib.sha256(whole.encode()).hexdigest()
    name = _current_name()
    if name is not None:
        try:
            if (_folder() / name / FINGERPRINT).read_text(encoding="utf-8") == fingerprint:
                return TextIndex.load(_folder() / name)
        except (ArtefactError, OSError) as error:
            logger.info("the texts are read again: %s", error)
    index = TextIndex().fit(titles, described)
    store_index(index=index, product_ids=product_ids, fingerprint=fingerprint)
    return index


def store_index(*, index: TextIndex, product_ids: ArrayLike, fingerprint: str = "") -> None:
    """Make ``index`` the one in use; ``fingerprint`` tells what it was made from."""
    import numpy as np

    folder = _folder()
    name = uuid.uuid4().hex
    partial = folder / f"{name}.partial"
    try:
        index.save(partial)
        np.save(partial / "product_ids.npy", np.asarray(product_ids, dtype=np.int64), allow_pickle=False)
        (partial / FINGERPRINT).write_text(fingerprint, encoding="utf-8")
        partial.rename(folder / name)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    fresh = folder / f"current.{name}"
    fresh.write_text(json.dumps({"name": name}), encoding="utf-8")
    fresh.replace(folder / "current")
    others = [path for path in folder.iterdir() if path.is_dir() and path.name != name]
    for old in sorted(others, key=lambda path: path.stat().st_mtime, reverse=True)[KEPT - 1 :]:
        shutil.rmtree(old, ignore_errors=True)


_loaded: SearchIndex | None = None
_loading = threading.Lock()


def current_index() -> SearchIndex | None:
    """The index in use, loaded once a process; None before the first retrain, or when it cannot be read."""
    global _loaded
    name = _current_name()
    if name is None or (_loaded is not None and _loaded.name == name):
        return _loaded if name is not None else None
    with _loading:
        if _loaded is None or _loaded.name != name:
            try:
                _loaded = _load(name)
            except (ArtefactError, OSError, ValueError) as error:
                logger.warning("the search index cannot be read, words decide: %s", error)
                return _loaded
    return _loaded


def _load(name: str) -> SearchIndex:
    import numpy as np

    from recommendations.ml.similar.text_embedding import TextIndex

    path = _folder() / name
    return SearchIndex(name, TextIndex.load(path), np.load(path / "product_ids.npy", allow_pickle=False))


def _current_name() -> str | None:
    try:
        document = json.loads((Path(settings.MODEL_DIR) / "search" / "current").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    name = document.get("name") if isinstance(document, dict) else None
    return name if isinstance(name, str) and name.isalnum() else None


def _folder() -> Path:
    folder = Path(settings.MODEL_DIR) / "search"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
