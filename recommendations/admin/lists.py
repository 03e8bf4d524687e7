"""Stored lists, as members may see them now: to look at, not to change."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.views import ChangeList

from recommendations.admin.compare import compare_versions
from recommendations.models import Recommendation, Surface
from recommendations.services.serving.stored_lists import listed_now

SHOWN_IN_LIST = 3


class ListWithNames(ChangeList):
    """A page of rows that know the names of their products: some queries a page instead of some a row."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        names = {
            row.pk: [one.product.name for one in products[:SHOWN_IN_LIST]]
            for row, products in listed_now(rows=list(self.result_list))
        }
        for row in self.result_list:
            row.best_names = names[row.pk]


@admin.register(Recommendation)
class RecommendationAdmin(ModelAdmin):
    list_display = ("member_shown", "surface_name", "best_products", "model_version", "scored_at")
    list_filter = ("surface", "model_version")
    search_fields = ("member__member_no__istartswith", "member__name", "member__email__istartswith")
    search_help_text = _("Member number, name or e-mail")
    list_select_related = ("member", "model_version")
    list_per_page = 25
    show_full_result_count = False
    ordering = ("member_id", "surface")
    fields = ("member_shown", "surface_name", "model_version", "scored_at", "ranked_products")
    readonly_fields = fields
    actions_list = ("open_comparison",)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(compare_versions)
        return [path("compare/", view, name="recommendations_recommendation_compare"), *super().get_urls()]

    @action(description=_("Compare two versions"), icon="compare_arrows")
    def open_comparison(self, request: HttpRequest) -> HttpResponse:
        return redirect("admin:recommendations_recommendation_compare")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Recommendation | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Recommendation | None = None) -> bool:
        return False

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[ListWithNames]:
        return ListWithNames

    def get_queryset(self, request: HttpRequest) -> QuerySet[Recommendation]:
        rows: QuerySet[Recommendation] = super().get_queryset(request)
        return rows.select_related("member", "model_version")

    @admin.display(description=_("member"), ordering="member")
    def member_shown(self, row: Recommendation) -> str:
        return str(row.member)

    @admin.display(description=_("surface"), ordering="surface")
    def surface_name(self, row: Recommendation) -> str:
        return str(Surface(row.surface).label)

    @admin.display(description=_("best products"))
    def best_products(self, row: Recommendation) -> str:
        return " · ".join(getattr(row, "best_names", ()))

    @admin.display(description=_("products"))
    def ranked_products(self, row: Recommendation) -> SafeString:
        """Each product that the member may be shown now, with its score and reason."""
        ((_row, products),) = listed_now(rows=[row])
        lines = (
            (item.product.name, f"{item.score:.4g}" if item.score is not None else "–", item.reason.text)
            for item in products
        )
        body = format_html_join("", '<tr><td>{}</td><td class="rg-number">{}</td><td>{}</td></tr>', lines)
        return format_html('<table class="rg-table"><tbody>{}</tbody></table>', body)
