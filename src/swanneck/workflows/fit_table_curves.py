"""Curves of any table with a column of doses and one of responses."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from swanneck.foundation.errors import InputError, SettingsError
from swanneck.foundation.settings import Settings
from swanneck.screening.number_columns import NumberColumns, read_number_columns
from swanneck.statistics.fitting import (
    FitSettings,
    FittedCurve,
    FittedFamily,
    Potency,
    find_potency,
    fit_curve,
    fit_family,
)
from swanneck.statistics.multiple_testing import adjust_p_values

__all__ = ["CurveQuestion", "TableFits", "fit_table_curves"]

_CURVE = "curve of the table"


@dataclass(frozen=True)
class TableFits:
    """The curves by name (one without a name where the table is one curve), and why others were refused.

    `family` is the joint fit where parameters are shared. `potencies` has the absolute potencies asked for.
    """

    curves: dict[str, FittedCurve]
    refused: dict[str, str]
    family: FittedFamily | None
    potencies: dict[str, Potency]
    understood: list[str]

    def to_table(self) -> pl.DataFrame:
        """Give one row per curve: estimates, errors and intervals, the test against a constant and its `fdr`.

        `fdr` is the false discovery rate over all curves of the table (Benjamini and Hochberg).
        """
        rows: list[dict[str, object]] = []
        for name, fit in self.curves.items():
            row: dict[str, object] = {"curve": name, "model": fit.model}
            for parameter, one in fit.parameters.items():
                row |= {parameter: one.estimate, f"{parameter}_se": one.se}
                row |= {f"{parameter}_low": one.low, f"{parameter}_high": one.high}
            if name in self.potencies:
                row |= {f"level_{key}": value for key, value in asdict(self.potencies[name]).items()}
            rows.append(row | {
                "rse": fit.rse, "df": fit.df, "n_points": fit.n_points, "p_value": fit.p_value,
                "notes": "; ".join(fit.notes),
            })  # fmt: skip
        table = pl.DataFrame(rows, infer_schema_length=None).with_columns(pl.col("p_value").cast(pl.Float64))
        rates = adjust_p_values(table["p_value"].fill_null(float("nan")).to_numpy())
        return table.with_columns(fdr=pl.Series(rates).fill_nan(None))

    def to_json(self) -> dict[str, object]:
        """Give what `swanneck curves fit --json` prints; by curve where there are several."""
        if self.family:
            return _describe(self.family) | {"curves": list(self.family.curves), "notes": list(self.family.notes)}
        rates = dict(self.to_table().select("curve", "fdr").iter_rows())
        told = {
            name: _describe(curve)
            | {"p_value": curve.p_value, "fdr": rates[name], "notes": list(curve.notes)}
            | ({"potency": asdict(self.potencies[name])} if name in self.potencies else {})
            for name, curve in self.curves.items()
        }
        if "" in told:
            told[""].pop("fdr")
            return told[""]
        return {"curves": told, "refused": self.refused}


class CurveQuestion(Settings):
    """What is to be fitted: the columns, the model, and what is known before.

    - `dose`, `response`: columns of numbers; a row without a response is left out.
    - `log_dose`: the doses are their logarithms to base 10, as databases store them; fits and potencies are in doses.
    - `curve`: the columns that tell curves apart; `total`: the responses are counts out of these, and the fit is
      binomial; `weight`: of squared residuals.
    - `fixed`: parameters held at a value; `shared`: parameters that all curves have in common.
    - `level`: also ask for the dose where each curve passes through this response.
    """

    dose: str
    response: str
    model: str = "4pl"
    log_dose: bool = False
    curve: tuple[str, ...] = ()
    total: str | None = None
    weight: str | None = None
    fixed: dict[str, float] = {}
    shared: tuple[str, ...] = ()
    level: float | None = None
    fit: FitSettings = FitSettings()


def fit_table_curves(
    table: Path, question: CurveQuestion, *, progress: Callable[[str, int, int], None] | None = None
) -> TableFits:
    """Fit the dose-response curves of a text table or Parquet file.

    A curve that cannot be fitted is refused with its reason, and the others go on.

    Raises `InputError` where the table or a column cannot be read or no curve can be fitted, `SettingsError` for a
    model or parameter that does not exist, or options that exclude each other.
    """
    asked = question
    if asked.shared and (not asked.curve or asked.total or asked.weight or asked.level is not None):
        problem = "parameters can be shared between curves of a column, without totals, weights or a level"
        raise SettingsError(problem)
    names = [name for name in (asked.dose, asked.response, asked.total, asked.weight) if name]
    read = read_number_columns(
        Path(table), names, asked.curve, needed=[asked.dose], doses=[] if asked.log_dose else [asked.dose]
    )
    points = (
        read.table.with_columns(pl.concat_str(pl.col(asked.curve), separator=", ").alias(_CURVE))
        if asked.curve
        else read.table
    )
    if asked.log_dose:
        points = points.with_columns((10.0 ** pl.col(asked.dose)).alias(asked.dose))
    understood = [*read.understood, *_suspect_totals(read, asked)]
    if asked.shared:
        family = fit_family(
            points[asked.dose], points[asked.response], points[_CURVE].to_list(),
            model=asked.model, shared=asked.shared, fixed=asked.fixed, settings=asked.fit,
        )  # fmt: skip
        return TableFits({}, {}, family, {}, understood)
    fits = TableFits({}, {}, None, {}, understood)
    parts = _parts(points, asked.curve)
    for number, (name, part) in enumerate(parts, 1):
        if progress and len(parts) > 1:
            progress("curves", number, len(parts))
        try:
            fits.curves[name] = fit_curve(
                part[asked.dose], part[asked.response], model=asked.model, fixed=asked.fixed, settings=asked.fit,
                totals=part[asked.total] if asked.total else None,
                weights=part[asked.weight] if asked.weight else None,
            )  # fmt: skip
        except InputError as error:
            fits.refused[name] = str(error)
            continue
        if asked.level is not None:
            fits.potencies[name] = find_potency(fits.curves[name], level=asked.level)
    if not fits.curves:
        name, reason = next(iter(fits.refused.items()))
        raise InputError(reason, where=f"{table}, curve {name}" if name else str(table))
    return fits


def _parts(table: pl.DataFrame, curve: tuple[str, ...]) -> list[tuple[str, pl.DataFrame]]:
    if not curve:
        return [("", table)]
    return [(str(name), part) for (name,), part in table.group_by(_CURVE, maintain_order=True)]


def _describe(fit: FittedCurve | FittedFamily) -> dict[str, object]:
    parameters = {name: asdict(estimate) for name, estimate in fit.parameters.items()}
    numbers = {"rse": fit.rse, "df": fit.df, "n_points": fit.n_points, "deviance": fit.deviance}
    return {"model": fit.model, "parameters": parameters, **numbers}


def _suspect_totals(read: NumberColumns, asked: CurveQuestion) -> list[str]:
    """Say so where responses look like counts out of another column."""
    if asked.total:
        return []
    likely = [name for name in read.header if name.lower() in ("total", "totals", "tested", "n")]
    return [
        f"column {name!r} may be the numbers that {asked.response!r} counts out of: then say --total {name}"
        for name in likely
        if name != asked.response
    ]
