"""The routes of members, products, orders, events and segments, below ``/api/v1/``."""

from __future__ import annotations

from django.urls import include, path

from membership.access import token_views as tokens
from membership.catalogue import api as catalogue
from membership.catalogue import bulk_api as catalogue_bulk
from membership.catalogue.stock import api as stock
from membership.currencies import api as currencies
from membership.members.api import views as members
from membership.merges import api as merges
from membership.orders.api import change_views as order_changes
from membership.orders.api import event_views as events
from membership.orders.api import views as orders
from membership.segments.api import rule_views as segment_rules
from membership.segments.api import views as segments
from membership.shop import api as shop

urlpatterns = [
    path("auth/token/", tokens.TokenView.as_view(), name="api-token"),
    path("auth/token/refresh/", tokens.TokenRefreshView.as_view(), name="api-token-refresh"),
    path("members/", members.MembersView.as_view(), name="api-members"),
    path("", include("membership.duplicates.api.urls")),
    path("members/<uuid:id>/", members.MemberView.as_view(), name="api-member"),
    path("members/<uuid:id>/consents/", members.MemberConsentsView.as_view(), name="api-member-consents"),
    path("", include("membership.loyalty.api.urls")),
    path("members/<uuid:id>/segments/", members.MemberSegmentsView.as_view(), name="api-member-segments"),
    path("members/<uuid:id>/timeline/", members.MemberTimelineView.as_view(), name="api-member-timeline"),
    path("members/<uuid:id>/merge/", merges.MemberMergeView.as_view(), name="api-member-merge"),
    path("merges/<uuid:id>/", merges.MergeView.as_view(), name="api-merge"),
    path("merges/<uuid:id>/undo/", merges.MergeUndoView.as_view(), name="api-merge-undo"),
    path("products/", catalogue.ProductsView.as_view(), name="api-products"),
    path("products/bulk/", catalogue_bulk.ProductsBulkView.as_view(), name="api-products-bulk"),
    path("products/<uuid:id>/stock/", stock.ProductStockView.as_view(), name="api-product-stock"),
    path("products/<uuid:id>/", catalogue.ProductView.as_view(), name="api-product"),
    path("orders/<uuid:id>/", order_changes.OrderView.as_view(), name="api-order"),
    path("orders/<uuid:id>/changes/", order_changes.OrderChangesView.as_view(), name="api-order-changes"),
    path("orders/<uuid:id>/refunds/", order_changes.OrderRefundsView.as_view(), name="api-order-refunds"),
    path("orders/<uuid:id>/label/", orders.OrderLabelView.as_view(), name="api-order-label"),
    path("exchange-rates/", currencies.ExchangeRatesView.as_view(), name="api-exchange-rates"),
    path("shop/", shop.ShopView.as_view(), name="api-shop"),
    path("events/", events.EventsView.as_view(), name="api-events"),
    path("segments/", segments.SegmentsView.as_view(), name="api-segments"),
    path("segments/preview/", segment_rules.PreviewView.as_view(), name="api-segment-preview"),
    path("segments/overlap/", segment_rules.OverlapView.as_view(), name="api-segment-overlap"),
    path("segments/", include("membership.segments.api.urls")),
    path("segments/<uuid:id>/", segments.SegmentView.as_view(), name="api-segment"),
    path("segments/<uuid:id>/members/", segments.SegmentMembersView.as_view(), name="api-segment-members"),
    path("segments/<uuid:id>/explain/", segment_rules.ExplainView.as_view(), name="api-segment-explain"),
    path("segments/<uuid:id>/refresh/", segment_rules.RefreshView.as_view(), name="api-segment-refresh"),
    path("segments/<uuid:id>/history/", segment_rules.HistoryView.as_view(), name="api-segment-history"),
]
