"""The page about one product's demand: a fan chart of the weeks ahead, stock advice, and who buys."""

from __future__ import annotations

import json
from datetime import date

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from forecasts.services.demand import MAX_SERVICE_LEVEL, MIN_SERVICE_LEVEL, StockPolicy
from forecasts.services.reading import DemandReading, read_demand
from membership.models import Product
from membership.models.catalogue.products import MAX_LEAD_TIME_DAYS

SOLD_COLOUR, LIKELY_COLOUR = "var(--color-base-400)", "var(--color-primary-500)"
# one colour, twice: what is likelier lies under both bands
PROMOTED_COLOUR, PROMOTED_RADIUS = "rgb(245, 158, 11)", 5
WIDE_BAND, NARROW_BAND = "rgba(20, 184, 166, 0.16)", "rgba(20, 184, 166, 0.34)"


class StockForm(forms.Form):
    """The policy that advice is asked for."""

    service_level = forms.FloatField(
        label=gettext_lazy("Service level"),
        min_value=MIN_SERVICE_LEVEL,
        max_value=MAX_SERVICE_LEVEL,
        help_text=gettext_lazy("How often stock should last until the delivery: 0.95 is 19 times in 20."),
        widget=forms.NumberInput(attrs={"class": "rg-input", "step": "any"}),
    )
    lead_time_days = forms.IntegerField(
        label=gettext_lazy("Days until a delivery"),
        min_value=1,
        max_value=MAX_LEAD_TIME_DAYS,
        widget=forms.NumberInput(attrs={"class": "rg-input"}),
    )


@require_safe
def demand_page(request: HttpRequest, product_id: int) -> HttpResponse:
    if not request.user.has_perm("forecasts.view_productforecast"):
        raise PermissionDenied
    product = get_object_or_404(Product.objects.select_related("category"), pk=product_id)
    policy = StockPolicy.of(product)
    initial = {"service_level": policy.service_level, "lead_time_days": policy.lead_time_days}
    form = StockForm({**initial, **request.GET.dict()} if request.GET else initial)
    if form.is_valid():
        policy = StockPolicy.of(product, **form.cleaned_data)
    reading = read_demand(product=product, policy=policy)
    context = {
        **admin.site.each_context(request),
        "opts": Product._meta,
        "original": product,
        "title": str(product),
        "product": product,
        "reading": reading,
        "form": form,
        "chart": fan_chart(reading) if reading.weeks else "",
        "chart_options": CHART_OPTIONS,
    }
    request.current_app = admin.site.name  # Unfold's header asks for it
    return TemplateResponse(request, "forecasts/demand.html", context)


def fan_chart(reading: DemandReading) -> str:
    """Chart.js data: what was sold, then the likely units between their quarters and tenths."""
    past, ahead = len(reading.sold), len(reading.weeks)
    days = [row.week for row in reading.sold] + [row.week for row in reading.weeks]

    def later(name: str) -> list[object]:
        return [None] * past + [getattr(row, name) for row in reading.weeks]

    def band(name: str, label: str, colour: str | None) -> dict[str, object]:
        filled = {"fill": "-1", "backgroundColor": colour} if colour else {"fill": False}
        return {"label": label, "data": later(name), "borderWidth": 0, "pointRadius": 0, **filled}

    return json.dumps(
        {
            "labels": [date_format(day, "MONTH_DAY_FORMAT") for day in days],
            "datasets": [
                {
                    "label": _("Sold"),
                    "data": [row.units for row in reading.sold] + [None] * ahead,
                    "borderColor": SOLD_COLOUR,
                    "borderWidth": 2,
                    **_promoted(reading, [row.week for row in reading.sold], before=0, after=ahead),
                    "displayYAxis": True,
                },
                band("q10", _("10 %"), None),
                band("q25", _("25 %"), WIDE_BAND),
                {
                    **band("q50", _("Likely"), NARROW_BAND),
                    "borderColor": LIKELY_COLOUR,
                    "borderWidth": 2,
                    **_promoted(reading, [row.week for row in reading.weeks], before=past, after=0),
                },
                band("q75", _("75 %"), NARROW_BAND),
                band("q90", _("90 %"), WIDE_BAND),
            ],
        }
    )


def _promoted(reading: DemandReading, weeks: list[date], *, before: int, after: int) -> dict[str, object]:
    """A mark on every promoted week of a line of the chart."""
    marks = [PROMOTED_RADIUS if week in reading.promotions else 0 for week in weeks]
    return {
        "pointRadius": [0] * before + marks + [0] * after,
        "pointHoverRadius": PROMOTED_RADIUS,
        "pointStyle": "rectRot",
        "pointBackgroundColor": PROMOTED_COLOUR,
        "pointBorderColor": PROMOTED_COLOUR,
    }


CHART_OPTIONS = json.dumps(
    {
        "responsive": True,
        "maintainAspectRatio": False,
        "animation": False,
        "interaction": {"mode": "index", "intersect": False},
        "plugins": {"legend": {"display": False}},
        "scales": {
            "x": {
                "grid": {"display": False},
                "ticks": {"color": "#9ca3af", "maxTicksLimit": 9, "maxRotation": 0},
            },
            "y": {
                "beginAtZero": True,
                "grid": {"lineWidth": 0.5},
                "ticks": {"color": "#9ca3af", "precision": 0},
            },
        },
    }
)
