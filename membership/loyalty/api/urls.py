"""The routes of points, earning rules and tiers, below ``/api/v1/``."""

from __future__ import annotations

from django.urls import path

from membership.loyalty.api import coupon_views as coupons
from membership.loyalty.api import rule_views as rules
from membership.loyalty.api import views

urlpatterns = [
    path("members/<uuid:id>/points/", views.MemberPointsView.as_view(), name="api-member-points"),
    path("members/<uuid:id>/points/balance/", views.MemberBalanceView.as_view(), name="api-member-balance"),
    path("members/<uuid:id>/points/lots/", views.MemberLotsView.as_view(), name="api-member-lots"),
    path("members/<uuid:id>/points/redeem/", views.RedeemView.as_view(), name="api-member-redeem"),
    path("members/<uuid:id>/coupons/", views.MemberCouponsView.as_view(), name="api-member-coupons"),
    path("loyalty/rules/", rules.EarningRulesView.as_view(), name="api-earning-rules"),
    path("loyalty/rules/<uuid:id>/", rules.EarningRuleView.as_view(), name="api-earning-rule"),
    path("loyalty/tiers/", rules.TierRulesView.as_view(), name="api-tier-rules"),
    path("loyalty/tiers/preview/", rules.TierPreviewView.as_view(), name="api-tier-preview"),
    path("loyalty/tiers/<uuid:id>/", rules.TierRuleView.as_view(), name="api-tier-rule"),
    path("loyalty/coupons/", coupons.CouponsView.as_view(), name="api-coupons"),
    path("loyalty/coupons/<str:code>/", coupons.CouponView.as_view(), name="api-coupon"),
    path(
        "loyalty/coupons/<str:code>/withdraw/",
        coupons.CouponWithdrawView.as_view(),
        name="api-coupon-withdraw",
    ),
    path("loyalty/coupons/<str:code>/uses/", coupons.CouponUsesView.as_view(), name="api-coupon-uses"),
    path("loyalty/liability/", rules.LiabilityView.as_view(), name="api-points-liability"),
]
