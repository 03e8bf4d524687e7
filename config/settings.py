"""All settings, read from the environment, loud on bad values.

With no variables set the *embedded* shape runs: SQLite and a bundled Valkey, both in ``var/``.
``DATABASE_URL`` and ``REDIS_URL`` together select the *services* shape. docs/reference/settings.md lists all.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
import zoneinfo
from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONCE, NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy

from config.backoffice.navigation import unfold_settings

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()
DEBUG = env.bool("DEBUG", default=False)

# Threads of torch and LightGBM that wait for each other sleep instead of turning. Where another process has
# one of the cores, turning cost training 2 to 12 times the time. Read when those libraries are loaded, later.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# --- shape -----------------------------------------------------------------------------------------
DATABASE_URL = env.str("DATABASE_URL", default="")
REDIS_URL = env.str("REDIS_URL", default="")
if bool(DATABASE_URL) != bool(REDIS_URL):
    missing = "REDIS_URL" if DATABASE_URL else "DATABASE_URL"
    raise ImproperlyConfigured(f"Set DATABASE_URL and REDIS_URL together, or neither: {missing} is missing.")
EMBEDDED = not DATABASE_URL
if EMBEDDED:
    VAR_DIR.mkdir(parents=True, exist_ok=True)


def _secret_key() -> str:
    """The key from the environment; in the embedded shape, one made once and kept in ``var/``."""
    given = env.str("SECRET_KEY", default="")
    if given:
        return str(given)
    if not EMBEDDED:
        raise ImproperlyConfigured(
            "SECRET_KEY is required when DATABASE_URL is set: any 50 random characters."
        )
    path = VAR_DIR / "secret_key"
    if not path.exists():
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(64), encoding="utf-8")
        try:
            os.link(fresh, path)  # the first of several processes wins; nobody reads half a key
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text(encoding="utf-8")


def _valkey_socket() -> Path:
    """A unix socket in ``var/``, or in a private temporary folder where that path is too long to bind."""
    wanted = VAR_DIR / "valkey.sock"
    if len(str(wanted).encode()) <= 100:  # sun_path holds 108 bytes
        return wanted
    key = hashlib.sha256(str(VAR_DIR).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"regulars-{os.getuid()}-{key}" / "valkey.sock"


def _time_zone() -> str:
    name = env.str("SHOP_TIME_ZONE", default="UTC")
    if name not in zoneinfo.available_timezones():
        raise ImproperlyConfigured(
            f"SHOP_TIME_ZONE={name!r} is not a time zone; an example is Asia/Shanghai."
        )
    return str(name)


SECRET_KEY = _secret_key()
VALKEY_SOCKET = _valkey_socket()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_ID = 1

# --- the shop --------------------------------------------------------------------------------------
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

# --- applications ----------------------------------------------------------------------------------
INSTALLED_APPS = [
    "config",
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "axes",
    "csp",
    "registry",
    "membership",
    "recommendations",
    "fraud",
    "forecasts",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "config.pages.password.OneTimePasswordMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "membership.access.throttles.RateLimitHeadersMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- database and cache ----------------------------------------------------------------------------
if EMBEDDED:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": VAR_DIR / "regulars.sqlite3",
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                # IMMEDIATE: a transaction that reads and then writes waits for its turn instead of failing
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
                "PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=268435456;",
            },
        }
    }
else:
    DATABASES = {"default": {**env.db_url("DATABASE_URL"), "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}

BROKER_URL = f"redis+socket://{VALKEY_SOCKET}" if EMBEDDED else REDIS_URL
CACHE_URL = f"unix://{VALKEY_SOCKET}?db=1" if EMBEDDED else REDIS_URL
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": "regulars",
    }
}

# --- Celery ----------------------------------------------------------------------------------------
CELERY_BROKER_URL = BROKER_URL
CELERY_TASK_IGNORE_RESULT = True  # results live in job rows, where they can be seen and queried
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "registry.tasks.run_training": {"queue": "training"},
    "*.score_*": {"queue": "scoring"},
}
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 2
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TIMEZONE = "UTC"

# A job's lease outlives a few missed heartbeats; the reaper (beat, every JOB_REAP_SECONDS) queues an expired
# job again. Together they bound the pause after a killed worker: 6 + 3 s.
JOB_LEASE_SECONDS = 6.0
JOB_HEARTBEAT_SECONDS = 1.5
JOB_REAP_SECONDS = 3.0
MODEL_DIR = VAR_DIR / "models"
IMPORT_DIR = VAR_DIR / "imports"
DEMO_DIR = VAR_DIR / "demo"
# how long a buyer waits for the fraud model before the order goes to review
FRAUD_ANSWER_SECONDS = env.float("FRAUD_ANSWER_SECONDS", default=0.15)
DEMO_REPLAY_MINUTES_PER_TICK = env.int("DEMO_REPLAY_MINUTES_PER_TICK", default=120)

# --- who may enter ---------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_VERBOSE = False
LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")

if not EMBEDDED and not DEBUG:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SESSION_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        # Alpine, which Unfold's admin runs on, evaluates its attributes
        "script-src": [SELF, UNSAFE_EVAL, NONCE],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF, "data:"],
        "object-src": [NONE],
        "frame-ancestors": [SELF],
        "base-uri": [SELF],
        "form-action": [SELF],
    }
}

# --- language, time, files -------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale" / "unfold"]  # Unfold brings no translations
FORMAT_MODULE_PATH = "config.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = _time_zone()
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
MEDIA_ROOT = VAR_DIR / "media"

# --- recommendations ---------------------------------------------------------------------------------
RECOMMENDATIONS: dict[str, Any] = {
    # which models compete in a retrain, in this order, while the time lasts
    "MODELS": env.list("RECOMMENDATION_MODELS", default=["popularity", "als", "item_transitions", "blend"]),
    "TRAINING_MINUTES": env.float("RECOMMENDATION_TRAINING_MINUTES", default=30.0),
    # settings tried for each model on the weeks before the held-out ones; below 2: the defaults
    "TUNING_TRIES": env.int("RECOMMENDATION_TUNING_TRIES", default=0),
    # above so many members their lists are written by several workers
    "SHARD_MEMBERS": env.int("RECOMMENDATION_SHARD_MEMBERS", default=20_000),
    # what one order line, one event of a kind, one line of a refunded order is worth to the models
    "SIGNAL_WEIGHTS": {
        "order": 1.0,
        "cart": 0.3,
        "wishlist": 0.3,
        "click": 0.1,
        "view": 0.05,
        "returned": 0.0,
        **env.dict("RECOMMENDATION_SIGNAL_WEIGHTS", cast={"value": float}, default={}),
    },
    "EVENT_HALF_LIFE_DAYS": env.float("RECOMMENDATION_EVENT_HALF_LIFE_DAYS", default=14.0),
    # 0: the model's own order; towards 1: ever fewer products of one category
    "DIVERSITY": env.float("RECOMMENDATION_DIVERSITY", default=0.1),
}
_SIGNALS = ("order", "returned", "view", "cart", "search", "wishlist", "impression", "click")
for _signal, _weight in RECOMMENDATIONS["SIGNAL_WEIGHTS"].items():
    if _signal not in _SIGNALS or not 0 <= _weight <= 100:  # NaN is not within anything
        raise ImproperlyConfigured(
            f"RECOMMENDATION_SIGNAL_WEIGHTS: {_signal}={_weight} must be one of {', '.join(_SIGNALS)}"
            " with a weight from 0 to 100; an example is cart=0.3;view=0.05."
        )
if RECOMMENDATIONS["EVENT_HALF_LIFE_DAYS"] <= 0 or not 0 <= RECOMMENDATIONS["DIVERSITY"] < 1:
    raise ImproperlyConfigured(
        "RECOMMENDATION_EVENT_HALF_LIFE_DAYS must be above 0, RECOMMENDATION_DIVERSITY from 0 to below 1."
    )

# --- drafts of rules by a language model (off while there is no address) --------------------------------
LLM_BASE_URL = env.str("LLM_BASE_URL", default="")
LLM_MODEL = env.str("LLM_MODEL", default="")
LLM_API_KEY = env.str("LLM_API_KEY", default="")
LLM_TIMEOUT_SECONDS = env.float("LLM_TIMEOUT_SECONDS", default=15.0)
if LLM_BASE_URL and not LLM_BASE_URL.startswith(("http://", "https://")):
    raise ImproperlyConfigured("LLM_BASE_URL must begin with https:// (or http:// in your own house).")
if bool(LLM_BASE_URL) != bool(LLM_MODEL):
    raise ImproperlyConfigured("Set LLM_BASE_URL and LLM_MODEL together, or neither.")

# --- API -------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "membership.access.authentication.ApiKeyAuthentication",
        "membership.access.authentication.BearerAuthentication",
        "membership.access.authentication.StaffSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["membership.access.permissions.StaffOrScope"],
    "DEFAULT_RENDERER_CLASSES": ["membership.access.json.JsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["membership.access.json.JsonParser"],
    "DEFAULT_THROTTLE_CLASSES": ["membership.access.throttles.CallerThrottle"],
    "DEFAULT_METADATA_CLASS": None,  # the OpenAPI schema says what OPTIONS would
    "DEFAULT_PAGINATION_CLASS": "config.api.errors.CursorPage",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "config.api.schema.ApiSchema",
    "EXCEPTION_HANDLER": "config.api.errors.problem_response",
    "PAGE_SIZE": 50,
    # how many proxies in front append to X-Forwarded-For; anything beyond them could be made up
    "NUM_PROXIES": env.int("TRUSTED_PROXIES", default=0 if EMBEDDED else 1),
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Regulars",
    "DESCRIPTION": "Members, orders, recommendations, fraud decisions and segments of one shop.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    # without the hook that names enums: two fields called "status" would collide
    "POSTPROCESSING_HOOKS": ["config.api.schema.add_problems", "config.api.schema.allow_batches"],
}
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=30),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=7),
    "CHECK_REVOKE_TOKEN": True,  # a changed password ends all tokens
}
API_REQUESTS_PER_MINUTE = {
    "key": env.int("API_RATE_KEY", default=6000),
    "staff": env.int("API_RATE_STAFF", default=1200),
    "member": env.int("API_RATE_MEMBER", default=240),
    "anonymous": env.int("API_RATE_ANONYMOUS", default=60),
    "token": env.int("API_RATE_TOKEN", default=30),
}

# --- logging ---------------------------------------------------------------------------------------
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO").upper()
if LOG_LEVEL not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
    raise ImproperlyConfigured(f"LOG_LEVEL={LOG_LEVEL!r} is none of DEBUG, INFO, WARNING, ERROR.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "axes": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        # two lines for each of beat's ticks would bury what a task itself has to say
        "celery.worker.strategy": {"level": "DEBUG" if LOG_LEVEL == "DEBUG" else "WARNING"},
        "celery.app.trace": {"level": "DEBUG" if LOG_LEVEL == "DEBUG" else "WARNING"},
    },
}

# --- admin: its navigation and colours ---------------------------------------------------------------
UNFOLD = unfold_settings(shop_name=SHOP_NAME)
