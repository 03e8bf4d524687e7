"""The alert desk: the queue, one alert with its evidence, and verdicts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter, RelatedDropdownFilter
from unfold.decorators import action, display

from fraud.models import AlertReview, FraudAlert
from fraud.services.desk.actions import add_note, assign, snooze, suppress
from fraud.services.desk.alerts import reopen_declined, review_alert
from fraud.services.desk.cases import alert_page
from fraud.services.reasons.of_orders import percent_of
from fraud.services.reasons.texts import reason_text
from learning.json_types import JsonObject
from membership.backoffice import DayRangeFilter, ReadOnlyAdmin, link_to
from membership.errors import ServiceError
from membership.models import Order
from membership.models.shop import the_shop
from membership.wording import moment_text, money_text

STATE_COLOURS = {"open": "warning", "in_review": "info", "confirmed": "danger", "dismissed": "success"}


class QueueFilter(DropdownFilter):
    """What is still to be done, by default."""

    title = gettext_lazy("state")
    parameter_name = "queue"
    TODO, ALL = "todo", "all"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, object]]:
        return [(self.TODO, _("To do")), *FraudAlert.State.choices, (self.ALL, _("All"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[FraudAlert]) -> QuerySet[FraudAlert]:
        value = self.value() or self.TODO
        if value == self.ALL:
            return queryset
        if value in FraudAlert.State.values:
            return queryset.filter(state=value)
        return queryset.to_do(at=timezone.now())  # type: ignore[attr-defined, no-any-return]  # our own queryset


DOINGS = ("take", "note", "snooze", "reopen", "suppress_member", "suppress_device")


class VerdictForm(forms.Form):
    verdict = forms.ChoiceField(choices=AlertReview.Verdict.choices)
    note = forms.CharField(max_length=2_000, required=False, strip=True)
    reopen = forms.BooleanField(required=False)


class ActForm(forms.Form):
    """``do`` is take, note, snooze, reopen, suppress_member or suppress_device."""

    do = forms.ChoiceField(choices=[(one, one) for one in DOINGS])
    text = forms.CharField(max_length=2_000, required=False, strip=True)
    days = forms.IntegerField(min_value=1, max_value=365, required=False)

    def carry_out(self, alert: FraudAlert, *, by: User) -> None:
        given = self.cleaned_data
        days = given["days"] or 0
        match given["do"]:
            case "take":
                assign(alert=alert, to=by, by=by)
            case "note":
                add_note(alert=alert, author=by, text=given["text"])
            case "snooze":
                snooze(alert=alert, until=timezone.now() + timedelta(days=days), by=by)
            case "reopen":
                reopen_declined(order=alert.order, who=by.get_username(), reason=given["text"])
            case doing:
                what = doing.removeprefix("suppress_")
                suppress(alert=alert, what=what, days=days, reason=given["text"], by=by)


@admin.register(FraudAlert)
class FraudAlertAdmin(ReadOnlyAdmin):
    list_display = (
        "order_no", "who", "state_label", "probability_text", "rank_text", "loss", "amount", "why", "opened",
    )  # fmt: skip
    list_filter = (
        QueueFilter,
        ("order__fraud_score__decision", ChoicesDropdownFilter),
        ("assignee", RelatedDropdownFilter),
        ("opened_at", DayRangeFilter),
    )
    list_select_related = ("order__member",)
    search_fields = ("order__order_no__istartswith", "order__member__member_no__istartswith")
    search_help_text = gettext_lazy("Order or member number")
    ordering = ("-priority", "-id")
    actions = ("confirm_fraud", "confirm_genuine", "assign_to_me")
    change_form_outer_before_template = "fraud/alert.html"

    def get_fieldsets(self, request: HttpRequest, obj: object = None) -> list[object]:
        """The page above says it all; the form would only repeat it."""
        return []

    def has_review_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perms(("fraud.change_fraudalert", "fraud.add_alertreview")))

    def get_urls(self) -> list[URLPattern]:
        review = path(
            "<int:pk>/review/", self.admin_site.admin_view(self.review_view), name="fraud_fraudalert_review"
        )
        act = path("<int:pk>/act/", self.admin_site.admin_view(self.act_view), name="fraud_fraudalert_act")
        return [review, act, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: JsonObject | None = None,
    ) -> HttpResponse:
        context: JsonObject = dict(extra_context or {})
        alert = self.get_object(request, object_id)
        if alert is not None:
            context |= {"page": alert_page(alert=alert), "may_review": self.has_review_permission(request)}
        return super().change_view(request, object_id, form_url, context)  # type: ignore[no-any-return]  # the base class is untyped

    def review_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One verdict, by POST."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_review_permission(request):
            raise PermissionDenied
        alert = get_object_or_404(FraudAlert, pk=pk)
        form = VerdictForm(request.POST)
        if form.is_valid():
            self._review([alert], request, **form.cleaned_data)
        else:
            messages.error(request, _("Choose one of the verdicts; a note has at most 2,000 characters."))
        return HttpResponseRedirect(reverse("admin:fraud_fraudalert_change", args=(pk,)))

    def act_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Everything but a verdict, by POST: take it, note something, put it off, suppress its like."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_review_permission(request):
            raise PermissionDenied
        alert = get_object_or_404(FraudAlert.objects.select_related("order__member"), pk=pk)
        form = ActForm(request.POST)
        try:
            if form.is_valid():
                form.carry_out(alert, by=request.user)  # type: ignore[arg-type]  # staff only
                messages.success(request, _("Done."))
            else:
                messages.error(request, _("Give a number of days and a text of at most 2,000 characters."))
        except ServiceError as error:
            messages.error(request, error.message)
        return HttpResponseRedirect(reverse("admin:fraud_fraudalert_change", args=(pk,)))

    @action(description=gettext_lazy("Confirm as fraud"), permissions=["review"])
    def confirm_fraud(self, request: HttpRequest, queryset: QuerySet[FraudAlert]) -> None:
        self._review(queryset, request, verdict=AlertReview.Verdict.FRAUD)

    @action(description=gettext_lazy("Dismiss as genuine"), permissions=["review"])
    def confirm_genuine(self, request: HttpRequest, queryset: QuerySet[FraudAlert]) -> None:
        self._review(queryset, request, verdict=AlertReview.Verdict.GENUINE)

    @action(description=gettext_lazy("Assign to me"), permissions=["review"])
    def assign_to_me(self, request: HttpRequest, queryset: QuerySet[FraudAlert]) -> None:
        n = queryset.update(assignee=request.user.pk)
        messages.success(request, ngettext("%d alert is yours.", "%d alerts are yours.", n) % n)

    def _review(
        self,
        alerts: Iterable[FraudAlert],
        request: HttpRequest,
        *,
        verdict: str,
        note: str = "",
        reopen: bool = False,
    ) -> None:
        done = 0
        for alert in alerts:
            reopens = reopen and verdict == AlertReview.Verdict.GENUINE
            try:
                review_alert(
                    alert=alert, reviewer=request.user, verdict=verdict, note=note, reopen=reopens  # type: ignore[arg-type]  # staff only
                )  # fmt: skip
                done += 1
                if verdict == AlertReview.Verdict.GENUINE and alert.order.status == Order.Status.DECLINED:
                    still = _("%s stays declined: its alert's page offers to reopen it.")
                    messages.warning(request, still % alert.order.order_no)
            except ServiceError as error:
                messages.error(request, f"{alert.order}: {error.message}")
        if done:
            words = ngettext("%d verdict recorded.", "%d verdicts recorded.", done) % done
            messages.success(request, f"{words} {_('It counts in the next retrain.')}")

    @display(description=gettext_lazy("order"), ordering="order__order_no")
    def order_no(self, alert: FraudAlert) -> str:
        return alert.order.order_no

    @display(description=gettext_lazy("member"))
    def who(self, alert: FraudAlert) -> SafeString | str:
        return link_to(alert.order.member)

    @display(description=gettext_lazy("state"), ordering="state", label=STATE_COLOURS)
    def state_label(self, alert: FraudAlert) -> tuple[str, str]:
        return alert.state, alert.get_state_display()

    @display(description=gettext_lazy("probability"), ordering="probability")
    def probability_text(self, alert: FraudAlert) -> str:
        return "–" if alert.probability is None else f"{alert.probability:.1%}"

    @display(description=gettext_lazy("more unusual than"), ordering="unusual")
    def rank_text(self, alert: FraudAlert) -> str:
        """Of the shop's orders; a rank, not a probability."""
        return "–" if alert.unusual is None else f"{percent_of(alert.unusual)} %"

    @display(description=gettext_lazy("expected loss"), ordering="priority")
    def loss(self, alert: FraudAlert) -> str:
        """Unknown while there is only a rank."""
        return "–" if alert.unusual is not None else money_text(alert.priority, the_shop().currency)

    @display(description=gettext_lazy("amount"), ordering="order__total")
    def amount(self, alert: FraudAlert) -> str:
        return money_text(alert.order.total, alert.order.currency)

    @display(description=gettext_lazy("strongest reason"))
    def why(self, alert: FraudAlert) -> str:
        return reason_text(alert.reasons[0]) if alert.reasons else "–"

    @display(description=gettext_lazy("opened"), ordering="opened_at")
    def opened(self, alert: FraudAlert) -> str:
        return moment_text(alert.opened_at)
