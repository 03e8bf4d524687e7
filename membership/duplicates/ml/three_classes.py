"""The chance that two members are one person: Fellegi and Sunter's model with a third class for households.

    Fellegi, Sunter: A theory for record linkage. Journal of the American Statistical Association 64 (1969).
    Winkler: Frequency-based matching in Fellegi-Sunter model of record linkage. US Census Bureau (2000).

Two members are the *same person*, of one *household*, or *strangers*. Each comparison (names, e-mails, …)
has a probability in each class; comparisons count as independent within a class; the posterior is their
product times the prior. What a household shares (family name, address, device, phone) therefore says little
for the same person. What strangers have in common by chance is counted in the shop itself: two 王伟 are
nothing, two members with a name that nobody else has are much (``frequencies``).

The probabilities of the first two classes are set, not learned: a shop has no labelled duplicates. They were
chosen on generated members with one seed and judged on others (``benchmarks/members/duplicates.py``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

DUPLICATES_A_MEMBER = 0.03
HOUSEHOLD_A_MEMBER = 1.0
"""How many others there are on average, of the same person and of the household."""

# level: (same person, household)
NAMES = {
    "same_name": (0.55, 0.002), "same_characters": (0.55, 0.0001), "swapped_name": (0.07, 0.0002),
    "other_script": (0.10, 0.0001), "similar_name": (0.12, 0.001), "nickname": (0.03, 0.001),
    "initial": (0.03, 0.0008), "part_of_name": (0.03, 0.0015), "homophone": (0.03, 0.0005),
    "given_name_only": (0.02, 0.002), "family_name_only": (0.01, 0.70), "other_name": (0.01, 0.2918),
}  # fmt: skip
BIRTH_DATES = {
    "same_birth_date": (0.92, 0.010), "near_birth_date": (0.06, 0.004), "other_birth_date": (0.02, 0.986),
}  # fmt: skip
EMAILS = {
    "same_mailbox": (0.18, 0.002), "domain_typo": (0.05, 0.0005), "email_typo": (0.07, 0.003),
    "email_number": (0.02, 0.003), "same_local": (0.14, 0.002), "other_email": (0.54, 0.9895),
}  # fmt: skip
PHONES = {"same_phone": (0.15, 0.002), "near_phone": (0.10, 0.004), "other_phone": (0.75, 0.994)}
ADDRESSES = {"same_address": (0.75, 0.9), "other_address": (0.25, 0.1)}
DEVICES = {"same_device": (0.5, 0.25), "other_device": (0.5, 0.75)}
PAYMENTS = {"same_payment": (0.5, 0.2), "other_payment": (0.5, 0.8)}
LEVELS = {**NAMES, **BIRTH_DATES, **EMAILS, **PHONES, **ADDRESSES, **DEVICES, **PAYMENTS}
"""Every level that a comparison can come to."""
LOGS = {level: (math.log(same), math.log(household)) for level, (same, household) in LEVELS.items()}


class Comparison(NamedTuple):
    """One thing compared: its ``level``, and how likely that is among strangers (0 to 1)."""

    level: str
    chance: float


@dataclass(frozen=True, slots=True)
class Reason:
    """What one comparison says. ``weight`` in bits: 3 makes the same person eight times as likely."""

    level: str
    weight: float


def probability(comparisons: list[Comparison], *, n_members: int) -> float:
    """That the two are one person, 0 to 1. ``n_members``: how many the shop has."""
    same, household, strangers = _logs(comparisons, n_members=n_members)
    top = max(same, household, strangers)
    sizes = math.exp(same - top), math.exp(household - top), math.exp(strangers - top)
    return sizes[0] / sum(sizes)


def reasons(comparisons: list[Comparison], *, n_members: int) -> list[Reason]:
    """What each comparison says for (above 0) or against, the heaviest first."""
    _same, household, strangers = _logs(comparisons, n_members=n_members)
    share = 1 / (1 + math.exp(min(strangers - household, 700)))  # of households, among what else they may be
    found = []
    for one in comparisons:
        same, of_household = LEVELS[one.level]
        other = share * of_household + (1 - share) * one.chance
        found.append(Reason(one.level, round(math.log2(same / other), 1)))
    return sorted(found, key=lambda reason: (-abs(reason.weight), reason.level))


def _logs(comparisons: list[Comparison], *, n_members: int) -> tuple[float, float, float]:
    same = math.log(2 * DUPLICATES_A_MEMBER / n_members)
    household = math.log(2 * HOUSEHOLD_A_MEMBER / n_members)
    strangers = 0.0
    for one in comparisons:
        in_same, in_household = LOGS[one.level]
        same += in_same
        household += in_household
        strangers += math.log(one.chance)
    return same, household, strangers
