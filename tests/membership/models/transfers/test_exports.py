"""Who took which members out of the program."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from membership.models import MemberExport
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def export(**values: object) -> MemberExport:
    return MemberExport.objects.create(
        **{"segment_key": "best", "content": "members", "format": "csv", "members": 3, "by": "ann", **values}
    )


@pytest.mark.parametrize("values", [{"content": "orders"}, {"format": "xlsx"}])
def test_the_database_refuses_unknown_words(values: dict[str, str]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        export(**values)


def test_the_newest_is_listed_first() -> None:
    first, second = export(), export()
    assert list(MemberExport.objects.all()) == [second, first]


def test_it_stays_with_the_name_when_the_user_is_deleted() -> None:
    user = UserFactory(username="ann")
    row = export(by_user=user, by="ann")
    user.delete()

    row.refresh_from_db()
    assert (row.by_user, row.by) == (None, "ann")


def test_it_is_named_by_segment_and_content() -> None:
    assert str(export(content="mail-merge")) == "best · Mail merge"
