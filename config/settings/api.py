"""The REST API: who calls, how often, and its OpenAPI schema."""

from __future__ import annotations

from datetime import timedelta

from config.settings.shape import (
    EMBEDDED,
    env,
)

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
    "connector": env.int("API_RATE_CONNECTOR", default=6000),
}
