"""Loads the demo members' consents and points, which no import of ours takes, and how its points work."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from config.setting_up.points_history import load_history
from membership.models import Consent, EarningRule, LoyaltyProgram, Member, TierRule
from registry.tables.bulk import insert_rows

SIGN_UP = "sign-up"  # the source of the demo's first consents

CONSENT_COLUMNS = ("purpose", "channel", "granted", "source", "occurred_at")
POINTS_COLUMNS = ("points", "reason", "occurred_at", "expires_at")
RULES = (
    (gettext_noop("A point for each unit"), EarningRule.Kind.RATE, "1", ""),
    (gettext_noop("Gold earns one and a half times"), EarningRule.Kind.FACTOR, "1.5", "gold"),
    (gettext_noop("Platinum earns double"), EarningRule.Kind.FACTOR, "2", "platinum"),
    (gettext_noop("First order"), EarningRule.Kind.FIRST_ORDER, "50", ""),
    (gettext_noop("Birthday"), EarningRule.Kind.BIRTHDAY, "25", ""),
)
"""Name, kind, value, tier."""
TIERS = (("silver", 2_000), ("gold", 4_000), ("platinum", 7_000))
"""Spend in a year."""


def is_loaded() -> bool:
    return Consent.objects.filter(source=SIGN_UP).exists()


def load_loyalty(*, directory: Path) -> int:
    """Insert both files' rows and the demo's rules, all or none; the number of rows."""
    with transaction.atomic():
        ids = dict(Member.objects.values_list("member_no", "pk"))
        consents = _rows(path=directory / "consents.parquet", columns=CONSENT_COLUMNS, ids=ids)
        written = insert_rows(model=Consent, columns=("member_id", *CONSENT_COLUMNS), rows=consents)
        points = _rows(path=directory / "points.parquet", columns=POINTS_COLUMNS, ids=ids)
        written += load_history(rows=points)  # type: ignore[arg-type]  # the file's columns are these
        _make_rules()
    return written


def _make_rules() -> None:
    """From now on: what was bought before has its points already."""
    LoyaltyProgram.objects.get_or_create(pk=1, defaults={"point_value": Decimal("0.01")})
    now = timezone.now()
    EarningRule.objects.bulk_create(
        EarningRule(name=name, kind=kind, value=Decimal(value), tier=tier, starts_at=now)
        for name, kind, value, tier in RULES
    )
    TierRule.objects.bulk_create(
        TierRule(tier=tier, measure=TierRule.Measure.SPEND, threshold=Decimal(amount), grace_days=90)
        for tier, amount in TIERS
    )


def _rows(*, path: Path, columns: tuple[str, ...], ids: dict[str, int]) -> list[tuple[object, ...]]:
    """The file's rows with the member's id in front; members the import rejected are left out."""
    import pyarrow.parquet as pq

    table = pq.read_table(path, columns=["member_no", *columns])
    values = zip(*(table[name].to_pylist() for name in ("member_no", *columns)), strict=True)
    return [(ids[member_no], *rest) for member_no, *rest in values if member_no in ids]
