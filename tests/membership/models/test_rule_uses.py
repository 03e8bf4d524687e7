"""What rules name is kept by the database while they do."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from membership.models import SegmentUse, rule_uses
from membership.rules import nodes
from tests.factories import CategoryFactory, SegmentFactory, TagFactory

pytestmark = pytest.mark.django_db


def test_both_lists_of_kinds_are_one() -> None:
    assert rule_uses.KINDS == nodes.KINDS


def test_what_is_used_cannot_be_deleted_and_what_uses_it_can() -> None:
    tag, segment = TagFactory(), SegmentFactory(name="Fans")
    use = SegmentUse.objects.create(segment=segment, used_tag=tag)
    assert str(use) == "Fans"

    with pytest.raises(ProtectedError):
        tag.delete()
    segment.delete()
    tag.delete()


def test_a_use_names_exactly_one_thing() -> None:
    segment = SegmentFactory()

    for names in ({}, {"used_tag": TagFactory(), "used_category": CategoryFactory()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            SegmentUse.objects.create(segment=segment, **names)
