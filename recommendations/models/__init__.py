"""What is shown to whom."""

from recommendations.models.experiments import Experiment, Exposure
from recommendations.models.lists import Recommendation, ScoringShard, SimilarProduct, Surface
from recommendations.models.merchandising import MerchandisingRule
from recommendations.models.repeat_gaps import RepeatGap

__all__ = [
    "Experiment",
    "Exposure",
    "MerchandisingRule",
    "Recommendation",
    "RepeatGap",
    "ScoringShard",
    "SimilarProduct",
    "Surface",
]
