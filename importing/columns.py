"""Which columns each kind of file has, and how each is cleaned."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from importing.registry import Field
from membership.models.shop import shop_zone

MONEY_DECIMALS = 3
MONEY_MAX = 10**14 - 1  # the store's max_digits=14 in thousandths
PRICE_DECIMALS = 6
PRICE_MAX = 10**16 - 1  # max_digits=16 in millionths
COUNT_MAX = 2**31 - 1  # a PositiveIntegerField on PostgreSQL
NUMBER_LENGTH = 120
BUYER = ("email", "phone", "buyer_name")
PRODUCT = ("product_name", "product_id")


def member_fields(now: datetime) -> tuple[Field, ...]:
    from membership.cleaning import times as moments
    from membership.cleaning import values as cleaning
    from membership.cleaning import words as vocabulary

    zone = shop_zone()
    day = partial(moments.clean_day, latest=now.astimezone(zone).date())
    consent = partial(cleaning.clean_flag, words=vocabulary.CONSENTS)
    return (
        Field("member_no", _key(NUMBER_LENGTH), required=True, form="key", instead=("email", "phone")),
        Field("name", _text(120), lenient=True, form="text"),
        Field("first_name", _text(120), lenient=True, form="text"),
        Field("last_name", _text(120), lenient=True, form="text"),
        Field("email", cleaning.clean_emails, lenient=True, form="text"),
        # a phone is cleaned with its member's country, in members.py
        Field("phone", _text(250), lenient=True, form="key"),
        Field("birth_date", day, lenient=True, form="moment"),
        Field("country", cleaning.clean_country, lenient=True, form="text"),
        Field("language", cleaning.clean_language, lenient=True, form="text"),
        Field("joined_at", moment(now), lenient=True, form="moment"),
        Field("tier", partial(cleaning.clean_choice, words=vocabulary.TIERS), lenient=True, form="text"),
        Field("tags", cleaning.clean_tags, lenient=True, form="text"),
        Field(
            "points", partial(cleaning.clean_whole, minimum=0, maximum=COUNT_MAX), lenient=True, form="number"
        ),
        Field(
            "status",
            partial(cleaning.clean_choice, words=vocabulary.MEMBER_STATUSES),
            lenient=True,
            form="text",
        ),
        Field("email_consent", consent, lenient=True, form="text"),
        Field("sms_consent", consent, lenient=True, form="text"),
    )


def product_fields(now: datetime) -> tuple[Field, ...]:
    from membership.cleaning import values as cleaning
    from membership.cleaning import words as vocabulary

    amount = partial(cleaning.clean_amount, decimals=MONEY_DECIMALS, maximum=MONEY_MAX)
    shown = partial(cleaning.clean_choice, words=vocabulary.PRODUCT_STATUSES)
    return (
        Field("sku", _key(60), required=True, form="key", instead=("parent", "product_id", "name")),
        Field("name", _text(200), form="text"),
        Field("category", cleaning.clean_category, lenient=True, form="text"),
        Field("brand", _text(80), lenient=True, form="text"),
        Field("price", amount, required=True, form="number", instead=("sale_price",)),
        Field("currency", cleaning.clean_currency, form="text"),
        Field("stock", cleaning.clean_stock, form="number"),
        Field("sale_price", amount, lenient=True, form="number"),
        Field("status", shown, lenient=True, form="text"),
        Field("parent", _text(120), lenient=True, form="key"),
        Field("option", _text(120), lenient=True, form="text"),
        Field("product_id", _key(60), lenient=True, form="key"),
        Field("product_type", _text(60), lenient=True, form="text"),
        Field("group", _key(120), lenient=True, form="key"),
        Field("group_name", _text(200), lenient=True, form="text"),
        Field("options", cleaning.clean_options, lenient=True, form="text"),
        *(
            Field(f"option{n}{part}", _text(length), lenient=True, form="text")
            for n in (1, 2, 3)
            for part, length in (("_name", 40), ("", 80))
        ),
        Field("variations", _text(1_000_000), lenient=True, form="text"),
        *_marks_and_cost(),
    )


def _marks_and_cost() -> tuple[Field, ...]:
    """To whom a product may be shown, how soon it is bought again, and what it costs the shop.

    A wrong mark rejects its row: without it the product would be shown to those who must not see it.
    """
    from membership.cleaning import values as cleaning
    from membership.models.catalogue.showing import LONGEST_LANGUAGES, MOST_BUY_AGAIN_DAYS, OLDEST_MIN_AGE

    amount = partial(cleaning.clean_amount, decimals=MONEY_DECIMALS, maximum=MONEY_MAX)
    age = partial(cleaning.clean_whole, minimum=0, maximum=OLDEST_MIN_AGE)
    days = partial(cleaning.clean_whole, minimum=0, maximum=MOST_BUY_AGAIN_DAYS)
    languages = partial(cleaning.clean_codes, clean=cleaning.clean_language, max_length=LONGEST_LANGUAGES)
    return (
        Field("cost", amount, lenient=True, form="number"),
        Field("min_age", age, form="number"),
        Field("countries", partial(cleaning.clean_codes, clean=cleaning.clean_country), form="text"),
        Field("languages", languages, form="text"),
        Field("buy_again_days", days, lenient=True, form="number"),
    )


def order_fields(now: datetime) -> tuple[Field, ...]:
    """The order and its line, what it came to, who placed it and where, and what was bought."""
    return (*_order_and_line(now), *_amounts_and_state(now), *_place_and_payment(), *_buyer_and_product())


def _order_and_line(now: datetime) -> tuple[Field, ...]:
    from membership.cleaning import values as cleaning

    buyer = partial(cleaning.clean_member_no, max_length=254)
    price = partial(cleaning.clean_amount, decimals=PRICE_DECIMALS, maximum=PRICE_MAX)
    return (
        Field("order_no", _key(60), required=True, form="key"),
        Field("line_no", partial(cleaning.clean_whole, minimum=0, maximum=COUNT_MAX), form="number"),
        Field("member_no", buyer, required=True, form="key", instead=BUYER),
        Field("placed_at", moment(now), required=True, form="moment"),
        Field("sku", _key(60), required=True, form="key", instead=PRODUCT),
        Field("quantity", partial(cleaning.clean_quantity, maximum=COUNT_MAX), required=True, form="number"),
        Field("unit_price", price, required=True, form="number", instead=("line_total", "line_gross")),
        Field("currency", cleaning.clean_currency, form="text"),
        Field("coupon", _text(60), lenient=True, form="text"),
    )


def _amounts_and_state(now: datetime) -> tuple[Field, ...]:
    from membership.cleaning import values as cleaning
    from membership.cleaning.order_words import ORDER_STATUSES

    money = partial(cleaning.clean_amount, decimals=MONEY_DECIMALS, maximum=MONEY_MAX, absolute=True)
    rounded = partial(money, rounding=True)
    amounts = (
        "order_discount", "shipping", "tax", "tip", "refunded", "order_gross", "order_subtotal",
        "order_total", "order_credit", "order_gift_card", "order_adjusted", "order_paid", "order_paid_goods",
        "line_total", "line_gross", "line_refunded",
    )  # fmt: skip
    return (
        Field("discount", money, form="number"),
        *(Field(name, rounded, form="number") for name in amounts),
        Field("discount_percent", partial(money, rounding=True), lenient=True, form="number"),
        Field("status", partial(cleaning.clean_choice, words=ORDER_STATUSES), form="text"),
        Field("cancelled_at", moment(now), lenient=True, form="moment"),
        Field("quantity_refunded", _signed_whole(), lenient=True, form="number"),
        Field("refund_status", _text(60), lenient=True, form="text"),
        Field("row_kind", _text(60), lenient=True, form="text"),
        Field("taxable", cleaning.clean_boolean, lenient=True, form="text"),
    )


def _place_and_payment() -> tuple[Field, ...]:
    from membership.cleaning import values as cleaning
    from membership.cleaning import words as vocabulary

    channel = partial(cleaning.clean_choice, words=vocabulary.CHANNELS)
    return (
        Field("store", _key(40), form="text"),
        Field("channel", channel, lenient=True, form="text"),
        Field("payment_method", _text(40), lenient=True, form="text"),
        Field("payment_fingerprint", _text(80), lenient=True),
        Field("device_fingerprint", _text(80), lenient=True),
        Field("address_fingerprint", _text(80), lenient=True),
        Field("ip", cleaning.clean_ip, lenient=True, form="text"),
        Field("billing_country", cleaning.clean_country, lenient=True, form="text"),
        Field("shipping_country", cleaning.clean_country, lenient=True, form="text"),
    )


def _buyer_and_product() -> tuple[Field, ...]:
    from membership.cleaning import values as cleaning

    return (
        Field("email", cleaning.clean_emails, lenient=True, form="text"),
        Field("phone", _text(250), lenient=True, form="key"),
        Field("buyer_name", _text(120), lenient=True, form="text"),
        Field("first_name", _text(120), lenient=True, form="text"),
        Field("last_name", _text(120), lenient=True, form="text"),
        Field("product_name", _text(200), lenient=True, form="text"),
        Field("product_id", _key(60), lenient=True, form="key"),
        Field("option", _text(120), lenient=True, form="text"),
        Field("category", cleaning.clean_category, lenient=True, form="text"),
        Field("brand", _text(80), lenient=True, form="text"),
    )


def _signed_whole() -> Callable[[object], object]:
    from membership.cleaning import values as cleaning

    return partial(cleaning.clean_whole, minimum=-COUNT_MAX, maximum=COUNT_MAX)


def event_fields(now: datetime) -> tuple[Field, ...]:
    from membership.cleaning import values as cleaning
    from membership.cleaning import words as vocabulary

    number = partial(cleaning.clean_member_no, max_length=254)
    price = partial(cleaning.clean_amount, decimals=MONEY_DECIMALS, maximum=MONEY_MAX, rounding=True)
    return (
        Field("member_no", number, required=True, form="key"),
        Field(
            "type", partial(cleaning.clean_choice, words=vocabulary.EVENT_TYPES), required=True, form="text"
        ),
        Field("sku", _key(60), form="key"),
        Field("occurred_at", moment(now), required=True, form="moment"),
        Field("session", _text(64), lenient=True, form="text"),
        Field("category", cleaning.clean_category, lenient=True, form="text"),
        Field("brand", _text(80), lenient=True, form="text"),
        Field("price", price, lenient=True, form="number"),
    )


def label_fields(now: datetime) -> tuple[Field, ...]:
    from membership.cleaning import values as cleaning
    from membership.cleaning import words as vocabulary

    source = partial(cleaning.clean_choice, words=vocabulary.LABEL_SOURCES)
    return (
        Field("order_no", _key(60), required=True, form="key"),
        Field("is_fraud", cleaning.clean_boolean, required=True, form="text"),
        Field("known_at", moment(now), required=True, form="moment"),
        Field("source", source, form="text"),
    )


def moment(now: datetime) -> Callable[[object], object]:
    from membership.cleaning import times as moments

    zone = shop_zone()
    return partial(moments.clean_moment, zone=zone, latest=moments.one_day_after(now))


def _key(length: int) -> Callable[[object], object]:
    from membership.cleaning import values as cleaning

    return partial(cleaning.clean_key, max_length=length)


def _text(length: int) -> Callable[[object], object]:
    from membership.cleaning import values as cleaning

    return partial(cleaning.clean_text, max_length=length)
