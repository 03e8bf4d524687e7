"""The shop's own records, one file a subject. Import from here: ``from membership.models import Member``."""

from membership.models.access import ApiKey, IdempotencyKey, OneTimePassword
from membership.models.categories import Category
from membership.models.demo import DemoReplay
from membership.models.exports import MemberExport
from membership.models.former_names import CategoryFormerPath, ProductFormerSku, TagFormerName
from membership.models.import_undos import ImportTrace, ImportUndo
from membership.models.imports import ImportReport
from membership.models.members import Consent, Member, MemberFeatures, PointsEntry, Tag, TierHistory
from membership.models.orders import Event, Order, OrderChange, OrderItem
from membership.models.products import Product, Store
from membership.models.rule_uses import RuleUse, SegmentUse
from membership.models.segments import (
    Segment,
    SegmentMembership,
    SegmentOverride,
    SegmentSnapshot,
    SegmentVersion,
)
from membership.models.uploads import SavedMapping, Upload

__all__ = [
    "ApiKey",
    "Category",
    "CategoryFormerPath",
    "Consent",
    "DemoReplay",
    "Event",
    "IdempotencyKey",
    "ImportReport",
    "ImportTrace",
    "ImportUndo",
    "Member",
    "MemberExport",
    "MemberFeatures",
    "OneTimePassword",
    "Order",
    "OrderChange",
    "OrderItem",
    "PointsEntry",
    "Product",
    "ProductFormerSku",
    "RuleUse",
    "SavedMapping",
    "Segment",
    "SegmentMembership",
    "SegmentOverride",
    "SegmentSnapshot",
    "SegmentUse",
    "SegmentVersion",
    "Store",
    "Tag",
    "TagFormerName",
    "TierHistory",
    "Upload",
]
