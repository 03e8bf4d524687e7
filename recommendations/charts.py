"""What the page of a model version draws."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from learning.json_types import JsonMapping, JsonObject
from recommendations.models import Surface
from registry.families import Chart
from registry.models import ModelVersion

VERSIONS_DRAWN = 12
COLOURS = {Surface.FOR_YOU: "var(--color-primary-500)", Surface.BUY_AGAIN: "var(--color-base-400)"}


def version_charts(version: ModelVersion) -> list[Chart]:
    """How the models compared when this version was trained, and this figure over the versions up to it."""
    compared = _compared(version.metrics.get("surfaces"))
    lengths = _lengths(version.metrics.get("by_history_length"))
    history = _history(version)
    return [chart for chart in (compared, lengths, history) if chart is not None]


def _compared(surfaces: object) -> Chart | None:
    """NDCG@10 of every model on both surfaces; ``surfaces`` is model -> surface -> figures."""
    if not isinstance(surfaces, Mapping) or not surfaces:
        return None
    models = list(surfaces)
    datasets = []
    for surface in Surface:
        values = [_figure(surfaces[model], surface.value) for model in models]
        if any(value is not None for value in values):
            datasets.append(_series(str(surface.label), values, COLOURS[surface]))
    if not datasets:
        return None
    title = _("NDCG@10 of each model on the held-out weeks")
    return Chart(title, "bar", {"labels": models, "datasets": datasets})


def _figure(sets: object, name: str) -> float | None:
    """NDCG@10 of one of several sets of figures."""
    figures = sets.get(name) if isinstance(sets, Mapping) else None
    value = figures.get("ndcg@10") if isinstance(figures, Mapping) else None
    return round(value, 4) if isinstance(value, int | float) else None


def _lengths(surfaces: object) -> Chart | None:
    """NDCG@10 of the chosen model by how much is known of a member; surface -> length -> figures."""
    if not isinstance(surfaces, Mapping):
        return None
    labels = {"short": _("short histories"), "medium": _("medium ones"), "long": _("long ones")}
    datasets = []
    for surface in Surface:
        values = [_figure(surfaces.get(surface.value), length) for length in labels]
        if any(value is not None for value in values):
            datasets.append(_series(str(surface.label), values, COLOURS[surface]))
    if not datasets:
        return None
    title = _("NDCG@10 of the chosen model by length of history")
    return Chart(title, "bar", {"labels": list(labels.values()), "datasets": datasets})


def _history(version: ModelVersion) -> Chart | None:
    """The figure that decides, of this version and those before it, beside the live one's of that time."""
    before = ModelVersion.objects.filter(family=version.family, number__lte=version.number)
    newest = list(before.order_by("-number").values_list("number", "metrics")[:VERSIONS_DRAWN])
    if len(newest) < 2:
        return None
    rows = newest[::-1]
    data = {
        "labels": [f"v{number}" for number, _metrics in rows],
        "datasets": [
            _series(_("this version"), [_score(m, "score") for _n, m in rows], COLOURS[Surface.FOR_YOU]),
            _series(
                _("live version then"),
                [_score(m, "live_score") for _n, m in rows],
                COLOURS[Surface.BUY_AGAIN],
            ),
        ],
    }
    return Chart(_("The figure that decides, by version"), "line", data)


def _score(metrics: JsonMapping, name: str) -> float | None:
    value = metrics.get(name)
    return round(value, 4) if isinstance(value, int | float) else None


def _series(label: str, values: list[float | None], colour: str) -> JsonObject:
    return {
        "label": label,
        "data": values,
        "backgroundColor": colour,
        "borderColor": colour,
        "displayYAxis": True,
        "maxBarThickness": 28,
        "borderRadius": 4,
    }
