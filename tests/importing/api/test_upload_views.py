from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from importing.uploads import storing
from membership.models import Upload
from tests.api_client import bearer, key_client, staff_client
from tests.factories import StaffFactory

pytestmark = pytest.mark.django_db
FILE = {"name": "orders.csv", "size": 10, "modified_at": "2026-05-01T00:00:00Z"}
UPLOADS = "/api/v1/imports/uploads/"


@pytest.fixture
def client() -> Any:
    return staff_client("membership.add_importreport")


def begin(client: Any, **changes: Any) -> str:
    return f"{UPLOADS}{client.post(UPLOADS, {**FILE, **changes}, format='json').json()['id']}/"


def part(client: Any, url: str, offset: object, content: bytes) -> Any:
    return client.patch(
        url, content, content_type="application/offset+octet-stream", headers={"Upload-Offset": str(offset)}
    )


def test_a_file_is_sent_in_two_parts(client: Any) -> None:
    url = begin(client)
    assert part(client, url, 0, b"01234")["Upload-Offset"] == "5"
    answer = part(client, url, 5, b"56789")
    assert answer.json()["state"] == "complete"
    assert Upload.objects.get().path.read_bytes() == b"0123456789"


def test_it_goes_on_where_it_stopped(client: Any) -> None:
    url = begin(client)
    part(client, url, 0, b"0123")
    again = client.post(UPLOADS, FILE, format="json")
    assert (again.status_code, again["Upload-Offset"], again.json()["received"]) == (200, "4", 4)
    assert client.get(url)["Upload-Offset"] == "4"
    head = client.head(url)
    assert (head["Upload-Offset"], head["Upload-Length"]) == ("4", "10")


def test_a_wrong_offset_is_answered_with_the_right_one(client: Any) -> None:
    url = begin(client)
    part(client, url, 0, b"0123")
    answer = part(client, url, 0, b"0123")
    assert (answer.status_code, answer["Upload-Offset"]) == (409, "4")
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("offset", ["", "-1", "1e3", "²", "9" * 40])
def test_an_offset_is_a_whole_number(client: Any, offset: str) -> None:
    assert part(client, begin(client), offset, b"0").status_code == 400


def test_an_empty_part_changes_nothing(client: Any) -> None:
    url = begin(client)
    assert part(client, url, 0, b"").json()["received"] == 0


def test_another_type_of_body_is_refused(client: Any) -> None:
    url = begin(client)
    answer = client.patch(url, {"a": 1}, format="json", headers={"Upload-Offset": "0"})
    assert answer.status_code == 415


def test_a_file_that_is_too_large_is_413(client: Any, settings: Any) -> None:
    settings.IMPORT_UPLOAD_MAX_MB = 1
    answer = client.post(UPLOADS, {**FILE, "size": 2 << 20}, format="json")
    assert answer.status_code == 413
    assert "at most 1 MB" in answer.json()["detail"]


def test_a_full_disk_is_507(client: Any, settings: Any) -> None:
    settings.IMPORT_DISK_RESERVE_MB = 1 << 40
    answer = client.post(UPLOADS, FILE, format="json")
    assert answer.status_code == 507
    assert "disk is too full" in answer.json()["detail"]


def test_another_users_upload_is_not_there(client: Any) -> None:
    url = begin(client)
    other = staff_client("membership.add_importreport")
    assert client.get(UPLOADS).json()["results"] != []
    assert other.get(UPLOADS).json()["results"] == []
    for answer in (other.get(url), part(other, url, 0, b"0"), other.delete(url)):
        assert answer.status_code == 404


def test_it_is_removed(client: Any) -> None:
    url = begin(client)
    assert client.delete(url).status_code == 204
    assert client.get(url).status_code == 404


def test_who_may_not_import_is_refused() -> None:
    for other in (staff_client("membership.view_importreport"), key_client("imports:read")):
        assert other.post(UPLOADS, FILE, format="json").status_code == 403


def test_a_browser_needs_its_csrf_token_to_send_a_part() -> None:
    user = StaffFactory(is_superuser=True)
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(user)
    assert part(browser, begin(bearer(user)), 0, b"0").status_code == 403


def test_an_announcement_sent_twice_under_one_key_is_one_upload(client: Any) -> None:
    given = {"name": "a.csv", "size": 3}
    headers = {"Idempotency-Key": "k1"}
    first, second = (client.post(UPLOADS, given, format="json", headers=headers) for _ in "ab")
    assert first.json()["id"] == second.json()["id"]


def test_a_server_uploads_with_its_key() -> None:
    url = begin(key_client("imports:write"))
    assert Upload.objects.get().owner.startswith("key:")
    assert key_client("imports:write").get(url).status_code == 404


def test_one_users_two_tokens_see_the_same_upload() -> None:
    user = StaffFactory(is_superuser=True)
    assert bearer(user).get(begin(bearer(user))).status_code == 200


def test_a_large_part_is_not_held_in_memory(client: Any, monkeypatch: Any) -> None:
    sizes: list[int] = []
    copy = storing._copy

    def watched(read: Any, file: Any, *, most: int) -> None:
        def noted(size: int) -> bytes:
            block: bytes = read(size)
            sizes.append(len(block))
            return block

        copy(noted, file, most=most)

    monkeypatch.setattr(storing, "_copy", watched)
    size = 3 << 20  # above DATA_UPLOAD_MAX_MEMORY_SIZE
    assert part(client, begin(client, size=size), 0, b"x" * size).json()["state"] == "complete"
    assert max(sizes) == storing.BLOCK
