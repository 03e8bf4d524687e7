"""Rules that were stored with names get ids; those whose names are gone are left as they are."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from fraud.models import FraudRule
from fraud.services.policies.rules import rule_text as fraud_text
from membership.models import SegmentUse, SegmentVersion
from membership.rules.json_form import to_json
from membership.rules.language import parse
from membership.segments.by_rule import refresh, rule_text
from tests.factories import (
    CategoryFactory,
    ProductFactory,
    SegmentFactory,
    SegmentMembershipFactory,
    StoreFactory,
    TagFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)
TEXT = (
    'bought(category: "Food > Tea", product: "P1", store: "north", within: 60d) and tags in ["vip", "x"]'
    ' or not segment("staff")'
)


def named(text: str) -> dict[str, object]:
    """The form in which rules were stored before."""
    return to_json(parse(text))


def migrate(app: str) -> None:
    number = {"membership": "0011", "fraud": "0003"}[app]
    step = import_module(f"{app}.migrations.{number}_names_to_ids")
    with connection.schema_editor() as editor:
        step.rules_to_ids(apps, editor)


def shop() -> None:
    CategoryFactory(path="Food > Tea")
    ProductFactory(sku="P1", category=None)
    StoreFactory(code="north")
    TagFactory(name="vip")
    SegmentFactory(key="staff")


def test_every_name_becomes_an_id_and_the_text_stays() -> None:
    shop()
    TagFactory(name="x")
    segment = SegmentFactory(key="fans", kind="dynamic")
    for number in (1, 2):
        SegmentVersion.objects.create(segment=segment, number=number, rule=named(TEXT))

    migrate("membership")

    assert rule_text(segment) == str(TEXT)
    assert all('"x"' not in str(version.rule) for version in segment.versions.all())
    assert SegmentUse.objects.filter(segment=segment).count() == 6
    rules = list(segment.versions.values_list("rule", flat=True))
    migrate_again = import_module("membership.migrations._names_to_ids")
    assert [migrate_again.with_ids(rule, migrate_again.finder(apps)) for rule in rules] == rules


def test_a_name_that_is_gone_stays_and_its_segment_keeps_its_members() -> None:
    stay = SegmentMembershipFactory(segment__kind="dynamic")
    SegmentVersion.objects.create(
        segment=stay.segment, number=1, rule=named('not bought(category: "Gone")')
    )

    migrate("membership")

    assert rule_text(stay.segment) == 'not bought(category: "Gone")'
    with pytest.raises(LookupError):
        refresh(segment=stay.segment)


def test_a_models_parameters_are_no_rule() -> None:
    segment = SegmentFactory(kind="model")
    SegmentVersion.objects.create(segment=segment, number=1, rule={"model": "rfm", "of": "staff"})

    migrate("membership")

    assert segment.versions.get().rule == {"model": "rfm", "of": "staff"}


def test_a_fraud_rule_gets_a_new_version_and_the_old_one_stays() -> None:
    TagFactory(name="vip")
    rule = FraudRule.objects.create(name="Vip", condition=named('tags contains "vip"'), action="review")
    rule.versions.create(number=1, name="Vip", condition=rule.condition, action="review", state="draft")

    migrate("fraud")

    rule.refresh_from_db()
    newest, first = rule.versions.order_by("-number")
    assert (newest.number, newest.condition, fraud_text(rule)) == (2, rule.condition, 'tags contains "vip"')
    assert first.condition == named('tags contains "vip"')
