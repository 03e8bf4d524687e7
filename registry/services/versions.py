"""Model versions: register, promote, roll back, load."""

from __future__ import annotations

import logging
import math
import shutil
import threading
import uuid
from collections.abc import Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from learning.estimator import ArtefactError, artefact_sha256, load_estimator
from learning.step_texts import StepText, to_stored
from registry.families import Candidate, estimator_class
from registry.models import ModelVersion

logger = logging.getLogger(__name__)


class NoLiveModel(LookupError):
    """The family has no live version yet, or its file cannot be used."""


@dataclass(frozen=True)
class LoadedModel:
    """A live version together with its estimator, ready to score."""

    version: ModelVersion
    estimator: Any


def store_artefact(*, family: str, candidate: Candidate) -> tuple[str, str]:
    """Save the estimator under MODEL_DIR; the (relative path, sha256). Complete or absent, never half.

    Raises UnknownFamily for an estimator that the family does not name: it could not be loaded again.
    """
    estimator_class(family=family, estimator=candidate.estimator.name)
    relative = f"{family}/{uuid.uuid4().hex}"
    final = Path(settings.MODEL_DIR) / relative
    partial = final.with_suffix(".partial")
    partial.parent.mkdir(parents=True, exist_ok=True)
    try:
        candidate.estimator.save(partial)
        for file in partial.rglob("*"):
            if file.is_file():
                file.chmod(0o444)  # processes map it into memory: nobody may change it in place
        digest = artefact_sha256(partial)
        partial.rename(final)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return relative, digest


def register_candidate(*, family: str, candidate: Candidate, artefact: tuple[str, str]) -> ModelVersion:
    """A new version row, live if it is not worse than the live one, else rejected with the reason.

    Call inside ``run.finishing()``: version, promotion and the run's end are then one transaction.
    """
    with transaction.atomic():
        newest = (
            ModelVersion.objects.select_for_update()
            .filter(family=family)
            .aggregate(n=models.Max("number"))["n"]
        )
        version = ModelVersion.objects.create(
            family=family,
            number=(newest or 0) + 1,
            estimator=candidate.estimator.name,
            parameters=dict(candidate.parameters),
            metrics=_storable(
                {**candidate.metrics, "score": candidate.score, "live_score": candidate.live_score}
            ),
            data_from=candidate.data_from,
            data_until=candidate.data_until,
            data_fingerprint=candidate.data_fingerprint,
            artefact_path=artefact[0],
            artefact_sha256=artefact[1],
        )
        reason = reason_to_reject(candidate=candidate)
        if reason:
            version.status = ModelVersion.Status.REJECTED
            version.rejection_reason = to_stored(reason, most=REASON_LENGTH)
            version.save(update_fields=("status", "rejection_reason"))
        else:
            promote(version=version)
    return version


def _storable(value: object) -> object:
    """``value`` with None for every number that JSON cannot hold (NaN, infinity)."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _storable(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(entry) for entry in value]
    return value


REASON_LENGTH = 1_000
PROMOTION_TOLERANCE = 0.02
"""A candidate may be this much (relative) below the live version: the same data re-split is that noisy."""


def reason_to_reject(*, candidate: Candidate) -> str:
    """Why the candidate must not go live, or ""."""
    if not math.isfinite(candidate.score):
        return gettext_noop("Its validation figure is not a number.")
    if candidate.live_score is None:
        return ""
    floor = candidate.live_score * (1 - PROMOTION_TOLERANCE)
    if candidate.score < floor:
        message = gettext_noop(
            "Scored %(score).4f on the held-out window where the live version scores %(live).4f."
        )
        return StepText(message, score=candidate.score, live=candidate.live_score)
    return ""


def promote(*, version: ModelVersion) -> None:
    """Make ``version`` the live one of its family and retire the one before. Safe to repeat."""
    with transaction.atomic():
        now = timezone.now()
        siblings = ModelVersion.objects.select_for_update().filter(family=version.family)
        list(siblings.values_list("pk"))  # lock all, so that two promotions wait for each other
        siblings.filter(status=ModelVersion.Status.LIVE).exclude(pk=version.pk).update(
            status=ModelVersion.Status.RETIRED, retired_at=now
        )
        version.status, version.promoted_at, version.retired_at = ModelVersion.Status.LIVE, now, None
        version.rejection_reason = ""
        version.save(update_fields=("status", "promoted_at", "retired_at", "rejection_reason"))


def roll_back(*, family: str) -> ModelVersion:
    """Promote the version that was live before. Raises NoLiveModel when there is none."""
    earlier = (
        ModelVersion.objects.filter(family=family, status=ModelVersion.Status.RETIRED)
        .order_by("-retired_at")
        .first()
    )
    if earlier is None:
        raise NoLiveModel(_("There is no earlier version of %(family)s to go back to.") % {"family": family})
    promote(version=earlier)
    return earlier


def load_version(*, version: ModelVersion) -> LoadedModel:
    """The estimator of ``version``, its file checked by sha256. Raises NoLiveModel."""
    try:
        sha256 = artefact_sha256(version.artefact)
        if sha256 != version.artefact_sha256:
            raise ArtefactError(f"the file of {version} is not the one that was trained")
        cls = estimator_class(family=version.family, estimator=version.estimator)
        return LoadedModel(version=version, estimator=load_estimator(cls, version.artefact))
    except ArtefactError as error:
        raise NoLiveModel(str(error)) from error


_loaded: dict[str, LoadedModel] = {}
_loading = threading.Lock()


def load_live(family: str, *, within: float | None = None, live_id: int | None = None) -> LoadedModel:
    """The live model of ``family``, loaded once a process and swapped when another version is promoted.

    One indexed query a call tells which version is live. A damaged new file keeps the model already in
    memory serving. With ``within`` the file is read in a thread of its own: nobody waits for it while an
    earlier version can serve, and nobody longer than ``within`` seconds. Raises NoLiveModel, and TimeoutError
    when there is nothing to serve in time. A caller who has just asked which version is live says so with
    ``live_id``, and the query is spared.
    """
    ready = _loaded.get(family)
    if ready is not None and live_id is not None and ready.version.pk == live_id:
        return ready
    current = ModelVersion.objects.live(family).values_list("pk", flat=True).first()
    held = _loaded.get(family)
    if held is not None and held.version.pk == current:
        return held  # a row's figures are long, and are read only when the version is a new one
    version = None if current is None else ModelVersion.objects.filter(pk=current).first()
    if version is None:
        raise NoLiveModel(_("No %(family)s model has been trained yet.") % {"family": family})
    if within is None:
        return _swapped_in(family, version)
    loading = _loading_in_background(family, version)
    if held is not None:
        return held
    try:
        return loading.result(timeout=within)
    except FutureTimeout:
        raise TimeoutError(f"{version} was not loaded within {within:.3f} s") from None


_in_background: dict[int, Future[LoadedModel]] = {}
_starting = threading.Lock()


def _loading_in_background(family: str, version: ModelVersion) -> Future[LoadedModel]:
    """One thread a version, however many ask; it touches no database."""
    with _starting:
        under_way = _in_background.get(version.pk)
        if under_way is not None:
            return under_way
        loading: Future[LoadedModel] = Future()
        _in_background[version.pk] = loading

    def load() -> None:
        try:
            promoted = _swapped_in(family, version)
        except BaseException as error:
            _in_background.pop(version.pk, None)
            loading.set_exception(error)
        else:
            _in_background.pop(version.pk, None)
            loading.set_result(promoted)

    threading.Thread(target=load, name=f"load-{version.pk}", daemon=True).start()
    return loading


def _swapped_in(family: str, version: ModelVersion) -> LoadedModel:
    with _loading:
        held = _loaded.get(family)
        if held is not None and held.version.pk == version.pk:
            return held
        try:
            fresh = load_version(version=version)
        except NoLiveModel:
            if held is None:
                raise
            logger.exception("keeping %s: %s cannot be loaded", held.version, version)
            return held
        _loaded[family] = fresh
        return fresh
