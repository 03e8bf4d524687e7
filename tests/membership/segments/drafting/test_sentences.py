"""A hundred sentences, written before the drafter: the members they mean are found, or they are refused.

Forty more were written when the drafter was done, and read once before it saw them: 32 of 34 were right, two
were refused without need, none was wrong, and the six that no rule can say were refused.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from membership.rules.checking import check_rule, everything
from membership.rules.compiling import members_of
from membership.rules.language import parse
from membership.rules.nodes import Node
from membership.segments.editing.drafts import draft_rule
from tests.membership.segments.drafting.shop import make_shop, register_missing_fields

pytestmark = pytest.mark.django_db

SEED = 5


def members(rule: Node) -> frozenset[int]:
    return frozenset(members_of(rule, as_of=timezone.now()).values_list("pk", flat=True))


def sentences(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize(("name", "least"), [("sentences.json", 90), ("later_sentences.json", 34)])
def test_every_sentence_finds_the_members_it_means_or_is_refused(name: str, least: int) -> None:
    register_missing_fields()
    make_shop(members=150, rng=random.Random(SEED), as_of=timezone.now())  # noqa: S311  # a seed, no secret
    right: list[Any] = []
    wrong: list[Any] = []
    refused: list[Any] = []
    needlessly: list[Any] = []
    for sentence in sentences(name):
        draft = draft_rule(text=sentence["text"], may=everything)
        if draft.rule is None:
            (needlessly if sentence["rule"] else refused).append((sentence["id"], draft.refusal))
        elif sentence["rule"] is None:
            wrong.append((sentence["id"], draft.text))
        else:
            meant = check_rule(parse(sentence["rule"]), as_of=timezone.now(), may=everything)
            found = members(draft.rule) == members(meant)
            (right if found else wrong).append((sentence["id"], draft.text))

    report = f"right {len(right)}, refused {len(refused)}, wrong {wrong}, refused without need {needlessly}"
    assert not wrong, report
    assert len(right) >= least, report
    assert len(refused) == len(sentences(name)) - least, report
