"""What models may use: recommendations, fraud, and a language model for drafts."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from config.settings.shape import (
    env,
)

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
        "favourite": 0.3,
        "click": 0.1,
        "view": 0.05,
        "returned": 0.0,
        **env.dict("RECOMMENDATION_SIGNAL_WEIGHTS", cast={"value": float}, default={}),
    },
    "EVENT_HALF_LIFE_DAYS": env.float("RECOMMENDATION_EVENT_HALF_LIFE_DAYS", default=14.0),
    # 0: the model's own order; towards 1: ever fewer products of one category
    "DIVERSITY": env.float("RECOMMENDATION_DIVERSITY", default=0.1),
}
_SIGNALS = ("order", "returned", "view", "cart", "search", "wishlist", "favourite", "impression", "click")
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


# how long a buyer waits for the fraud model before the order goes to review
FRAUD_ANSWER_SECONDS = env.float("FRAUD_ANSWER_SECONDS", default=0.15)

LLM_BASE_URL = env.str("LLM_BASE_URL", default="")
LLM_MODEL = env.str("LLM_MODEL", default="")
LLM_API_KEY = env.str("LLM_API_KEY", default="")
LLM_TIMEOUT_SECONDS = env.float("LLM_TIMEOUT_SECONDS", default=15.0)
if LLM_BASE_URL and not LLM_BASE_URL.startswith(("http://", "https://")):
    raise ImproperlyConfigured("LLM_BASE_URL must begin with https:// (or http:// in your own house).")
if bool(LLM_BASE_URL) != bool(LLM_MODEL):
    raise ImproperlyConfigured("Set LLM_BASE_URL and LLM_MODEL together, or neither.")
