"""Members and what belongs to them."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from membership.backoffice import DayRangeFilter, ShopAdmin, link_to
from membership.errors import ServiceError
from membership.members.actions import member_action
from membership.models import Member, Segment, SegmentMembership, TierHistory
from membership.models.shop import the_shop
from membership.wording import days_ago_text, in_words, money_text

STATUS_COLOURS = {"active": "success", "frozen": "info", "merged": "", "erased": "danger"}
TIER_COLOURS = {"basic": "", "silver": "info", "gold": "warning", "platinum": "primary"}


class SegmentFilter(DropdownFilter):
    """Members who are in a segment now."""

    title = gettext_lazy("segment")
    parameter_name = "segment"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        segments = Segment.objects.values_list("pk", "name")
        return [(str(pk), in_words(name)) for pk, name in segments]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Member]) -> QuerySet[Member]:
        value = self.value()
        if not value or not value.isdecimal():
            return queryset
        stays = SegmentMembership.objects.current().filter(segment_id=int(value))
        return queryset.filter(pk__in=stays.values("member_id"))


class CountryFilter(DropdownFilter):
    """The countries that members come from."""

    title = gettext_lazy("country")
    parameter_name = "country"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        countries = Member.objects.exclude(country="").order_by("country").values_list("country", flat=True)
        return [(country, country) for country in countries.distinct()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Member]) -> QuerySet[Member]:
        return queryset.filter(country=self.value()) if self.value() else queryset


class MemberForm(forms.ModelForm):  # type: ignore[type-arg]  # no generics at run time
    """The profile; tier, status and tags are changed on the member's page, where they are recorded.

    Values are cleaned as imports and the API clean them, so that one person has one spelling everywhere.
    """

    def clean_member_no(self) -> str | None:
        return self._cleaned("member_no", max_length=40)

    def clean_email(self) -> str | None:
        return self._cleaned("email")

    def clean_country(self) -> str:
        return self._cleaned("country") or ""

    def clean_language(self) -> str:
        return self._cleaned("language") or ""

    def clean(self) -> dict[str, object]:
        """The phone comes last: how it is dialled depends on the country."""
        given = super().clean() or self.cleaned_data
        try:
            given["phone"] = self._cleaned("phone", region=given.get("country") or the_shop().country)
        except ValidationError as error:
            self.add_error("phone", error)
        return given

    def _cleaned(self, name: str, **options: object) -> str | None:
        """The field as ``membership.cleaning.values.clean_<name>`` has it."""
        from membership.cleaning import values as cleaning

        clean: Callable[..., str | None] = getattr(cleaning, f"clean_{name}")
        try:
            return clean(self.cleaned_data.get(name), **options)
        except cleaning.Unclean as error:
            raise ValidationError(EXAMPLES[name]) from error


EXAMPLES = {
    "member_no": gettext_lazy("A member needs a number."),
    "email": gettext_lazy("This is not an e-mail address; an example is ann@example.com."),
    "phone": gettext_lazy("This is not a phone number; an example is +14155550123."),
    "country": gettext_lazy("This is not a country; use ISO 3166, such as US."),
    "language": gettext_lazy("This is not a language tag; an example is zh-hans."),
}


@admin.register(Member)
class MemberAdmin(ShopAdmin):
    form = MemberForm
    list_display = (
        "who",
        "tier_label",
        "status_label",
        "country",
        "orders_in_year",
        "spent_in_year",
        "last_order",
    )
    list_display_links = None
    list_filter = (
        ("tier", ChoicesDropdownFilter),
        ("status", ChoicesDropdownFilter),
        SegmentFilter,
        CountryFilter,
        ("tags", RelatedDropdownFilter),
        ("joined_at", DayRangeFilter),
    )
    list_select_related = ("features",)
    search_fields = ("member_no", "email", "phone", "name")  # searched by Member.objects.search
    search_help_text = gettext_lazy("Number, e-mail, phone or name")
    ordering = ("id",)
    fields = ("member_no", "name", "email", "phone", "birth_date", "country", "language", "joined_at")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Member], search_term: str
    ) -> tuple[QuerySet[Member], bool]:
        if not search_term.strip():
            return queryset, False
        return queryset & Member.objects.search(search_term), False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False  # erasing a person is more than deleting a row

    @display(description=gettext_lazy("member"), ordering="name", header=True)
    def who(self, member: Member) -> tuple[SafeString | str, str]:
        contact = member.email or member.phone or ""
        return link_to(member), f"{member.member_no} · {contact}" if contact else member.member_no

    @display(description=gettext_lazy("tier"), ordering="tier", label=TIER_COLOURS)
    def tier_label(self, member: Member) -> tuple[str, str]:
        return member.tier, member.get_tier_display()

    @display(description=gettext_lazy("status"), ordering="status", label=STATUS_COLOURS)
    def status_label(self, member: Member) -> tuple[str, str]:
        return member.status, member.get_status_display()

    @display(description=gettext_lazy("orders, 1 year"), ordering="features__orders_365d")
    def orders_in_year(self, member: Member) -> str:
        features = getattr(member, "features", None)
        return "–" if features is None else str(features.orders_365d)

    @display(description=gettext_lazy("spent, 1 year"), ordering="features__spend_365d")
    def spent_in_year(self, member: Member) -> str:
        features = getattr(member, "features", None)
        return "–" if features is None else money_text(features.spend_365d, the_shop().currency)

    @display(description=gettext_lazy("last order"), ordering="features__last_order_at")
    def last_order(self, member: Member) -> str:
        features = getattr(member, "features", None)
        if features is None or features.last_order_at is None:
            return "–"
        return days_ago_text(features.last_order_at)

    def save_model(self, request: HttpRequest, obj: Member, form: object, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            TierHistory.objects.create(member=obj, tier=obj.tier, source=request.user.get_username())

    def response_change(self, request: HttpRequest, obj: Member) -> HttpResponse:
        if "_continue" in request.POST:
            return super().response_change(request, obj)  # type: ignore[no-any-return]
        messages.success(request, _("%(member)s has been saved.") % {"member": obj})
        return HttpResponseRedirect(reverse("member_page", args=(obj.pk,)))

    def get_urls(self) -> list[URLPattern]:
        act = path("<int:member_id>/act/", self.admin_site.admin_view(self.act), name="membership_member_act")
        return [act, *super().get_urls()]

    def act(self, request: HttpRequest, member_id: int) -> HttpResponse:
        """One thing that staff do on a member's page: POST ``action`` and what it needs."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        action = member_action(request.POST.get("action", ""))
        if action is None or not request.user.has_perm(action.permission):
            raise PermissionDenied
        member = get_object_or_404(Member, pk=member_id)
        try:
            done = action.run(member, request)
        except ServiceError as error:
            messages.error(request, error.message)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            if done:
                self.log_change(request, member, done)
                messages.success(request, done)
        return HttpResponseRedirect(reverse("member_page", args=(member.pk,)))
