"""The training of a first set-up: light models before the shop opens, full ones afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from config.setting_up.runner import Phase, PhaseError, Progress
from learning.step_texts import StepText
from registry.job_errors import detailed_error, plain_error
from registry.models import TrainingRun

FAMILIES = ("recommendations", "fraud", "forecasts", "demand")
FROM_ORDERS = ("fraud", "forecasts")
"""Learn from orders and labels alone, so that they can begin before events and promotions are there."""
SEGMENTS = "segments"
"""Has no light recipe, and nothing waits for it: its groups appear when they are found."""
LIGHT, FULL = TrainingRun.Recipe.LIGHT, TrainingRun.Recipe.FULL
POLL_SECONDS = 0.5
TOO_LITTLE_DATA = "ModelFitError: "
PATIENCE_SECONDS = 3600.0


def first_model(family: str) -> Phase:
    """The phase of a first model. Any version will do; a light one is asked for where there is none."""
    wait = partial(wait_for_training, family=family, recipe=LIGHT)
    return Phase(family, is_done=partial(is_settled, family, recipe=LIGHT), run=wait)


def full_model(family: str) -> Phase:
    """The phase of a full model, once the shop is open."""
    wait = partial(wait_for_training, family=family, recipe=FULL)
    return Phase(
        f"full-{family}",
        is_done=partial(is_settled, family, recipe=FULL),
        run=wait,
        needed_to_open=False,
    )


def _settling_run(family: str, *, recipe: str) -> TrainingRun | None:
    """The newest run that succeeded, or that found too little to learn from. A full one settles both."""
    runs = TrainingRun.objects.filter(family=family).order_by("-pk")
    if recipe == FULL:
        runs = runs.filter(recipe=FULL)
    ended = Q(status=TrainingRun.Status.SUCCEEDED) | Q(error__startswith=TOO_LITTLE_DATA)
    return runs.filter(ended).first()


def is_settled(family: str, *, recipe: str) -> bool:
    """Whether a run of this recipe, or a full one, has ended with a model or with too little data."""
    return _settling_run(family, recipe=recipe) is not None


def first_models(key: str, *, families: Sequence[str]) -> Phase:
    """The phase that asks for first models, which train while the next phases run."""
    run = partial(_queue_training, families=families)
    return Phase(key, is_done=partial(_are_queued, families), run=run)


def _are_queued(families: Sequence[str]) -> bool:
    """Whether a run of each family is queued, under way or done."""
    runs = TrainingRun.objects.exclude(status=TrainingRun.Status.FAILED).filter(family__in=families)
    return runs.values("family").distinct().count() == len(families)


def _queue_training(progress: Progress, *, families: Sequence[str]) -> str:
    """One that is under way is not started twice."""
    from registry.tasks import ask_for_training

    for family in families:
        ask_for_training(family, recipe=LIGHT)
    return StepText(gettext_noop("%(n)d models"), n=len(families))


def ask_for_full_models() -> None:
    """Ask for what has not been trained in full yet; one that is under way is not started twice."""
    from registry.tasks import ask_for_training

    for family in (SEGMENTS, *FAMILIES):
        if not is_settled(family, recipe=FULL):
            ask_for_training(family, recipe=FULL)


def wait_for_training(progress: Progress, *, family: str, recipe: str) -> str:
    """Ask for the run and wait for its end; of the full ones for all at once, so that they follow closely."""
    from registry.tasks import ask_for_training

    if recipe == FULL:
        ask_for_full_models()
    run = _settling_run(family, recipe=recipe)  # it may have ended while others were waited for
    while run is None or (recipe == FULL and run.recipe != FULL):
        run = _ended(ask_for_training(family, recipe=recipe), progress=progress)
    if run.status == TrainingRun.Status.FAILED:
        # a small demo may hold no known fraud at all: serve without
        if run.error.startswith(TOO_LITTLE_DATA):
            return StepText(gettext_noop("not trained: %(why)s"), why=plain_error(run.error))
        raise PhaseError(detailed_error(run.error))
    seconds = f"{sum(run.phases.values()):.1f}"
    return StepText(gettext_noop("%(version)s in %(seconds)s s"), version=str(run.version), seconds=seconds)


def _ended(pk: int, *, progress: Progress) -> TrainingRun:
    """The run, once it has ended."""

    def look() -> bool:
        run = TrainingRun.objects.get(pk=pk)
        progress(run.progress, run.step_text)
        return bool(run.is_finished)

    poll(look, what=_("the training"), worker="training")
    return TrainingRun.objects.get(pk=pk)


def poll(is_over: Callable[[], bool], *, what: str, worker: str) -> None:
    """Wait until ``is_over``. After PATIENCE_SECONDS raises PhaseError with ``what`` and ``worker``."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_over():
        if time.monotonic() > deadline:
            raise PhaseError(
                _("%(what)s did not end within an hour; does the process “%(worker)s” run?")
                % {"what": what, "worker": worker}
            )
        time.sleep(POLL_SECONDS)
