from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from learning.estimator import ArtefactError, ModelFitError, write_artefact
from recommendations.ml.similar.text_embedding import TextIndex
from recommendations.ml.similar.text_encoders import (
    NgramEncoder,
    SentenceEncoder,
    TextEncoder,
    concept,
    encode,
)

TITLES = ["Ground Coffee, 12 oz", "Dry Dog Food, 5 lb", "Ground Coffee, 40 oz", "Shampoo", "研磨咖啡", ""]


@pytest.fixture(scope="module")
def index() -> TextIndex:
    return TextIndex(text_encoder=SentenceEncoder()).fit(TITLES)


@pytest.mark.parametrize("used", [SentenceEncoder(), NgramEncoder()], ids=lambda used: used.name)
def test_vectors_have_length_one_and_blank_texts_none(used: TextEncoder):
    vectors = used.encode(["coffee", " ", "coffee"])

    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1, 0, 1], atol=1e-5)
    np.testing.assert_array_equal(vectors[0], vectors[2])


def test_no_texts_give_no_vectors():
    assert encode([]).shape[0] == 0


def test_a_chinese_and_an_english_title_of_one_thing_are_alike():
    coffee, same, other = encode(["ground coffee", "研磨咖啡", "狗粮"])

    assert coffee @ same > 0.6 > 0.4 > coffee @ other


@pytest.mark.parametrize(
    ("query", "best"), [("咖啡", 4), ("狗粮", 1), ("洗发水", 3), ("dog", 1), ("coffee", 0)]
)
def test_queries_find_products_in_either_language(index: TextIndex, query: str, best: int):
    assert index.search(query, 1)[0].tolist() == [best]


def test_a_chinese_query_finds_english_titles(index: TextIndex):
    assert {0, 2} <= set(index.search("研磨咖啡", 3)[0].tolist())


def test_equal_finds_are_ordered_by_the_prior(index: TextIndex):
    prior = np.array([1, 0, 9, 0, 0, 0], dtype=np.float32)
    sizes_apart = TextIndex(index.config, text_encoder=SentenceEncoder()).fit(["Ground Coffee"] * 6)

    assert sizes_apart.search("coffee", 2, prior=prior)[0].tolist() == [2, 0]


def test_what_is_not_allowed_is_not_found(index: TextIndex):
    allowed = np.array([False, True, True, True, True, True])

    assert 0 not in index.search("ground coffee", 6, allowed=allowed)[0]


@pytest.mark.parametrize("query", ["", "  ", "qqqqq"])
def test_meaningless_text_finds_nothing(index: TextIndex, query: str):
    rows, scores = index.search(query, 5)

    assert len(rows) == len(scores) == 0


def test_a_new_product_is_like_those_of_its_kind(index: TextIndex):
    rows, scores = index.like(["Coffee Beans, 1 kg", "Puppy Food"], 1)

    assert rows[0, 0] in {0, 2, 4}
    assert rows[1, 0] == 1
    assert (scores > 0).all()


def test_descriptions_are_searched_too():
    index = TextIndex(text_encoder=SentenceEncoder()).fit(["Aurora", "Bolt"], ["Wine", "Cat food"])

    assert index.search("葡萄酒", 1)[0].tolist() == [0]


def test_a_loaded_index_answers_like_the_saved_one(index: TextIndex, tmp_path: Path):
    index.save(tmp_path / "text")

    np.testing.assert_array_equal(TextIndex.load(tmp_path / "text").score(["tea"]), index.score(["tea"]))


def test_without_the_encoder_that_made_the_vectors_letters_decide(index: TextIndex, tmp_path: Path):
    index.save(tmp_path / "text")
    loaded = TextIndex.load(tmp_path / "text")
    loaded.encoder_ = "one that is not installed"

    assert loaded.search("shampoo", 1)[0].tolist() == [3]


def test_nothing_to_index_is_refused():
    with pytest.raises(ModelFitError, match="import products first"):
        TextIndex().fit([])


def test_titles_and_descriptions_must_match():
    with pytest.raises(ModelFitError, match="2 titles but 1 descriptions"):
        TextIndex().fit(["a", "b"], ["c"])


def test_another_artefact_is_refused(tmp_path: Path):
    write_artefact(tmp_path / "x", name="als", parameters={}, arrays={"a": np.zeros(1)})

    with pytest.raises(ArtefactError, match="als"):
        TextIndex.load(tmp_path / "x")


@pytest.mark.parametrize(
    ("title", "meant"),
    [
        ("Our Own Milk / Fluid, 1 gal", "Milk, Fluid"),
        ("Coffee 500 g", "Coffee"),
        ("7", "7"),
        ("咖啡 250克", "咖啡"),
    ],
)
def test_a_concept_has_no_size_and_no_brand_line(title: str, meant: str):
    assert concept(title) == meant
