"""What staff decide on a pair."""

from __future__ import annotations

import pytest

from membership.duplicates.deciding import dismiss, note_merged, note_parted
from membership.errors import Conflict
from membership.merges.merging import merge_members
from membership.merges.undoing import undo_merge
from membership.models import DuplicateCandidate
from tests.factories import MemberFactory
from tests.membership.duplicates.pairs import candidate

pytestmark = pytest.mark.django_db


def test_a_dismissed_pair_says_who_and_when():
    pair = dismiss(candidate=candidate(), who="ann")
    assert (pair.state, pair.decided_by) == ("dismissed", "ann")
    assert pair.decided_at is not None


def test_dismissing_twice_keeps_the_first():
    pair = candidate()
    dismiss(candidate=pair, who="ann")
    assert dismiss(candidate=pair, who="bob").decided_by == "ann"


def test_a_merged_pair_cannot_be_dismissed():
    pair = candidate(state="merged")
    with pytest.raises(Conflict):
        dismiss(candidate=pair, who="ann")
    assert DuplicateCandidate.objects.get().state == "merged"


def test_merging_decides_the_pair_whichever_is_kept():
    pair = candidate()
    note_merged(kept=pair.high, other=pair.low, who="ann")
    assert DuplicateCandidate.objects.get().state == "merged"
    note_parted(kept=pair.high, other=pair.low, who="bob")
    assert DuplicateCandidate.objects.values_list("state", "decided_by").get() == ("dismissed", "bob")


def test_merging_others_makes_no_pair():
    note_merged(kept=MemberFactory(), other=MemberFactory(), who="ann")
    assert not DuplicateCandidate.objects.exists()


def test_a_merge_decides_the_pair_and_its_undo_dismisses_it():
    pair = candidate()
    merge = merge_members(keep=pair.low, other=pair.high, choose={}, who="ann")
    assert DuplicateCandidate.objects.values_list("state", "decided_by").get() == ("merged", "ann")
    undo_merge(merge=merge, who="bob")
    assert DuplicateCandidate.objects.values_list("state", "decided_by").get() == ("dismissed", "bob")
