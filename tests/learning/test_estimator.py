"""Artefacts on disk: what is written is read again, and what cannot be read is refused."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.estimator import (
    ArtefactError,
    Estimator,
    artefact_sha256,
    load_estimator,
    part,
    read_artefact,
    silent,
    write_artefact,
)
from tests.registry.toy import Constant


def saved(folder: Path, *, name: str = "toy", **arrays: np.ndarray) -> Path:
    path = folder / "model"
    write_artefact(path, name=name, parameters={"depth": 3}, arrays=arrays or {"x": np.arange(3)})
    return path


def test_parameters_and_arrays_are_read_as_they_were_written(tmp_path: Path):
    path = saved(tmp_path, weights=np.array([[1.5, -2.0]], dtype=np.float32), ids=np.array(["a", "b"]))
    parameters, arrays = read_artefact(path, name="toy")

    assert parameters == {"depth": 3}
    assert arrays["weights"].dtype == np.float32
    assert arrays["weights"].tolist() == [[1.5, -2.0]]
    assert arrays["ids"].tolist() == ["a", "b"]


def test_arrays_stored_by_column_are_read_by_row(tmp_path: Path):
    by_column = np.asfortranarray(np.arange(6).reshape(2, 3))
    _parameters, arrays = read_artefact(saved(tmp_path, x=by_column), name="toy")

    assert arrays["x"].flags["C_CONTIGUOUS"]
    assert arrays["x"].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_a_second_save_replaces_the_first(tmp_path: Path):
    saved(tmp_path, x=np.zeros(2))
    path = saved(tmp_path, x=np.ones(4))

    assert read_artefact(path, name="toy")[1]["x"].tolist() == [1, 1, 1, 1]


def test_a_model_of_another_name_is_refused(tmp_path: Path):
    with pytest.raises(ArtefactError, match="holds a 'toy' model, not 'other'"):
        read_artefact(saved(tmp_path), name="other")


@pytest.mark.parametrize("missing", ["model.json", "arrays.npz"])
def test_an_artefact_without_one_of_its_files_is_refused(tmp_path: Path, missing: str):
    path = saved(tmp_path)
    (path / missing).unlink()

    with pytest.raises(ArtefactError, match="cannot read the model in model"):
        read_artefact(path, name="toy")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe not text"])
def test_a_damaged_description_is_refused(tmp_path: Path, content: bytes):
    path = saved(tmp_path)
    (path / "model.json").write_bytes(content)

    with pytest.raises(ArtefactError):
        read_artefact(path, name="toy")


class Harmful:
    """Would create a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


def test_a_pickled_array_is_refused_and_not_run(tmp_path: Path):
    path = saved(tmp_path)
    np.savez(path / "arrays.npz", x=np.array([Harmful(tmp_path / "ran")], dtype=object), allow_pickle=True)

    with pytest.raises(ArtefactError):
        read_artefact(path, name="toy")
    assert not (tmp_path / "ran").exists()


def test_a_pickle_in_place_of_the_arrays_is_refused_and_not_run(tmp_path: Path):
    path = saved(tmp_path)
    (path / "arrays.npz").write_bytes(pickle.dumps(Harmful(tmp_path / "ran")))

    with pytest.raises(ArtefactError):
        read_artefact(path, name="toy")
    assert not (tmp_path / "ran").exists()


def test_parameters_that_json_cannot_hold_are_refused_before_anything_is_described(tmp_path: Path):
    with pytest.raises(TypeError):
        write_artefact(tmp_path / "model", name="toy", parameters={"x": object()}, arrays={})
    assert not (tmp_path / "model" / "model.json").exists()


def test_the_hash_depends_on_contents_and_names_only(tmp_path: Path):
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        (folder / "inner").mkdir(parents=True)
        (folder / "inner" / "a.txt").write_text("a")
        (folder / "b.txt").write_text("b")
    assert artefact_sha256(first) == artefact_sha256(second)

    (second / "b.txt").rename(second / "c.txt")
    assert artefact_sha256(first) != artefact_sha256(second)


def test_text_moved_from_one_file_to_the_next_changes_the_hash(tmp_path: Path):
    hashes = set()
    for number, texts in enumerate((("ab", "c"), ("a", "bc"))):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name, text in zip(("1", "2"), texts, strict=True):
            (folder / name).write_text(text)
        hashes.add(artefact_sha256(folder))

    assert len(hashes) == 2


def test_an_empty_folder_has_no_hash(tmp_path: Path):
    with pytest.raises(ArtefactError, match="there is no model"):
        artefact_sha256(tmp_path)


def test_an_artefact_that_lacks_an_array_is_of_another_version(tmp_path: Path):
    write_artefact(tmp_path / "m", name=Constant.name, parameters={}, arrays={"other": np.zeros(1)})

    with pytest.raises(ArtefactError, match=r"saved by another version .*mean"):
        load_estimator(Constant, tmp_path / "m")


def test_a_whole_artefact_is_loaded(tmp_path: Path):
    Constant().fit(np.array([2.0, 4.0], np.float32), rng=np.random.default_rng(0)).save(tmp_path / "m")

    assert load_estimator(Constant, tmp_path / "m").score(np.zeros(2, np.float32)).tolist() == [3, 3]


def test_an_object_without_the_protocol_is_recognised():
    assert isinstance(Constant(), Estimator)
    assert not isinstance(object(), Estimator)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_part_of_the_progress_stays_within_its_ends(one: float, other: float, fraction: float):
    start, end = sorted((one, other))
    reported: list[tuple[float, str]] = []
    part(lambda share, message: reported.append((share, message)), start, end)(fraction, "fitting")

    ((share, message),) = reported
    assert start - 1e-12 <= share <= end + 1e-12
    assert message == "fitting"


def test_parts_of_parts_multiply():
    reported: list[float] = []
    half = part(lambda share, _message: reported.append(share), 0.5, 1.0)
    quarter = part(half, 0.0, 0.5)
    for fraction in (0.0, 0.5, 1.0):
        quarter(fraction, "")

    assert reported == pytest.approx([0.5, 0.625, 0.75])
    silent(0.3, "nothing is reported")


def test_the_description_is_the_same_text_whatever_the_order_of_parameters(tmp_path: Path):
    texts = []
    for number, parameters in enumerate(({"a": 1, "b": 2}, {"b": 2, "a": 1})):
        write_artefact(tmp_path / str(number), name="toy", parameters=parameters, arrays={})
        texts.append((tmp_path / str(number) / "model.json").read_text())

    assert texts[0] == texts[1]
    assert json.loads(texts[0]) == {"name": "toy", "parameters": {"a": 1, "b": 2}}
