"""From a table of wells to hits: normalise, judge the plates, fit the curves, decide. No images needed."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from swanneck.foundation.tables import PLATES
from swanneck.screening.assays import CELL_COUNT, Readout
from swanneck.screening.consistency import Consistency, find_alarms, measure_consistency
from swanneck.screening.dose_response import CurveSettings, fit_dose_responses, variance_curvature
from swanneck.screening.hits import add_selectivity, call_hits
from swanneck.screening.linked_plates import APART
from swanneck.screening.normalisation import (
    Position,
    check_controls,
    correct_readouts,
    measure_controls,
    normalise_plate,
)
from swanneck.screening.quality import assess_plate
from swanneck.screening.wells import WellSettings
from swanneck.workflows.campaign import AnalysisSettings

__all__ = ["ScreenTables", "analyse_wells"]

_UNKNOWN_DEVIATION = 5.0
"""Percent: what a well's noise is taken to be before the curves say more, where controls are too few to tell."""

_SELF_CHECK = 1e-6


@dataclass(frozen=True)
class ScreenTables:
    """Everything a screen results in. `points` are the curves' points, with what was masked and why.

    `fields` are the fields of all wells with their marks, where there were images. The probabilities of the hits are
    that the selectivity index exceeds `minimum_selectivity`. `consistency` compares plates, where there are several.
    """

    wells: pl.DataFrame
    plates: pl.DataFrame
    curves: pl.DataFrame
    points: pl.DataFrame
    hits: pl.DataFrame
    cascade: list[tuple[str, int]]
    messages: list[str]
    fields: pl.DataFrame | None = None
    minimum_selectivity: float = 10.0
    consistency: Consistency = Consistency()


def analyse_wells(
    wells: pl.DataFrame,
    readouts: list[Readout],
    settings: AnalysisSettings | None = None,
    *,
    further: Sequence[str] = (),
) -> ScreenTables:
    """Analyse the wells of one or more plates: controls to 0 and 100 %, plate quality, curves, hits.

    `wells` fulfils the WELLS contract and has a column for each readout; plates are treated one by one until the
    curves, which pool all plates of a compound (apart by cell line, batch, transfer and time of addition, where there
    are these columns). The readouts named by `further` are brought to 0 and 100 % and have curves too, on which no hit
    is called.

    >>> from swanneck.screening.assays import Readout
    >>> layout = {"plate": "P1", "compound": None, "concentration_molar": None, "status": "ok", "reason": None}
    >>> controls = [(f"A{n:02d}", "negative_control", 0.5) for n in (1, 2, 3)]
    >>> controls += [(f"B{n:02d}", "positive_control", 0.0) for n in (1, 2, 3)]
    >>> rows = [layout | {"well": well, "role": role, "x": x} for well, role, x in controls]
    >>> rows += [layout | {"well": f"C{n:02d}", "role": "sample", "compound": "drug", "concentration_molar": 10.0**-n,
    ...          "x": 0.5 / (1 + 10.0**-n / 1e-6)} for n in range(4, 10)]
    >>> wells = pl.DataFrame(rows).with_columns(cell_count=pl.lit(200.0), n_fields=pl.lit(2))
    >>> tables = analyse_wells(wells, [Readout("x", "infected", "efficacy")])
    >>> tables.hits.select("compound", "is_hit", pl.col("ic50_molar").mul(1e6).round(1)).row(0)
    ('drug', True, 1.0)
    """
    settings = settings or AnalysisSettings()
    efficacy = next(readout for readout in readouts if readout.role == "efficacy")
    viability = next((readout for readout in readouts if readout.role == "viability"), None)
    others = [readout for readout in readouts if readout.name in further and readout not in (efficacy, viability)]
    chosen = [readout for readout in (efficacy, viability, *others) if readout]
    plates, restored, rows, messages = [], [], [], []
    for name, plate in wells.group_by("plate", maintain_order=True):
        normalised = _normalise(plate, chosen, settings.position)
        plates.append(normalised)
        restored.append(normalised.with_columns(plate[readout.name] for readout in chosen))
        landed = check_controls(normalised, f"{efficacy.name}_inhibition", efficacy.name)
        rows.append({**assess_plate(plate, efficacy.name, settings.quality), **landed})
        messages += [f"plate {name[0]}: {told}" for told in _doubt_scale(normalised, landed)]
    all_wells = pl.concat(restored, how="diagonal_relaxed")
    keys = ["compound", *[name for name in APART if name in all_wells.columns]]
    points = _gather_points(plates, [one for one in (efficacy, viability) if one], keys, settings)
    fitted = fit_dose_responses(points, [*keys, "readout"], settings.curves)
    calls = call_hits(fitted.curves, keys, settings.hits)
    hits = add_selectivity(calls.hits, fitted, keys, settings.hits)
    # Others apart, since the noise that curves share is that of one readout.
    apart = [
        fit_dose_responses(_gather_points(plates, [other], keys, settings), [*keys, "readout"], settings.curves)
        for other in others
    ]
    curves, all_points = (pl.concat(getattr(one, name) for one in (fitted, *apart)) for name in ("curves", "points"))
    table = pl.DataFrame(rows, schema_overrides=dict(PLATES.columns), infer_schema_length=None)
    table = table.with_columns(pl.selectors.by_dtype(pl.Null).cast(pl.Float64))  # figures that no plate has
    measured = [(efficacy.name, f"{efficacy.name}_inhibition")]
    measured += [(viability.name, f"{viability.name}_viability")] if viability else []
    consistency = measure_consistency(
        all_wells, table, points.filter(pl.col("role") == "efficacy"), readouts=measured, settings=settings.curves
    )
    messages += find_alarms(consistency)
    return ScreenTables(
        all_wells, table, curves, all_points, hits, calls.cascade, messages,
        minimum_selectivity=settings.hits.minimum_selectivity, consistency=consistency,
    )  # fmt: skip


def _gather_points(
    plates: list[pl.DataFrame], readouts: list[Readout], keys: list[str], settings: AnalysisSettings
) -> pl.DataFrame:
    return pl.concat(
        _points(plate, readout, keys, wells=settings.wells, curves=settings.curves)
        for plate in plates
        for readout in readouts
    )


def _normalise(plate: pl.DataFrame, readouts: list[Readout], position: Position) -> pl.DataFrame:
    """Bring a plate's readouts to percent of its controls, after what the place of a well adds is taken away."""
    plate = correct_readouts(plate, [readout.name for readout in readouts], position)
    for readout in readouts:
        plate = normalise_plate(plate, readout.name, as_viability=readout.role == "viability")
        if position != "none":
            told = pl.format(f"{{}}, after correction of position by {position}", f"{readout.name}_reference")
            plate = plate.with_columns(told.alias(f"{readout.name}_reference"))
    return plate


def _doubt_scale(plate: pl.DataFrame, landed: dict[str, float | None]) -> list[str]:
    """Say where the scale is none: no controls, or controls that do not land on 0 and 100."""
    if not plate.filter((pl.col("role") == "negative_control") & (pl.col("status") != "failed")).height:
        return ["no usable negative control, so its wells are not normalised"]
    wanted = {"negative_control": 0.0, "positive_control": 100.0}
    return [
        f"self-check failed: the {role.replace('_', ' ')}s land on {value:g} %, not {expected:g}"
        for role, expected in wanted.items()
        if (value := landed[f"{role}_percent"]) is not None and abs(value - expected) > _SELF_CHECK
    ]


def _points(
    plate: pl.DataFrame, readout: Readout, keys: list[str], *, wells: WellSettings, curves: CurveSettings
) -> pl.DataFrame:
    """Turn a plate's treated wells into points of curves, with the noise that its controls show."""
    controls = measure_controls(plate, readout.name)
    is_efficacy = readout.role != "viability"
    window = abs(controls.window if is_efficacy else controls.negative)
    near = _percent(controls.negative_deviation, window)
    far = _percent(controls.positive_deviation, window) if is_efficacy else curves.smallest_deviation
    usual = plate.filter(pl.col("role") == "negative_control")[CELL_COUNT].median()
    cells = float(usual) if isinstance(usual, int | float) else 0.0
    is_count = readout.law == "count"
    curvature = variance_curvature(readout.law, near**2, controls, controls.negative if is_count else cells)
    # An average over fewer cells is noisier; what wells differ by otherwise is in the controls' deviation already.
    fewer = (pl.lit(cells) / pl.col(CELL_COUNT)).sqrt().clip(1.0, 10.0).fill_null(1.0).fill_nan(1.0)
    noise = fewer if is_efficacy and not is_count else pl.lit(1.0)
    response = pl.col(f"{readout.name}_{'inhibition' if is_efficacy else 'viability'}")
    too_few = (pl.col(CELL_COUNT) < wells.minimum_cells) & pl.lit(is_efficacy and not is_count)
    mask = (
        pl.when(pl.col("status") == "failed").then(pl.format("failed: {}", pl.col("reason").fill_null("unknown")))
        .when(~response.is_finite().fill_null(False)).then(pl.lit("no value"))
        .when(too_few).then(pl.format("{} cells left", pl.col(CELL_COUNT).round(0).cast(pl.Int64)))
    )  # fmt: skip
    treated = plate.filter(
        pl.col("role").is_in(["sample", "reference"])
        & pl.col("compound").is_not_null()
        & (pl.col("concentration_molar") > 0)
    )
    return treated.select(
        *keys, pl.lit(readout.name).alias("readout"), pl.lit(readout.role).alias("role"), "plate", "well",
        "concentration_molar", response.alias("response"),
        (noise * near).alias("deviation_without_effect"), (noise * far).alias("deviation_at_full_effect"),
        (noise**2 * curvature).alias("variance_curvature"), mask.alias("mask_reason"),
    )  # fmt: skip


def _percent(deviation: float, window: float) -> float:
    # NaN (one control well, or none) compares false.
    share = 100 * deviation / window if window > 0 else float("nan")
    return share if share >= 0 else _UNKNOWN_DEVIATION
