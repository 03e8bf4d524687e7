from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MembershipConfig(AppConfig):
    name = "membership"
    verbose_name = _("Members")

    def ready(self) -> None:
        from forecasts.families import register_families
        from forecasts.panels import forecast_panel
        from forecasts.segment_fields import register_forecast_fields
        from membership.members.panels import register_panels
        from membership.panels import register_panel
        from membership.segments.learned.family import register_segment_family
        from membership.segments.member_fields import register_member_fields

        register_families()
        register_segment_family()
        register_panels()
        register_panel(forecast_panel)
        register_member_fields()
        register_forecast_fields()
