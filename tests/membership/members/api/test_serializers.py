"""Members as they come in."""

from __future__ import annotations

import pytest

from membership.members.api.serializers import MemberChanges, MemberInput
from tests.factories import MemberFactory


def cleaned(**data: object) -> dict[str, object]:
    given = MemberInput(data={"member_no": "a1", **data})
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def errors_of(given) -> set[str]:
    assert not given.is_valid()
    return set(given.errors)


def test_values_come_in_clean() -> None:
    given = {"email": " ANN@Example.com", "country": "Germany", "language": "zh_CN", "tags": [" vip "]}

    assert cleaned(**given) == {
        "member_no": "A1", "email": "ann@example.com", "country": "DE", "language": "zh-hans",
        "tags": ["vip"],
    }  # fmt: skip


def test_a_phone_is_read_as_dialled_in_the_members_country(settings) -> None:
    settings.SHOP_COUNTRY = "US"

    assert cleaned(phone="030 901820", country="DE")["phone"] == "+4930901820"
    assert cleaned(phone="(212) 555-0123")["phone"] == "+12125550123"


def test_a_change_of_phone_is_read_in_the_country_that_is_stored() -> None:
    given = MemberChanges(MemberFactory.build(country="GB"), data={"phone": "020 7946 0018"}, partial=True)

    assert given.is_valid()
    assert given.validated_data["phone"] == "+442079460018"


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"phone": "12"}, "phone"),
        ({"email": "ann"}, "email"),
        ({"birth_date": "2999-01-01"}, "birth_date"),
        ({"tier": "wood"}, "tier"),
        ({"tags": ["x"] * 21}, "tags"),
        ({"member_no": " "}, "member_no"),
        ({"joined_at": "2999-01-01T00:00:00Z"}, "joined_at"),
    ],
)
def test_what_cannot_be_is_refused_by_field(data, field) -> None:
    assert errors_of(MemberInput(data={"member_no": "a1", **data})) == {field}


def test_a_new_member_cannot_be_frozen() -> None:
    assert "status" not in cleaned(status="frozen")
