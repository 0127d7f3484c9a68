"""The library: one row per compound as its supplier gives it, in standard form, with what is wrong about it.

Text in `structure` columns may be SMILES, SMILES with ChemAxon's extension, or several of them with commas between.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from rdkit import Chem, rdBase

from swanneck.chemistry.alerts import AlertScreen
from swanneck.chemistry.molecules import Standardiser, inchi_key, read_structure, split_structures
from swanneck.chemistry.properties import describe_molecule, murcko_scaffold
from swanneck.foundation.errors import InputError

__all__ = ["Library", "build_library", "describe_library", "find_alerts", "read_sdf"]


@dataclass(frozen=True)
class Library:
    """The compounds in standard form, and what was found wrong or doubtful, a row each.

    `table` has `compound`, `smiles`, `inchi_key`, `tautomer_key`, `removed_fragments`, `status` and `reason` beside the
    columns that came. `findings` has `kind` (unreadable, several_structures, duplicate, same_tautomer,
    stereo_conflict, name_twice, inchi_key_differs), `compounds` and `message`.
    """

    table: pl.DataFrame
    findings: pl.DataFrame

    def molecules(self) -> list[Chem.Mol | None]:
        """Give the molecules in the table's order; None where a structure could not be read."""
        return [None if text is None else Chem.MolFromSmiles(text) for text in self.table["smiles"]]


def read_sdf(path: Path) -> pl.DataFrame:
    """Read an SD file: `compound` (the title line, or its number), `structure` (SMILES), and its data fields as text.

    A record that cannot be read has a null structure. Raises `InputError` where the file is missing or has no record.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        problem = f"cannot read the SD file: {error.strerror or error}"
        raise InputError(problem, where=str(path)) from error
    rows: list[dict[str, str | None]] = []
    with rdBase.BlockLogs():
        for number, molecule in enumerate(Chem.ForwardSDMolSupplier(io.BytesIO(content)), 1):
            title = molecule.GetProp("_Name").strip() if molecule is not None and molecule.HasProp("_Name") else ""
            row: dict[str, str | None] = {"compound": title or f"record {number}"}
            row["structure"] = None if molecule is None else Chem.MolToSmiles(molecule)
            fields = {} if molecule is None else molecule.GetPropsAsDict()
            rows.append(row | {str(key): str(value) for key, value in fields.items() if str(key) not in row})
    if not rows:
        problem = "the SD file has no record"
        raise InputError(problem, where=str(path), remedy="Records end with a line of four dollar signs")
    return pl.DataFrame(rows, infer_schema_length=None)


def build_library(
    table: pl.DataFrame,
    *,
    compound: str = "compound",
    structure: str = "structure",
    progress: Callable[[int, int], None] | None = None,
) -> Library:
    """Bring a table of compounds into standard form and list its faults; a row that cannot be read stays, with why.

    >>> made = build_library(pl.DataFrame({"compound": ["a", "b", "c"], "structure": ["OCC", "CCO.Cl", "nonsense"]}))
    >>> made.table["smiles"].to_list(), made.findings["kind"].to_list()
    (['CCO', 'CCO', None], ['unreadable', 'duplicate'])
    """
    missing = [name for name in (compound, structure) if name not in table.columns]
    if missing:
        problem = f"the library has no column {', '.join(map(repr, missing))}"
        raise InputError(problem, remedy=f"There are: {', '.join(table.columns[:20])}")
    standardiser = Standardiser()
    names = [str(name) if name is not None else f"row {row}" for row, name in enumerate(table[compound], 1)]
    rows, findings = [], []
    for number, (name, text) in enumerate(zip(names, table[structure].cast(pl.String), strict=True), 1):
        if progress:
            progress(number, table.height)
        row, found = _standardise_cell(name, text, standardiser)
        rows.append(row)
        findings += found
    standard = pl.DataFrame(rows, schema=dict.fromkeys(_COLUMNS, pl.String))
    others = table.drop([name for name in (compound, structure, *_COLUMNS) if name in table.columns])
    result = pl.DataFrame({"compound": names}).hstack(standard).hstack(others)
    findings += _compare(result) + _check_keys(result, table)
    return Library(result, pl.DataFrame(findings, schema=_FINDINGS, orient="row"))


_COLUMNS = ("smiles", "inchi_key", "tautomer_key", "removed_fragments", "status", "reason")
_FINDINGS = {"kind": pl.String, "compounds": pl.String, "message": pl.String}
_Finding = tuple[str, str, str]


def _standardise_cell(
    name: str, text: str | None, standardiser: Standardiser
) -> tuple[dict[str, str | None], list[_Finding]]:
    empty: dict[str, str | None] = dict.fromkeys(_COLUMNS)
    parts = split_structures(text) if text else []
    if not parts:
        return empty | {"status": "missing", "reason": "no structure was given"}, []
    forms = []
    for part in parts:
        try:
            forms.append(standardiser.standardise(read_structure(part)))
        except InputError as error:
            reason = str(error)
            return empty | {"status": "failed", "reason": reason}, [("unreadable", name, reason)]
    keys = [inchi_key(form.molecule) for form in forms]
    first = forms[0]
    row = {"smiles": first.smiles, "inchi_key": keys[0] or None, "tautomer_key": first.tautomer_key}
    row |= {"removed_fragments": ".".join(first.removed) or None, "status": "ok", "reason": None}
    if len(set(keys)) == 1:
        return empty | row, []
    message = f"{len(forms)} structures are given, which differ: the first is taken"
    return empty | row | {"status": "warning", "reason": message}, [("several_structures", name, message)]


def _compare(table: pl.DataFrame) -> list[_Finding]:
    findings: list[_Finding] = []
    known = table.filter(pl.col("inchi_key").is_not_null()).with_columns(
        skeleton=pl.col("inchi_key").str.slice(0, 14), tautomers=pl.col("tautomer_key")
    )
    for kind, key, told in (
        ("duplicate", "inchi_key", "the same compound by its InChIKey"),
        ("same_tautomer", "tautomers", "tautomers of one compound"),
        (
            "stereo_conflict",
            "skeleton",
            "one skeleton with other stereochemistry: one may be the racemate of the other",
        ),
    ):
        groups = known.group_by(key, maintain_order=True).agg("compound", pl.col("inchi_key").n_unique().alias("keys"))
        chosen = groups.filter((pl.col("compound").list.len() > 1) if kind == "duplicate" else (pl.col("keys") > 1))
        findings += [(kind, " / ".join(dict.fromkeys(names)), told) for names in chosen["compound"]]
    keys = known.group_by("compound", maintain_order=True).agg(pl.col("inchi_key").n_unique().alias("keys"))
    told = "one name stands for different structures"
    return findings + [("name_twice", name, told) for name in keys.filter(pl.col("keys") > 1)["compound"]]


def _check_keys(result: pl.DataFrame, table: pl.DataFrame) -> list[_Finding]:
    """Hold the InChIKey that the supplier gives, where there is one, against the structure's own."""
    given = next((name for name in table.columns if name.lower().replace("_", "") == "inchikey"), None)
    if given is None:
        return []
    findings = []
    for name, own, theirs in zip(result["compound"], result["inchi_key"], table[given].cast(pl.String), strict=True):
        if own and theirs and own[:14] != theirs.strip()[:14]:
            findings.append(("inchi_key_differs", name, f"the supplier's {theirs.strip()}, the structure's {own}"))
    return findings


def find_alerts(library: Library, screen: AlertScreen | None = None) -> pl.DataFrame:
    """List the alerts of each compound, a row each: `compound`, `catalogue`, `alert`.

    >>> made = build_library(pl.DataFrame({"compound": ["quinone"], "structure": ["O=C1C=CC(=O)C=C1"]}))
    >>> find_alerts(made, AlertScreen(["pains"])).rows()
    [('quinone', 'pains', 'quinone_A(370)')]
    """
    screen = screen or AlertScreen()
    rows = [
        (name, catalogue, alert)
        for name, molecule in zip(library.table["compound"], library.molecules(), strict=True)
        if molecule is not None
        for catalogue, alerts in screen.find(molecule, hints=True).items()
        for alert in alerts
    ]
    return pl.DataFrame(rows, schema={"compound": pl.String, "catalogue": pl.String, "alert": pl.String}, orient="row")


def describe_library(library: Library, columns: Sequence[str] = ()) -> pl.DataFrame:
    """Give properties and scaffold of each compound, null without a structure, with `columns` of the library."""
    rows = [
        {"scaffold": None}
        if molecule is None
        else {**describe_molecule(molecule), "scaffold": murcko_scaffold(molecule)}
        for molecule in library.molecules()
    ]
    described = pl.DataFrame(rows, infer_schema_length=None)
    return library.table.select("compound", *columns).hstack(described)
