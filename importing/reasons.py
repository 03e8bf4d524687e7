"""What the codes of rejections, gaps filled and flags say to people."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

REASONS = {
    "missing": gettext_lazy("is empty; it is required"),
    "nul": gettext_lazy("holds a NUL byte: the file is damaged"),
    "line_break": gettext_lazy("holds a line break: is a quote left open?"),
    "not_text": gettext_lazy("is binary data, not text"),
    "too_long": gettext_lazy("is too long"),
    "not_an_email": gettext_lazy("is not an e-mail address; an example is name@example.com"),
    "not_a_phone": gettext_lazy("is not a phone number; an example is +14155550123"),
    "not_a_country": gettext_lazy("is not a country; examples are the code DE and the name Germany"),
    "not_a_currency": gettext_lazy("is not a currency; it must be an ISO 4217 code such as EUR"),
    "not_a_language": gettext_lazy("is not a language; it must be a code such as en"),
    "not_a_choice": gettext_lazy("is not one of the words known for this column"),
    "not_a_boolean": gettext_lazy("is neither yes nor no; it must be true or false"),
    "not_an_ip": gettext_lazy("is not an IP address"),
    "not_a_number": gettext_lazy("is not a number; an example is 12.50"),
    "not_whole": gettext_lazy("is not a whole number"),
    "negative": gettext_lazy("is negative"),
    "too_small": gettext_lazy("is too small; it must be at least 1"),
    "too_large": gettext_lazy("is larger than can be stored"),
    "too_precise": gettext_lazy("has more decimals than can be stored"),
    "finer_than_currency": gettext_lazy("has more decimals than its currency"),
    "not_a_time": gettext_lazy("is not a valid date and time; an example is 2026-03-02T12:00:00+08:00"),
    "future": gettext_lazy("is in the future"),
    "too_early": gettext_lazy("is before 1900"),
    "malformed": gettext_lazy("the row has another number of fields than the heading, or an open quote"),
    "unknown_member": gettext_lazy("is not a member of this shop; import the members first"),
    "erased_member": gettext_lazy("belongs to a member whose data were erased"),
    "unknown_sku": gettext_lazy("is not a product of this shop; import the products first"),
    "unknown_order": gettext_lazy("is not an order of this shop; import the orders first"),
    "lines_disagree": gettext_lazy("differs between the lines of one order"),
    "line_twice": gettext_lazy("is used twice in one order, with different content"),
    "discount_above_line": gettext_lazy("is larger than quantity times unit price"),
    "other_content": gettext_lazy(
        "is stored already with other content (only the status may change; the lines of an order must "
        "follow each other in the file)"
    ),
    "not_a_share": gettext_lazy("is not a share of 0.01 to 1; examples are 0.4 and 40%"),
    "too_far_ahead": gettext_lazy("is more than three years ahead"),
    "ends_before_start": gettext_lazy("is before the first day"),
    "too_many_days": gettext_lazy("makes a promotion of more than a year"),
    "before_order": gettext_lazy("is earlier than the order itself"),
    "label_conflict": gettext_lazy("contradicts a label with the same time"),
    "belongs_to_other": gettext_lazy("belongs to another member"),
    "same_person": gettext_lazy("belongs to a member already stored under another number"),
    "quantity_fraction": gettext_lazy("no whole number of units: kept in thousandths, as sold by weight"),
    "weight_not_units": gettext_lazy("a weight or volume, not units"),
    "quantity_implausible": gettext_lazy("quantity too large to be units"),
    "scientific": gettext_lazy("has lost its digits, as 8.1E+12 has; export the column as text"),
    "placeholder_contact": gettext_lazy("is a placeholder, not a contact; it was left out"),
    "shared_contact": gettext_lazy("is given by several people, so it identifies nobody, and was left out"),
    "possible_duplicate": gettext_lazy("may be a member stored under another spelling of the address"),
    "extension_dropped": gettext_lazy("the extension was left out"),
    "first_of_several": gettext_lazy("holds several; the first was taken"),
    "stock_negative": gettext_lazy("is negative; taken as 0"),
    "stock_fraction": gettext_lazy("is not whole; rounded down"),
    "not_options": gettext_lazy("does not say what makes a variant; an example is Size: M; Colour: Red"),
    "options_taken": gettext_lazy("another product of the group has them: kept without"),
    "not_sold": gettext_lazy("only groups its variants; it is no product to sell"),
    "anonymous": gettext_lazy("no buyer is named; kept under the walk-in member"),
    "zeros_lost": gettext_lazy("has lost its leading zeros; the member was found all the same"),
    "product_created": gettext_lazy("product not known before; made from the order"),
    "without_lines": gettext_lazy(
        "orders without lines: kept as one line of an unnamed product, until a file with the lines comes"
    ),
    "before_nul": gettext_lazy("holds a NUL byte; what stands after it was taken"),
    "date_order_of_country": gettext_lazy(
        "no day tells the order of day and month: read as in the shop's country; the import can be told "
        "another"
    ),
    "older_label": gettext_lazy("older than the label that is stored"),
    "gift_without_line": gettext_lazy(
        "a gift that no order line of the member is known for: nothing was marked"
    ),
}
LEFT_EMPTY = "_left_empty"


KNOWN_WORDS = {
    "status": "pending, paid, shipped, completed, cancelled, refunded, held, declined",
    "type": "view, cart, cart_remove, search, wishlist, favourite, not_interested, gift, impression, click",
    "source": "chargeback, review, confirmed, import",
}
"""Our own words of a column, for the reason that a value is none of them."""


def explain(code: str, *, row: int | None = None, detail: str = "", field: str = "") -> str:
    """The sentence for a rejects file: what is wrong with the value, and in which row it was found."""
    text = str(REASONS.get(code, code))
    if code == "not_a_choice" and field in KNOWN_WORDS:
        text = _("%(text)s: %(words)s, and synonyms; the import can be told what others mean") % {
            "text": text,
            "words": KNOWN_WORDS[field],
        }
    if detail:
        text = f"{text}: {detail}"
    if row is not None:
        text = _("%(text)s (row %(row)d of this order)") % {"text": text, "row": row}
    return text


def label_of(code: str) -> str:
    """A code as it is counted in an ImportReport, for people."""
    if code.endswith(LEFT_EMPTY):
        return _("%(field)s unusable, left empty") % {"field": code.removesuffix(LEFT_EMPTY)}
    return str(REASONS.get(code, code))
