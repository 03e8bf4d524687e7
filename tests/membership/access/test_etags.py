"""ETag, If-None-Match and If-Match."""

from __future__ import annotations

from decimal import Decimal

import pytest
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from membership.access.etags import Mismatch, check_if_match, etag_of, tagged_response

DATA = {"name": "Ann", "total": Decimal("1.50")}


def request(method: str = "get", **headers: str) -> Request:
    return Request(getattr(APIRequestFactory(), method)("/", headers=headers))


def test_a_tag_depends_on_the_content_and_not_on_the_order_of_its_keys() -> None:
    assert etag_of(DATA) == etag_of(dict(reversed(DATA.items())))
    assert etag_of(DATA) != etag_of({**DATA, "name": "Bob"})
    assert etag_of({"total": Decimal("1.50")}) == etag_of({"total": "1.50"})


def test_a_reader_without_a_tag_gets_the_content_with_its_tag() -> None:
    answer = tagged_response(request(), DATA)

    assert (answer.status_code, answer.data, answer["ETag"]) == (200, DATA, etag_of(DATA))


@pytest.mark.parametrize("known", ["{}", "W/{}", '"other", {}', "*"])
def test_a_reader_who_has_it_already_gets_304_without_a_body(known) -> None:
    answer = tagged_response(request(**{"If-None-Match": known.format(etag_of(DATA))}), DATA)

    assert (answer.status_code, answer.data) == (304, None)


def test_a_writer_always_gets_the_content() -> None:
    answer = tagged_response(request("patch", **{"If-None-Match": etag_of(DATA)}), DATA)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "given", [{}, {"If-Match": "*"}, {"If-Match": etag_of(DATA)}, {"If-Match": f'"x", {etag_of(DATA)}'}]
)
def test_a_change_of_the_state_that_was_read_goes_on(given) -> None:
    check_if_match(request("patch", **given), DATA)


@pytest.mark.parametrize("tag", ['"other"', f"W/{etag_of(DATA)}", ""])
def test_a_change_of_another_state_is_refused(tag) -> None:
    with pytest.raises(Mismatch) as caught:
        check_if_match(request("patch", **{"If-Match": tag}), DATA)

    assert caught.value.status_code == 412
