"""The admin's look: its sidebar, colours, style sheets and the search behind Ctrl-K.

``config.settings`` reads ``unfold_settings`` while Django is not set up yet, so everything that asks the
database is named there by its dotted path.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse, reverse_lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

Item = dict[str, object]

# teal; the 600 step carries white text at a contrast of 5.5
PRIMARY = {
    "50": "#f0fdfa",
    "100": "#ccfbf1",
    "200": "#99f6e4",
    "300": "#5eead4",
    "400": "#2dd4bf",
    "500": "#14b8a6",
    "600": "#0f766e",
    "700": "#115e59",
    "800": "#134e4a",
    "900": "#0b3b38",
    "950": "#042f2e",
}


def _may(permission: str) -> Callable[[HttpRequest], bool]:
    def check(request: HttpRequest) -> bool:
        return request.user.has_perm(permission)

    return check


def _list(title: object, icon: str, *, app: str, model: str, query: str = "", **options: object) -> Item:
    """A link to a model's list, filtered by ``query``, shown to those who may see the model."""
    path = reverse_lazy(f"admin:{app}_{model}_changelist")
    if query:  # several links to one list: each is marked only where its filter is on

        def is_active(request: HttpRequest) -> bool:
            return request.path == str(path) and query.lstrip("?") in request.GET.urlencode()

        options["active"] = is_active
    return {
        "title": title,
        "icon": icon,
        "link": format_lazy("{}{}", path, query),
        "permission": _may(f"{app}.view_{model}"),
        **options,
    }


def _group(title: object, *items: Item, collapsible: bool = False) -> Item:
    return {"title": title, "separator": True, "collapsible": collapsible, "items": list(items)}


def sidebar(request: HttpRequest) -> list[Item]:
    """All groups of links; Unfold leaves out what the user has no permission for."""
    return [_start(), _members(), _loyalty(), _orders(), _fraud(request), _models(), _data(), _system()]


def _start() -> Item:
    return {
        "title": None,
        "items": [
            {"title": _("Home"), "icon": "home", "link": reverse_lazy("admin:index")},
            {
                "title": _("Post a test order"),
                "icon": "add_shopping_cart",
                "link": reverse_lazy("test_order"),
                "permission": _may("membership.add_order"),
            },
        ],
    }


def _is_among_segments(request: HttpRequest) -> bool:
    """The RFM grid lies below the segments' list and has a link of its own."""
    segments = reverse("admin:membership_segment_changelist")
    return request.path.startswith(segments) and request.path != reverse("admin:membership_rfm")


def _members() -> Item:
    return _group(
        _("Members"),
        _list(_("Members"), "group", app="membership", model="member"),
        _list(_("Possible duplicates"), "people", app="membership", model="duplicatecandidate"),
        _list(_("Segments"), "donut_small", app="membership", model="segment", active=_is_among_segments),
        {
            "title": _("RFM grid"),
            "icon": "grid_on",
            "link": reverse_lazy("admin:membership_rfm"),
            "permission": _may("membership.view_segment"),
        },
        _list(
            _("Likely to order this week"),
            "event_upcoming",
            app="forecasts",
            model="forecast",
            query="?list=likely-this-week",
        ),
        _list(
            _("Slipping away"),
            "trending_down",
            app="forecasts",
            model="forecast",
            query="?list=slipping-away",
        ),
        _list(_("Tags"), "sell", app="membership", model="tag"),
        _list(_("Merges"), "merge", app="membership", model="merge"),
        _list(_("Consents"), "verified_user", app="membership", model="consent"),
    )


def _loyalty() -> Item:
    program = "admin:membership_loyaltyprogram_changelist"
    return _group(
        _("Loyalty"),
        _list(_("Points"), "loyalty", app="membership", model="pointsentry"),
        _list(_("Points lots"), "stacks", app="membership", model="pointslot"),
        _list(_("Coupons"), "confirmation_number", app="membership", model="coupon"),
        _list(_("Expiry notices"), "hourglass_bottom", app="membership", model="pointsnotice"),
        _list(_("Earning rules"), "add_circle", app="membership", model="earningrule"),
        _list(_("Tier rules"), "military_tech", app="membership", model="tierrule"),
        {
            "title": _("Tiers to fall"),
            "icon": "trending_down",
            "link": reverse_lazy("admin:membership_tier_preview"),
            "permission": _may("membership.view_tierrule"),
        },
        {
            "title": _("Liability"),
            "icon": "account_balance",
            "link": reverse_lazy("admin:membership_points_liability"),
            "permission": _may("membership.view_pointslot"),
        },
        {
            "title": _("Program"),
            "icon": "settings",
            "link": reverse_lazy(program),
            "permission": _may("membership.view_loyaltyprogram"),
            "active": lambda request: request.path.startswith(reverse(program) + "1/"),
        },
    )


def _orders() -> Item:
    return _group(
        _("Orders"),
        _list(_("Orders"), "receipt_long", app="membership", model="order"),
        _list(_("Products"), "inventory_2", app="membership", model="product"),
        _list(_("Product groups"), "style", app="membership", model="productgroup"),
        _list(_("Stock movements"), "swap_vert", app="membership", model="stockmovement"),
        _list(_("Backorders"), "pending_actions", app="membership", model="backorder"),
        _list(
            _("What to reorder"),
            "inventory",
            app="forecasts",
            model="stockadvice",
            query="?stock=reorder",
        ),
        _list(_("Promotions"), "campaign", app="forecasts", model="plannedpromotion"),
        _list(_("Categories"), "account_tree", app="membership", model="category"),
        _list(_("Stores"), "store", app="membership", model="store"),
        _list(_("Events"), "ads_click", app="membership", model="event"),
    )


def _fraud(request: HttpRequest) -> Item:
    from config.pages.home import open_alert_count

    return _group(
        _("Fraud"),
        _list(
            _("Alerts"),
            "notifications_active",
            app="fraud",
            model="fraudalert",
            badge=open_alert_count(request),
            badge_variant="danger",
        ),
        _list(_("Scores"), "speed", app="fraud", model="fraudscore"),
        _list(_("Rules"), "rule", app="fraud", model="fraudrule"),
        _list(_("Lists"), "block", app="fraud", model="listentry"),
        _list(_("Policy"), "tune", app="fraud", model="decisionpolicy"),
        _list(_("Suppressions"), "notifications_off", app="fraud", model="suppression"),
        _list(_("Decision log"), "history", app="fraud", model="decisionlog"),
    )


def _models() -> Item:
    return _group(
        _("Models"),
        _list(_("Versions"), "model_training", app="registry", model="modelversion"),
        _list(_("Training runs"), "play_circle", app="registry", model="trainingrun"),
        _list(_("Recommendations"), "recommend", app="recommendations", model="recommendation"),
        _list(_("Merchandising"), "tune", app="recommendations", model="merchandisingrule"),
        _list(_("Experiments"), "science", app="recommendations", model="experiment"),
    )


def _data() -> Item:
    return _group(
        _("Data"),
        _list(_("Imports"), "upload_file", app="membership", model="importreport"),
        _list(_("Connected shops"), "hub", app="connectors", model="connection"),
        _list(_("Messages of shops"), "inbox", app="connectors", model="receiveddelivery"),
        _list(_("API keys"), "key", app="membership", model="apikey"),
        _list(_("Exports of members"), "ios_share", app="membership", model="memberexport"),
        {
            "title": _("API documentation"),
            "icon": "api",
            "link": "/api/docs/",
            "permission": lambda request: request.user.is_staff,
        },
    )


def _system() -> Item:
    return _group(
        _("System"),
        {
            "title": _("Shop settings"),
            "icon": "storefront",
            "link": reverse_lazy("admin:membership_shopsettings_change", args=(1,)),
            "permission": _may("membership.view_shopsettings"),
        },
        _list(_("Periodic tasks"), "schedule", app="django_celery_beat", model="periodictask"),
        _list(_("Users"), "manage_accounts", app="auth", model="user"),
        _list(_("Groups"), "groups", app="auth", model="group"),
        {
            "title": _("Registered"),
            "icon": "extension",
            "link": reverse_lazy("registered"),
            "permission": _may("registry.view_trainingrun"),
        },
        _list(_("Failed log-ins"), "gpp_maybe", app="axes", model="accessattempt"),
        collapsible=True,
    )


def unfold_settings(*, shop_name: str) -> dict[str, object]:
    """The value of the ``UNFOLD`` setting."""
    return {
        "SITE_TITLE": shop_name,
        "SITE_HEADER": shop_name,
        "SITE_SUBHEADER": _("Know your regulars"),
        "SITE_SYMBOL": "storefront",
        "SITE_URL": None,
        "SITE_FAVICONS": [
            {
                "rel": "icon",
                "type": "image/svg+xml",
                "href": lambda request: static("config/icon.svg"),
            }
        ],
        "SHOW_HISTORY": True,
        "SHOW_VIEW_ON_SITE": False,
        "SHOW_LANGUAGES": True,
        "STYLES": [lambda request: static("config/regulars.css")],
        "SCRIPTS": [lambda request: static("config/regulars.js")],
        "COLORS": {"primary": PRIMARY},
        "BORDER_RADIUS": "8px",
        "DASHBOARD_CALLBACK": "config.pages.home.dashboard",
        "COMMAND": {"search_models": False, "search_callback": "config.pages.search.find"},
        "SIDEBAR": {
            "show_search": True,
            "command_search": True,
            "show_all_applications": False,
            "navigation": "config.backoffice.navigation.sidebar",
        },
    }
