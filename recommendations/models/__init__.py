"""What is shown to whom."""

from recommendations.models.experiments import Experiment, Exposure
from recommendations.models.lists import Recommendation, ScoringShard, SimilarProduct, Surface
from recommendations.models.merchandising import MerchandisingRule

__all__ = [
    "Experiment",
    "Exposure",
    "MerchandisingRule",
    "Recommendation",
    "ScoringShard",
    "SimilarProduct",
    "Surface",
]
