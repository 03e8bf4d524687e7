"""Which columns each kind of file has, how each is cleaned, and what shops call them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from membership.importing.errors import BadFile
from membership.importing.presets import PRESETS
from membership.importing.registry import Field, import_kind

MONEY_DECIMALS = 3
MONEY_MAX = 10**14 - 1  # the store's max_digits=14 in thousandths
PRICE_DECIMALS = 6
PRICE_MAX = 10**16 - 1  # max_digits=16 in millionths
COUNT_MAX = 2**31 - 1  # a PositiveIntegerField on PostgreSQL


def resolve(
    *, kind: str, file_columns: Sequence[str], mapping: Mapping[str, str] | None, preset: str | None
) -> dict[str, str]:
    """Our column -> the file's column. An explicit mapping wins over the preset, that over equal names.

    Raises BadFile when a required column is missing or a mapping names what does not exist.
    """
    fields = import_kind(kind).fields(datetime.now(tz=ZoneInfo("UTC")))
    ours = {field.name for field in fields}
    found = {plain_name(name): name for name in reversed(file_columns) if plain_name(name) in ours}
    for theirs, name in _preset(kind, preset).items():
        if theirs in file_columns:
            found[name] = theirs
    for theirs, name in (mapping or {}).items():
        if name not in ours:
            raise BadFile(
                _("--map %(theirs)s=%(name)s: %(kind)s have no column %(name)s. They have: %(ours)s.")
                % {"theirs": theirs, "name": name, "kind": kind, "ours": ", ".join(f.name for f in fields)}
            )
        if theirs not in file_columns:
            raise BadFile(
                _("--map %(theirs)s=%(name)s: the file has no column %(theirs)s. It has: %(columns)s.")
                % {"theirs": theirs, "name": name, "columns": _shown(file_columns)}
            )
        found[name] = theirs
    missing = [field.name for field in fields if field.required and field.name not in found]
    if missing:
        raise BadFile(
            _(
                "The file has no column %(missing)s. It has: %(columns)s. "
                "Name yours with --map theirs=%(first)s."
            )
            % {"missing": ", ".join(missing), "columns": _shown(file_columns), "first": missing[0]}
        )
    twice = sorted({theirs for theirs in found.values() if list(file_columns).count(theirs) > 1})
    if twice:
        raise BadFile(
            _("The file has the column %(twice)s more than once; rename one of them.")
            % {"twice": ", ".join(twice)}
        )
    return found


def plain_name(name: str) -> str:
    return name.strip().strip("\ufeff").lower().replace(" ", "_")


def _shown(columns: Sequence[str]) -> str:
    return ", ".join(name[:40] for name in columns[:40])


def _preset(kind: str, preset: str | None) -> Mapping[str, str]:
    if preset is None:
        return {}
    if preset not in PRESETS:
        raise BadFile(
            _("--preset %(preset)s is unknown; there are: %(known)s.")
            % {"preset": preset, "known": ", ".join(sorted(PRESETS))}
        )
    return PRESETS[preset].get(kind, {})


def member_fields(now: datetime) -> tuple[Field, ...]:
    from membership.cleaning import values as cleaning
    from membership.cleaning import words as vocabulary

    zone = ZoneInfo(settings.TIME_ZONE)
    return (
        Field("member_no", partial(cleaning.clean_key, max_length=40), required=True),
        Field("name", partial(cleaning.clean_text, max_length=120), lenient=True),
        Field("email", cleaning.clean_email, lenient=True),
        # a phone is cleaned with its member's country, in members.py
        Field("phone", partial(cleaning.clean_text, max_length=250), lenient=True),
        Field("birth_date", partial(cleaning.clean_day, latest=now.astimezone(zone).date()), lenient=True),
        Field("country", cleaning.clean_country, lenient=True),
        Field("language", cleaning.clean_language, lenient=True),
        Field("joined_at", moment(now), lenient=True),
        Field("tier", partial(cleaning.clean_choice, words=vocabulary.TIERS), lenient=True),
        Field("tags", cleaning.clean_tags, lenient=True),
    )


def product_fields(now: datetime) -> tuple[Field, ...]:
    from membership.cleaning import values as cleaning

    amount = partial(cleaning.clean_amount, decimals=MONEY_DECIMALS, maximum=MONEY_MAX)
    return (
        Field("sku", partial(cleaning.clean_key, max_length=60), required=True),
        Field("name", partial(cleaning.clean_text, max_length=200)),
        Field("category", cleaning.clean_category, lenient=True),
        Field("brand", partial(cleaning.clean_text, max_length=80), lenient=True),
        Field("price", amount, required=True),
        Field("currency", cleaning.clean_currency),
        Field("stock", partial(cleaning.clean_whole, minimum=0, maximum=COUNT_MAX)),
    )


def order_fields(now: datetime) -> tuple[Field, ...]:
    from membership.cleaning import values as cleaning
    from membership.cleaning import words as vocabulary

    def text(length: int) -> Callable[[object], object]:
        return partial(cleaning.clean_text, max_length=length)

    money = partial(cleaning.clean_amount, decimals=MONEY_DECIMALS, maximum=MONEY_MAX)
    price = partial(cleaning.clean_amount, decimals=PRICE_DECIMALS, maximum=PRICE_MAX)
    return (
        Field("order_no", partial(cleaning.clean_key, max_length=60), required=True),
        Field("line_no", partial(cleaning.clean_whole, minimum=0, maximum=COUNT_MAX)),
        Field("member_no", partial(cleaning.clean_member_no, max_length=254), required=True),
        Field("placed_at", moment(now), required=True),
        Field("sku", partial(cleaning.clean_key, max_length=60), required=True),
        Field("quantity", partial(cleaning.clean_whole, minimum=1, maximum=COUNT_MAX), required=True),
        Field("unit_price", price, required=True),
        Field("discount", money),
        Field("currency", cleaning.clean_currency),
        Field("status", partial(cleaning.clean_choice, words=vocabulary.ORDER_STATUSES)),
        Field("store", partial(cleaning.clean_key, max_length=40)),
        Field("channel", partial(cleaning.clean_choice, words=vocabulary.CHANNELS), lenient=True),
        Field("payment_method", text(40), lenient=True),
        Field("payment_fingerprint", text(80), lenient=True),
        Field("device_fingerprint", text(80), lenient=True),
        Field("address_fingerprint", text(80), lenient=True),
        Field("ip", cleaning.clean_ip, lenient=True),
        Field("billing_country", cleaning.clean_country, lenient=True),
        Field("shipping_country", cleaning.clean_country, lenient=True),
        Field("coupon", text(60), lenient=True),
    )


def event_fields(now: datetime) -> tuple[Field, ...]:
    from membership.cleaning import values as cleaning
    from membership.cleaning import words as vocabulary

    return (
        Field("member_no", partial(cleaning.clean_member_no, max_length=254), required=True),
        Field("type", partial(cleaning.clean_choice, words=vocabulary.EVENT_TYPES), required=True),
        Field("sku", partial(cleaning.clean_key, max_length=60)),
        Field("occurred_at", moment(now), required=True),
        Field("session", partial(cleaning.clean_text, max_length=64), lenient=True),
    )


def label_fields(now: datetime) -> tuple[Field, ...]:
    from membership.cleaning import values as cleaning
    from membership.cleaning import words as vocabulary

    return (
        Field("order_no", partial(cleaning.clean_key, max_length=60), required=True),
        Field("is_fraud", cleaning.clean_boolean, required=True),
        Field("known_at", moment(now), required=True),
        Field("source", partial(cleaning.clean_choice, words=vocabulary.LABEL_SOURCES)),
    )


def moment(now: datetime) -> Callable[[object], object]:
    from membership.cleaning import values as cleaning

    zone = ZoneInfo(settings.TIME_ZONE)
    return partial(cleaning.clean_moment, zone=zone, latest=cleaning.one_day_after(now))
