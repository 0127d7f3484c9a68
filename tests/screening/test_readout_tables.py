"""Tables of readouts in anybody's style: numbers are read, what is no number is missing and told."""

from pathlib import Path

import polars as pl
import pytest

from swanneck.foundation.errors import InputError
from swanneck.screening.readout_tables import read_readouts

TABLE = "well,signal,cells\nA01,0.5,100\nA02,0.25,90\n"


@pytest.fixture
def read(tmp_path: Path):
    def write_and_read(content, name="values.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_readouts(path)

    return write_and_read


def rows(read_table) -> list[tuple]:
    return read_table.table.rows()


@pytest.mark.parametrize(
    "content",
    [
        TABLE,
        TABLE.replace(",", "\t"),
        TABLE.replace(",", ";"),
        TABLE.replace(",", ";").replace(".", ","),
        "\ufeff" + TABLE,
        TABLE.encode("utf-16"),
        TABLE.replace("\n", "\r\n"),
        TABLE.replace("well", "Well").replace("A01", "a1").replace("A02", "r01c02"),
        "Plate reader 3000\n\n" + TABLE,
        "row,column,signal,cells\nA,1,0.5,100\nA,2,0.25,90\n",
    ],
)
def test_usual_styles_give_the_same_table(read, content) -> None:
    assert rows(read(content)) == [("plate 1", "A01", 0.5, 100), ("plate 1", "A02", 0.25, 90)]


def test_parquet_is_read_alike(read, tmp_path) -> None:
    path = tmp_path / "values [1].parquet"
    pl.DataFrame({"well": ["a1", "A02"], "signal": [1, 2], "note": ["x", "y"], "n_fields": [4, 4]}).write_parquet(path)
    assert rows(read_readouts(path)) == [("plate 1", "A01", 1.0), ("plate 1", "A02", 2.0)]


def test_columns_of_a_plate_map_are_no_readouts(read) -> None:
    table = read("plate,well,compound,conc (uM),role,replicate,signal\nP1,A01,drug,1.5,sample,1,0.5\n")
    assert (table.names, rows(table)) == (["signal"], [("P1", "A01", 0.5)])


@pytest.mark.parametrize("nothing", ["", "NA", "nan", "-", "n/a"])
def test_nothing_is_missing_without_a_word(read, nothing) -> None:
    table = read(TABLE.replace("0.25", nothing))
    assert table.table["signal"].to_list() == [0.5, None]
    assert not any("no numbers" in line for line in table.understood)


@pytest.mark.parametrize("strange", ["n.d.", "<0.1", "overflow", "inf", "1e999"])
def test_what_is_no_number_is_missing_and_told(read, strange) -> None:
    table = read(TABLE.replace("0.25", strange))
    assert table.table["signal"].to_list() == [0.5, None]
    assert f"column 'signal': 1 values are no numbers and count as missing: {strange!r}" in table.understood


def test_a_column_of_words_is_no_readout(read) -> None:
    assert read("well,comment,signal\nA01,good,1\nA02,3 bubbles,2\nA03,7,3\n").names == ["signal"]


def test_a_line_of_means_below_the_table_is_left_out_and_told(read) -> None:
    table = read(TABLE + "Mean,0.375,95\n")
    assert table.table.height == 2
    assert any("1 rows without a well are left out (line 4)" in line for line in table.understood)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"), (b"\x00\x01\x02\x03", "binary"), ("signal\n1\n", "no column of wells"),
        ("well,note\nA01,x\n", "no column of numbers"), (TABLE + "A1,1,1\n", "well A01 of plate 1 has 2 rows"),
        (b"PK\x03\x04 zip", "Excel"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_so_with_the_file(read, content, words) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read(content)
    assert "values.csv" in str(caught.value)


@pytest.mark.parametrize("content", [b"PAR1", b"no parquet"])
def test_a_damaged_parquet_file_says_so(read, content) -> None:
    with pytest.raises(InputError, match="cannot be read") as caught:
        read(content, "values.parquet")
    assert "\n" not in str(caught.value)
