"""Cleaning of single values: text as shops export it -> what the database stores.

Each ``clean_*`` function takes what a file holds (text, or the number, moment or boolean that a Parquet
column holds) and returns the clean value, or None where there is none. It raises ``Unclean`` with a code
when there is a value that cannot be used. All are idempotent: cleaning a clean value changes nothing.
An import calls them once for each *distinct* value, so a million rows cost some thousands of calls.

Import from here; the functions are kept by subject in the files beside this one.
"""

from membership.cleaning.contacts import (
    clean_country,
    clean_currency,
    clean_email,
    clean_emails,
    clean_ip,
    clean_language,
    clean_phone,
    country_of_phone,
)
from membership.cleaning.numbers import (
    clean_amount,
    clean_decimal,
    clean_quantity,
    clean_share,
    clean_stock,
    clean_whole,
)
from membership.cleaning.text import (
    CATEGORY_SEPARATORS,
    Mended,
    Unclean,
    clean_boolean,
    clean_category,
    clean_choice,
    clean_codes,
    clean_flag,
    clean_key,
    clean_member_no,
    clean_options,
    clean_tags,
    clean_text,
    plain,
)
from membership.cleaning.times import EARLIEST, clean_day, clean_moment, clean_planned_day, one_day_after

__all__ = [
    "CATEGORY_SEPARATORS",
    "EARLIEST",
    "Mended",
    "Unclean",
    "clean_amount",
    "clean_boolean",
    "clean_category",
    "clean_choice",
    "clean_codes",
    "clean_country",
    "clean_currency",
    "clean_day",
    "clean_decimal",
    "clean_email",
    "clean_emails",
    "clean_flag",
    "clean_ip",
    "clean_key",
    "clean_language",
    "clean_member_no",
    "clean_moment",
    "clean_options",
    "clean_phone",
    "clean_planned_day",
    "clean_quantity",
    "clean_share",
    "clean_stock",
    "clean_tags",
    "clean_text",
    "clean_whole",
    "country_of_phone",
    "one_day_after",
    "plain",
]
