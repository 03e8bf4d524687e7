"""English: what its words mean to a rule."""
# ruff: noqa: E501  # a table reads best with one meaning a line

from __future__ import annotations

import re
from decimal import Decimal

from membership.rules.nodes import Relative
from membership.segments.drafting.numbers import ENGLISH, read_english
from membership.segments.drafting.tokens import Kind

_UNITS = {"day": (1, "d"), "week": (1, "w"), "fortnight": (2, "w"), "month": (1, "m"), "quarter": (3, "m"),
          "year": (1, "y")}  # fmt: skip
_UNIT = r"(?:day|week|fortnight|month|quarter|year)s?"
_SPAN = rf"(?:(?:half\s+an?|{ENGLISH}|an?|a\s+couple\s+of|a\s+half)\s+{_UNIT}|half\s+an?\s+{_UNIT}|{_UNIT})"
_COUNTED = rf"(?:(?:half\s+an?|{ENGLISH}|an?|a\s+couple\s+of)\s+{_UNIT})"
_WHEN = r"(?:in|within|during|over|for|of|from|throughout)"


def span(text: str) -> Relative | None:
    """ "two months" → 2m; "half a year" → 6m; None for a period that days cannot say."""
    unit = re.search(rf"({'|'.join(_UNITS)})s?$", text)
    assert unit is not None  # noqa: S101  # the pattern's own
    scale, letter = _UNITS[unit[1]]
    amount = text[: unit.start()].strip()
    if amount.startswith("half"):
        return {"y": Relative(6, "m"), "m": Relative(15, "d")}.get(letter)
    number = {"": 1, "a": 1, "an": 1, "a couple of": 2}.get(amount) or read_english(amount)
    return Relative(int(number) * scale, letter) if number == int(number) else None


def _span_in(match: re.Match[str]) -> object:
    return span(match["span"])


def _number(match: re.Match[str]) -> object:
    return read_english(match[0])


def _percent(match: re.Match[str]) -> object:
    return Decimal(read_english(match["number"])) / 100


def _range(match: re.Match[str]) -> object:
    return read_english(match["low"]), read_english(match["high"])


def words(pattern: str) -> str:
    """``pattern`` as whole words."""
    return rf"\b(?:{pattern})(?![\w])"


PATTERNS: tuple[tuple[str, Kind, object], ...] = (
    # when
    (words(rf"(?:{_WHEN}\s+)?(?:the\s+|these\s+|this\s+)?(?:last|past|previous|recent)\s+(?P<span>{_SPAN})"), Kind.PAST, _span_in),
    (words(rf"(?:in|within|during|over\s+the\s+course\s+of)\s+(?P<span>{_COUNTED})"), Kind.PAST, _span_in),
    (words(rf"for\s+(?:the\s+)?(?P<span>{_COUNTED})"), Kind.PAST, _span_in),
    (words(rf"(?:(?:in|within|during|over)\s+)?(?:the\s+)?(?:next|coming|upcoming|following)\s+(?P<span>{_SPAN})"), Kind.NEXT, _span_in),
    (words(rf"(?P<span>{_COUNTED})\s+(?:ago|back)"), Kind.AGO, _span_in),
    (words(rf"(?P<span>{_COUNTED})"), Kind.SPAN, _span_in),
    # how many
    (words(rf"between\s+[$€£¥]?(?P<low>{ENGLISH})\s+and\s+[$€£¥]?(?P<high>{ENGLISH})"), Kind.RANGE, _range),
    (words(rf"from\s+(?P<low>{ENGLISH})\s+to\s+(?P<high>{ENGLISH})"), Kind.RANGE, _range),
    (rf"(?P<number>{ENGLISH})\s*(?:%|percent\b|per\s+cent\b)", Kind.NUMBER, _percent),
    (words(ENGLISH), Kind.NUMBER, _number),
    (words("once"), Kind.NUMBER, 1),
    (words("twice"), Kind.NUMBER, 2),
    (words("thrice"), Kind.NUMBER, 3),
    (words(r"at\s+least|no\s+(?:fewer|less)\s+than|not\s+(?:fewer|less)\s+than|a\s+minimum\s+of"), Kind.COMPARE, ">="),
    (words(r"at\s+(?:the\s+)?most|no\s+more\s+than|not\s+more\s+than|up\s+to|a\s+maximum\s+of"), Kind.COMPARE, "<="),
    (words(r"more\s+than|over|above|greater\s+than|higher\s+than|exceeding|in\s+excess\s+of|longer\s+than"), Kind.COMPARE, ">"),
    (words(r"less\s+than|fewer\s+than|under|below|lower\s+than"), Kind.COMPARE, "<"),
    (words(r"exactly|precisely|only|just"), Kind.COMPARE, "="),
    (words(r"or\s+(?:more|above|over|higher)|and\s+(?:above|more)|plus"), Kind.COMPARE_BACK, ">="),
    (words(r"or\s+(?:fewer|less|below|lower)"), Kind.COMPARE_BACK, "<="),
    (words(r"times?"), Kind.UNIT, "times"),
    (words(r"units?|packs?|packages?|pieces?|items?|bottles?|bags?|boxes|pcs"), Kind.UNIT, "units"),
    (words(r"dollars?|usd|euros?|eur|pounds?|gbp|yuan|rmb|cny|yen|jpy"), Kind.UNIT, "money"),
    (r"[$€£¥]", Kind.FILLER, None),
    # joining
    (words(r"and|but|yet|also|plus\s+who"), Kind.AND, None),
    (words("or|and/or|nor"), Kind.OR, None),
    (words(r"who|whose|which|that|with|having|have|has|had|from|living|live|lives|located|based"), Kind.BOUND, None),
    (words(r"except(?:\s+for)?|excluding|apart\s+from|other\s+than|but\s+not\s+those"), Kind.EXCEPT, None),
    (words(r"without|lacking"), Kind.NOT, "without"),
    (words(r"not|no|neither|haven't|hasn't|hadn't|don't|doesn't|didn't|aren't|isn't|have\s+not|has\s+not|do\s+not|did\s+not"), Kind.NOT, False),
    (words("never"), Kind.NOT, True),
    # what they did
    (words(r"bought|buy|buys|buying|purchased?|purchases|purchasing"), Kind.VERB, "bought"),
    (words(r"ordered|order|orders|placed\s+(?:an?\s+)?orders?|orders?\s+placed|shopped"), Kind.VERB, "ordered"),
    (words(r"spent|spend|spends|spending|paid"), Kind.VERB, "spent"),
    (words(r"viewed|view|looked\s+at|look\s+at|browsed|saw|visited"), Kind.VERB, "viewed"),
    (words(r"(?:put|added|add|adds)\b(?=.*\b(?:cart|basket)\b)"), Kind.FILLER, None),
    (words(r"(?:put|added|add|adds)\b(?=.*\bwish)"), Kind.FILLER, None),
    (words(r"(?:in|into|to|on|from)\s+(?:their|the|a)?\s*(?:shopping\s+)?(?:cart|basket)s?|carted"), Kind.VERB, "carted"),
    (words(r"(?:in|into|to|on|from)\s+(?:their|the|a)?\s*wish\s*-?\s*lists?|wish\s*-?\s*listed"), Kind.VERB, "wishlisted"),
    (words(r"clicked(?:\s+on)?"), Kind.VERB, "clicked"),
    (words(r"joined|signed\s+up|registered|became\s+members?"), Kind.VERB, "joined"),
    (words(r"new"), Kind.VERB, "new"),
    (words(r"nothing|(?:not\s+|n't\s+)?anything"), Kind.NOTHING, None),
    (words(r"any\s+of\s+(?:it|them)|any|them|it"), Kind.ANY, None),
    # what is known of them
    (words(r"agreed\s+to|agree\s+to|consented\s+to|consent\s+to|consent\s+for|opted\s+in\s+(?:to|for)|accept|accepted|allow|allowed|may\s+(?:still\s+)?be|can\s+(?:still\s+)?be|want|subscribed\s+to|consent"), Kind.CONSENT, None),
    (words(r"(?:marketing\s+)?e-?mail(?:s|ed|\s+marketing)?"), Kind.CHANNEL_OF_CONSENT, "email"),
    (words(r"(?:marketing\s+)?(?:text\s+messages?|sms|texts?|texted)"), Kind.CHANNEL_OF_CONSENT, "sms"),
    (words(r"(?:marketing\s+)?(?:post|letters?|postal\s+mail)"), Kind.CHANNEL_OF_CONSENT, "post"),
    (words(r"e-?mail\s+address(?:es)?"), Kind.FIELD, ("email",)),
    (words(r"(?:tele)?phone\s+numbers?|phone"), Kind.FIELD, ("phone",)),
    (words(r"name"), Kind.FIELD, ("name",)),
    (words(r"last\s+(?:order|purchase)(?:ed|d)?|last\s+(?:ordered|bought)"), Kind.FIELD, ("last_order_at",)),
    (words(r"first\s+(?:order|purchase)"), Kind.FIELD, ("first_order_at",)),
    (words(r"birthdays?|birth\s+days?"), Kind.FIELD, ("birthday",)),
    (words(r"(?:joining|membership|member)?\s*anniversar(?:y|ies)(?:\s+of\s+joining)?"), Kind.FIELD, ("join_anniversary",)),
    (words(r"(?:loyalty\s+)?points?"), Kind.FIELD, ("points",)),
    (words(r"(?:rfm\s+)?recency(?:\s+scores?)?"), Kind.FIELD, ("rfm_recency",)),
    (words(r"(?:rfm\s+)?frequency(?:\s+scores?)?"), Kind.FIELD, ("rfm_frequency",)),
    (words(r"(?:rfm\s+)?(?:monetary|money)(?:\s+(?:value\s+)?scores?)"), Kind.FIELD, ("rfm_monetary",)),
    (words(r"(?:risk\s+of\s+churn(?:ing)?|churn(?:ing)?\s+(?:risk|probability)|probability\s+of\s+churn(?:ing)?)"), Kind.FIELD, ("churn_risk",)),
    (words(r"open\s+(?:fraud\s+)?alerts?|fraud\s+alerts?"), Kind.FIELD, ("open_alerts",)),
    (words(r"(?:probability\s+of\s+fraud|fraud\s+(?:probability|score|risk))"), Kind.FIELD, ("fraud_probability",)),
    (words(r"(?:in|on|through|by|via)\s+(?:the\s+|our\s+)?(?:mobile\s+)?app"), Kind.NAME, ("channel", "app")),
    (words(r"online|(?:in|on|through|via)\s+(?:the\s+|our\s+)?(?:web(?:\s*site)?|web\s*shop)"), Kind.NAME, ("channel", "web")),
    (words(r"(?:by|over\s+the)\s+(?:tele)?phone"), Kind.NAME, ("channel", "phone")),
    (words(r"in\s+(?:a\s+|the\s+|our\s+)?(?:store|shop)s?|offline"), Kind.NAME, ("channel", "store")),
    (words(r"frozen"), Kind.VALUE, ("status", "frozen")),
    (words(r"active"), Kind.VALUE, ("status", "active")),
    # words that add nothing
    (words(
        r"all|the|a|an|our|my|of|in|on|to|for|at|is|are|was|were|be|been|than|their|they|those|these|there|"
        r"everyone|everybody|anyone|anybody|people|persons?|members?|customers?|clients?|buyers?|shoppers?|"
        r"accounts?|users?|tier|tiers|card|cards|tag|tags|tagged|segment|segments|status|country|group|category|"
        r"products?|spent|within|during|both|either|so\s+far|ever|already|still|please|find|show|me|list|give|"
        r"select|get|now|currently|did|do|does|at\s+all|ones?|by|as|belong(?:s|ing)?|received?|receiv(?:e|ing)|"
        r"scores?|open|total|altogether|in\s+total|least|last|any|marketing|into|during"
    ), Kind.FILLER, None),
    (words(r"parents?|families|family|households?|students?|regulars?|loyalists?|fans?|guests?|ladies\s+and\s+gentlemen"), Kind.PERSON, None),
)  # fmt: skip
