"""Why two members may be one person, as sentences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from learning.json_types import JsonMapping

SENTENCES = {
    "same_name": _("The names are the same."),
    "same_characters": _("The names are the same."),
    "swapped_name": _("The names are the same in another order."),
    "other_script": _("One name is the other one in Latin letters."),
    "similar_name": _("The names are spelled almost the same."),
    "nickname": _("One name has a short form of the other."),
    "initial": _("One name has an initial where the other has the whole word."),
    "part_of_name": _("One name is a part of the other."),
    "homophone": _("The names sound the same but have other characters."),
    "given_name_only": _("Only the given names are the same."),
    "family_name_only": _("Only the family names are the same."),
    "other_name": _("The names differ."),
    "same_birth_date": _("The birth dates are the same."),
    "near_birth_date": _("The birth dates differ by one digit, or day and month are exchanged."),
    "other_birth_date": _("The birth dates differ."),
    "same_mailbox": _("Both e-mail addresses reach one mailbox."),
    "domain_typo": _("The e-mail addresses differ by a misspelled domain."),
    "email_typo": _("The e-mail addresses differ by a letter or two."),
    "email_number": _("The e-mail addresses differ by a number only."),
    "same_local": _("The e-mail addresses are the same but for the domain."),
    "other_email": _("The e-mail addresses differ."),
    "same_phone": _("The phone numbers are the same but for the country code."),
    "near_phone": _("The phone numbers differ by one digit."),
    "other_phone": _("The phone numbers differ."),
    "same_address": _("Both had orders sent to one address."),
    "other_address": _("Their orders went to different addresses."),
    "same_device": _("Both ordered from one device."),
    "other_device": _("They ordered from different devices."),
    "same_payment": _("Both paid with one card or account."),
    "other_payment": _("They paid with different cards or accounts."),
}
"""Every level of ``ml.three_classes.LEVELS``."""
NO_WORD = 0.5
"""A reason of fewer bits than this says nothing, and is not shown."""


@dataclass(frozen=True)
class Said:
    """One reason in the reader's words; ``speaks_for``: that they are one person."""

    code: str
    text: str
    weight: float

    @property
    def speaks_for(self) -> bool:
        return self.weight > 0


def said(reasons: Iterable[JsonMapping]) -> list[Said]:
    """The stored reasons of a pair, the heaviest first, without those that say nothing."""
    return [
        Said(one["code"], str(SENTENCES[one["code"]]), one["weight"])
        for one in reasons
        if one["code"] in SENTENCES and abs(one["weight"]) >= NO_WORD
    ]
