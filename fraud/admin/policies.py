"""The decision policy: its history, and the page where a setting is tried on past orders first."""

from __future__ import annotations

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from fraud.models import DecisionPolicy
from fraud.services.first_model import has_model, labels_so_far
from fraud.services.policies.past_scores import Past, past_orders
from fraud.services.policies.simulation import cost_curve, save_policy, setting_of, simulate
from fraud.services.policies.without_model import review_from, save_review_from
from learning.json_types import JsonObject
from membership.backoffice import ReadOnlyAdmin
from membership.errors import ServiceError
from membership.models.shop import the_shop
from membership.wording import moment_text, money_text


class PolicyForm(forms.Form):
    """What staff set; the page's sliders write into these fields."""

    method = forms.ChoiceField(label=gettext_lazy("Decide by"), choices=DecisionPolicy.Method.choices)
    review_cost = forms.DecimalField(
        label=gettext_lazy("Cost of a review"), min_value=0, max_value=1_000, max_digits=8, decimal_places=2
    )
    margin = forms.FloatField(label=gettext_lazy("Margin lost with a good order"), min_value=0, max_value=1)
    reviews_per_day = forms.IntegerField(label=gettext_lazy("Reviews a day"), min_value=0, max_value=100_000)
    decline_from = forms.FloatField(
        label=gettext_lazy("Decline without a review from"), min_value=0.5, max_value=1, required=False
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=400, required=False)

    def sliders(self) -> list[tuple[forms.BoundField, str, str, str]]:
        """(field, least, most, step) of each."""
        ranges = {
            "review_cost": ("0", "50", "0.5"),
            "margin": ("0", "1", "0.01"),
            "reviews_per_day": ("0", "200", "1"),
            "decline_from": ("0.5", "1", "0.01"),
        }
        return [(self[name], *bounds) for name, bounds in ranges.items()]


class WithoutModelForm(forms.Form):
    """The amount that decides while there is no model."""

    review_from = forms.DecimalField(
        label=gettext_lazy("Review orders from"), min_value=0, max_digits=11, decimal_places=3
    )
    reason = forms.CharField(label=gettext_lazy("Note"), max_length=400, required=False)


@admin.register(DecisionPolicy)
class DecisionPolicyAdmin(ReadOnlyAdmin):
    list_display = ("since", "method", "price_text", "decline_from", "cost_a_day", "created_by", "note")
    list_select_related = ("created_by",)
    ordering = ("-id",)
    fields = (
        ("method", "created_by", "created_at"), ("review_cost", "margin", "reviews_per_day"),
        ("price_text", "decline_from", "review_from_text"), "note", "expected", "model_version",
    )  # fmt: skip
    readonly_fields = ("price_text", "review_from_text")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("fraud.add_decisionpolicy"))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.simulate_view)
        amount = self.admin_site.admin_view(self.without_model_view)
        return [
            path("simulate/", view, name="fraud_decisionpolicy_simulate"),
            path("without-model/", amount, name="fraud_decisionpolicy_without_model"),
            *super().get_urls(),
        ]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: JsonObject | None = None
    ) -> HttpResponse:
        """The slider page; nothing is in force before its button is pressed."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = PolicyForm(request.POST if request.method == "POST" else None, initial=_initial())
        if request.method == "POST" and form.is_valid():
            try:
                user = request.user if isinstance(request.user, User) else None
                save_policy(chosen=form.cleaned_data, user=user)
            except ServiceError as error:
                messages.error(request, error.message)
            else:
                messages.success(request, _("The policy is in force."))
                return HttpResponseRedirect(reverse("admin:fraud_decisionpolicy_changelist"))
        return self._page(request, form=form)

    def without_model_view(self, request: HttpRequest) -> HttpResponse:
        """Put the amount into force that decides while there is no model."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = WithoutModelForm(request.POST if request.method == "POST" else None, initial=_initial_amount())
        if request.method != "POST" or not form.is_valid():
            return self._page(request, amount_form=form)
        user = request.user if isinstance(request.user, User) else None
        chosen = form.cleaned_data
        save_review_from(amount=chosen["review_from"], note=chosen["reason"], user=user)
        messages.success(request, _("The policy is in force."))
        return HttpResponseRedirect(reverse("admin:fraud_decisionpolicy_changelist"))

    def _page(
        self,
        request: HttpRequest,
        *,
        form: PolicyForm | None = None,
        amount_form: WithoutModelForm | None = None,
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Try a decision policy"),
            "form": form or PolicyForm(initial=_initial()),
            "amount_form": amount_form or WithoutModelForm(initial=_initial_amount()),
            "labels": None if has_model() else labels_so_far(),
            "past": past_orders(),
            "currency": the_shop().currency,
            "simulate_url": reverse("admin:fraud_decisionpolicy_simulate"),
        }
        return TemplateResponse(request, "fraud/policy.html", context)

    def simulate_view(self, request: HttpRequest) -> HttpResponse:
        """What a setting would have cost, as JSON."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form, past = PolicyForm(request.GET), past_orders()
        if not form.is_valid():
            return JsonResponse({"errors": form.errors}, status=400)
        if past is None:
            return JsonResponse({"errors": {"": [_("There are no judged past orders yet.")]}}, status=409)
        return JsonResponse(_simulated(past, form.cleaned_data))

    @display(description=gettext_lazy("since"), ordering="id")
    def since(self, policy: DecisionPolicy) -> str:
        return moment_text(policy.created_at)

    @display(description=gettext_lazy("price of a review"))
    def price_text(self, policy: DecisionPolicy) -> str:
        return money_text(policy.price, policy.currency)

    @display(description=gettext_lazy("without a model, review from"))
    def review_from_text(self, policy: DecisionPolicy) -> str:
        return money_text(review_from(policy), the_shop().currency)

    @display(description=gettext_lazy("expected cost a day"))
    def cost_a_day(self, policy: DecisionPolicy) -> str:
        return str(policy.expected.get("cost_per_day", "–"))


def _simulated(past: Past, chosen: JsonObject) -> JsonObject:
    setting = setting_of(past, chosen)
    costs = {"review_cost": float(chosen["review_cost"]), "margin": chosen["margin"]}
    return {"figures": simulate(past, setting, **costs), "curve": cost_curve(past, setting, **costs)}


def _initial_amount() -> JsonObject:
    amount = review_from(DecisionPolicy.objects.first())
    return {"review_from": f"{amount:f}".rstrip("0").rstrip(".") if amount % 1 else f"{amount:.0f}"}


def _initial() -> JsonObject:
    """What is in force, or what a new policy begins with."""
    policy = DecisionPolicy.objects.first() or DecisionPolicy(method=DecisionPolicy.Method.COST)
    names = ("method", "review_cost", "margin", "reviews_per_day", "decline_from")
    return {name: getattr(policy, name) for name in names}
