"""Whether preparing may be left out: only where nothing that it depends on has changed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from config.running import prepared


@pytest.fixture
def shop(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program with one file and a database with one migration, prepared."""
    settings.BASE_DIR, settings.VAR_DIR, settings.EMBEDDED = tmp_path, tmp_path / "var", True
    settings.STATIC_ROOT = tmp_path / "var" / "static"
    settings.STATIC_ROOT.mkdir(parents=True)
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", tmp_path / "var" / "shop.sqlite3")
    (tmp_path / "program.py").write_text("pass")
    migrate(settings, "0001_initial")
    prepared.note()
    return tmp_path


def migrate(settings: Settings, name: str) -> None:
    with sqlite3.connect(settings.DATABASES["default"]["NAME"]) as database:
        database.execute(
            "CREATE TABLE IF NOT EXISTS django_migrations (id INTEGER PRIMARY KEY, app TEXT, name TEXT)"
        )
        database.execute("INSERT INTO django_migrations (app, name) VALUES ('membership', ?)", [name])
    database.close()


def test_nothing_is_to_be_done_where_nothing_has_changed(shop: Path) -> None:
    assert prepared.is_prepared()


def test_a_changed_file_of_the_program_counts(shop: Path) -> None:
    (shop / "program.py").write_text("pass  # changed")
    assert not prepared.is_prepared()


def test_a_new_file_counts_and_one_of_the_shop_does_not(shop: Path) -> None:
    (shop / "var" / "orders.csv").write_text("order_no")
    (shop / ".cache").mkdir()
    (shop / ".cache" / "any.py").write_text("pass")
    assert prepared.is_prepared()
    (shop / "more.py").write_text("pass")
    assert not prepared.is_prepared()


def test_a_migration_and_another_database_count(shop: Path, settings: Settings) -> None:
    migrate(settings, "0002_more")
    assert not prepared.is_prepared()
    settings.DATABASES["default"]["NAME"].unlink()
    assert not prepared.is_prepared()
    prepared.note()
    assert not prepared.is_prepared()


def test_a_database_of_another_version_with_as_many_migrations_counts(shop: Path, settings: Settings) -> None:
    with sqlite3.connect(settings.DATABASES["default"]["NAME"]) as database:
        database.execute("UPDATE django_migrations SET name = '0012_index_orders_of_store'")
    database.close()
    assert not prepared.is_prepared()


def test_another_time_zone_counts(shop: Path, settings: Settings) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"
    assert not prepared.is_prepared()


def test_missing_static_files_count(shop: Path, settings: Settings) -> None:
    settings.STATIC_ROOT.rmdir()
    assert not prepared.is_prepared()


def test_a_database_that_others_keep_is_always_looked_at(shop: Path, settings: Settings) -> None:
    settings.EMBEDDED = False
    prepared.note()
    assert not prepared.is_prepared()
