"""From words to a rule: the shop's names are passed to the drafter, and its draft is checked.

A draft is checked like a rule that staff typed, and nothing is stored: a person saves it, or does not.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from babel import Locale
from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from membership.models import Category, Product, Segment, Store
from membership.rules.checking import May, check_rule
from membership.rules.errors import RuleError
from membership.rules.language import parse, render
from membership.rules.names.written import text_of
from membership.rules.nodes import Node
from membership.rules.registry import FieldType, SegmentField, segment_fields
from membership.segments.drafting.language_model import Endpoint, NoAnswer, ask, closest_names
from membership.segments.drafting.reading import MAX_SENTENCE, read
from membership.segments.drafting.tokens import Draft
from membership.segments.drafting.vocabulary import Named, Vocabulary

logger = logging.getLogger(__name__)
LANGUAGES = ("en", "zh-hans")
MOST_NAMES = 5_000
COUNTRY_WORDS = {
    "us": "US", "usa": "US", "america": "US", "the states": "US", "uk": "GB", "england": "GB",
    "great britain": "GB", "uae": "AE", "holland": "NL", "英国": "GB",
}  # fmt: skip


@dataclass(frozen=True)
class SegmentDraft:
    """A proposed rule, or None with the reason in ``refusal``; ``source`` is grammar or model."""

    rule: Node | None
    text: str
    unsure: list[str]
    refusal: str
    source: str


def draft_rule(*, text: str, may: May) -> SegmentDraft:
    """The rule that ``text`` describes in English or Chinese, in its stored form. Nothing is saved.

    A language model is used where one is configured; where it fails, or writes no rule that can be, the
    grammar answers, with a note.
    """
    endpoint = _endpoint()
    if endpoint is None:
        return _checked(read(text, vocabulary(may=may)), may=may, source="grammar")
    try:
        return _by_model(text, may=may, endpoint=endpoint)
    except NoAnswer as error:
        logger.warning("the language model did not help: %s", error)
    draft = _checked(read(text, vocabulary(may=may)), may=may, source="grammar")
    note = _("The language model could not be used; the built-in grammar read the sentence.")
    return replace(draft, unsure=[note, *draft.unsure])


def _endpoint() -> Endpoint | None:
    if not settings.LLM_BASE_URL:
        return None
    return Endpoint(
        base_url=settings.LLM_BASE_URL, model=settings.LLM_MODEL, api_key=settings.LLM_API_KEY,
        seconds=settings.LLM_TIMEOUT_SECONDS,
    )  # fmt: skip


def _by_model(text: str, *, may: May, endpoint: Endpoint) -> SegmentDraft:
    """Raises NoAnswer, also where the model's answer is not a valid rule of this shop."""
    if not text.strip() or len(text) > MAX_SENTENCE:
        raise NoAnswer("the sentence is empty or too long")
    answer = ask(text, catalogue=_for_the_model(text, may=may), endpoint=endpoint)
    if not answer.rule:
        refusal = answer.refusal or _("The language model found no rule for this.")
        return SegmentDraft(None, "", list(answer.unsure), refusal, "model")
    try:
        rule = check_rule(parse(answer.rule), as_of=timezone.now(), may=may)
    except RuleError as error:
        raise NoAnswer(f"the model's rule is wrong: {error}") from None
    return SegmentDraft(rule, text_of(rule), list(answer.unsure), "", "model")


def _for_the_model(text: str, *, may: May) -> dict[str, object]:
    """The description of the shop for the model: fields and names, never data of a member."""
    fields = [
        {
            "name": field.name,
            "type": field.type.value,
            "title": str(field.title),
            "unit": str(field.unit),
            "choices": [key for key, _label in list(field.choices())[:100]] if field.choices else [],
        }
        for field in segment_fields().values()
        if may(field)
    ]
    paths = list(Category.objects.values_list("path", flat=True)[:MOST_NAMES])
    segments = list(Segment.objects.values_list("key", flat=True)[:100])
    return {"fields": fields, "categories": closest_names(text, paths), "segments": segments}


def _checked(draft: Draft, *, may: May, source: str) -> SegmentDraft:
    unsure = list(draft.unsure)
    if draft.rule is None:
        return SegmentDraft(None, "", unsure, draft.refusal, source)
    try:
        # by way of its text, so that it keeps to every limit of what staff may type
        rule = check_rule(parse(render(draft.rule)), as_of=timezone.now(), may=may)
    except RuleError as error:
        reasons = " ".join(problem.message for problem in error.problems)
        return SegmentDraft(None, "", unsure, _("The rule would not be valid: %s") % reasons, source)
    return SegmentDraft(rule, text_of(rule), unsure, "", source)


# --- the shop's names ------------------------------------------------------------------------------------


def vocabulary(*, may: May) -> Vocabulary:
    """Everything that a sentence may name here, as far as the asker may ask for it."""
    fields = {name: one for name, one in segment_fields().items() if may(one)}
    return Vocabulary(
        fields={name: one.type.value for name, one in fields.items()},
        names=list(_catalogue()),
        values=[*_choices(fields.values()), *_countries(), *_segments()],
        aliases=list(_titles(fields.values())),
    )


def _catalogue() -> Iterator[Named]:
    for name, path in Category.objects.values_list("name", "path")[:MOST_NAMES]:
        yield Named("category", path, name)
        yield Named("category", path, path)
    brands = Product.objects.exclude(brand="").order_by().values_list("brand", flat=True).distinct()
    for brand in brands[:MOST_NAMES]:
        yield Named("brand", brand, brand)
    for code, name in Store.objects.values_list("code", "name")[:MOST_NAMES]:
        yield Named("store", code, code)
        if name:
            yield Named("store", code, name)


def _choices(fields: Iterable[SegmentField]) -> Iterator[tuple[str, str, str]]:
    """Tiers, groups, tags and the like, as they are stored and as both languages call them."""
    for field in fields:
        if field.type not in (FieldType.CHOICE, FieldType.WORDS) or field.choices is None:
            continue
        for language in LANGUAGES:
            with translation.override(language):
                for key, label in list(field.choices())[:MOST_NAMES]:
                    yield field.name, key, key
                    yield field.name, key, key.replace("-", " ")
                    yield from ((field.name, key, form) for form in _spoken(str(label)))


def _spoken(label: str) -> Iterator[str]:
    yield label
    for ending in ("卡", "客户", "会员"):
        if label.endswith(ending) and len(label) > len(ending) + 1:
            yield label.removesuffix(ending)
    if label and not label.isascii() and not label.endswith("客户"):
        yield f"{label}客户"


def _countries() -> Iterator[tuple[str, str, str]]:
    """Names only: as small words, codes would be found in every sentence ("in", "to", "no")."""
    for language in ("en", "zh_Hans"):
        for code, name in Locale.parse(language).territories.items():
            if len(code) == 2 and code.isalpha():
                yield "country", code, name
    for name, code in COUNTRY_WORDS.items():
        yield "country", code, name


def _segments() -> Iterator[tuple[str, str, str]]:
    for key, name in Segment.objects.values_list("key", "name")[:MOST_NAMES]:
        if not key.startswith("rfm-"):  # the field rfm_group covers these
            yield "segment", key, key
            yield "segment", key, name


def _titles(fields: Iterable[SegmentField]) -> Iterator[tuple[str, str]]:
    for field in fields:
        if field.name.startswith("consent.") or field.type in (FieldType.CHOICE, FieldType.WORDS):
            continue  # consents share one title, and "tier" beside "gold" says nothing new
        for language in LANGUAGES:
            with translation.override(language):
                yield str(field.title), field.name
        yield field.name.replace("_", " "), field.name
