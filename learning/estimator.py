"""The protocol every model keeps: fit, score, save, load. Plain Python and NumPy.

A constructor only stores its parameters; what is learned ends in ``_``; ``fit`` returns ``self``.
An artefact is a folder: ``model.json`` (parameters, small facts) and ``arrays.npz``. No pickle, so
that loading a file can never run code.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self, TypeVar, runtime_checkable
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from learning.files.arrays import map_arrays, save_arrays
from learning.json_types import JsonMapping, JsonObject

Array = NDArray[Any]
"""An array of a stored model; which numbers or texts it holds, the model knows."""
Progress = Callable[[float, str], None]
"""Called with (fraction done in 0..1, what is being done now)."""


def silent(fraction: float, message: str) -> None:
    """Report nothing; the default for ``progress`` arguments."""


def part(progress: Progress, start: float, end: float) -> Progress:
    """The progress of a phase that is the part ``start``..``end`` of the whole."""

    def report(fraction: float, message: str) -> None:
        progress(start + (end - start) * fraction, message)

    return report


class ModelFitError(ValueError):
    """The data cannot train this model: empty, not finite, or of one class."""


class ArtefactError(ValueError):
    """A saved model is missing, damaged, or of another kind than was asked for."""


@runtime_checkable
class Estimator(Protocol):
    """What every model offers. Data and inputs differ by family and are documented there."""

    name: ClassVar[str]

    def fit(self, data: Any, /, *, rng: np.random.Generator, progress: Progress = silent) -> Self:
        """Learn from ``data``. Same data and same ``rng`` state give the same model."""

    def score(self, inputs: Any, /) -> NDArray[np.float32]:
        """Numbers per input row; the family says which way they point."""

    def save(self, path: Path) -> None:
        """Write the learned state into the folder ``path``, which is created."""

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what ``save`` wrote. Raises ArtefactError."""


Loaded = TypeVar("Loaded", bound=Estimator)


def class_at(path: str) -> type[Any]:
    """The class of the dotted ``path``, imported now: lists of models then need no torch."""
    module, _dot, name = path.rpartition(".")
    cls: type[Any] = getattr(import_module(module), name)
    return cls


def load_estimator(cls: type[Loaded], path: Path) -> Loaded:
    """``cls.load(path)``, for artefacts of any age: raises ArtefactError on those of another version too.

    Models grow settings and arrays. What an artefact of another version lacks, or has beyond what is known
    here, shows as a missing key or a parameter that does not fit.
    """
    try:
        return cls.load(path)
    except (KeyError, TypeError) as error:
        raise ArtefactError(
            f"the model in {path.name} was saved by another version ({error}); train it again"
        ) from error


def write_artefact(path: Path, *, name: str, parameters: JsonMapping, arrays: Mapping[str, Array]) -> None:
    """Write ``model.json`` and ``arrays.npz`` into the folder ``path``."""
    path.mkdir(parents=True, exist_ok=True)
    save_arrays(path / "arrays.npz", arrays)
    document = {"name": name, "parameters": dict(parameters)}
    (path / "model.json").write_text(json.dumps(document, sort_keys=True, indent=1), encoding="utf-8")


def read_artefact(path: Path, *, name: str) -> tuple[JsonObject, dict[str, Array]]:
    """The (parameters, arrays) that ``write_artefact`` wrote; processes share the arrays' memory.

    Raises ArtefactError.
    """
    try:
        document = json.loads((path / "model.json").read_text(encoding="utf-8"))
        arrays = map_arrays(path / "arrays.npz")
    except (OSError, ValueError, EOFError, KeyError, BadZipFile) as error:
        raise ArtefactError(f"cannot read the model in {path.name}: {error}") from error
    if document.get("name") != name:
        raise ArtefactError(f"{path.name} holds a {document.get('name')!r} model, not {name!r}")
    return document["parameters"], arrays


def artefact_sha256(path: Path) -> str:
    """One sha256 over the names and contents of all files in the folder, in a fixed order."""
    digest = hashlib.sha256()
    files = sorted(file for file in path.rglob("*") if file.is_file())
    if not files:
        raise ArtefactError(f"there is no model in {path.name}")
    for file in files:
        digest.update(file.relative_to(path).as_posix().encode() + b"\0")
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()
