"""What models expect of members and products, and the promotions that they know of."""

from forecasts.models.forecasts import Forecast, ProductForecast, StockAdvice
from forecasts.models.promotions import PlannedPromotion, PromotionKind

__all__ = ["Forecast", "PlannedPromotion", "ProductForecast", "PromotionKind", "StockAdvice"]
