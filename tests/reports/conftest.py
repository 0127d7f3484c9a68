"""A small screen made up from a seed: what the report's tests render."""

from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
import polars as pl
import pytest

from swanneck.foundation.wells import plate_wells, well_position
from swanneck.reports.screen_report import render_screen_report
from swanneck.reports.screen_results import ScreenResults
from swanneck.screening.assays import Readout

Random = np.random.Generator

READOUTS = (
    Readout("infected_fraction", "infected cells / cells", "efficacy"),
    Readout("cell_count", "cells", "viability"),
    Readout("pathogen_intensity", "mean pathogen intensity per cell", "other"),
)


def rise(dose, midpoint, slope=1.2):
    return 100 / (1 + (midpoint / dose) ** slope)


def toy_thumbnail(random: Random, infected: float, size: int = 32) -> bytes:
    """A picture that says something: blue nuclei, green where infected."""
    rows, columns = np.mgrid[:size, :size]
    image = np.zeros((size, size, 3))
    for _ in range(14):
        row, column, radius = *random.uniform(0, size, 2), random.uniform(0.04, 0.07) * size
        away = ((rows - row) ** 2 + (columns - column) ** 2) / radius**2
        image[..., 2] += np.exp(-away)
        image[..., 1] += 0.9 * np.exp(-away / 5) * (random.random() < infected)
    return imagecodecs.webp_encode((np.clip(image + 0.04, 0, 1) * 255).astype(np.uint8), level=70)


def toy_wells(random: Random, plate: str, size: int, compounds: dict[str, tuple]) -> pl.DataFrame:
    """A plate with controls in its outer two columns each side and dose rows of ten between."""
    names, rows, used = plate_wells(size), [], 0
    width = max(well_position(name)[1] for name in names) + 1
    doses = np.geomspace(1e-9, 5e-5, 10)
    series = list(compounds.items())
    for name in names:
        row, column = well_position(name)
        compound, dose, role = None, None, "empty"
        infected, alive = 0.0, 0.0
        if column in (0, width - 2):
            role, infected, alive = "negative_control", 1.0, 1.0
        elif column in (1, width - 1):
            role, infected, alive = "positive_control", 0.02, 1.0
        elif used < 10 * len(compounds):
            index, step = divmod(used, 10)
            used += 1
            compound, (ic50, cc50) = series[index]
            dose, role = float(doses[step]), "sample"
            infected = 1 - rise(dose, ic50) / 100 if ic50 else 1.0
            alive = 1 - rise(dose, cc50, 2.0) / 100 if cc50 else 1.0
        rows.append({
            "plate": plate, "well": name, "compound": compound, "concentration_molar": dose, "role": role,
            "cell_count": float(round(1500 * alive * random.normal(1, 0.06) * (0.93 if row == 0 else 1))),
            "n_fields": 2, "status": "ok", "reason": None,
            "infected_fraction": float(np.clip(0.55 * infected * random.normal(1, 0.06) + 0.01, 0, 1)),
            "pathogen_intensity": float(random.lognormal(2 * infected, 0.2)),
        })  # fmt: skip
    return pl.DataFrame(rows, infer_schema_length=None).filter(pl.col("role") != "empty")


def normalise(wells: pl.DataFrame) -> pl.DataFrame:
    """Percent of the plate's controls; null where the plate has none of a kind."""

    def median(column: str, role: str) -> pl.Expr:
        return pl.col(column).filter(pl.col("role") == role).median().over("plate")

    negative, positive = (median("infected_fraction", role) for role in ("negative_control", "positive_control"))
    return wells.with_columns(
        (100 * (negative - pl.col("infected_fraction")) / (negative - positive)).alias("infected_fraction_inhibition"),
        (100 * pl.col("cell_count") / median("cell_count", "negative_control")).alias("cell_count_viability"),
    )


def potency(midpoint: float | None, top: float = 5e-5) -> tuple[float, str, float | None, float | None]:
    if midpoint is None or midpoint > top:
        return top, ">", None, None
    return (1e-9, "<", None, None) if midpoint < 1e-9 else (midpoint, "=", midpoint / 1.3, midpoint * 1.3)


def toy_curves(names: list[str], midpoints) -> pl.DataFrame:
    rows = []
    for name, pair in zip(names, midpoints, strict=True):
        for readout, role, slope, midpoint in zip(
            ("infected_fraction", "cell_count"), ("efficacy", "viability"), (1.2, 2.0), pair, strict=True
        ):
            value, relation, low, high = potency(midpoint)
            rows.append({
                "compound": name, "readout": readout, "role": role, "class": "full" if relation == "=" else "inactive",
                "ec50_molar": value, "ec50_relation": relation, "ec50_low": low, "ec50_high": high,
                "slope": slope if midpoint else None, "bottom": 0.0, "top": 100.0, "n_points": 10,
                "midpoint_molar": midpoint, "reason": None,
            })  # fmt: skip
    return pl.DataFrame(rows, infer_schema_length=None)


def toy_points(wells: pl.DataFrame, random: Random) -> pl.DataFrame:
    samples = wells.filter(pl.col("role") == "sample")
    tables = []
    for readout, column in (
        ("infected_fraction", "infected_fraction_inhibition"),
        ("cell_count", "cell_count_viability"),
    ):
        points = samples.select(
            "compound", pl.lit(readout).alias("readout"), "plate", "well", "concentration_molar",
            pl.col(column).alias("response"),
        )  # fmt: skip
        masked = pl.Series("masked", random.random(len(points)) < 0.02)
        reason = pl.when(pl.col("masked")).then(pl.lit("4.1 deviations from the curve")).alias("mask_reason")
        tables.append(points.with_columns(masked).with_columns(reason))
    return pl.concat(tables)


def toy_hits(names: list[str], midpoints) -> pl.DataFrame:
    rows = []
    for name, (ic50, cc50) in zip(names, midpoints, strict=True):
        (ic, ic_relation, *_), (cc, cc_relation, *_) = potency(ic50), potency(cc50)
        undefined = ic_relation == ">" and cc_relation == ">"
        index = None if undefined else cc / ic
        relation = "undefined" if undefined else ">" if cc_relation == ">" else "<" if ic_relation == ">" else "="
        is_hit = ic_relation != ">" and index is not None and index >= 10
        rows.append({
            "compound": name, "is_hit": is_hit, "ic50_molar": ic, "ic50_relation": ic_relation, "cc50_molar": cc,
            "cc50_relation": cc_relation, "selectivity_index": index, "selectivity_relation": relation,
            "reason": "selective" if is_hit else "inactive" if ic_relation == ">" else f"SI {index:.1f}, below 10",
        })  # fmt: skip
    order = ["is_hit", "ic50_molar", "compound"]
    return pl.DataFrame(rows, infer_schema_length=None).sort(order, descending=[True, False, False])


def toy_plates(names: list[str]) -> pl.DataFrame:
    """Plates that pass, are warned about and fail, in turn."""
    verdicts = [
        ("pass", 0.71, None),
        ("warn", 0.46, "Z' 0.46 is below 0.5"),
        ("fail", -0.12, "Z' -0.12 is below 0: the controls overlap; 31 of 384 wells failed"),
    ]
    rows = [
        {
            "plate": name, "readout": "infected_fraction", "status": verdict, "z_prime": factor,
            "robust_z_prime": factor + 0.03, "ssmd": -11.2, "reasons": reasons, "signal_to_background": 28.4,
            "negative_control_cv": 5.8, "positive_control_cv": 21.0, "edge_effect_percent": -3.1,
            "edge_p_value": 0.01, "gradient_percent": 1.2, "n_failed_wells": 1, "n_warning_wells": 0,
        }
        for name, (verdict, factor, reasons) in zip(names, verdicts * len(names), strict=False)
    ]  # fmt: skip
    return pl.DataFrame(rows, infer_schema_length=None)


def toy_names(count: int, random: Random) -> list[str]:
    known = ["remdesivir", "niclosamide", "nafamostat", "chloroquine", "lopinavir", "ciclesonide", "emetine", "digoxin"]
    return known[:count] + [f"SWN-{random.integers(10_000, 99_999)}-{index}" for index in range(8, count)]


def make_toy_results(
    *, compounds: int = 6, plates: int = 1, size: int = 96, thumbnails: int = 32, seed: int = 1
) -> ScreenResults:
    """Compounds are split evenly over the plates; `thumbnails` is the size of the pictures, 0 for none."""
    random = np.random.default_rng(seed)
    names = toy_names(compounds, random)
    midpoints = [
        (float(10 ** random.uniform(-8.5, -5)) if random.random() < 0.6 else None,
         float(10 ** random.uniform(-5.6, -4)) if random.random() < 0.5 else None)
        for _ in names
    ]  # fmt: skip
    plate_names = [f"P{index + 1}" for index in range(plates)]
    share = -(-compounds // plates)
    parts = [slice(index * share, (index + 1) * share) for index in range(plates)]
    tables = [
        toy_wells(random, plate, size, dict(zip(names[part], midpoints[part], strict=True)))
        for plate, part in zip(plate_names, parts, strict=True)
    ]
    wells = normalise(pl.concat(tables, how="vertical_relaxed"))
    broken = pl.col("well") == "C01"
    hidden = [
        column for column in wells.columns if wells.schema[column] == pl.Float64 and column != "concentration_molar"
    ]
    wells = wells.with_columns(
        pl.when(broken).then(pl.lit("failed")).otherwise("status").alias("status"),
        pl.when(broken).then(pl.lit("field 2, Virus: the file is truncated")).alias("reason"),
        *(pl.when(~broken).then(column).alias(column) for column in hidden),
    )  # fmt: skip
    hits = toy_hits(names, midpoints)
    active, selective = int(hits["ic50_relation"].ne(">").sum()), int(hits["is_hit"].sum())
    pictures = {
        (plate, well): toy_thumbnail(random, 1 - (effect or 0) / 100, thumbnails)
        for plate, well, effect in wells.select("plate", "well", "infected_fraction_inhibition").iter_rows()
        if thumbnails
    }
    return ScreenResults(
        campaign="Dengue repurposing, first plate", wells=wells, plates=toy_plates(plate_names),
        curves=toy_curves(names, midpoints), curve_points=toy_points(wells, random), hits=hits, readouts=READOUTS,
        cascade=[("compounds", compounds), ("active", active), ("not toxic", selective), ("selective", selective)],
        thumbnails=pictures,
        settings={"assay": {"kind": "infection", "threshold": 0.031}, "hits": {"minimum_selectivity": 10.0}},
        provenance={"swanneck": "0.1.0", "python": "3.11", "inputs": ["campaign.toml", "layout.csv"]},
        messages=["Plate P1: 1 well failed and is left out of the controls."],
    )  # fmt: skip


@pytest.fixture
def toy_results() -> Callable[..., ScreenResults]:
    return make_toy_results


@pytest.fixture
def plain_results() -> ScreenResults:
    """A toy screen of six compounds on a 96-well plate, with small pictures."""
    return make_toy_results()


@pytest.fixture
def written(tmp_path: Path) -> Callable[[ScreenResults], Path]:
    """Writes a page as a user finds it."""

    def write(results: ScreenResults) -> Path:
        path = tmp_path / "index.html"
        path.write_text(render_screen_report(results), encoding="utf-8")
        return path

    return write
