"""The shop itself: its name, money, stock, languages and time zone."""

from __future__ import annotations

import zoneinfo

from django.core.exceptions import ImproperlyConfigured

from config.settings.shape import (
    BASE_DIR,
    env,
)


def _time_zone() -> str:
    name = env.str("SHOP_TIME_ZONE", default="UTC")
    if name not in zoneinfo.available_timezones():
        raise ImproperlyConfigured(
            f"SHOP_TIME_ZONE={name!r} is not a time zone; an example is Asia/Shanghai."
        )
    return str(name)


SHOP_NAME = env.str("SHOP_NAME", default="Regulars")
SHOP_CURRENCY = env.str("SHOP_CURRENCY", default="USD")
SHOP_COUNTRY = env.str("SHOP_COUNTRY", default="US")
if len(SHOP_CURRENCY) != 3 or not SHOP_CURRENCY.isupper():
    raise ImproperlyConfigured(f"SHOP_CURRENCY={SHOP_CURRENCY!r} is not an ISO 4217 code; an example is USD.")

# what a product is kept in stock for, unless it says otherwise itself
STOCK_SERVICE_LEVEL = env.float("STOCK_SERVICE_LEVEL", default=0.95)
STOCK_LEAD_TIME_DAYS = env.int("STOCK_LEAD_TIME_DAYS", default=7)
if not 0.5 <= STOCK_SERVICE_LEVEL <= 0.999:
    raise ImproperlyConfigured(f"STOCK_SERVICE_LEVEL={STOCK_SERVICE_LEVEL} is not within 0.5 and 0.999.")
if not 1 <= STOCK_LEAD_TIME_DAYS <= 56:
    raise ImproperlyConfigured(f"STOCK_LEAD_TIME_DAYS={STOCK_LEAD_TIME_DAYS} is not within 1 and 56 days.")

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale" / "unfold"]  # Unfold brings no translations
FORMAT_MODULE_PATH = "config.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = _time_zone()
