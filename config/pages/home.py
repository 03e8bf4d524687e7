"""The admin's first page: what matters today, in a handful of queries."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Count, Q, Sum, When
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from config.pages.imported import imported_totals, is_empty_shop
from config.setting_up.state import is_unfinished
from demo import DEMO_NOTICE
from forecasts.models import StockAdvice
from forecasts.services.member_scoring import SEGMENTS
from fraud.models import DecisionPolicy, FraudAlert
from fraud.services.first_model import has_model, labels_so_far
from fraud.services.policies.without_model import review_from
from membership.models import ImportReport, Member, Order, Segment
from membership.models.shop import the_shop
from membership.wording import in_words, money_text
from registry.admin import family_title, start_run
from registry.admin_jobs import progress_bar
from registry.families import UnknownFamily, families
from registry.figures import figure
from registry.jobs import LeasedJob
from registry.models import ModelVersion, TrainingRun

DAYS = 30
SERIES_SECONDS = 60


def open_alert_count(request: HttpRequest) -> int:
    """The number on the sidebar's "Alerts"; 0, which shows nothing, for those who may not see alerts."""
    if not request.user.has_perm("fraud.view_fraudalert"):
        return 0
    return FraudAlert.objects.open().count()


def dashboard(request: HttpRequest, context: dict[str, object]) -> dict[str, object]:
    """Unfold's hook for the index page: adds to ``context`` what the user may see."""
    may = request.user.has_perm
    context["title"] = _("Home")
    context["spark_options"] = SPARK_OPTIONS
    context["demo_notice"] = in_words(str(DEMO_NOTICE)) if demo_is_loaded() else ""
    context["setup_url"] = reverse("setup") if is_unfinished() else ""
    if may("membership.view_member"):
        context["members"] = member_figures()
    if may("membership.view_order"):
        context["orders"] = order_figures()
        context["without_rate"] = Order.objects.without_rate().count()
    if not (context["demo_notice"] or context["setup_url"]):
        context |= _own_shop(request, members=context.get("members"))
    if may("fraud.view_fraudalert"):
        context["alerts"] = alert_figures()
        context["no_fraud_model"] = None if context["setup_url"] else without_fraud_model()
    if may("forecasts.view_forecast"):
        context["ahead"] = sizes_of_lists()
    if may("forecasts.view_stockadvice"):
        context["to_reorder"] = StockAdvice.objects.to_reorder().count()
    if may("registry.view_modelversion"):
        context["models"] = live_models()
        context["fuller_models"] = ", ".join(str(title) for title in fuller_models_to_come())
    jobs: list[LeasedJob] = []
    if may("registry.view_trainingrun"):
        jobs += TrainingRun.objects.unfinished()
    if may("membership.view_importreport"):
        jobs += ImportReport.objects.unfinished()[:5]
        context["imports"] = ImportReport.objects.filter(dry_run=False)[:5]
    context["jobs"] = [(job_title(job), progress_bar(job)) for job in jobs]
    return context


def _own_shop(request: HttpRequest, *, members: object) -> dict[str, object]:
    """Where an empty shop begins, and what its own files brought."""
    may = request.user.has_perm
    parts: dict[str, object] = {}
    if may("membership.change_shopsettings"):
        parts["unconfirmed_shop"] = None if the_shop().is_confirmed else the_shop()
    has_members = isinstance(members, dict) and any(members.values())
    if may("membership.add_importreport") and not has_members:
        parts["is_empty_shop"] = is_empty_shop()
    if may("membership.view_order"):
        parts["imported"] = imported_totals()
    return parts


def without_fraud_model() -> dict[str, object] | None:
    """What decides about orders while there is no model, and the labels so far; None where there is one."""
    if has_model():
        return None
    amount = review_from(DecisionPolicy.objects.first())
    return {"amount": money_text(amount, the_shop().currency), "labels": labels_so_far()}


@require_POST
def start_retrain(request: HttpRequest) -> HttpResponse:
    """The "Retrain" buttons: start a run of ``family``, then show the runs."""
    if not request.user.has_perm("registry.add_trainingrun"):
        raise PermissionDenied
    try:
        start_run(request, family=request.POST.get("family", ""))
    except UnknownFamily as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse("admin:registry_trainingrun_changelist"))


def demo_is_loaded() -> bool:
    return (settings.DEMO_DIR / "manifest.json").exists()


def job_title(job: LeasedJob) -> str:
    if isinstance(job, TrainingRun):
        return _("Retrain of %(family)s") % {"family": family_title(job.family)}
    return _("Import of %(file)s") % {"file": getattr(job, "file_name", job)}


def member_figures() -> dict[str, object]:
    month_ago = timezone.now() - timedelta(days=DAYS)
    return Member.objects.aggregate(
        active=Count("pk", filter=Q(status=Member.Status.ACTIVE)),
        joined=Count("pk", filter=Q(joined_at__gte=month_ago)),
        frozen=Count("pk", filter=Q(status=Member.Status.FROZEN)),
    )


def sizes_of_lists() -> dict[str, int]:
    """Members likely to order this week, and those slipping away; {} before the first forecast."""
    sizes = dict(Segment.objects.filter(key__in=SEGMENTS).values_list("key", "member_count"))
    return {key.replace("-", "_"): size for key, size in sizes.items()}


@dataclass(frozen=True)
class OrderFigures:
    """The last 7 and 30 days; ``spark`` is Chart.js data, a bar a day."""

    week: int
    month: int
    turnover_text: str
    spark: str


def order_figures() -> OrderFigures:
    """Kept for a minute: it walks over a month of orders."""
    today = timezone.localdate()
    key = f"home:orders:{today}"
    series = cache.get(key)
    if series is None:
        series = _orders_by_day(today)
        cache.set(key, series, SERIES_SECONDS)
    counts, turnover = series
    days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    by_day = [counts.get(day, 0) for day in days]
    return OrderFigures(
        week=sum(by_day[-7:]),
        month=sum(by_day),
        turnover_text=money_text(turnover, the_shop().currency, whole=True),
        spark=_spark(days=days, counts=by_day),
    )


def _orders_by_day(today: date) -> tuple[dict[date, int], Decimal]:
    """Orders of each of the last 30 days and the money they brought in the shop's currency."""
    zone = timezone.get_current_timezone()
    since = datetime.combine(today - timedelta(days=DAYS - 1), datetime.min.time(), tzinfo=zone)
    counts: Counter[date] = Counter()
    turnover = Decimal(0)
    rows = Order.objects.sales().filter(placed_at__gte=since).order_by()
    for placed_at, total, amount in rows.values_list("placed_at", "total", "shop_total").iterator():
        counts[placed_at.astimezone(zone).date()] += total >= 0  # a return is no order
        turnover += amount or 0  # nothing, while no rate is known
    return dict(counts), turnover


def _spark(*, days: list[date], counts: list[int]) -> str:
    return json.dumps(
        {
            "labels": [date_format(day, "MONTH_DAY_FORMAT") for day in days],
            "datasets": [
                {
                    "label": _("Orders"),
                    "data": counts,
                    "backgroundColor": "var(--color-primary-500)",
                    "borderRadius": 2,
                }
            ],
        }
    )


def alert_figures() -> dict[str, object]:
    # of an order that is only ranked, all of it may be lost
    lost = Case(When(unusual=None, then="priority"), default="order__shop_total")
    totals = FraudAlert.objects.open().aggregate(count=Count("pk"), loss=Sum(lost))
    urgent = FraudAlert.objects.open().most_urgent_first().select_related("order__member")[:10]
    loss = money_text(totals["loss"] or Decimal(0), the_shop().currency, whole=True)
    return {"count": totals["count"], "loss_text": loss, "urgent": list(urgent)}


def live_models() -> list[dict[str, object]]:
    """Every family that is in use, with its live version when there is one."""
    live = {version.family: version for version in ModelVersion.objects.filter(status="live")}
    return [
        {
            "family": family.name,
            "title": family.title,
            "version": live.get(family.name),
            "score": figure(live[family.name].metrics.get("score")) if family.name in live else "",
        }
        for family in families()
        if family.until not in live
    ]


def fuller_models_to_come() -> list[str]:
    """Titles of the families whose live version is a quick one, and whose full one is queued or training."""
    retrains = TrainingRun.objects.unfinished().filter(recipe=TrainingRun.Recipe.FULL)
    under_way = set(retrains.values_list("family", flat=True))
    if not under_way:
        return []
    live = ModelVersion.objects.filter(status=ModelVersion.Status.LIVE, family__in=under_way)
    return [family_title(version.family) for version in live if version.is_light]


SPARK_OPTIONS = json.dumps(
    {
        "responsive": True,
        "maintainAspectRatio": False,
        "animation": False,
        "plugins": {"legend": {"display": False}},
        "scales": {
            "x": {"display": False, "grid": {}},
            "y": {"display": False, "grid": {}, "beginAtZero": True},
        },
    }
)
