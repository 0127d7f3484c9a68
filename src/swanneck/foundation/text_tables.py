"""Text tables as people save them: from the bytes of a file to rows of trimmed text.

Comma, semicolon, tab, bar or space between the values; UTF-8 with or without a byte-order mark, UTF-16 or
Latin-1; any line ending; title and comment lines above the header; row names as R writes them.
"""

import csv
import gzip
import io
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from swanneck.foundation.errors import LayoutError

__all__ = ["LINE", "TextTable", "read_text_table"]

LINE = "line of the file"
"""The column that says where each row came from."""

_SEPARATORS = {"\t": "tabs", ";": "semicolons", ",": "commas", "|": "bars", " ": "spaces"}
_LINES_BEFORE_HEADER = 30
_FOREIGN_FILES = {
    b"PK\x03\x04": "an Excel or zip file",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
    b"%PDF": "a PDF",
    b"PAR1": "a Parquet file",
}


@dataclass(frozen=True)
class TextTable:
    """The rows of a text file: every column is trimmed text, null where empty, and `LINE` counts the file's lines."""

    table: pl.DataFrame
    separator: str
    notes: tuple[str, ...] = ()


def read_text_table(path: Path, is_header: Callable[[list[str]], bool]) -> TextTable:
    """Read a delimited text file, plain or gzipped; `is_header(cells)` recognises the line of column names.

    Without a recognised line the first one is the header. Blank lines and lines that start with `#` are
    skipped; short rows are filled with nulls. Two columns of one name are refused.

    Raises `LayoutError` where the file is missing, empty, no text, or its rows do not fit its header.
    """
    text = _decode(path)
    first_lines, declared = _first_lines(text)
    if not first_lines:
        problem = "the file is empty"
        raise LayoutError(problem, where=str(path), remedy="It needs a line of column names and lines of values")
    start, separator = _find_header(first_lines, declared, is_header)
    header, rows, lines = _split(text, start, separator, path)
    count = f"{len(rows)} row{'' if len(rows) == 1 else 's'}"
    notes = [f"{path.name}: {count}, separated by {_SEPARATORS.get(separator, repr(separator))}"]
    if start > first_lines[0][0]:
        notes.append(f"the column names are on line {start}; what stands above was skipped")
    header, rows = _fit_rows(header, rows, lines, path)
    columns = {LINE: pl.Series(lines, dtype=pl.Int64)}
    for position, name in enumerate(_unique_names(header, path)):
        columns[name] = pl.Series([row[position] if position < len(row) else None for row in rows], dtype=pl.String)
    table = pl.DataFrame(columns)
    text_columns = pl.exclude(LINE).str.strip_chars()
    table = table.with_columns(text_columns).with_columns(pl.when(pl.exclude(LINE) != "").then(pl.exclude(LINE)))
    return TextTable(table, separator, tuple(notes))


def _decode(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        problem = f"cannot read the file: {error.strerror or error}"
        raise LayoutError(problem, where=str(path)) from error
    if content.startswith(b"\x1f\x8b"):
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            problem = f"the compressed file is damaged: {error}"
            raise LayoutError(problem, where=str(path), remedy="Unpack it, or get it again") from error
    for start, what in _FOREIGN_FILES.items():
        if content.startswith(start):
            problem = f"a text table is needed, got {what}"
            raise LayoutError(problem, where=str(path), remedy="Save it as CSV (comma- or tab-separated text)")
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        text = content.decode("utf-16", errors="replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("latin-1")
    if re.search(r"[\x00-\x08\x0e-\x1b]", text):
        problem = "a text table is needed, got a binary file"
        raise LayoutError(problem, where=str(path), remedy="Save it as CSV (comma- or tab-separated text)")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _first_lines(text: str) -> tuple[list[tuple[int, str]], str]:
    # Excel writes, and reads, a first line `sep=;` that names the separator.
    lines = [(number, line) for number, line in enumerate(text[:1_000_000].split("\n"), 1) if line.strip()]
    if lines and (match := re.fullmatch(r"\"?sep=(.)\"?\W*", lines[0][1].strip(" \r"), re.IGNORECASE)):
        return lines[1 : _LINES_BEFORE_HEADER + 1], match[1]
    return lines[:_LINES_BEFORE_HEADER], ""


def _find_header(
    lines: list[tuple[int, str]], declared: str, is_header: Callable[[list[str]], bool]
) -> tuple[int, str]:
    # Spaces separate values only where nothing else does: titles are full of them.
    families = [declared] if declared else ["\t;,|", " "]
    for separators in families:
        for number, line in lines:
            found = [separator for separator in separators if is_header(_cells(line, separator))]
            if found:
                return number, max(found, key=lambda separator: len(_cells(line, separator)))
    plain = [(number, line) for number, line in lines if not line.startswith("#")] or lines
    number, line = plain[0]
    return number, declared or max("\t;,|", key=lambda separator: len(_cells(line, separator)))


def _cells(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator, skipinitialspace=separator == " "), [])
    except csv.Error:
        return [line]


def _split(text: str, start: int, separator: str, path: Path) -> tuple[list[str], list[list[str]], list[int]]:
    stream = io.StringIO(text)
    for _ in range(start - 1):
        stream.readline()
    reader = csv.reader(stream, delimiter=separator, skipinitialspace=separator == " ")
    rows, lines, line = [], [], start
    try:
        for row in reader:
            if any(map(str.strip, row)) and not row[0].startswith("#"):
                rows.append(row)
                lines.append(line)
            line = start + reader.line_num
    except csv.Error as error:
        problem = f"line {line} cannot be split into values: {error}"
        raise LayoutError(problem, where=str(path), remedy="Is a quotation mark opened and not closed?") from error
    if text.count('"') % 2:
        _refuse_open_quote(rows, lines, path)
    if not rows:
        return [], [], []
    return [name.strip() for name in rows[0]], rows[1:], lines[1:]


def _refuse_open_quote(rows: list[list[str]], lines: list[int], path: Path) -> None:
    # An opened quotation mark swallows the lines that follow it: wells would vanish without a word.
    for row, line in zip(rows, lines, strict=True):
        if any("\n" in cell for cell in row):
            problem = "a quotation mark is opened and not closed"
            raise LayoutError(problem, where=f"{path}, line {line}", remedy="Close it, or remove it")


def _fit_rows(
    header: list[str], rows: list[list[str]], lines: list[int], path: Path
) -> tuple[list[str], list[list[str]]]:
    width = len(header)
    if rows and all(len(row) == width + 1 for row in rows):
        if all(not row[-1].strip() for row in rows):
            return header, [row[:-1] for row in rows]
        return ["row name", *header], rows
    for row, line in zip(rows, lines, strict=True):
        if len(row) > width and any(map(str.strip, row[width:])):
            problem = f"line {line} has {len(row)} values, the header names {width}"
            remedy = "Put quotation marks around text, and around decimal commas, that contain the separator"
            raise LayoutError(problem, where=str(path), remedy=remedy)
    return header, rows


def _unique_names(header: list[str], path: Path) -> list[str]:
    named = [name or f"column {position}" for position, name in enumerate(header, 1)]
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        problem = f"the header names {', '.join(map(repr, twice))} more than once"
        raise LayoutError(problem, where=str(path), remedy="Give each column a name of its own")
    return [f"{name} (as given)" if name == LINE else name for name in named]
