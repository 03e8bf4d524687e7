"""One folder is in use at a time; a reader finds the old index or the new one. No database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytest_django.fixtures import Settings

from recommendations.ml.similar.text_embedding import TextIndex
from recommendations.ml.similar.text_encoders import NgramEncoder
from recommendations.services.writing import search_index
from recommendations.services.writing.search_index import KEPT, current_index, store_index


@pytest.fixture(autouse=True)
def nothing_loaded() -> Iterator[None]:
    search_index._loaded = None
    yield
    search_index._loaded = None


def index_of(*titles: str) -> TextIndex:
    return TextIndex(text_encoder=NgramEncoder()).fit(titles)


def folder(settings: Settings) -> Path:
    return Path(settings.MODEL_DIR) / "search"


def test_without_an_index_there_is_none():
    assert current_index() is None


def test_a_stored_index_is_found_and_loaded_once():
    store_index(index=index_of("milk", "bread"), product_ids=[7, 9])
    index = current_index()

    assert index is not None
    assert index.product_ids.tolist() == [7, 9]
    assert len(index.texts) == 2
    assert current_index() is index


def test_a_new_index_replaces_the_one_in_memory():
    store_index(index=index_of("milk"), product_ids=[7])
    first = current_index()
    store_index(index=index_of("bread"), product_ids=[9])
    second = current_index()

    assert first is not second is not None
    assert second.product_ids.tolist() == [9]


def test_old_folders_are_deleted_but_for_the_last(settings: Settings):
    for number in range(4):
        store_index(index=index_of("milk"), product_ids=[number])

    assert len([path for path in folder(settings).iterdir() if path.is_dir()]) == KEPT


def test_a_store_that_fails_leaves_the_index_in_use(settings: Settings):
    store_index(index=index_of("milk"), product_ids=[7])
    with pytest.raises(ValueError, match="invalid literal"):
        store_index(index=index_of("bread"), product_ids=["not a number"])

    assert current_index() is not None
    assert not list(folder(settings).glob("*.partial"))


def test_a_damaged_index_keeps_the_one_in_memory(settings: Settings):
    store_index(index=index_of("milk"), product_ids=[7])
    first = current_index()
    store_index(index=index_of("bread"), product_ids=[9])
    name = json.loads((folder(settings) / "current").read_text())["name"]
    np.save(folder(settings) / name / "product_ids.npy", np.array([object()]), allow_pickle=True)

    assert current_index() is first


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"name": 3}', '{"name": "../../etc"}'])
def test_a_pointer_that_names_no_folder_is_no_index(settings: Settings, content: str):
    folder(settings).mkdir(parents=True)
    (folder(settings) / "current").write_text(content)

    assert current_index() is None
