"""What is told of genomes in a table beside them: group and date."""

import re
from collections.abc import Iterable
from pathlib import Path

from swanneck.foundation.errors import InputError
from swanneck.foundation.text_tables import LINE, read_text_table

__all__ = ["read_metadata"]

_NAMES = ("strain", "name", "seqname", "sequence_name", "taxon", "accession", "genbank_accession", "id", "lineage")
_GROUPS = (
    "clade", "nextstrain_clade", "clade_membership", "clade_nextstrain", "genotype", "serotype", "lineage",
    "pango_lineage", "pangolin_lineage", "subtype", "region", "country",
)  # fmt: skip
_DATES = ("date", "collection_date", "sample_date", "designated")
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


def read_metadata(path: Path, names: Iterable[str], *, group: str | None = None) -> dict[str, tuple[str, str]]:
    """Read group and date of genomes from a text table; give them by the genome's name.

    The column of names is the usual one (strain, name, ...) that has most of `names`; `group` is a column's name, by
    default the first there is of clade, genotype, lineage, ..., country. Dates are ISO 8601, whole or in part; what
    is no date is left out. Genomes that the table does not list are not in what is given.

    Raises `InputError` where the file cannot be read, the column of groups is missing, or no name is found.
    """
    path = Path(path)
    known = {*_NAMES, *_GROUPS, *_DATES}
    table = read_text_table(path, lambda cells: bool(known & {cell.strip().lower() for cell in cells})).table.drop(LINE)
    columns = {name.strip().lower(): name for name in table.columns}
    rows = table.rows(named=True)
    wanted = set(names)
    found = {name: sum(row.get(columns[name]) in wanted for row in rows) for name in _NAMES if name in columns}
    key = max(found, key=found.__getitem__, default="")
    if not key or not found[key]:
        problem = "no genome of the FASTA file is listed in the table"
        raise InputError(problem, where=str(path), remedy=f"Name one of its columns {', '.join(_NAMES[:3])}")
    if group is not None and group.strip().lower() not in columns:
        problem = f"the table has no column {group!r}; it has {', '.join(columns.values())}"
        raise InputError(problem, where=str(path))
    of_group = group.strip().lower() if group else next((one for one in _GROUPS if one in columns and one != key), "")
    of_date = next((one for one in _DATES if one in columns), "")
    return {
        row[columns[key]]: (_told(row, columns.get(of_group)), _date(_told(row, columns.get(of_date)))) for row in rows
    }


def _told(row: dict[str, str | None], column: str | None) -> str:
    text = (row.get(column) or "").strip() if column else ""
    return "" if text in ("?", "-", "NA", "unknown") else text


def _date(text: str) -> str:
    found = _DATE.match(text)
    return found[0] if found else ""
