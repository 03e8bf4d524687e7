from __future__ import annotations

from django.utils import translation

from importing.presets.loading import all_presets
from importing.presets.titles import TITLES
from membership.wording import in_words


def test_titles_are_those_of_presets() -> None:
    assert set(TITLES) <= {preset.title for kinds in all_presets().values() for preset in kinds.values()}


def test_every_title_has_its_chinese() -> None:
    with translation.override("zh-hans"):
        for title in TITLES:
            assert in_words(title) != title
