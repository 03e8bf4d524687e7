"""Two ways to recommend side by side: two model versions, or a list with and without the shop's rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from unfold.widgets import UnfoldAdminSelectWidget

from learning.json_types import JsonObject
from membership.models import Member, Order
from recommendations.models import MerchandisingRule, Recommendation, Surface
from recommendations.services.merchandising import rules_for
from recommendations.services.serving.member_lists import Served, ServedProduct, recommend
from registry.models import ModelVersion

FAMILY = "recommendations"
SHOWN = 12
VERSIONS_OFFERED = 30


def _member_field() -> forms.ModelChoiceField[Member]:
    return forms.ModelChoiceField(
        label=gettext_lazy("Member"),
        queryset=Member.objects.reachable(),
        widget=AutocompleteSelect(Order._meta.get_field("member"), admin.site),
    )


def _surface_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=gettext_lazy("Surface"), choices=Surface.choices, widget=UnfoldAdminSelectWidget
    )


class VersionsForm(forms.Form):
    """Whose list, and which two versions; the version before the live one stands beside it at first."""

    member = _member_field()
    surface = _surface_field()
    left = forms.ModelChoiceField(
        label=gettext_lazy("One version"),
        queryset=ModelVersion.objects.none(),
        widget=UnfoldAdminSelectWidget,
    )
    right = forms.ModelChoiceField(
        label=gettext_lazy("The other"), queryset=ModelVersion.objects.none(), widget=UnfoldAdminSelectWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        versions = ModelVersion.objects.filter(family=FAMILY).order_by("-number")[:VERSIONS_OFFERED]
        offered = ModelVersion.objects.filter(pk__in=[row.pk for row in versions]).order_by("-number")
        for name in ("left", "right"):
            field: Any = self.fields[name]
            field.queryset = offered
            field.label_from_instance = _version_label


class RulesForm(forms.Form):
    """Whose list to see with and without the rules."""

    member = _member_field()
    surface = _surface_field()


@dataclass(frozen=True)
class Line:
    """One product of a column: its place, and its place in the other column, None where it is not."""

    place: int
    item: ServedProduct
    other_place: int | None

    @property
    def moved(self) -> int:
        """Places it stands higher here than there."""
        return 0 if self.other_place is None else self.other_place - self.place


SOURCES = {
    "model": gettext_lazy("stored list"),
    "live": gettext_lazy("made just now"),
    "transitions": gettext_lazy("what goes with own products"),
    "attributes": gettext_lazy("what resembles own products"),
    "segment": gettext_lazy("what the segment buys"),
    "own-orders": gettext_lazy("own orders"),
    "popular": gettext_lazy("what is popular"),
    "none": gettext_lazy("no list"),
}
"""Where a list comes from, in words."""


@dataclass(frozen=True)
class Column:
    title: str
    served: Served
    lines: Sequence[Line]

    @property
    def source(self) -> str:
        return str(SOURCES[self.served.source])


@require_safe
def compare_versions(request: HttpRequest) -> HttpResponse:
    """The list of one member by two model versions, both computed now from their stored files."""
    if not request.user.has_perm("recommendations.view_recommendation"):
        raise PermissionDenied
    # a link from a member's page names the member alone; the two versions are then the newest
    given = {**_initial(), **request.GET.dict()}
    form = VersionsForm(given) if request.GET.get("member") else VersionsForm(initial=given)
    columns: tuple[Column, ...] = ()
    if form.is_valid():
        chosen = form.cleaned_data
        query = {"member": chosen["member"], "surface": chosen["surface"], "limit": SHOWN}
        served = [recommend(**query, version=chosen[side]) for side in ("left", "right")]
        columns = beside([_version_label(chosen["left"]), _version_label(chosen["right"])], served)
    return _page(
        request, form=form, columns=columns, opts=Recommendation._meta, title=_("Compare two versions")
    )


@require_safe
def preview_rules(request: HttpRequest) -> HttpResponse:
    """The list of one member without the shop's rules and with those that hold now."""
    if not request.user.has_perm("recommendations.view_merchandisingrule"):
        raise PermissionDenied
    form = RulesForm(request.GET) if "member" in request.GET else RulesForm()
    columns: tuple[Column, ...] = ()
    holding = 0
    if form.is_valid():
        query = {**form.cleaned_data, "limit": SHOWN}
        rules = rules_for(member=query["member"], surface=query["surface"], at=timezone.now())
        served = [recommend(**query, rules=[]), recommend(**query, rules=rules)]
        columns = beside([_("Without rules"), _("With the rules that hold now")], served)
        holding = len(rules)
    return _page(
        request,
        form=form,
        columns=columns,
        opts=MerchandisingRule._meta,
        title=_("Preview the rules"),
        holding=holding,
    )


def beside(titles: Sequence[str], served: Sequence[Served]) -> tuple[Column, ...]:
    """Two lists, each product with its place in the other one."""
    places = [{one.product.pk: place for place, one in enumerate(by.products, start=1)} for by in served]
    return tuple(
        Column(
            title,
            by,
            [
                Line(place, one, places[1 - side].get(one.product.pk))
                for place, one in enumerate(by.products, start=1)
            ],
        )
        for side, (title, by) in enumerate(zip(titles, served, strict=True))
    )


def _initial() -> JsonObject:
    """The live version, and the one that was trained before it."""
    newest = ModelVersion.objects.filter(family=FAMILY).order_by("-number")
    live = newest.filter(status=ModelVersion.Status.LIVE).first()
    before = newest.filter(number__lt=live.number).first() if live is not None else None
    chosen = {"left": live, "right": before or live}
    return {
        **{side: row.pk for side, row in chosen.items() if row is not None},
        "surface": Surface.FOR_YOU.value,
    }


def _version_label(version: ModelVersion) -> str:
    return f"v{version.number} · {version.estimator} · {version.get_status_display()}"


def _page(request: HttpRequest, *, form: forms.Form, columns: Sequence[Column], **more: Any) -> HttpResponse:
    shared = len({line.item.product.pk for line in columns[0].lines if line.other_place}) if columns else 0
    context = {**admin.site.each_context(request), "form": form, "columns": columns, "shared": shared, **more}
    request.current_app = admin.site.name  # Unfold's header asks for it
    return TemplateResponse(request, "recommendations/side_by_side.html", context)
