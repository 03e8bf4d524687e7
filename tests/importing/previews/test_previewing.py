from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from pytest_django.fixtures import Settings

from importing.previews import cells
from importing.previews.previewing import Preview, fields_of_kind, preview
from importing.running import Options, run_import
from importing.uploads import heads
from importing.uploads.opening import read_headings
from importing.uploads.reading_options import ReadingOptions
from importing.uploads.recognising import Candidate, group_files
from membership.models import Member, Order, Product
from tests.importing.upload_files import SHOPIFY_ORDERS
from tests.importing.writers.formats import FORMATS
from tests.importing.writers.shop import Sale, shops
from tests.importing.writers.test_random_shops import emptied
from tests.importing.writers.test_random_shops import written as write_rows

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 30, tzinfo=UTC)
SYSTEMS = Path(__file__).parent.parent / "systems"


def look(path: Path, *others: Path, **options: object) -> Preview:
    return preview(paths=[path, *others], options=ReadingOptions(**options), now=timezone.now())  # type: ignore[arg-type]  # options of several types


def written(folder: Path, text: str, name: str = "a.csv") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def read_of(result: Preview, name: str) -> list[str]:
    return [row.cells[name].read for row in result.rows if name in row.cells]


# --- equals what the import then stores --------------------------------------------------------------------


def order_totals(result: Preview) -> dict[str, tuple[str, str]]:
    return {
        row.cells["order_no"].read: (row.cells["order.total"].read, row.cells["order.status"].read)
        for row in result.rows
        if "order.total" in row.cells
    }


def stored_totals() -> dict[str, tuple[str, str]]:
    return {
        order.order_no: (f"{order.total:.2f} {order.currency}", str(order.get_status_display()))
        for order in Order.objects.all()
    }


@pytest.mark.parametrize("system", ["amazon", "bigcommerce", "etsy", "jd", "magento", "square", "youzan"])
def test_orders_of_each_system_are_previewed_as_they_are_stored(system: str) -> None:
    path = SYSTEMS / f"{system}.csv"
    result = look(path)
    assert not Order.objects.exists()
    report = run_import(kind="orders", path=path)
    assert order_totals(result) == stored_totals() != {}
    assert sum(row.outcome == "rejected" for row in result.rows) == report.rejected


@pytest.mark.parametrize("name", FORMATS)
@examples(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.generate],
)
@given(shop=shops())
def test_a_random_shop_is_previewed_as_it_is_stored(name: str, shop: list[Sale], settings: Settings) -> None:
    settings.SHOP_CURRENCY, settings.SHOP_COUNTRY, settings.TIME_ZONE = "USD", "US", "UTC"
    form = FORMATS[name]
    shop = form.known(shop)
    words = {"paid": "", **form.words}
    emptied()
    with tempfile.TemporaryDirectory() as folder:
        files = [write_rows(form.rows(shop, words), Path(folder) / "export.csv", form)]
        if form.others:
            files.append(write_rows(form.others(shop, words), Path(folder) / "others.csv", form))
        candidates = [Candidate(str(path), tuple(read_headings(path))) for path in files]
        (group,) = group_files(candidates)  # parts of one export are put together
        result = look(*map(Path, group), unknown="create")
        assert (result.kind, result.problem) == ("orders", "")
        assert not Order.objects.exists()
        first, *joins = files
        run_import(kind="orders", path=first, options=Options(unknown="create", joins=joins))
        seen, stored = order_totals(result), stored_totals()
        assert seen == {number: stored[number] for number in seen} != {}
        assert seen.keys() == stored.keys() or len(result.rows) >= cells.PREVIEW_ROWS


def test_members_are_previewed_as_they_are_stored(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "Customer ID,First Name,Last Name,Email,Phone,Default Address Country Code,Accepts Email Marketing\n"
        "'71,Ana,Lima,Ana@Example.com,(415) 555-0132,US,yes\n"
        "'72,王,小红,,'+8613800138001,CN,no\n",
    )
    result = look(path)
    run_import(kind="members", path=path)
    stored = Member.objects.order_by("member_no").values_list(
        "member_no", "name", "email", "phone", "country"
    )
    for row, values in zip(result.rows, stored, strict=True):
        shown = [row.cells[name].read for name in ("member_no", "name", "email", "phone", "country")]
        assert shown == [value or "" for value in values]


def test_products_are_previewed_as_they_are_stored(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "Handle,Title,Vendor,Option1 Value,Variant SKU,Variant Price,Variant Inventory Qty,Status\n"
        "tee,Tee,Loom,S,TEE-S,20,4,active\n"
        "tee,,,M,,20.5,-1,\n"
        "tee,,,,,,,\n",
    )
    result = look(path)
    run_import(kind="products", path=path)
    stored = {
        sku: (name, Decimal(price), stock)
        for sku, name, price, stock in Product.objects.values_list("sku", "name", "price", "stock")
    }
    taken = [row.cells for row in result.rows if row.outcome == "taken"]
    assert stored == {
        one["sku"].read: (one["name"].read, Decimal(one["price"].read), int(one["stock"].read))
        for one in taken
    }
    assert [row.outcome for row in result.rows] == ["taken", "taken", "left_out"]
    assert result.rows[2].reasons == ["a further picture"]


# --- what is said of the file ------------------------------------------------------------------------------


def test_a_cell_says_what_was_written_and_what_is_read(tmp_path: Path) -> None:
    result = look(written(tmp_path, SHOPIFY_ORDERS))
    first, rejected = result.rows[0], result.rows[3]
    assert (first.cells["email"].written, first.cells["email"].read) == ("Ana@Example.com", "ana@example.com")
    assert rejected.outcome == "rejected"
    assert rejected.reasons[0].startswith("Ordered at is not a valid date and time")
    assert result.rows[2].cells["order.status"].read == "Cancelled"


def test_rows_are_numbered_as_a_spreadsheet_numbers_them(tmp_path: Path) -> None:
    result = look(written(tmp_path, "Members of the club\n\nmember_no,email\nM1,a@example.com\n"))
    assert [row.number for row in result.rows] == [4]


def test_a_malformed_row_stands_in_its_place(tmp_path: Path) -> None:
    result = look(written(tmp_path, "member_no,email\nM1,a@example.com\nM2\nM3,c@example.com\n"))
    assert [(row.number, row.outcome) for row in result.rows] == [(2, "taken"), (3, "rejected"), (4, "taken")]


def test_examples_are_three_different_values(tmp_path: Path) -> None:
    result = look(written(tmp_path, "member_no,note\n" + "".join(f"M{n},n{n // 2}\n" for n in range(9))))
    assert result.columns[1].examples == ["n0", "n1", "n2"]
    assert result.columns[1].fields == []


def test_unclear_days_are_said(tmp_path: Path) -> None:
    path = written(tmp_path, "member_no,joined_at\nM1,03/04/2026\n")
    assert look(path).unclear_days
    chosen = look(path, date_order="dmy")
    assert not chosen.unclear_days
    assert read_of(chosen, "joined_at") == ["2026-04-03 00:00"]


def test_unknown_words_come_first(tmp_path: Path) -> None:
    text = "member_no,status\nM1,active\nM2,active\nM3,asleep\n"
    words = look(written(tmp_path, text)).words[0]
    assert [(word.theirs, word.ours, word.count) for word in words.words] == [
        ("asleep", "", 1), ("active", "active", 2),
    ]  # fmt: skip
    assert [name for name, _label in words.choices] == ["active", "frozen"]


def test_headings_that_fit_nothing_ask_for_the_kind(tmp_path: Path) -> None:
    result = look(written(tmp_path, "wind,rain\n1,2\n"))
    assert result.problem == "The headings fit no kind of file that can be imported; choose the kind."


def test_the_head_of_a_rejects_file_is_no_column(tmp_path: Path) -> None:
    path = written(tmp_path, "row,outcome,field,reason,member_no,name\n2,rejected,name,bad,M1,'=1+1\n")
    assert read_headings(path) == ["member_no", "name"]
    result = look(path)
    assert [column.heading for column in result.columns] == ["member_no", "name"]
    assert result.columns[1].examples == ["=1+1"]


def test_every_column_of_every_kind_has_a_label() -> None:
    from importing.previews.labels import LABELS
    from importing.registry import import_kinds

    for kind in import_kinds():
        assert set(fields_of_kind(kind.name, now=NOW)) <= set(LABELS), kind.name


# --- reads little -------------------------------------------------------------------------------------------


def bytes_read() -> int:
    text = Path("/proc/self/io").read_text(encoding="ascii")
    return int(text.split("rchar: ")[1].split()[0])


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="Linux counts what a process reads")
def test_a_preview_reads_no_more_than_the_head(tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    line = b"M%09d,somebody@example.com,Somebody with a long name\n"
    with path.open("wb") as file:
        file.write(b"member_no,email,name\n")
        for block in range(60):
            file.write(b"".join(line % (block * 20_000 + number) for number in range(20_000)))
    assert path.stat().st_size > 60 << 20
    look(written(tmp_path, SHOPIFY_ORDERS))  # what is imported on the way is read before
    before = bytes_read()
    result = look(path)
    passes = 12  # over the head: encoding, heading, examples, rows
    assert bytes_read() - before < passes * (heads.HEAD_BYTES + heads.SAMPLES * heads.SAMPLE_BYTES)
    assert not result.is_whole
    assert len(result.rows) == cells.PREVIEW_ROWS


def test_words_from_further_down_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "HEAD_BYTES", 2_000)
    monkeypatch.setattr(heads, "SAMPLE_BYTES", 1_000)
    lines: Iterable[str] = (f"M{n},{'active' if n < 500 else 'asleep'}\n" for n in range(1_000))
    result = look(written(tmp_path, "member_no,status\n" + "".join(lines)))
    assert [word.theirs for word in result.words[0].words] == ["asleep", "active"]


def test_a_file_of_ten_thousand_columns_is_shown_within_seconds(tmp_path: Path) -> None:
    names = ["order_no", "member_no", "placed_at", "sku", "quantity", "unit_price"]
    head = [*names, *(f"Extra column {n}" for n in range(10_000 - len(names)))]
    row = ["1", "M1", "2026-05-01 10:00", "A", "1", "2.00", *("x" for _one in head[len(names) :])]
    path = written(tmp_path, "\n".join(",".join(cells) for cells in [head, *[row] * 20]) + "\n")
    began = time.process_time()
    result = look(path)
    assert time.process_time() - began < 15  # 2 s; it was more than a minute
    assert (result.kind, len(result.columns), len(result.rows)) == ("orders", 10_000, 20)
