"""``manage.py prepare``: what must be done before the web can start."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db.migrations.recorder import MigrationRecorder

pytestmark = pytest.mark.django_db


def test_a_database_of_another_version_is_refused_in_one_line_that_says_what_to_do() -> None:
    MigrationRecorder.Migration.objects.create(app="membership", name="0012_index_orders_of_store")
    with pytest.raises(CommandError, match=r"another version .*membership.0012_index"):
        call_command("prepare")


def test_migrations_of_other_packages_are_ignored() -> None:
    MigrationRecorder.Migration.objects.create(app="somebody_elses", name="0099_more")
    call_command("prepare")
