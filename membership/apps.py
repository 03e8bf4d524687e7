from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MembershipConfig(AppConfig):
    name = "membership"
    verbose_name = _("Members")

    def ready(self) -> None:
        from membership.forecast_families import register_families
        from membership.forecast_panel import forecast_panel
        from membership.forecast_segment_fields import register_forecast_fields
        from membership.member_panels import register_panels
        from membership.panels import register_panel
        from membership.rules.fields import register_member_fields
        from membership.segment_family import register_segment_family

        register_families()
        register_segment_family()
        register_panels()
        register_panel(forecast_panel)
        register_member_fields()
        register_forecast_fields()
