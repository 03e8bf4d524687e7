from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from importing.errors import BadFile
from importing.running import run_import
from membership.models import ImportReport, Order, Product
from tests.importing.import_files import (
    ORDER,
    balanced,
    import_rows,
    order_line,
    rejected_rows,
    stock_shop,
)

pytestmark = pytest.mark.django_db

PRODUCTS = "sku,name,price\n"


def import_products(path: Path, text: str | bytes, **options):
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return run_import(kind="products", path=path, **options)


def bad_file(path: Path, text: str | bytes, **options) -> str:
    with pytest.raises(BadFile) as caught:
        import_products(path, text, **options)
    assert not Product.objects.exists()
    return str(caught.value)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "products.csv"


def test_an_empty_file_is_refused(file: Path):
    assert "is empty" in bad_file(file, "")
    assert "is empty" in bad_file(file, "\n")


def test_a_heading_alone_is_an_import_of_nothing(file: Path):
    report = import_products(file, PRODUCTS)
    assert (report.status, report.read) == (ImportReport.Status.SUCCEEDED, 0)


def test_a_file_of_malformed_rows_alone_is_read(file: Path):
    report = import_products(file, PRODUCTS + "A,x\nB,x\n")
    assert report.rejected_by_reason == {"malformed": 2}


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path):
    with pytest.raises(BadFile, match="No such file"):
        run_import(kind="products", path=tmp_path / "none.csv")
    with pytest.raises(BadFile, match="is a folder"):
        run_import(kind="products", path=tmp_path)


def test_a_missing_column_is_named_with_what_there_is(file: Path):
    message = bad_file(file, "colour,weight,price\nA,x,1\n")
    assert "no column sku" in message
    assert "colour, weight, price" in message
    assert ImportReport.objects.get().error.startswith(message)


def test_columns_are_mapped_by_name_preset_and_hand(file: Path):
    heading = "Variant SKU,Title,Variant Price,Titel\n"
    import_products(file, heading + "A,one,1,eins\n", preset="shopify", mapping={"Titel": "name"})
    assert Product.objects.get().name == "eins"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mapping": {"nothing": "sku"}}, "no column nothing"),
        ({"mapping": {"sku": "flavour"}}, "have no column flavour"),
        ({"preset": "klingon"}, "is unknown"),
        ({"encoding": "klingon"}, "is unknown"),
    ],
)
def test_a_wrong_option_is_explained(file: Path, options, message):
    assert message in bad_file(file, PRODUCTS + "A,x,1\n", **options)


def test_a_wrong_encoding_names_the_byte_and_what_to_do(file: Path):
    text = (PRODUCTS + "A,Café,1\n").encode("cp1252")
    message = bad_file(file, text, encoding="utf-8")
    assert f"byte {text.index(0xE9)} is 0xE9" in message
    import_products(file, text)
    assert Product.objects.get().name == "Café"


def test_the_offset_is_right_beyond_the_first_block(file: Path):
    text = PRODUCTS.encode() + b"A,x,1\n" * 200_000 + "B,Café,1\n".encode("cp1252")
    assert f"byte {text.index(0xE9)} is" in bad_file(file, text, encoding="utf-8")


def test_chinese_text_in_gb18030_is_recognised(file: Path):
    text = (PRODUCTS + "A,研磨咖啡豆,1\n").encode("gb18030")
    assert "is not utf-8 text" in bad_file(file, text, encoding="utf-8")
    import_products(file, text)
    assert Product.objects.get().name == "研磨咖啡豆"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_says_the_encoding(file: Path, encoding: str):
    import_products(file, (PRODUCTS + "A,茶,1\n").encode(encoding))
    assert Product.objects.get().name == "茶"


def test_utf16_without_a_mark_is_recognised(file: Path):
    import_products(file, (PRODUCTS + "A,茶,1\n").encode("utf-16-le"))
    assert Product.objects.get().name == "茶"


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters_are_found(file: Path, delimiter: str):
    import_products(file, f"sku,name,price\nA,x,{1}\n".replace(",", delimiter))
    assert Product.objects.get().sku == "A"


def test_rows_of_another_length_are_rejected_among_good_ones(file: Path):
    report = import_products(file, PRODUCTS + "A,x,1\nB,x\n\nC,x,1,2\nD,x,1\n")
    assert list(Product.objects.order_by("sku").values_list("sku", flat=True)) == ["A", "D"]
    assert report.rejected_by_reason == {"malformed": 2}
    assert [row["row"] for row in rejected_rows(report)] == ["3", "5"]
    assert balanced(report)


def test_an_open_quote_spoils_its_own_row_only(file: Path):
    report = import_products(file, PRODUCTS + 'A,x,1\nB,"open,1\nC,x,1\nD,"a, b",1\nE,x,1\nF,"two ""q""",1\n')
    assert list(Product.objects.order_by("sku").values_list("sku", flat=True)) == ["A", "C", "D", "E", "F"]
    assert Product.objects.get(sku="D").name == "a, b"
    assert [row["row"] for row in rejected_rows(report)] == ["3"]


def test_an_open_quote_in_the_last_row_spoils_that_row_only(file: Path):
    report = import_products(file, PRODUCTS + 'A,x,1\nB,"open,1\nC,x,1\nD,x,1')
    assert (report.created, report.rejected) == (3, 1)


def test_a_line_break_is_a_blank_in_a_text_and_refused_in_a_number(file: Path):
    report = import_products(file, PRODUCTS + 'A,"two\nlines",1\n"B\nC",x,1\n')
    assert Product.objects.get().name == "two lines"
    assert report.rejected_by_reason == {"line_break": 1}


def test_a_huge_field_is_rejected_with_its_row(file: Path):
    report = import_products(file, PRODUCTS + f"A,{'x' * 1_000_000},1\nB,x,1\n")
    assert report.rejected_by_reason == {"too_long": 1}
    assert Product.objects.get().sku == "B"


def test_a_row_without_end_is_refused(file: Path):
    message = bad_file(file, PRODUCTS + 'A,"' + "x" * 40_000_000)
    assert "is a quote left open?" in message


def test_gzip_is_read_and_a_truncated_one_refused(file: Path):
    packed = gzip.compress((PRODUCTS + "A,x,1\n" * 1000).encode())
    assert "truncated gzip" in bad_file(file, packed[:-20])
    assert import_products(file, packed).read == 1000


@pytest.mark.django_db
def test_of_a_repeated_heading_the_first_column_is_read(file: Path):
    file.write_text("sku,sku,price\nA,B,1\n", encoding="utf-8")
    report = run_import(kind="products", path=file)
    assert list(Product.objects.values_list("sku", flat=True)) == ["A"]
    assert report.unused_columns == ["sku (2)"]


def write_orders(path: Path, **columns) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def test_parquet_types_are_read_as_they_are(tmp_path: Path):
    from datetime import UTC, datetime
    from decimal import Decimal

    stock_shop()
    moment = datetime(2026, 3, 2, 12, tzinfo=UTC)
    path = write_orders(
        tmp_path / "orders.parquet",
        order_no=pa.array([1001]),
        member_no=pa.array(["M1"]).dictionary_encode(),
        placed_at=pa.array([moment], pa.timestamp("ns", tz="Asia/Shanghai")),
        sku=pa.array(["milk"]),
        quantity=pa.array([3.0]),
        unit_price=pa.array([Decimal("1.2345")]),
        discount=pa.array([0.1]),
    )
    run_import(kind="orders", path=path)
    order = Order.objects.get()
    assert (order.order_no, order.placed_at, order.total) == ("1001", moment, Decimal("3.60"))


def test_a_truncated_parquet_file_is_refused(tmp_path: Path):
    path = write_orders(
        tmp_path / "orders.parquet", **{name: pa.array([value] * 50) for name, value in ORDER.items()}
    )
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(BadFile, match="no complete Parquet file"):
        run_import(kind="orders", path=path)


def test_a_malformed_line_spoils_the_order_that_it_belongs_to(tmp_path: Path):
    stock_shop()
    heading = ",".join(ORDER)
    good = [
        ",".join(order_line(order_no=number, line_no=line).values())
        for number, line in (("A", "1"), ("B", "1"))
    ]
    text = "\n".join([heading, good[0], "A,2,M1", good[1]])
    path = tmp_path / "orders.csv"
    path.write_text(text)
    report = run_import(kind="orders", path=path)
    assert list(Order.objects.values_list("order_no", flat=True)) == ["B"]
    assert report.rejected_by_reason == {"malformed": 2}


def test_a_column_that_is_no_order_number_is_noticed(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("importing.files.intake.MAX_LINES", 3)
    stock_shop()
    with pytest.raises(BadFile, match="share one order number"):
        import_rows(
            "orders", tmp_path / "orders.csv", [order_line(line_no=n) for n in range(6)], chunk_rows=2
        )
