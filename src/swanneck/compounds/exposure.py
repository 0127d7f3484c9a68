"""Is the dose that works one that people can have: IC50 against the free peak concentration in plasma.

Only the unbound drug acts: free Cmax = Cmax x (1 - protein binding) (Smith et al. 2010, Nat Rev Drug Discov 9:929;
for antivirals Arshad et al. 2020, Clin Pharmacol Ther 108:775).
"""

import polars as pl

from swanneck.foundation.errors import InputError
from swanneck.foundation.units import molar_factor

__all__ = ["free_exposure"]


def free_exposure(table: pl.DataFrame) -> pl.DataFrame:
    """Give `compound`, `cmax_molar`, `unbound_fraction`, `free_cmax_molar` from a table of the user.

    The table has `compound`, `cmax` with its unit (a column `cmax_unit`, or `cmax_molar`), and `protein_binding` in
    percent; or `unbound_fraction` from 0 to 1. Where binding is unknown the free exposure is missing. Raises
    `InputError` for values out of range, for no unit, and for compounds named twice with different values.

    >>> free_exposure(pl.DataFrame({"compound": ["a"], "cmax": [2.0], "cmax_unit": ["uM"],
    ...                             "protein_binding": [90.0]}))["free_cmax_molar"].round(10).to_list()
    [2e-07]
    """
    if "compound" not in table.columns or not {"cmax", "cmax_molar"} & set(table.columns):
        problem = "the table of exposures needs the columns compound and cmax (with cmax_unit), or cmax_molar"
        raise InputError(problem, remedy=f"There are: {', '.join(table.columns[:20])}")
    if "cmax_molar" not in table.columns and "cmax_unit" not in table.columns:
        problem = "the table of exposures has no unit of Cmax"
        raise InputError(problem, remedy="Add a column cmax_unit (uM, nM), or name the column cmax_molar")
    rows = []
    for row in table.iter_rows(named=True):
        where = str(row["compound"])
        cmax = _number(row.get("cmax_molar"), where)
        if cmax is None and (given := _number(row.get("cmax"), where)) is not None:
            cmax = given * molar_factor(str(row.get("cmax_unit")))
        unbound = _number(row.get("unbound_fraction"), where)
        if unbound is None and (bound := _number(row.get("protein_binding"), where)) is not None:
            unbound = 1 - bound / 100
        if (cmax is not None and cmax <= 0) or (unbound is not None and not 0 <= unbound <= 1):
            problem = "Cmax must be positive, protein binding 0 to 100 percent and the unbound fraction 0 to 1"
            raise InputError(problem, where=where)
        free = None if cmax is None or unbound is None else cmax * unbound
        rows.append((where, cmax, unbound, free))
    schema = {
        "compound": pl.String,
        "cmax_molar": pl.Float64,
        "unbound_fraction": pl.Float64,
        "free_cmax_molar": pl.Float64,
    }
    result = pl.DataFrame(rows, schema=schema, orient="row").unique(maintain_order=True)
    twice = result.filter(pl.col("compound").is_duplicated())
    if twice.height:
        problem = "a compound has more than one exposure"
        raise InputError(problem, where=twice["compound"][0], remedy="Keep the one of the dose that you mean")
    return result


def _number(value: object, where: str) -> float | None:
    if value is None or not str(value).strip():
        return None
    try:
        return float(str(value))
    except ValueError as error:
        problem = f"a number is needed, got {value!r}"
        raise InputError(problem, where=where, remedy="Write decimal points, and leave out what is unknown") from error
