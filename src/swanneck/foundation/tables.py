"""The contracts of the tables that rooms hand each other.

A contract lists the columns a table must have, with their types. Further columns are welcome: they pass
through. Missing is null, never 0; a censored value carries its relation (`=`, `<`, `>`) in a column of its
own; concentrations are in mol/L.
"""

from dataclasses import dataclass

import polars as pl

from swanneck.foundation.errors import InputError

__all__ = ["CURVES", "HITS", "LAYOUT", "PLATES", "ROLES", "WELLS", "Contract", "check_table"]

ROLES = ("sample", "negative_control", "positive_control", "reference", "empty")
"""What a well is for. `negative_control` is the untreated state that hits move away from (infected, vehicle);
`positive_control` is where a perfect hit would land (uninfected, or a reference drug at a full dose);
`reference` is a known compound in a dose series; `empty` has no cells."""


@dataclass(frozen=True)
class Contract:
    """The columns a table must have: a name to call it by, and a type for each column."""

    name: str
    columns: dict[str, pl.DataType]


_TEXT, _NUMBER, _COUNT, _FLAG = pl.String(), pl.Float64(), pl.Int64(), pl.Boolean()

LAYOUT = Contract("layout", {
    "plate": _TEXT, "well": _TEXT, "compound": _TEXT, "concentration_molar": _NUMBER, "role": _TEXT,
})  # fmt: skip
"""What each well holds. `compound` and `concentration_molar` are null where nothing was added."""

WELLS = Contract("wells", {
    **LAYOUT.columns, "cell_count": _NUMBER, "n_fields": _COUNT, "status": _TEXT, "reason": _TEXT,
})  # fmt: skip
"""One row per well of the plate, with one further column per readout. `status` is `ok`, `warning` or `failed`;
`reason` says why it is not `ok`, null otherwise."""

PLATES = Contract("plates", {
    "plate": _TEXT, "readout": _TEXT, "z_prime": _NUMBER, "robust_z_prime": _NUMBER, "ssmd": _NUMBER,
    "status": _TEXT, "reasons": _TEXT,
})  # fmt: skip
"""One row per plate: the quality of its efficacy readout. `status` is `pass`, `warn` or `fail`."""

CURVES = Contract("curves", {
    "compound": _TEXT, "readout": _TEXT, "class": _TEXT, "ec50_molar": _NUMBER, "ec50_relation": _TEXT,
    "ec50_low": _NUMBER, "ec50_high": _NUMBER, "slope": _NUMBER, "bottom": _NUMBER, "top": _NUMBER,
    "n_points": _COUNT,
})  # fmt: skip
"""One row per compound and readout (and batch, cell line where there are several)."""

HITS = Contract("hits", {
    "compound": _TEXT, "is_hit": _FLAG, "reason": _TEXT, "ic50_molar": _NUMBER, "ic50_relation": _TEXT,
    "cc50_molar": _NUMBER, "cc50_relation": _TEXT, "selectivity_index": _NUMBER, "selectivity_relation": _TEXT,
})  # fmt: skip
"""One row per compound, decided, with the reason."""


def check_table(table: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Return the table with its contract's columns cast to their types; other columns stay as they are.

    Raises `InputError` naming the columns that are missing or do not fit.

    >>> check_table(pl.DataFrame({"plate": ["P1"]}), LAYOUT)
    Traceback (most recent call last):
    ...
    swanneck.foundation.errors.InputError: the layout table lacks: well, compound, concentration_molar, role
    """
    missing = [name for name in contract.columns if name not in table.columns]
    if missing:
        problem = f"the {contract.name} table lacks: {', '.join(missing)}"
        raise InputError(problem)
    try:
        return table.with_columns(pl.col(name).cast(kind) for name, kind in contract.columns.items())
    except pl.exceptions.InvalidOperationError as error:
        problem = f"the {contract.name} table has a column of the wrong type: {error}"
        raise InputError(problem) from error
