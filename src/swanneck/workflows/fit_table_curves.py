"""Curves of any table with a column of doses and one of responses."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import polars as pl

from swanneck.foundation.errors import InputError, SettingsError
from swanneck.foundation.settings import Settings
from swanneck.screening.number_columns import NumberColumns, read_number_columns
from swanneck.statistics.fitting import (
    FitSettings,
    FittedCurve,
    FittedFamily,
    MaskedFit,
    Potency,
    classify_curve,
    find_potency,
    fit_curve,
    fit_family,
    fit_without_outliers,
)
from swanneck.statistics.multiple_testing import adjust_p_values

__all__ = ["CurveQuestion", "TableFits", "fit_table_curves"]

_CURVE = "curve of the table"


@dataclass(frozen=True)
class TableFits:
    """The curves by name (one without a name where the table is one curve), and why others were refused.

    `family` is the joint fit where parameters are shared. `potencies` has the potencies asked for, `masked` the curves
    of which points were masked, with the fit of all points.
    """

    curves: dict[str, FittedCurve]
    refused: dict[str, str]
    family: FittedFamily | None
    potencies: dict[str, Potency]
    understood: list[str]
    masked: dict[str, MaskedFit] = field(default_factory=dict)

    def to_table(self) -> pl.DataFrame:
        """Give one row per curve: estimates, errors and intervals, the test against a constant and its `fdr`, `class`.

        `fdr` is the false discovery rate over all curves of the table (Benjamini and Hochberg); for `class` see
        `swanneck.statistics.fitting.CLASSES`.
        """
        rows: list[dict[str, object]] = []
        for name, fit in self.curves.items():
            row: dict[str, object] = {"curve": name, "model": fit.model}
            for parameter, one in fit.parameters.items():
                row |= {parameter: one.estimate, f"{parameter}_se": one.se}
                row |= {f"{parameter}_low": one.low, f"{parameter}_high": one.high}
            if name in self.potencies:
                row |= {f"potency_{key}": value for key, value in asdict(self.potencies[name]).items()}
            rows.append(row | {
                "rse": fit.rse, "df": fit.df, "n_points": fit.n_points, "p_value": fit.p_value,
                "lack_of_fit": fit.lack_of_fit, "n_masked": len(self.masked[name].masked) if name in self.masked else 0,
                "notes": "; ".join(fit.notes),
            })  # fmt: skip
        table = pl.DataFrame(rows, infer_schema_length=None)
        table = table.with_columns(pl.col("p_value", "lack_of_fit").cast(pl.Float64))
        rates = adjust_p_values(table["p_value"].fill_null(float("nan")).to_numpy())
        classes = [classify_curve(fit, p_value=rate) for fit, rate in zip(self.curves.values(), rates, strict=True)]
        return table.with_columns(pl.Series("fdr", rates).fill_nan(None), pl.Series("class", classes, pl.String))

    def to_masked_table(self) -> pl.DataFrame:
        """Give one row per masked point: `curve`, `dose`, `response`, `reason`."""
        rows = [
            (name, point.dose, point.response, point.reason)
            for name, one in self.masked.items()
            for point in one.masked
        ]
        schema = {"curve": pl.String, "dose": pl.Float64, "response": pl.Float64, "reason": pl.String}
        return pl.DataFrame(rows, schema=schema, orient="row")

    def to_json(self, *, details: bool = False) -> dict[str, object]:
        """Give what `swanneck curves fit --json` prints: `parameters`, `rse`, `df`; by curve where there are several.

        A potency that was asked for stands beside them. With `details` also what the fit was and is worth.
        """
        if self.family:
            more = {"curves": list(self.family.curves), "notes": list(self.family.notes)}
            return _describe(self.family, details=details) | (more if details else {})
        told = {name: self._tell(name, curve, details=details) for name, curve in self.curves.items()}
        if "" in told:
            return told[""]
        if details:
            table = self.to_table()
            for row in table.select("curve", "fdr", "class").iter_rows(named=True):
                told[row["curve"]] |= {"fdr": row["fdr"], "class": row["class"]}
        return {"curves": told, "refused": self.refused}

    def _tell(self, name: str, curve: FittedCurve, *, details: bool) -> dict[str, object]:
        told = _describe(curve, details=details)
        if name in self.potencies:
            told["potency"] = asdict(self.potencies[name])
        if details:
            told |= {"p_value": curve.p_value, "lack_of_fit": curve.lack_of_fit, "class": classify_curve(curve)}
            told |= {"notes": list(curve.notes)}
            if name in self.masked:
                one = self.masked[name]
                told["masked"] = [asdict(point) for point in one.masked]
                told["all_points"] = _describe(one.whole, details=False)
        return told


class CurveQuestion(Settings):
    """What is to be fitted: the columns, the model, and what is known before.

    - `dose`, `response`: columns of numbers; a row without a response is left out.
    - `log_dose`: the doses are their logarithms to base 10, as databases store them; fits and potencies are in doses.
    - `curve`: the columns that tell curves apart; `total`: the responses are counts out of these, and the fit is
      binomial; `weight`: of squared residuals.
    - `fixed`: parameters held at a value; `shared`: parameters that all curves have in common.
    - `level`: also ask for the dose where each curve passes through this response; `way`: for the one where it has
      gone this share of its way between its plateaus.
    - `mask`: the column with the reason why a point does not count, empty where it does; `outliers`: also mask what
      lies too far from a robust fit. Either way the fit of all points is kept beside.
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
    way: float | None = None
    mask: str | None = None
    outliers: bool = False
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
    _check_options(asked)
    names = [name for name in (asked.dose, asked.response, asked.total, asked.weight) if name]
    read = read_number_columns(
        Path(table), names, (*asked.curve, *([asked.mask] if asked.mask else [])), needed=[asked.dose],
        doses=[] if asked.log_dose else [asked.dose], may_lack=[asked.mask] if asked.mask else [],
    )  # fmt: skip
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
            totals=points[asked.total] if asked.total else None, weights=points[asked.weight] if asked.weight else None,
        )  # fmt: skip
        return TableFits({}, {}, family, {}, understood)
    fits = TableFits({}, {}, None, {}, understood)
    parts = _parts(points, asked.curve)
    for number, (name, part) in enumerate(parts, 1):
        if progress and len(parts) > 1:
            progress("curves", number, len(parts))
        try:
            _fit_part(fits, name, part, asked)
        except InputError as error:
            fits.refused[name] = str(error)
            continue
        if asked.level is not None or asked.way is not None:
            fits.potencies[name] = find_potency(fits.curves[name], level=asked.level, share=asked.way)
    if not fits.curves:
        name, reason = next(iter(fits.refused.items()))
        raise InputError(reason, where=f"{table}, curve {name}" if name else str(table))
    return fits


def _check_options(asked: CurveQuestion) -> None:
    alone = asked.level is not None or asked.way is not None or asked.mask or asked.outliers
    if asked.shared and (not asked.curve or alone):
        problem = "parameters can be shared between curves of a column, without a potency or masks"
        raise SettingsError(problem)
    if asked.level is not None and asked.way is not None:
        problem = "a potency is absolute (level) or relative (way), not both"
        raise SettingsError(problem)


def _fit_part(fits: TableFits, name: str, part: pl.DataFrame, asked: CurveQuestion) -> None:
    doses, responses = part[asked.dose], part[asked.response]
    totals = part[asked.total] if asked.total else None
    weights = part[asked.weight] if asked.weight else None
    reasons = part[asked.mask].to_list() if asked.mask else []
    by_hand = {place: reason for place, reason in enumerate(reasons) if reason}
    if not (asked.outliers or by_hand):
        fits.curves[name] = fit_curve(
            doses, responses, model=asked.model, fixed=asked.fixed, settings=asked.fit, totals=totals, weights=weights
        )
        return
    done = fit_without_outliers(
        doses, responses, model=asked.model, fixed=asked.fixed, settings=asked.fit, totals=totals, weights=weights,
        by_hand=by_hand, false_discoveries=0.01 if asked.outliers else None,
    )  # fmt: skip
    fits.curves[name] = done.curve
    if done.masked:
        fits.masked[name] = done


def _parts(table: pl.DataFrame, curve: tuple[str, ...]) -> list[tuple[str, pl.DataFrame]]:
    if not curve:
        return [("", table)]
    return [(str(name), part) for (name,), part in table.group_by(_CURVE, maintain_order=True)]


def _describe(fit: FittedCurve | FittedFamily, *, details: bool) -> dict[str, object]:
    told: dict[str, object] = {
        "parameters": {name: asdict(estimate) for name, estimate in fit.parameters.items()},
        "rse": fit.rse,
        "df": fit.df,
    }
    return told | ({"model": fit.model, "n_points": fit.n_points, "deviance": fit.deviance} if details else {})


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
