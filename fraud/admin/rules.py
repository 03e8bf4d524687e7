"""Rules with their back-tests, the block and allow lists, and what is suppressed."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextareaWidget

from fraud.models import Backtest, FraudRule, ListEntry, RuleState, Suppression
from fraud.rules.fields import ORDER_FIELDS, OUTCOME_TITLES, read_order_rule, usual_counters
from fraud.services.policies.backtests import request_backtest
from fraud.services.policies.lists import normalised
from fraud.services.policies.rules import change_rule, create_rule, delete_rule, rule_text, rule_texts
from learning.json_types import JsonObject
from membership.backoffice import ReadOnlyAdmin, ShopAdmin, ShopChangeList
from membership.errors import ServiceError
from membership.rules.checking import May, everything
from membership.rules.json_form import from_json
from membership.rules.nodes import Node
from membership.rules.reading import BadRule
from membership.wording import moment_text

STATE_COLOURS = {"draft": "", "shadow": "info", "live": "success", "retired": "warning"}


class FraudRuleForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic when it runs
    """``may`` is set by the admin: which fields this member of staff may ask."""

    may: ClassVar[May] = staticmethod(everything)
    condition_node: Node | None = None
    text = forms.CharField(
        label=gettext_lazy("Condition"), max_length=10_000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4, "spellcheck": "false"}),
    )  # fmt: skip

    class Meta:
        model = FraudRule
        fields = ("name", "description", "action", "state")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "text" in self.fields:
            self.fields["text"].help_text = _help()
            self.fields["text"].initial = rule_text(self.instance) if self.instance.pk else ""
        if "state" in self.fields:
            states = [one for one in RuleState.choices if one[0] != RuleState.DELETED]
            self.fields["state"].choices = states  # type: ignore[attr-defined]  # a choice field

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"])
        try:
            self.condition_node = read_order_rule(text=text, may=type(self).may)
        except BadRule as error:
            problems = [
                f"{one.place.line}:{one.place.column} {one.message}"
                + (f" → {one.suggestion}" if one.suggestion else "")
                for one in error.problems
            ]
            raise forms.ValidationError(problems) from None
        return text


def _help() -> SafeString:
    rows = [(field.name, field.title, field.unit) for field in ORDER_FIELDS.values()]
    fields = format_html_join("", "<li><code>{}</code> {} <small>{}</small></li>", rows)
    counters = format_html_join("", "<li><code>{}</code></li>", [(name,) for name in usual_counters()])
    outcomes = format_html_join(
        "",
        "<li><code>orders_{}same_device.1h</code> {}</li>",
        [(outcome and f"{outcome}_", title) for outcome, title in OUTCOME_TITLES.items()],
    )
    return format_html(
        "{} <code>{}</code><p>{}</p><ul>{}</ul><details><summary>{}</summary><ul>{}{}</ul></details>",
        _("For example:"),
        "amount > 200 and new_device = true and orders_same_device.1h >= 3 and tier = basic",
        _(
            "Counters leave out declined orders, so that one person's declined tries do not stop another on "
            "the same device, address or network. A word after the measure chooses other orders:"
        ),
        outcomes,
        _("All fields of orders; every field of segments can be used for the member too"),
        fields,
        counters,
    )


class FraudRuleList(ShopChangeList):
    """Its rules carry their texts as ``text_now``: names are looked up once for the page."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rules: list[FraudRule] = list(self.result_list)  # type: ignore[has-type]  # Unfold has no types
        texts = rule_texts(rules)
        for rule in rules:
            rule.text_now = texts[rule.pk]  # type: ignore[attr-defined]  # only the list's
        self.result_list = rules


@admin.register(FraudRule)
class FraudRuleAdmin(ShopAdmin):
    list_display = ("name", "state_label", "action", "condition_text", "changed")
    list_filter = (("state", ChoicesDropdownFilter), ("action", ChoicesDropdownFilter))
    search_fields = ("name",)
    ordering = ("name",)
    form = FraudRuleForm
    fields = ("name", "description", "text", ("action", "state"))
    change_form_outer_after_template = "fraud/backtest.html"

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[ShopChangeList]:
        return FraudRuleList

    def get_form(self, request: HttpRequest, obj: FraudRule | None = None, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, **kwargs)
        user = request.user
        form.may = staticmethod(lambda field: user.has_perm(field.permission))
        return form

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.backtest_view)
        return [path("<int:pk>/backtest/", view, name="fraud_fraudrule_backtest"), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: JsonObject | None = None,
    ) -> HttpResponse:
        rule = self.get_object(request, object_id)
        context: JsonObject = dict(extra_context or {})
        if rule is not None:
            context |= {
                "rule": rule,
                "backtest": rule.backtests.order_by("-queued_at", "-id").first(),
                "may_backtest": request.user.has_perm("fraud.add_backtest"),
                "hits": rule.hits.count(),
                "versions": rule.versions.select_related("changed_by")[:10],
            }
        return super().change_view(request, object_id, form_url, context)  # type: ignore[no-any-return]  # the base class is untyped

    def backtest_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Try the stored rule on past orders, by POST."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not request.user.has_perm("fraud.add_backtest"):
            raise PermissionDenied
        rule = get_object_or_404(FraudRule, pk=pk)
        days = request.POST.get("days", "")
        try:
            request_backtest(
                rule=rule, condition=from_json(rule.condition), action=rule.action,
                days=int(days) if days.isdecimal() else 0, user=_user(request),
            )  # fmt: skip
        except ServiceError as error:
            messages.error(request, error.message)
        return HttpResponseRedirect(reverse("admin:fraud_fraudrule_change", args=(pk,)))

    def save_model(self, request: HttpRequest, obj: FraudRule, form: FraudRuleForm, change: bool) -> None:
        if change:
            given = {name: form.cleaned_data[name] for name in form.fields if name != "text"}
            change_rule(rule=obj, changes=given, condition=form.condition_node, user=_user(request))
            return
        assert form.condition_node is not None  # noqa: S101  # a new rule is not valid without a text
        made = create_rule(draft=form.cleaned_data, condition=form.condition_node, user=_user(request))
        obj.pk, obj.public_id = made.pk, made.public_id

    def delete_model(self, request: HttpRequest, obj: FraudRule) -> None:
        delete_rule(rule=obj, user=_user(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[FraudRule]) -> None:
        for rule in queryset:
            delete_rule(rule=rule, user=_user(request))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What belongs to a rule stays; only the rule goes."""
        return [str(rule) for rule in objs], {}, set(), []

    @display(description=gettext_lazy("state"), ordering="state", label=STATE_COLOURS)
    def state_label(self, rule: FraudRule) -> tuple[str, str]:
        return rule.state, rule.get_state_display()

    @display(description=gettext_lazy("condition"))
    def condition_text(self, rule: FraudRule) -> SafeString:
        return format_html("<code>{}</code>", rule.text_now)  # type: ignore[attr-defined]  # the list's

    @display(description=gettext_lazy("changed"), ordering="changed_at")
    def changed(self, rule: FraudRule) -> str:
        return moment_text(rule.changed_at)


@admin.register(Backtest)
class BacktestAdmin(ReadOnlyAdmin):
    list_display = ("rule", "status", "placed_from", "placed_until", "requested_by")
    list_select_related = ("rule", "requested_by")
    ordering = ("-queued_at", "-id")


class ListEntryForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic when it runs
    class Meta:
        model = ListEntry
        fields = ("action", "kind", "value", "reason", "expires_at")

    def clean(self) -> JsonObject:
        given = super().clean() or {}
        if given.get("kind") and given.get("value"):
            try:
                given["value"] = normalised(given["kind"], given["value"])
            except ServiceError as error:
                self.add_error("value", error.message)
        expires_at = given.get("expires_at")
        if expires_at is not None and expires_at <= timezone.now():
            self.add_error("expires_at", _("An entry must expire in the future."))
        return given


@admin.register(ListEntry)
class ListEntryAdmin(ShopAdmin):
    list_display = ("value", "kind", "action_label", "reason", "expires_at", "created_by")
    list_filter = (("action", ChoicesDropdownFilter), ("kind", ChoicesDropdownFilter))
    list_select_related = ("created_by",)
    search_fields = ("value__istartswith", "reason")
    ordering = ("-created_at", "-id")
    form = ListEntryForm
    fields = (("action", "kind"), "value", "reason", "expires_at")

    def get_readonly_fields(self, request: HttpRequest, obj: ListEntry | None = None) -> tuple[str, ...]:
        return ("kind", "value") if obj is not None else ()

    def save_model(self, request: HttpRequest, obj: ListEntry, form: object, change: bool) -> None:
        if not change:
            obj.created_by = _user(request)
        super().save_model(request, obj, form, change)

    @display(
        description=gettext_lazy("list"), ordering="action", label={"block": "danger", "allow": "success"}
    )
    def action_label(self, entry: ListEntry) -> tuple[str, str]:
        return entry.action, entry.get_action_display()


@admin.register(Suppression)
class SuppressionAdmin(ReadOnlyAdmin):
    list_display = ("whose", "until", "reason", "created_by", "lifted_at")
    list_select_related = ("member", "created_by")
    ordering = ("-created_at", "-id")
    actions = ("lift",)

    def has_lift_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("fraud.add_suppression"))

    @action(description=gettext_lazy("Lift now"), permissions=["lift"])
    def lift(self, request: HttpRequest, queryset: QuerySet[Suppression]) -> None:
        queryset.filter(lifted_at=None).update(lifted_at=timezone.now())

    @display(description=gettext_lazy("member or device"))
    def whose(self, row: Suppression) -> str:
        return str(row)


def _user(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
