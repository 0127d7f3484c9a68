"""Assays and their oligos, as tables list them."""

from dataclasses import dataclass
from pathlib import Path

from swanneck.foundation.errors import InputError
from swanneck.foundation.text_tables import LINE, read_text_table

__all__ = ["ROLES", "Assay", "Oligo", "read_assays"]

ROLES = ("F", "R", "P", "guide", "F3", "B3", "FIP", "BIP", "F2", "F1c", "B2", "B1c", "LF", "LB")
"""What an oligo is for: primers F and R, a probe P, a guide of Cas12a or Cas13a (its spacer as DNA), those of LAMP."""

_WORDS = {
    "FORWARD": "F", "FWD": "F", "LEFT": "F", "FORWARD_PRIMER": "F", "REVERSE": "R", "REV": "R", "RIGHT": "R",
    "REVERSE_PRIMER": "R", "PROBE": "P", "CRRNA": "guide", "SPACER": "guide", "LOOPF": "LF", "LOOPB": "LB",
    "FLP": "LF", "BLP": "LB",
} | {role.upper(): role for role in ROLES}  # fmt: skip
_SEQUENCE = ("sequence_5to3", "sequence", "oligo_sequence", "seq")
_LETTERS = frozenset("ACGTURYSWKMBDHVN")
_SHORTEST, _LONGEST = 8, 128


@dataclass(frozen=True)
class Oligo:
    """One oligo of an assay, written 5' to 3' in upper case with T; IUPAC codes stand for mixtures."""

    name: str
    role: str
    sequence: str


@dataclass(frozen=True)
class Assay:
    """An assay: its name, kind (such as RT-qPCR), the organism and target where told, and its oligos."""

    name: str
    kind: str
    organism: str
    target: str
    oligos: tuple[Oligo, ...]


def read_assays(path: Path) -> list[Assay]:
    """Read a table of oligos: columns `assay`, `oligo`, `role` and `sequence_5to3`; CSV, or tabs or semicolons.

    Further columns `type`, `organism` and `target` are taken where they are there. Rows of one assay belong together.

    Raises `InputError` where the file cannot be read, a column is missing, or a row is no oligo, with its line.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "assays.csv"
    ...     _ = path.write_text("assay,oligo,role,sequence_5to3\\nN2,N2-F,F,TTACAAACATTGGCCGCAAA\\n")
    ...     [(assay.name, assay.oligos[0].role) for assay in read_assays(path)]
    [('N2', 'F')]
    """
    path = Path(path)
    table = read_text_table(path, lambda cells: {"assay", "oligo"} <= {cell.strip().lower() for cell in cells}).table
    columns = {name.strip().lower(): name for name in table.columns if name != LINE}
    sequence = next((columns[name] for name in _SEQUENCE if name in columns), "")
    missing = [name for name in ("assay", "oligo", "role") if name not in columns]
    missing += [] if sequence else ["sequence_5to3"]
    if missing:
        problem = f"the table of assays lacks: {', '.join(missing)}"
        raise InputError(problem, where=str(path), remedy="It has one row per oligo: assay, oligo, role, sequence_5to3")
    rows: dict[str, list[tuple[dict[str, str], Oligo]]] = {}
    for row in table.iter_rows(named=True):
        told = {name: row[column] or "" for name, column in columns.items()}
        where = f"{path}, line {row[LINE]}"
        rows.setdefault(told["assay"], []).append((told, _oligo(told, row[sequence] or "", where)))
    if not rows:
        problem = "the table of assays has no rows"
        raise InputError(problem, where=str(path))
    return [_assay(name, own, path) for name, own in rows.items()]


def _oligo(told: dict[str, str], word: str, where: str) -> Oligo:
    if not told["assay"] or not told["oligo"]:
        problem = "wanted the name of an assay and of an oligo, and got an empty cell"
        raise InputError(problem, where=where)
    role = _WORDS.get(told["role"].upper().replace("-", "_").replace(" ", "_"))
    if role is None:
        problem = f"wanted a role ({', '.join(ROLES)}) and got {told['role']!r}"
        raise InputError(problem, where=where)
    letters = "".join(word.split()).upper().replace("U", "T")
    strange = sorted(set(letters) - _LETTERS)
    if strange or not _SHORTEST <= len(letters) <= _LONGEST:
        found = f"{', '.join(strange)} in {letters[:40]!r}" if strange else f"{len(letters)} letters"
        problem = f"wanted an oligo of {_SHORTEST} to {_LONGEST} nucleotides for {told['oligo']!r} and got {found}"
        raise InputError(problem, where=where)
    return Oligo(told["oligo"], role, letters)


def _assay(name: str, rows: list[tuple[dict[str, str], Oligo]], path: Path) -> Assay:
    oligos = tuple(oligo for _, oligo in rows)
    names = [oligo.name for oligo in oligos]
    double = next((one for one in names if names.count(one) > 1), None)
    if double:
        problem = f"assay {name!r} has two oligos named {double!r}"
        raise InputError(problem, where=str(path))
    first = rows[0][0]
    return Assay(name, first.get("type", ""), first.get("organism", ""), first.get("target", ""), oligos)
