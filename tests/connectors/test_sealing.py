"""Secrets are stored encrypted, and read only with the program's own key."""

from __future__ import annotations

import pytest
from pytest_django.fixtures import Settings

from connectors.models import Connection
from connectors.sealing import SealBroken, seal, unseal
from tests.connectors.shops import SECRET, connect


def test_what_is_sealed_does_not_show_and_comes_back() -> None:
    sealed = seal("shpat_secret")
    assert "shpat" not in sealed
    assert unseal(sealed) == "shpat_secret"
    assert (seal(""), unseal("")) == ("", "")


def test_another_key_opens_nothing_unless_it_is_kept_as_the_one_before(settings: Settings) -> None:
    sealed = seal("shpat_secret")
    before, settings.SECRET_KEY = settings.SECRET_KEY, "another key"
    with pytest.raises(SealBroken):
        unseal(sealed)
    settings.SECRET_KEY_FALLBACKS = [before]
    assert unseal(sealed) == "shpat_secret"


@pytest.mark.django_db
def test_the_database_holds_no_secret_in_clear() -> None:
    connection = connect("shopify", secrets={"access_token": "shpat_abc"})
    row = Connection.objects.filter(pk=connection.pk).values().get()
    assert not any(SECRET in str(value) or "shpat_abc" in str(value) for value in row.values())
    assert connection.secret("access_token") == "shpat_abc"
