"""The web process waits for a new shop's first model, so that the first buyer does not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from config import gunicorn_settings


@pytest.mark.django_db
def test_a_process_looks_again_until_there_is_a_model(monkeypatch: pytest.MonkeyPatch):
    looks: Iterator[bool | Exception] = iter([False, ConnectionError("away for a moment"), True])

    def warm_up() -> bool:
        answer = next(looks)
        if isinstance(answer, Exception):
            raise answer
        return answer

    waited: list[float] = []
    monkeypatch.setattr("fraud.services.scoring.warm_up", warm_up)
    monkeypatch.setattr("django.db.connection.close", lambda: None)
    monkeypatch.setattr("config.gunicorn_settings.time.sleep", waited.append)
    gunicorn_settings._warm_up()

    assert waited == [gunicorn_settings.SECONDS_BETWEEN_LOOKS] * 2
    assert next(looks, None) is None
