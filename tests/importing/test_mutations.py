"""Damaged files: each is read, or refused in one line; no order is ever stored in part."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from django.db.models import Count, F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from importing.errors import BadFile
from importing.running import run_import
from membership.models import Member, Order, OrderItem, Product
from tests.importing.import_files import balanced

SAMPLES = sorted((Path(__file__).parent / "systems").glob("*.csv"))
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030")
BYTES = st.sampled_from(
    [b"\x00", b'"', b"\n", b"\r", b",", b";", b"\t", b"\xff", b"\xfc", b"'", b"=", b"-", b"9", b""]
)


@st.composite
def damaged_files(draw: st.DrawFn) -> bytes:
    """A sample in some encoding, with bytes replaced, taken out and put in."""
    text = draw(st.sampled_from(SAMPLES)).read_text(encoding="utf-8")
    if draw(st.booleans()):
        text = text.replace(",", draw(st.sampled_from(";\t|,")))
    data = bytearray(text.encode(draw(st.sampled_from(ENCODINGS)), errors="replace"))
    for _change in range(draw(st.integers(0, 12))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        data[at : at + draw(st.integers(0, 3))] = draw(BYTES)
    return bytes(data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data)


class TestDamagedFiles(TestCase):
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(data=damaged_files(), kind=st.sampled_from(["orders", "orders", "members", "products", "events"]))
    def test_a_damaged_file_is_read_or_refused(self, data: bytes, kind: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "export.csv"
            path.write_bytes(data)
            with suppress(BadFile):
                assert balanced(run_import(kind=kind, path=path))
        whole = Order.objects.annotate(lines=Count("items")).exclude(lines=F("item_count"))
        assert not whole.exists()
        for model in (OrderItem, Order, Product, Member):
            model.objects.all().delete()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "data", [b"", b"\x00", b"PK\x03\x04broken", b"\x1f\x8bbroken", b"PAR1", b"{", b"[1]", b"\xff\xfe"]
)
def test_the_beginning_of_a_format_alone_is_refused_in_one_line(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "export"
    path.write_bytes(data)
    with pytest.raises(BadFile) as caught:
        run_import(kind="orders", path=path)
    assert "\n" not in str(caught.value)
