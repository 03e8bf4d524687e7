"""What the first set-up consists of, after the administrator: the demo shop's data, and the models."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from config.setting_up.loyalty import is_loaded, load_loyalty
from config.setting_up.options import SetupOptions
from config.setting_up.runner import Phase, PhaseError, Progress
from learning.step_texts import StepText
from membership.models import ImportReport, Member, Segment
from membership.models.shop import the_shop
from registry.models import TrainingRun
from registry.queueing import QueueAway, queue_now

FAMILIES = ("recommendations", "fraud", "forecasts", "demand")
LIGHT, FULL = TrainingRun.Recipe.LIGHT, TrainingRun.Recipe.FULL
POLL_SECONDS = 0.5
TOO_LITTLE_DATA = "ModelFitError: "
PATIENCE_SECONDS = 3600.0


def phases(options: SetupOptions) -> list[Phase]:
    """The phases in order. Training is asked for as early as its data allows and waited for at the end.

    The first models are made by light recipes, so that the shop opens soon; the full ones follow.
    """
    if not options.demo or _holds_a_shop_of_its_own():
        return []
    return [
        Phase("generate", is_done=_is_generated, run=partial(_generate, households=options.households)),
        replace(_import_phase("products"), run=_import_products),
        *(_import_phase(kind) for kind in ("members", "events", "orders", "labels")),
        Phase("promotions", is_done=_are_planned, run=_plan_promotions),
        # the models train in processes of their own while the rest is loaded
        Phase("queue", is_done=_is_queued, run=_queue_training),
        Phase("loyalty", is_done=is_loaded, run=_load_loyalty),
        Phase("features", is_done=_are_refreshed, run=_refresh_members),
        *(_first_model(family) for family in FAMILIES),
        *(_full_model(family) for family in FAMILIES),
    ]


# --- the demo shop's files -------------------------------------------------------------------------------
def _demo_dir() -> Path:
    return Path(settings.DEMO_DIR)


def _is_generated() -> bool:
    return (_demo_dir() / "manifest.json").exists()


def _holds_a_shop_of_its_own() -> bool:
    """Whether members are there that no demo brought: the demo then stays away."""
    return not _is_generated() and Member.objects.exists()


def _generate(progress: Progress, *, households: int | None) -> str:
    from demo.files import generate

    files = generate(
        directory=_demo_dir(),
        last_day=timezone.localdate(),
        time_zone=the_shop().time_zone,
        households=households,
        progress=lambda step, fraction: progress(fraction, step),
    )
    return StepText(gettext_noop("%(households)s households"), households=files.manifest["households"])


# --- importing -------------------------------------------------------------------------------------------
def _import_phase(kind: str) -> Phase:
    path = _demo_dir() / f"{kind}.parquet"
    return Phase(kind, is_done=partial(_is_imported, path), run=partial(_import, kind=kind, path=path))


def _is_imported(path: Path) -> bool:
    done = ImportReport.objects.filter(file_path=str(path.resolve()), dry_run=False)
    return done.filter(status=ImportReport.Status.SUCCEEDED).exists()


def _import(progress: Progress, *, kind: str, path: Path) -> str:
    from importing.errors import BadFile
    from importing.running import run_import

    try:
        report = run_import(kind=kind, path=path, progress=progress)
    except BadFile as error:
        raise PhaseError(str(error)) from None
    return StepText(
        gettext_noop("%(rows)s rows, %(rejected)s rejected"),
        rows=f"{report.read:,}",
        rejected=f"{report.rejected:,}",
    )


def _import_products(progress: Progress) -> str:
    """Their names are read for search while the orders are imported."""
    from recommendations.tasks import renew_search_index

    note = _import(progress, kind="products", path=_demo_dir() / "products.parquet")
    renew_search_index.delay()
    return note


def _are_planned() -> bool:
    return _is_imported(_demo_dir() / "promotions.parquet")


def _plan_promotions(progress: Progress) -> str:
    """A demo that is older than promotions gets its file now."""
    from demo.files import add_promotions

    add_promotions(directory=_demo_dir())
    return _import(progress, kind="promotions", path=_demo_dir() / "promotions.parquet")


def _load_loyalty(progress: Progress) -> str:
    rows = load_loyalty(directory=_demo_dir())
    return StepText(gettext_noop("%(rows)s rows"), rows=f"{rows:,}")


# --- features and segments -------------------------------------------------------------------------------
def _members_without_figures() -> int:
    return Member.objects.reachable().exclude(features__as_of__isnull=False).count()


def _are_refreshed(*, since: datetime | None = None) -> bool:
    """Whether all members have figures and segments (since then); beat makes empty segments earlier."""
    segments = Segment.objects.filter(kind=Segment.Kind.MODEL, member_count__gt=0)
    if since is not None:
        segments = segments.filter(refreshed_at__gte=since)
    return segments.exists() and not _members_without_figures()


def _refresh_members(progress: Progress) -> str:
    """Have a worker do it, as it does every night, and watch its rows appear."""
    from registry.tasks import retrain

    queued_at = timezone.now()
    try:
        queue_now("membership.tasks.refresh_all_members")
    except QueueAway as error:
        raise PhaseError(str(error)) from None
    total = Member.objects.reachable().count()

    def look() -> bool:
        done = total - _members_without_figures()
        step = StepText(gettext_noop("%(done)s of %(total)s members"), done=done, total=total)
        progress(done / max(total, 1), step)
        return _are_refreshed(since=queued_at)

    _poll(look, what=_("the refresh of all members"), worker="worker")
    retrain("segments")  # nobody waits for it: its groups appear while the other models train
    return StepText(gettext_noop("%(total)s members"), total=total)


# --- training --------------------------------------------------------------------------------------------
def _first_model(family: str) -> Phase:
    """Any version will do; a light one is asked for where there is none."""
    wait = partial(_wait_for_training, family=family, recipe=LIGHT)
    return Phase(family, is_done=partial(_is_settled, family, recipe=LIGHT), run=wait)


def _full_model(family: str) -> Phase:
    wait = partial(_wait_for_training, family=family, recipe=FULL)
    return Phase(
        f"full-{family}",
        is_done=partial(_is_settled, family, recipe=FULL),
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


def _is_settled(family: str, *, recipe: str) -> bool:
    return _settling_run(family, recipe=recipe) is not None


def _is_queued() -> bool:
    runs = TrainingRun.objects.exclude(status=TrainingRun.Status.FAILED).filter(family__in=FAMILIES)
    return runs.values("family").distinct().count() == len(FAMILIES)


def _queue_training(progress: Progress) -> str:
    """Ask for all first models; one that is under way is not started twice."""
    from registry.tasks import retrain

    for family in FAMILIES:
        retrain(family, recipe=LIGHT)
    return StepText(gettext_noop("%(n)d models"), n=len(FAMILIES))


def _wait_for_training(progress: Progress, *, family: str, recipe: str) -> str:
    """Ask for the run and wait for its end; of the full ones for all at once, so that they follow closely."""
    from registry.tasks import retrain

    if recipe == FULL:
        for one in FAMILIES:
            if not _is_settled(one, recipe=FULL):
                retrain(one, recipe=FULL)
    run = _settling_run(family, recipe=recipe)  # it may have ended while others were waited for
    while run is None or (recipe == FULL and run.recipe != FULL):
        run = _ended(retrain(family, recipe=recipe), progress=progress)
    if run.status == TrainingRun.Status.FAILED:
        # a small demo may hold no known fraud at all: serve without
        if run.error.startswith(TOO_LITTLE_DATA):
            return StepText(gettext_noop("not trained: %(why)s"), why=run.error.removeprefix(TOO_LITTLE_DATA))
        raise PhaseError(run.error)
    seconds = f"{sum(run.phases.values()):.1f}"
    return StepText(gettext_noop("%(version)s in %(seconds)s s"), version=str(run.version), seconds=seconds)


def _ended(pk: int, *, progress: Progress) -> TrainingRun:
    """The run, once it has ended."""

    def look() -> bool:
        run = TrainingRun.objects.get(pk=pk)
        progress(run.progress, run.step_text)
        return bool(run.is_finished)

    _poll(look, what=_("the training"), worker="training")
    return TrainingRun.objects.get(pk=pk)


def _poll(is_over: Callable[[], bool], *, what: str, worker: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_over():
        if time.monotonic() > deadline:
            raise PhaseError(
                _("%(what)s did not end within an hour; does the process “%(worker)s” run?")
                % {"what": what, "worker": worker}
            )
        time.sleep(POLL_SECONDS)
