"""What the first set-up consists of, after the administrator: the demo shop's data, and the models."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from config.setting_up.loyalty import is_loaded, load_loyalty
from config.setting_up.options import SetupOptions
from config.setting_up.runner import Phase, PhaseError, Progress
from config.setting_up.training import (
    FAMILIES,
    FROM_ORDERS,
    FULL,
    ask_for_full_models,
    first_model,
    first_models,
    full_model,
    is_settled,
    poll,
)
from learning.estimator import silent
from learning.step_texts import StepText
from membership.models import ImportReport, Member, Segment
from membership.models.shop import the_shop
from recommendations.models import SimilarProduct
from registry.queueing import QueueAway, queue_now

if TYPE_CHECKING:
    from demo.files import DemoFiles


def phases(options: SetupOptions) -> list[Phase]:
    """The phases in order. Training is asked for as early as its data allows and waited for at the end.

    The first models are made by light recipes, so that the shop opens soon; the full ones follow.
    """
    if not options.demo or _holds_a_shop_of_its_own():
        return []
    return [
        Phase("generate", is_done=_is_generated, run=partial(_generate, households=options.households)),
        replace(_import_phase("products"), run=_import_products),
        *(_import_phase(kind) for kind in ("members", "orders", "labels")),
        # models train in processes of their own while the rest is loaded
        first_models("queue", families=FROM_ORDERS),
        _import_phase("events"),
        replace(_import_phase("promotions"), run=_plan_promotions),
        first_models("queue-rest", families=[name for name in FAMILIES if name not in FROM_ORDERS]),
        Phase("loyalty", is_done=is_loaded, run=_load_loyalty),
        Phase("features", is_done=_are_refreshed, run=_refresh_members),
        *(first_model(family) for family in FAMILIES),
        Phase("similar", is_done=_are_likened, run=_liken_products, needed_to_open=False),
        *(full_model(family) for family in FAMILIES),
    ]


# --- the demo shop's files -------------------------------------------------------------------------------
def _demo_dir() -> Path:
    return Path(settings.DEMO_DIR)


def _is_generated() -> bool:
    return (_demo_dir() / "manifest.json").exists()


def _holds_a_shop_of_its_own() -> bool:
    """Whether members are there that no demo brought: the demo then stays away."""
    return not _is_generated() and Member.objects.exists()


def make_demo_files(*, households: int | None = None, progress: Progress = silent) -> DemoFiles:
    """Write the files, unless they are there; touches no database."""
    from demo.files import generate

    return generate(
        directory=_demo_dir(),
        last_day=timezone.localdate(),
        time_zone=the_shop().time_zone,
        households=households,
        progress=lambda step, fraction: progress(fraction, step),
    )


def _generate(progress: Progress, *, households: int | None) -> str:
    files = make_demo_files(households=households, progress=progress)
    return StepText(gettext_noop("%(households)s households"), households=files.manifest["households"])


# --- importing -------------------------------------------------------------------------------------------
def _import_phase(kind: str) -> Phase:
    return Phase(kind, is_done=partial(is_imported, kind), run=partial(_import, kind=kind))


def _demo_file(kind: str) -> Path:
    return _demo_dir() / f"{kind}.parquet"


def is_imported(kind: str) -> bool:
    """Whether the demo's file of this kind has been imported; by its content, since folders may be moved."""
    from importing.files.sources import sha256_of

    path = _demo_file(kind)
    if not path.exists():
        return False
    done = ImportReport.objects.filter(kind=kind, file_sha256=sha256_of(path), dry_run=False)
    return done.filter(status=ImportReport.Status.SUCCEEDED).exists()


def _import(progress: Progress, *, kind: str) -> str:
    from importing.errors import BadFile
    from importing.running import run_import

    try:
        report = run_import(kind=kind, path=_demo_file(kind), progress=progress)
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

    note = _import(progress, kind="products")
    renew_search_index.delay()
    return note


def _plan_promotions(progress: Progress) -> str:
    """A demo that is older than promotions gets its file now."""
    from demo.files import add_promotions

    add_promotions(directory=_demo_dir())
    return _import(progress, kind="promotions")


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

    poll(look, what=_("the refresh of all members"), worker="worker")
    return StepText(gettext_noop("%(total)s members"), total=total)


# --- once the shop is open -------------------------------------------------------------------------------
def _are_likened() -> bool:
    """Whether products have their lists; a full model of recommendations brings them too."""
    return SimilarProduct.objects.exists() or is_settled("recommendations", recipe=FULL)


def _liken_products(progress: Progress) -> str:
    """Products are shown with others of their category until then. The full models are begun meanwhile."""
    from recommendations.services.writing.item_lists import renew_item_lists
    from recommendations.services.writing.repeat_gaps import renew_repeat_gaps

    ask_for_full_models()
    rows = renew_item_lists(as_of=timezone.now(), progress=progress)
    renew_repeat_gaps(as_of=timezone.now())
    return StepText(gettext_noop("%(rows)s rows"), rows=f"{rows:,}")
