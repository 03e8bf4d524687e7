"""Whatever words come in whatever order: an answer, and a rule that can be stored, or a refusal."""

from __future__ import annotations

import random

import pytest
from django.utils import timezone

from membership.rules.checking import check_rule, everything
from membership.rules.json_form import from_json, to_json
from membership.rules.language import parse
from membership.segments.editing import drafts as segment_drafts
from membership.segments.editing.drafts import draft_rule
from tests.factories import CategoryFactory

pytestmark = pytest.mark.django_db

TEXT = """
gold members who bought coffee tea three times in two months but nothing the last four weeks have not never
spent more than 500 $ 20 % and or nor except with without points between 1 and 5 new joined days ago next
birthday at least most exactly email agreed to , ; any them 3.5 0 99999999999999999999 frozen orders cart wish
一 两 千 万 亿 次 元 以上 不到 超过 最近 个月 年 内 前 买过 没有 从来没 的 或 和 但 除 以外 金卡 美国 积分
生日 未来 十 天 半年 成 什么都没 到 之间 “ ” " ' ( )
"""


def test_no_sentence_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    CategoryFactory(name="Coffee")
    names = segment_drafts.vocabulary(may=everything)
    monkeypatch.setattr(segment_drafts, "vocabulary", lambda *, may: names)
    rng = random.Random(11)  # noqa: S311  # a seed, no secret
    words, drafted = TEXT.split(), 0
    for _number in range(1_500):
        glue = rng.choice((" ", " ", ""))
        draft = draft_rule(text=glue.join(rng.choices(words, k=rng.randrange(1, 10))), may=everything)
        assert (draft.rule is None) == bool(draft.refusal)
        if draft.rule is not None:
            drafted += 1
            assert check_rule(parse(draft.text), as_of=timezone.now(), may=everything) == draft.rule
            assert from_json(to_json(draft.rule)) == draft.rule
    assert drafted > 30
