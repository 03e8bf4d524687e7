"""Sentences, written before the drafter: each finds the members that it means, or is refused.

The first hundred are in ``sentences.json``; the forty of ``later_sentences.json`` were written when the
drafter was done. A sentence whose rule is null says what no rule can say, and has to be refused.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from membership.rules import registry
from membership.rules.checking import check_rule, everything
from membership.rules.compiling import members_of
from membership.rules.language import parse
from membership.rules.nodes import Node
from membership.segments.editing import drafts
from membership.segments.editing.drafts import draft_rule
from tests.membership.segments.drafting.shop import make_shop, register_missing_fields

SEED = 5
FILES = ("sentences.json", "later_sentences.json")
SENTENCES: list[dict[str, str | None]] = [
    sentence
    for name in FILES
    for sentence in json.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))
]


@pytest.fixture(scope="module")
def shop(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """One shop for all sentences: made in a transaction that is rolled back after the last."""
    fields = dict(registry._fields)
    with django_db_blocker.unblock(), transaction.atomic():
        register_missing_fields()
        make_shop(members=150, rng=random.Random(SEED), as_of=timezone.now())  # noqa: S311  # a seed, no secret
        yield
        transaction.set_rollback(True)
    registry._fields.clear()
    registry._fields.update(fields)


@pytest.fixture(scope="module")
def names(shop: None) -> Iterator[None]:
    """The shop's names are read once: they are the same for every sentence."""
    known = drafts.vocabulary(may=everything)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drafts, "vocabulary", lambda *, may: known)
        yield


def members(rule: Node) -> frozenset[int]:
    return frozenset(members_of(rule, as_of=timezone.now()).values_list("pk", flat=True))


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda sentence: sentence["id"])
def test_a_sentence_finds_the_members_it_means_or_is_refused(names: None, sentence) -> None:
    draft = draft_rule(text=sentence["text"], may=everything)

    if sentence["rule"] is None:
        assert draft.rule is None, draft.text
        assert draft.refusal
        return
    assert draft.rule is not None, draft.refusal
    meant = check_rule(parse(sentence["rule"]), as_of=timezone.now(), may=everything)
    assert members(draft.rule) == members(meant), draft.text


def test_each_sentence_is_there_once_and_both_languages_are() -> None:
    ids = [str(sentence["id"]) for sentence in SENTENCES]

    assert len(ids) == len(set(ids)) == 140
    assert sum(one.startswith("en") for one in ids) >= 50
    assert sum(one.startswith("zh") for one in ids) >= 50
