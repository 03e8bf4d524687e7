"""Forecasts and promotions in the admin."""

from forecasts.admin import forecasts, promotions

__all__ = ["forecasts", "promotions"]
