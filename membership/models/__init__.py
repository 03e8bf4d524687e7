"""All tables of this app, one file a subject. Import from here: ``from membership.models import Member``."""

from membership.models.access import ApiKey, IdempotencyKey, OneTimePassword
from membership.models.catalogue.categories import Category
from membership.models.catalogue.former_names import CategoryFormerPath, ProductFormerSku, TagFormerName
from membership.models.catalogue.groups import ProductGroup
from membership.models.catalogue.products import Product, Store
from membership.models.catalogue.stock import Backorder, StockMovement
from membership.models.demo import DemoReplay
from membership.models.events import Event
from membership.models.exchange_rates import ExchangeRate
from membership.models.loyalty import Coupon, PointsEntry, PointsLot, PointsNotice
from membership.models.loyalty_rules import EarnedLine, EarningRule, LoyaltyProgram, TierRule, TierStanding
from membership.models.members import Consent, Member, MemberFeatures, Tag, TierHistory
from membership.models.order_changes import OrderChange, Refund
from membership.models.orders import Order, OrderItem
from membership.models.people.duplicates import DuplicateCandidate, DuplicateSearch
from membership.models.people.merges import Merge, MergedRow
from membership.models.rule_uses import RuleUse, SegmentUse
from membership.models.segments import (
    Segment,
    SegmentMembership,
    SegmentOverride,
    SegmentSnapshot,
    SegmentVersion,
)
from membership.models.shop import ShopSettings
from membership.models.transfers.exports import MemberExport
from membership.models.transfers.import_undos import ImportTrace, ImportUndo
from membership.models.transfers.imports import ImportReport
from membership.models.transfers.uploads import SavedMapping, Upload

__all__ = [
    "ApiKey",
    "Backorder",
    "Category",
    "CategoryFormerPath",
    "Consent",
    "Coupon",
    "DemoReplay",
    "DuplicateCandidate",
    "DuplicateSearch",
    "EarnedLine",
    "EarningRule",
    "Event",
    "ExchangeRate",
    "IdempotencyKey",
    "ImportReport",
    "ImportTrace",
    "ImportUndo",
    "LoyaltyProgram",
    "Member",
    "MemberExport",
    "MemberFeatures",
    "Merge",
    "MergedRow",
    "OneTimePassword",
    "Order",
    "OrderChange",
    "OrderItem",
    "PointsEntry",
    "PointsLot",
    "PointsNotice",
    "Product",
    "ProductFormerSku",
    "ProductGroup",
    "Refund",
    "RuleUse",
    "SavedMapping",
    "Segment",
    "SegmentMembership",
    "SegmentOverride",
    "SegmentSnapshot",
    "SegmentUse",
    "SegmentVersion",
    "ShopSettings",
    "StockMovement",
    "Store",
    "Tag",
    "TagFormerName",
    "TierHistory",
    "TierRule",
    "TierStanding",
    "Upload",
]
