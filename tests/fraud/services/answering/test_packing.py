from __future__ import annotations

import json
from dataclasses import fields

import numpy as np
import pytest

from fraud.ml.orders.sequences import build_sequences
from fraud.services.answering.packing import packed, unpacked
from tests.fraud.toys import some_orders


def test_what_a_model_saw_survives_json_bit_for_bit():
    sequences = build_sequences(some_orders(), time_zone="UTC", rows=np.array([7, 200])).compacted()
    again = unpacked(json.loads(json.dumps(packed(sequences))))

    for field in fields(sequences):
        ours, theirs = getattr(sequences, field.name), getattr(again, field.name)
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)


def test_only_steps_that_are_shown_are_kept():
    one = build_sequences(some_orders(), time_zone="UTC", rows=np.array([7]))

    assert packed(one)["steps"]["shape"][0] == int(one.mask.sum())


def test_what_an_older_program_stored_is_refused_by_its_names():
    stored = packed(build_sequences(some_orders(n_orders=2), time_zone="UTC", rows=np.array([0])))

    with pytest.raises(TypeError, match="weather"):
        unpacked({**stored, "weather": stored["steps"]})
    with pytest.raises(TypeError, match="missing"):
        unpacked({name: value for name, value in stored.items() if name != "labels"})
