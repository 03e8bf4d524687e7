from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from connectors.models import BackFill
from tests.connectors.shops import connect

pytestmark = pytest.mark.django_db


def test_the_job_is_queued(capsys: pytest.CaptureFixture[str]) -> None:
    connection = connect("shopify", name="Looms", secrets={"access_token": "shpat_1"})
    call_command("backfill_connection", "Looms")
    assert BackFill.objects.get().connection == connection
    assert "queued" in capsys.readouterr().out


def test_an_unknown_name_is_answered_with_those_that_there_are() -> None:
    connect("shopify", name="Looms")
    with pytest.raises(CommandError, match="There is no connection 'Looom'; there are: Looms"):
        call_command("backfill_connection", "Looom")


def test_a_shop_without_a_token_is_said_to_lack_it() -> None:
    connect("signed", name="Till", shop_address="")
    with pytest.raises(CommandError, match="access token first"):
        call_command("backfill_connection", "Till")
