from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ForecastsConfig(AppConfig):
    name = "forecasts"
    verbose_name = _("Forecasts")

    def ready(self) -> None:
        from forecasts.admin.demand_page import demand_page
        from forecasts.families import register_families
        from forecasts.importing import register_promotions
        from forecasts.panels import forecast_panel
        from forecasts.segment_fields import register_forecast_fields
        from forecasts.services.member_scoring import forget
        from forecasts.services.merges import merge_follower
        from importing.uses import Computed, register_computed
        from membership.catalogue.product_pages import ProductPage, register_product_page
        from membership.members.refusals import register_after_refusal
        from membership.merges.relations import (
            Follows,
            MergeRelation,
            register_merge_follower,
            register_merge_relations,
        )
        from membership.panels import register_panel

        register_families()
        register_panel(forecast_panel)
        register_merge_follower("forecasts", merge_follower())
        register_merge_relations(MergeRelation("forecasts.Forecast", Follows.OWN_CODE))
        register_forecast_fields()
        register_promotions()
        register_after_refusal(forget)
        register_computed(
            Computed("forecasts.Forecast"),
            Computed("forecasts.ProductForecast"),
            Computed("forecasts.StockAdvice"),
        )
        register_product_page(ProductPage(key="demand", title=_("Forecast"), view=demand_page))
