"""The rule fields of members: profile, tier, consent, points, orders, RFM."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db.models import F, Sum, Value, Window
from django.db.models.functions import FirstValue, Greatest, NullIf, Substr, TruncDate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from membership.models.shop import shop_currency, shop_zone
from membership.rules.registry import FieldType, Pii, Rows, SegmentField, register_field

RFM_PREFIX = "rfm-"


def register_member_fields() -> None:
    """Called once, when the app is ready."""
    for field in (*_profile(), *_consents(), *_loyalty(), *_orders(), *_rfm()):
        register_field(field)


def _profile() -> list[SegmentField]:
    texts = (
        ("member_no", gettext_lazy("member number"), Pii.IDENTIFYING),
        ("name", gettext_lazy("name"), Pii.IDENTIFYING),
        ("email", gettext_lazy("e-mail"), Pii.IDENTIFYING),
        ("phone", gettext_lazy("phone"), Pii.IDENTIFYING),
        ("language", gettext_lazy("language"), Pii.PERSONAL),
    )
    fields = [
        SegmentField(name, title, FieldType.TEXT, _text_of_member(name), pii=pii)
        for name, title, pii in texts
    ]
    return [
        *fields,
        SegmentField(
            "country", gettext_lazy("country"), FieldType.TEXT, _text_of_member("country"),
            pii=Pii.PERSONAL, clean=_country,
        ),
        SegmentField(
            "birth_date", gettext_lazy("birth date"), FieldType.DAY, _of_member("birth_date"),
            pii=Pii.PERSONAL,
        ),
        SegmentField(
            "birthday", gettext_lazy("birthday"), FieldType.YEARLY, _of_member("birth_date"), pii=Pii.PERSONAL
        ),
        SegmentField("joined_at", gettext_lazy("joined"), FieldType.MOMENT, _of_member("joined_at")),
        SegmentField(
            "join_anniversary", gettext_lazy("anniversary of joining"), FieldType.YEARLY, _joined_days
        ),
        SegmentField(
            "status", gettext_lazy("status"), FieldType.CHOICE, _of_member("status"), choices=_statuses
        ),
        SegmentField("tags", gettext_lazy("tags"), FieldType.WORDS, _tags, choices=_tag_names, kind="tag"),
    ]  # fmt: skip


def _consents() -> list[SegmentField]:
    from membership.models import Consent

    return [
        SegmentField(
            f"consent.{purpose}.{channel}",
            gettext_lazy("consent"),
            FieldType.BOOLEAN,
            _newest_consent(purpose, channel),
            pii=Pii.PERSONAL,
        )
        for purpose in Consent.Purpose.values
        for channel in Consent.Channel.values
    ]


def _loyalty() -> list[SegmentField]:
    return [
        SegmentField("tier", gettext_lazy("tier"), FieldType.CHOICE, _of_member("tier"), choices=_tiers),
        SegmentField(
            "points", gettext_lazy("points"), FieldType.INTEGER, _points, missing=0, moves_at=_next_points
        ),
    ]


def _orders() -> list[SegmentField]:
    fields = [
        SegmentField(
            "first_order_at", gettext_lazy("first order"), FieldType.MOMENT, _figure("first_order_at")
        ),
        SegmentField(
            "last_order_at", gettext_lazy("last order"), FieldType.MOMENT, _figure("last_order_at")
        ),
        SegmentField(
            "orders_total", gettext_lazy("orders, ever"), FieldType.INTEGER,
            _figure("orders_total"), missing=0,
        ),
        SegmentField(
            "spend_total", gettext_lazy("spend, ever"), FieldType.DECIMAL, _figure("spend_total"),
            unit=shop_currency(), missing=0,
        ),
        SegmentField(
            "gap_days", gettext_lazy("median days between orders"), FieldType.DECIMAL,
            _figure("gap_days_median"), unit=gettext_lazy("days"),
        ),
    ]  # fmt: skip
    titles = {
        "orders_7d": gettext_lazy("orders, 7 days"),
        "orders_30d": gettext_lazy("orders, 30 days"),
        "orders_60d": gettext_lazy("orders, 60 days"),
        "orders_90d": gettext_lazy("orders, 90 days"),
        "orders_365d": gettext_lazy("orders, 365 days"),
    }
    spends = {
        "spend_7d": gettext_lazy("spend, 7 days"),
        "spend_30d": gettext_lazy("spend, 30 days"),
        "spend_60d": gettext_lazy("spend, 60 days"),
        "spend_90d": gettext_lazy("spend, 90 days"),
        "spend_365d": gettext_lazy("spend, 365 days"),
    }
    for name, title in titles.items():
        fields.append(SegmentField(name, title, FieldType.INTEGER, _figure(name), missing=0))
    for name, title in spends.items():
        fields.append(
            SegmentField(name, title, FieldType.DECIMAL, _figure(name), unit=shop_currency(), missing=0)
        )
    return fields


def _rfm() -> list[SegmentField]:
    scores = {
        "rfm_recency": gettext_lazy("RFM recency"),
        "rfm_frequency": gettext_lazy("RFM frequency"),
        "rfm_monetary": gettext_lazy("RFM monetary"),
    }
    fields = [
        SegmentField(name, title, FieldType.INTEGER, _figure(name), unit="1–5")
        for name, title in scores.items()
    ]
    group = SegmentField(
        "rfm_group", gettext_lazy("RFM group"), FieldType.CHOICE, _rfm_groups, choices=_rfm_names
    )
    return [*fields, group]


# --- rows: (member_id, value) ------------------------------------------------------------------------------


def _of_member(column: str) -> Callable[[datetime], Rows]:
    def rows(as_of: datetime) -> Rows:
        from membership.models import Member

        return Member.objects.order_by().values(member_id=F("pk"), value=F(column))

    return rows


def _text_of_member(column: str) -> Callable[[datetime], Rows]:
    """An empty text is unknown, as NULL is."""

    def rows(as_of: datetime) -> Rows:
        from membership.models import Member

        return Member.objects.order_by().values(member_id=F("pk"), value=NullIf(F(column), Value("")))

    return rows


def _joined_days(as_of: datetime) -> Rows:
    from membership.models import Member

    day = TruncDate("joined_at", tzinfo=shop_zone())
    return Member.objects.order_by().values(member_id=F("pk"), value=day)


def _tags(as_of: datetime) -> Rows:
    from membership.models import Member

    return Member.tags.through.objects.order_by().values("member_id", value=F("tag_id"))


def _newest_consent(purpose: str, channel: str) -> Callable[[datetime], Rows]:
    def rows(as_of: datetime) -> Rows:
        from membership.models import Consent

        consents = Consent.objects.filter(purpose=purpose, channel=channel, occurred_at__lte=as_of)
        newest = Window(
            FirstValue("granted"),
            partition_by=F("member_id"),
            order_by=[F("occurred_at").desc(), F("pk").desc()],
        )
        return consents.order_by().values("member_id", value=newest)

    return rows


def _points(as_of: datetime) -> Rows:
    from membership.models import PointsEntry

    entries = PointsEntry.objects.counting_at(as_of).order_by()
    return entries.values("member_id").annotate(value=Greatest(Sum("points"), Value(0)))


def _next_points(as_of: datetime) -> datetime | None:
    """When points expire or become available next."""
    from membership.models import PointsEntry, PointsLot

    expiring = PointsEntry.objects.filter(expires_at__gt=as_of).order_by("expires_at")
    pending = PointsLot.objects.open().filter(available_at__gt=as_of).order_by("available_at")
    moments = [
        expiring.values_list("expires_at", flat=True).first(),
        pending.values_list("available_at", flat=True).first(),
    ]
    return min((moment for moment in moments if moment is not None), default=None)


def _figure(column: str) -> Callable[[datetime], Rows]:
    """A column of the stored figures, as of their last refresh."""

    def rows(as_of: datetime) -> Rows:
        from membership.models import MemberFeatures

        return MemberFeatures.objects.order_by().values("member_id", value=F(column))

    return rows


def _rfm_groups(as_of: datetime) -> Rows:
    from membership.models import SegmentMembership

    stays = SegmentMembership.objects.current().filter(
        segment__key__in=[f"{RFM_PREFIX}{key}" for key, _label in _rfm_names()]
    )
    return stays.order_by().values("member_id", value=Substr("segment__key", len(RFM_PREFIX) + 1))


# --- choices and cleaning --------------------------------------------------------------------------------


def _tiers() -> Sequence[tuple[str, object]]:
    from membership.models.members import Tier

    return Tier.choices


def _statuses() -> Sequence[tuple[str, object]]:
    from membership.models import Member

    return [(one.value, one.label) for one in (Member.Status.ACTIVE, Member.Status.FROZEN)]


def _tag_names() -> Sequence[tuple[str, object]]:
    from membership.models import Tag

    return [(name, name) for name in Tag.objects.order_by("name").values_list("name", flat=True)]


def _rfm_names() -> Sequence[tuple[str, object]]:
    from membership.segments.stays import RFM_NAMES

    return [(key, _(name)) for key, (name, _about) in RFM_NAMES.items()]


def _country(text: str) -> str:
    from membership.cleaning.values import Unclean, clean_country

    try:
        code = clean_country(text)
    except Unclean:
        code = None
    if not code:
        raise ValueError(_("“%s” is not a country; use ISO 3166, such as US.") % text)
    return code
