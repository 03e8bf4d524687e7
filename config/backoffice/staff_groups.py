"""The groups of staff and what each may do. Written after every migrate; further permissions are kept."""

from __future__ import annotations

from collections.abc import Mapping

from django.apps import apps
from django.contrib.auth.management import create_permissions

OUR_APPS = ("membership", "recommendations", "fraud", "forecasts", "connectors", "registry")
EVERYDAY_MODELS = (
    "member",
    "memberfeatures",
    "duplicatecandidate",
    "duplicatesearch",
    "merge",
    "consent",
    "pointsentry",
    "pointslot",
    "pointsnotice",
    "coupon",
    "earningrule",
    "tierrule",
    "tierstanding",
    "loyaltyprogram",
    "tierhistory",
    "tag",
    "category",
    "product",
    "productgroup",
    "stockmovement",
    "backorder",
    "store",
    "order",
    "orderitem",
    "event",
    "segment",
    "segmentversion",
    "segmentmembership",
    "shopsettings",
    "exchangerate",
)
READ = (
    *(f"membership.view_{model}" for model in EVERYDAY_MODELS),
    "recommendations.view_*",
    "fraud.view_*",
    "forecasts.view_*",
)

# "view_*" stands for all models of the app, "*" for all of its permissions
GROUPS: Mapping[str, tuple[str, ...]] = {
    "Support": (
        *READ,
        "membership.add_consent",
        "membership.add_pointsentry",
        "membership.add_coupon",
        "membership.add_merge",
        "membership.change_merge",
    ),
    "Marketing": (
        *READ,
        "membership.add_segment",
        "membership.change_segment",
        "membership.delete_segment",
        "forecasts.export_forecast",
        "forecasts.*_plannedpromotion",
        "membership.add_segmentversion",
        "membership.*_earningrule",
        "membership.*_tierrule",
        "membership.change_loyaltyprogram",
        "membership.add_memberexport",
        "membership.view_memberexport",
        "membership.add_tag",
        "membership.change_tag",
        "membership.delete_tag",
        "recommendations.*_merchandisingrule",
        "recommendations.*_experiment",
    ),
    "Risk": (
        *READ,
        "registry.view_modelversion",
        "membership.add_order",
        "membership.change_order",
        "fraud.change_fraudalert",
        "fraud.add_alertreview",
        "fraud.add_alertnote",
        "fraud.add_suppression",
        "fraud.*_fraudrule",
        "fraud.add_backtest",
        "fraud.*_listentry",
        "fraud.add_decisionpolicy",
    ),
    "Data": (
        *READ,
        "registry.*",
        "membership.*_importreport",
        "connectors.*",
        "membership.*_product",
        "membership.*_productgroup",
        "forecasts.*_plannedpromotion",
        "membership.*_category",
        "membership.*_exchangerate",
        "membership.*_store",
        "membership.add_order",
    ),
    "Admin": (*(f"{app}.*" for app in OUR_APPS), "auth.*", "django_celery_beat.*", "axes.*"),
}


def create_staff_groups(*, using: str = "default", **kwargs: object) -> None:
    """Bring the groups up to date. Safe to repeat; a ``post_migrate`` receiver."""
    from django.contrib.auth.models import Group, Permission

    for app in apps.get_app_configs():  # our receiver may come before the one that makes permissions
        create_permissions(app, verbosity=0, using=using)
    known = {
        f"{app}.{codename}": pk
        for pk, app, codename in Permission.objects.using(using).values_list(
            "pk", "content_type__app_label", "codename"
        )
    }
    for name, patterns in GROUPS.items():
        group, _ = Group.objects.using(using).get_or_create(name=name)
        wanted = {pk for codename, pk in known.items() if any(_matches(codename, p) for p in patterns)}
        group.permissions.add(*wanted)


def _matches(permission: str, pattern: str) -> bool:
    """``*`` stands for anything, at one place: "fraud.*", "fraud.view_*", "membership.*_product"."""
    head, star, tail = pattern.partition("*")
    if not star:
        return permission == pattern
    return permission.startswith(head) and permission.endswith(tail)
