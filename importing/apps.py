from django.apps import AppConfig
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ImportingConfig(AppConfig):
    name = "importing"
    verbose_name = _("Imports")

    def ready(self) -> None:
        from importing.own_kinds import register_import_kinds
        from importing.uses import Computed, register_computed

        register_import_kinds()
        register_computed(
            Computed("membership.MemberFeatures"),
            Computed("membership.SegmentMembership", touched=Q(source="manual")),
            # what imports and their undoing moved says nothing of its own; what staff and orders moved does
            Computed("membership.StockMovement", touched=~Q(order=None, source__in=("import", "undo"))),
        )
