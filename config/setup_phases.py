"""What the first set-up consists of: the administrator, the demo shop's data, and both models."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

from django.conf import settings
from django.utils import timezone

from config.setup import Phase, PhaseError, Progress
from config.setup_account import USERNAME, create_administrator, has_administrator
from membership.models import ImportReport, Member
from registry.models import ModelVersion, TrainingRun

FAMILIES = ("recommendations", "fraud")
POLL_SECONDS = 0.5
TRAINING_PATIENCE_SECONDS = 3600.0


@dataclass(frozen=True)
class SetupOptions:
    """Whether to load the demo shop, and how many of its households (None: all)."""

    demo: bool
    households: int | None = None

    @classmethod
    def from_environment(cls) -> Self:
        """``DEMO`` is on in the embedded shape only: nobody wants made-up members in a real database."""
        demo = os.environ.get("DEMO", "1" if settings.EMBEDDED else "0")
        households = os.environ.get("DEMO_HOUSEHOLDS", "")
        if demo not in ("0", "1"):
            raise PhaseError(f"DEMO={demo!r} must be 1 (load the demo shop) or 0 (start empty).")
        if households and not (households.isdecimal() and int(households) > 0):
            raise PhaseError(f"DEMO_HOUSEHOLDS={households!r} must be a whole number above 0, such as 200.")
        return cls(demo=demo == "1", households=int(households) if households else None)


def phases(options: SetupOptions) -> list[Phase]:
    """The phases in order. Training is asked for as early as its data allows and waited for at the end."""
    account = [Phase("account", is_done=has_administrator, run=_create_account)]
    if not options.demo or _holds_a_shop_of_its_own():
        return account
    return [
        *account,
        Phase("generate", is_done=_is_generated, run=partial(_generate, households=options.households)),
        *(_import_phase(kind) for kind in ("products", "members", "orders", "labels")),
        _import_phase("events"),
    ]


def _create_account(progress: Progress) -> str:
    create_administrator()
    return USERNAME


# --- the demo shop's files -------------------------------------------------------------------------------
def _demo_dir() -> Path:
    return Path(settings.DEMO_DIR)


def _is_generated() -> bool:
    return (_demo_dir() / "manifest.json").exists()


def _holds_a_shop_of_its_own() -> bool:
    """Whether members are there that no demo brought: the demo then stays away."""
    return not _is_generated() and Member.objects.exists()


def _generate(progress: Progress, *, households: int | None) -> str:
    from membership.demo.files import generate

    files = generate(
        directory=_demo_dir(),
        last_day=timezone.localdate(),
        time_zone=settings.TIME_ZONE,
        households=households,
        progress=progress,
    )
    return str(files)


# --- importing -------------------------------------------------------------------------------------------
def _import_phase(kind: str) -> Phase:
    path = _demo_dir() / f"{kind}.parquet"
    return Phase(kind, is_done=partial(_is_imported, path), run=partial(_import, kind=kind, path=path))


def _is_imported(path: Path) -> bool:
    done = ImportReport.objects.filter(file_path=str(path), dry_run=False)
    return done.filter(status=ImportReport.Status.SUCCEEDED).exists()


def _import(progress: Progress, *, kind: str, path: Path) -> str:
    from membership.importing import run_import

    report = run_import(kind=kind, path=path, progress=progress)
    if report.status != ImportReport.Status.SUCCEEDED:
        raise PhaseError(f"{path.name}: {report.error}")
    return f"{report.read:,} rows, {report.rejected:,} rejected"


# --- training --------------------------------------------------------------------------------------------
def request_training(*, family: str) -> None:
    """Queue a retrain unless the family has a live model or a run under way."""
    from registry.services import runs
    from registry.tasks import run_training

    if not ModelVersion.objects.filter(family=family, status=ModelVersion.Status.LIVE).exists():
        run, is_new = runs.request_run(family=family)
        if is_new:
            run_training.delay_on_commit(run.pk)


def is_trained(family: str) -> bool:
    return TrainingRun.objects.filter(family=family, status=TrainingRun.Status.SUCCEEDED).exists()


def _wait_for_training(progress: Progress, *, family: str) -> str:
    request_training(family=family)
    deadline = time.monotonic() + TRAINING_PATIENCE_SECONDS
    while time.monotonic() < deadline:
        run = TrainingRun.objects.filter(family=family).order_by("-pk").first()
        if run is not None and run.status == TrainingRun.Status.FAILED:
            raise PhaseError(f"Training of {family} failed: {run.error}")
        if run is not None and run.status == TrainingRun.Status.SUCCEEDED:
            return f"{run.version}: {run.phases}"
        if run is not None:
            progress(run.progress, run.message)
        time.sleep(POLL_SECONDS)
    raise PhaseError(f"Training of {family} did not end within an hour; is the training worker running?")
