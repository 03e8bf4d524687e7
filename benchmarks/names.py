"""The names of the benchmarks."""

BENCHMARKS = {
    "checkout": "checkout",
    "duplicates": "members.duplicates",
    "demo_fraud_difficulty": "fraud.demo_difficulty",
    "forecast_calibration": "forecasts.calibration",
    "forecast_coherence": "forecasts.coherence",
    "forecasts": "forecasts.published",
    "fraud": "fraud.demo_shop",
    "fraud_published": "fraud.published",
    "fraud_speed": "fraud.speed",
    "fraud_unusual": "fraud.unusual",
    "gan": "recommendations.gan",
    "import_beside_orders": "importing.beside_orders",
    "import_mutations": "importing.mutations",
    "import_orders": "importing.orders",
    "leave_last_out": "recommendations.leave_last_out",
    "list_filters": "recommendations.list_filters",
    "recommendation_lists": "recommendations.demo_lists",
    "recommendation_reasons": "recommendations.reasons",
    "recommendation_speed": "recommendations.speed",
    "recommendations": "recommendations.demo_shop",
    "repeat_purchases": "recommendations.repeat_purchases",
    "segment_models": "segments.by_models",
    "segments": "segments.large_shop",
    "serving": "recommendations.serving",
}
"""What ONLY calls a benchmark -> its module, below this package."""
