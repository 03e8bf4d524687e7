"""What makes unit tests fast: tasks run in place, cheap hashing, a cache in memory.

Tests marked ``worker`` and ``reliability`` start real processes, which read ``config.settings``.
"""

from config.settings import *  # noqa: F403  # this is the one place that extends the settings

CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
AXES_ENABLED = False
SECURE_SSL_REDIRECT = False
REST_FRAMEWORK = {**REST_FRAMEWORK, "TEST_REQUEST_DEFAULT_FORMAT": "json"}  # noqa: F405  # as above
RECOMMENDATIONS = {**RECOMMENDATIONS, "MODELS": ["popularity", "als", "blend"]}  # noqa: F405  # the quick ones
FRAUD_ANSWER_SECONDS = 30.0  # a busy machine must not turn decisions into time-outs
LLM_BASE_URL = ""  # a test that wants one starts its own server
