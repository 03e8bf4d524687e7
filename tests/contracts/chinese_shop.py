"""A small shop whose own words are Chinese, so that English on its pages is the program's."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.contrib.auth.models import Group, User
from django.utils import timezone

from fraud.models import AlertNote, DecisionLog, ListEntry, RuleState, Suppression
from fraud.rules.fields import read_order_rule
from fraud.services.policies.rules import create_rule
from learning.step_texts import PAIRS, TREES, StepText, to_stored
from membership.duplicates.reasons import SENTENCES
from membership.loyalty.expiring import note_expiries
from membership.loyalty.ledger import add_points
from membership.loyalty.redeeming import redeem_points
from membership.merges.merging import merge_members
from membership.merges.undoing import undo_merge
from membership.models import (
    Backorder,
    Consent,
    DuplicateCandidate,
    DuplicateSearch,
    EarningRule,
    ImportReport,
    LoyaltyProgram,
    Member,
    Order,
    Product,
    ProductGroup,
    StockMovement,
    Tag,
    TierHistory,
    TierRule,
)
from membership.rules.checking import everything
from membership.rules.reading import read_rule
from membership.segments.by_rule import create_rule_segment
from recommendations.models import Experiment, MerchandisingRule
from registry.models import ModelVersion
from tests.factories import (
    ApiKeyFactory,
    CategoryFactory,
    EventFactory,
    ForecastFactory,
    FraudAlertFactory,
    FraudScoreFactory,
    MemberFactory,
    ModelVersionFactory,
    OrderFactory,
    OrderItemFactory,
    ProductFactory,
    ProductForecastFactory,
    RecommendationFactory,
    SegmentMembershipFactory,
    StockAdviceFactory,
    StoreFactory,
    TrainingRunFactory,
)

FIGURES = {
    "recommendations": {
        "score": 0.15, "live_score": 0.14, "scores": {"als": 0.15}, "fit_seconds": {"als": 2.0},
        "surfaces": {"als": {"for-you": {"ndcg@10": 0.1, "coverage@10": 0.4, "members": 9}}},
        "by_history_length": {"for-you": {"short": {"ndcg@10": 0.1, "entries": 3.0}}}, "left_out": {},
        "tuned": {"als": {"factors": 64, "score": 0.15, "default": 0.14}}, "lines": 12, "events": 3,
    },
    "fraud": {
        "figure": "average_precision", "score": 0.6, "training_orders": 90, "training_frauds": 4,
        "models": {"blend": {"average_precision": 0.6, "auc_roc": 0.9, "brier": 0.01}}, "labels_by_review": 2,
        "held_out": {"from": "2026-01-01", "until": "2026-02-01", "orders": 20, "frauds": 3},
    },
    "forecasts": {"models": {"blend": {"score": 0.5, "orders_rmse": 1.0, "gap_mae": 4.0}}, "horizon_days": 9},
    "demand": {"held_out": {"wape": 0.4, "pinball": 0.1}, "weeks": 60, "promoted_share": 0.1, "products": 9},
    "segments": {"k": 4, "silhouette": 0.3, "trials": [{"k": 4, "silhouette": 0.3, "stability": 0.9}]},
}  # fmt: skip


def chinese_shop(boss: User) -> None:
    """At least one row of what the admin shows, in every state that has words of its own."""
    now = timezone.now()
    category = CategoryFactory(name="咖啡", path="咖啡")
    coffee, bread = (
        ProductFactory(name="咖啡豆", category=category, brand="自有"),
        ProductFactory(name="面包", category=category),
    )
    StoreFactory(name="一号店")
    member = MemberFactory(name="李娜", tier="gold", country="CN")
    member.tags.add(Tag.objects.create(name="老顾客"))
    Consent.objects.create(member=member, purpose="marketing", channel="email", granted=True, source="1")
    _loyalty(member)
    _merge(member, boss)
    _duplicates(member)
    for days in (40, 20, 3):
        order = OrderFactory(member=member, placed_at=now - timedelta(days=days), total=Decimal(20))
        OrderItemFactory(order=order, product=coffee)
    _stock(order, coffee, bread)
    EventFactory(member=member, product=bread, occurred_at=now)
    SegmentMembershipFactory(member=member, segment__name="Champions", segment__kind="model")
    rule = read_rule(
        text='tier = gold and bought(category: "咖啡", at_least: 2, within: 60d)', may=everything
    )
    create_rule_segment(draft={"key": "s1", "name": "金卡"}, rule=rule, user=boss)
    _models(now)
    _fraud(
        boss, order=OrderFactory(member=member, placed_at=now, total=Decimal(900), device_fingerprint="d1")
    )
    ForecastFactory(member=member, as_of=now, scored_at=now)
    ProductForecastFactory(product=coffee, as_of=now, week=now.date())
    StockAdviceFactory(product=coffee, as_of=now)
    products = [{"product": bread.pk, "score": 0.9, "because": [coffee.pk]}]
    version = ModelVersion.objects.get(family="recommendations", status=ModelVersion.Status.LIVE)
    RecommendationFactory(member=member, products=products, scored_at=now, model_version=version)
    MerchandisingRule.objects.create(name="置顶", surface="for-you", action="pin", product=bread, amount=1)
    arms = [{"name": "甲", "weight": 1, "model_version": None, "settings": {}}] * 2
    Experiment.objects.create(name="试验", surface="for-you", arms=arms)
    ApiKeyFactory(name="网店")
    ImportReport.objects.create(
        kind="orders", file_name="1.csv", file_path="x", file_sha256="0" * 64, status="succeeded", progress=1,
        read=1200, created=1190, rejected=10, started_at=now, finished_at=now,
    )  # fmt: skip
    Group.objects.get_or_create(name="Support")


def _merge(member: Member, boss: User) -> None:
    """One that is undone and one that holds, whose consents and tiers say why they are there."""
    for name in ("李小娜", "李娜娜"):
        other = MemberFactory(name=name, country="CN")
        Consent.objects.create(member=other, purpose="marketing", channel="email", granted=False, source="1")
        merge = merge_members(keep=member, other=other, who=boss.get_username())
        if name == "李小娜":
            undo_merge(merge=merge, who=boss.get_username())
    TierHistory.objects.create(member=member, tier="gold", source="merge")


def _stock(order: Order, coffee: Product, bread: Product) -> None:
    coffee.group = ProductGroup.objects.create(code="豆", name="咖啡豆", options=["规格"])
    coffee.options = {"规格": "250 克"}
    coffee.save()
    large = {"group": coffee.group, "category": coffee.category, "options": {"规格": "1 千克"}}
    ProductFactory(name="咖啡豆大包", **large)
    Backorder.objects.create(order=order, line_no=1, product=bread, units=2)
    for source in ("", "backorder", "api", "admin", "import", "undo"):
        of_order = {} if source in ("api", "admin", "import", "undo") else {"order": order, "line_no": 1}
        StockMovement.objects.create(product=coffee, wanted=-1, units=-1, stock=9, source=source, **of_order)


def _loyalty(member: Member) -> None:
    LoyaltyProgram.objects.create(pk=1, point_value=Decimal("0.05"))
    add_points(member=member, points=30, reason="下单", expires_at=timezone.now() + timedelta(days=9))
    redeem_points(member=member, points=10)
    OrderFactory(member=member, status="pending", placed_at=timezone.now())
    note_expiries()
    for kind in EarningRule.Kind.values:
        EarningRule.objects.create(name="规则", kind=kind, value=Decimal(1))
    TierRule.objects.create(tier="gold", measure="spend", threshold=Decimal(9_000))


def _duplicates(member: Member) -> None:
    reasons = [{"code": code, "weight": 2.0} for code in SENTENCES]
    DuplicateCandidate.objects.create(
        low=member,
        high=MemberFactory(name="李小娜", country="CN"),
        probability=0.95,
        reasons=reasons,
        found_at=timezone.now(),
    )
    DuplicateSearch.objects.create(
        started_at=timezone.now(), finished_at=timezone.now(), whole=True, members=2, compared=1, found=1,
        left_out={"address": 1, "device": 1, "payment": 1, "name": 99},
    )  # fmt: skip


def _models(now: datetime) -> None:
    for number, (family, figures) in enumerate(FIGURES.items(), start=1):
        ModelVersionFactory(family=family, number=number + 90, metrics=figures, parameters={"seed": 1})
    why = "Scored %(score).4f on the held-out window where the live version scores %(live).4f."
    ModelVersionFactory(
        family="fraud", number=80, status="rejected",
        rejection_reason=to_stored(StepText(why, score=0.1, live=0.2), most=999),
    )  # fmt: skip
    step = to_stored(StepText(TREES, n=1, total=2), most=200)
    TrainingRunFactory(status="running", progress=0.5, message=step, phases={"train": 1.0, "write back": 2.0})
    step = to_stored(StepText(PAIRS, n=3, total=9), most=200)
    TrainingRunFactory(family="fraud", status="running", progress=0.2, message=step, phases={"register": 1.0})
    TrainingRunFactory(family="demand", status="succeeded", progress=1, started_at=now, finished_at=now)


def _fraud(boss: User, *, order: Order) -> None:
    reasons = [{"code": "device", "facts": {"new": True}, "weight": 0.5}]
    FraudScoreFactory(order=order, probability=0.91, reasons=reasons)
    alert = FraudAlertFactory(order=order, probability=0.91, priority=Decimal(819), reasons=reasons)
    AlertNote.objects.create(alert=alert, author=boss, text="已致电")
    condition = read_order_rule(text="amount > 500", may=everything)
    draft = {"name": "大额", "action": "review", "state": RuleState.LIVE}
    create_rule(draft=draft, condition=condition, user=boss)
    DecisionLog.objects.create(order=alert.order, decision="review", probability=0.91, reasons=reasons)
    suppressed = {"until": timezone.now() + timedelta(days=3), "reason": "老顾客", "created_by": boss}
    Suppression.objects.create(device="d2", **suppressed)
    ListEntry.objects.create(kind="email", value="a@example.com", action="block", reason="盗号")
