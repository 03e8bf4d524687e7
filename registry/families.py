"""The model families that apps register, and what the registry needs to know of each.

An app calls ``register_family`` in ``AppConfig.ready()``. What a family names in ``estimators`` is the one
list of what may compete in its retrains and can be loaded. Classes are given as paths, imported when they
are needed, so that a web process starts without torch; a database row never names code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured

from learning.estimator import Estimator, Progress, class_at
from learning.json_types import JsonMapping

if TYPE_CHECKING:
    from registry.models import ModelVersion, TrainingRun


class UnknownFamily(LookupError):
    """No app has registered this family or estimator."""


@dataclass(frozen=True)
class Candidate:
    """A trained model before it is registered: what it is, how good, and on what data.

    ``score`` is the one figure that decides promotion (higher is better), measured on a held-out window;
    ``live_score`` is the live version's figure on the same window, None when there is no live version.
    ``metrics`` may hold anything that JSON can. ``for_write_back`` is what the family's write-back can use
    again, as ``run.for_write_back``; it is never stored, and gone where another process takes the run over.
    """

    estimator: Estimator
    score: float
    live_score: float | None
    parameters: JsonMapping
    metrics: JsonMapping
    data_from: datetime | None
    data_until: datetime | None
    data_fingerprint: str
    for_write_back: Any = None


@dataclass(frozen=True)
class Chart:
    """One chart of a version's page: ``data`` is what Chart.js draws, ``title`` also what is read aloud."""

    title: Any  # str or a lazy translation
    kind: str  # "bar" or "line"
    data: JsonMapping


@dataclass(frozen=True)
class Family:
    """One family: its estimators, how to train it, and what to do once a version is live.

    ``train(progress)`` reads the database and returns a Candidate. ``train_light(progress)`` does so by the
    family's light recipe: a first version within seconds, for a new shop that is to open soon; where there is
    none, a light run uses ``train``. ``write_back(run, progress)`` writes the
    scores of the live version; it is idempotent, and writes inside ``run.holding()``.
    ``rescoring_task`` names the task that renews the scores after a version was promoted by hand; the
    schedule runs it at least once a day besides.
    ``charts(version)`` draws a version's figures for its page in the admin.
    ``why_not_yet()`` says in one sentence what training still lacks, "" where nothing does: the schedule then
    passes the family over, instead of starting a run that fails every night.
    """

    name: str
    title: Any
    estimators: Mapping[str, str]
    """Name -> the dotted path of its class; of equally good ones the first goes live."""
    train: Callable[[Progress], Candidate]
    write_back: Callable[[TrainingRun, Progress], None]
    train_light: Callable[[Progress], Candidate] | None = None
    rescoring_task: str | None = None
    charts: Callable[[ModelVersion], Sequence[Chart]] | None = None
    why_not_yet: Callable[[], str] | None = None
    until: str = ""
    """The family that takes over once it has a live version; this one is no longer listed then."""


_families: dict[str, Family] = {}


def register_family(family: Family) -> None:
    _families[family.name] = family


def families() -> list[Family]:
    return sorted(_families.values(), key=lambda family: family.name)


def family_named(name: str) -> Family:
    try:
        return _families[name]
    except KeyError:
        known = ", ".join(sorted(_families)) or "none"
        raise UnknownFamily(f"there is no model family {name!r}; known: {known}") from None


def estimator_class(*, family: str, estimator: str) -> type[Any]:
    """The class that can load a version's artefact. Raises UnknownFamily."""
    paths = family_named(family).estimators
    if estimator not in paths:
        raise UnknownFamily(
            f"family {family!r} has no model {estimator!r}; known: {', '.join(sorted(paths))}"
        )
    return class_at(paths[estimator])


def check_competing(*, family: str, names: Sequence[str], setting: str) -> None:
    """Refuse a ``setting`` that names no model, or one that could win and not be loaded.

    Raises ImproperlyConfigured, in one line that says which names are possible.
    """
    known = family_named(family).estimators
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        named = ", ".join(map(repr, unknown)) or "no model"
        raise ImproperlyConfigured(f"{setting} names {named}; possible: {', '.join(sorted(known))}.")
