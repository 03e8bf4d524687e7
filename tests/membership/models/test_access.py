"""API keys, idempotency keys and one-time passwords as rows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from membership.models import ApiKey, IdempotencyKey, OneTimePassword
from tests.factories import ApiKeyFactory, UserFactory


@pytest.mark.django_db
def test_a_usable_key_is_neither_revoked_nor_expired() -> None:
    now = timezone.now()
    usable = [ApiKeyFactory(), ApiKeyFactory(expires_at=now + timedelta(days=1))]
    ApiKeyFactory(revoked_at=now)
    ApiKeyFactory(expires_at=now - timedelta(seconds=1))

    assert set(ApiKey.objects.usable()) == set(usable)


def test_two_fresh_keys_differ_and_have_the_prefix() -> None:
    one, other = ApiKey.fresh_key(), ApiKey.fresh_key()

    assert one != other
    assert one.startswith("reg_")
    assert len(one) > 40
    assert len(ApiKey.hash_of(one)) == 64


@pytest.mark.django_db
def test_an_idempotency_key_is_one_owners_once() -> None:
    def keep(owner: str) -> IdempotencyKey:
        return IdempotencyKey.objects.create(owner=owner, key="k", route="POST /", request_hash="0" * 64)

    keep("user:1")
    keep("user:2")
    with pytest.raises(IntegrityError), transaction.atomic():
        keep("user:1")


@pytest.mark.django_db
def test_a_one_time_password_goes_with_its_user() -> None:
    user = UserFactory()
    OneTimePassword.objects.create(user=user)

    user.delete()

    assert not OneTimePassword.objects.exists()


def test_a_key_is_shown_by_name_and_beginning_only() -> None:
    assert str(ApiKey(name="shop", prefix="reg_abcdefgh", key_hash="x" * 64)) == "shop (reg_abcdefgh…)"
