"""Claim: potencies and hits of simulated plates come back. Prints each figure beside its limit.

    python benchmarks/recovery.py              the analysis alone, on drawn counts of cells (40 plates, seconds)
    python benchmarks/recovery.py --images 5   from images to hits, on 5 painted plates (about 2 minutes a plate)
    python benchmarks/recovery.py --second 5   the same on another simulator's plates, one of each style

In the first, every cell is counted and called rightly; what is left is life: few cells, wells that differ, edges,
dispensing. The second adds segmentation, intensities and thresholds. Curves are pooled over plates.
"""

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from swanneck.screening.assays import AssaySettings, list_readouts
from swanneck.screening.simulation import SimulationSettings, design_plate
from swanneck.workflows.analyse_wells import analyse_wells


@dataclass(frozen=True)
class Screened:
    """A plate's seed and range of doses, its truth, and what came out."""

    seed: int
    lowest: float
    highest: float
    truth: pl.DataFrame
    curves: pl.DataFrame
    hits: pl.DataFrame


READOUTS = [readout for readout in list_readouts(AssaySettings(), "Virus") if readout.role != "other"]

LIMITS = {
    "actives in range with a number": (0.90, 1.0),
    "of those within a factor of 2": (0.95, 1.0),
    "95 % intervals that hold the truth": (0.90, 0.98),
    "CC50 above the top dose is censored": (0.98, 1.0),
    "recall of hits": (0.95, 1.0),
    "recall of hits, IC50 in range or below": (0.95, 1.0),
    "false discovery": (0.0, 0.05),
}


def plates_of_counts(seeds: range) -> Iterator[Screened]:
    """Give settings, truth, curves and hits of plates whose cells are counted without a mistake."""
    for seed in seeds:
        settings = SimulationSettings(seed=seed)
        design = design_plate(settings)
        rng = np.random.default_rng([seed, 77])
        cells = rng.poisson(settings.fields * design.wells["cells_expected"].to_numpy())
        infected = rng.binomial(cells, design.wells["infected_expected"].to_numpy())
        wells = design.wells.select(
            pl.lit("P1").alias("plate"), "well", "compound", pl.col("dose_molar").alias("concentration_molar"), "role",
            pl.Series("cell_count", cells.astype(float)), pl.lit(settings.fields).alias("n_fields"),
            pl.lit("ok").alias("status"), pl.lit(None, pl.String).alias("reason"),
            pl.Series("infected_fraction", np.where(cells > 0, infected / np.maximum(cells, 1), np.nan)).fill_nan(None),
        )  # fmt: skip
        tables = analyse_wells(wells, READOUTS)
        yield _screened(settings, design.truth, tables.curves, tables.hits)


def _screened(settings: SimulationSettings, truth: pl.DataFrame, curves: pl.DataFrame, hits: pl.DataFrame) -> Screened:
    return Screened(settings.seed, settings.lowest_dose_molar, settings.top_dose_molar, truth, curves, hits)


def plates_of_images(seeds: range) -> Iterator[Screened]:
    """Give settings, truth, curves and hits of plates painted, read, segmented and measured."""
    from swanneck.execution.processes import default_workers
    from swanneck.workflows.screen_plate import screen_plate
    from swanneck.workflows.simulate_plate import simulate_plate

    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            settings = SimulationSettings(seed=seed)
            plate = simulate_plate(Path(folder), settings, workers=default_workers())
            screen_plate(plate.campaign)
            results = Path(folder) / "results"
            curves, hits = pl.read_parquet(results / "curves.parquet"), pl.read_parquet(results / "hits.parquet")
            yield _screened(settings, plate.truth, curves, hits)


def plates_of_another_painter(seeds: range) -> Iterator[Screened]:
    """Give what came out of plates of `second_simulator`, through `screen init` and `screen run`."""
    from second_simulator import DOSES, STYLES, paint_plate
    from swanneck.workflows import init_campaign, screen_plate

    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            paint_plate(Path(folder), STYLES[(seed - 1) % len(STYLES)], seed)
            init_campaign(Path(folder))
            screen_plate(Path(folder) / "campaign.toml")
            results = Path(folder) / "results"
            truth = pl.read_csv(Path(folder) / "truth.csv", schema_overrides={"ic50_molar": float, "cc50_molar": float})
            curves, hits = pl.read_parquet(results / "curves.parquet"), pl.read_parquet(results / "hits.parquet")
            yield Screened(seed, float(DOSES[-1]), float(DOSES[0]), truth, curves, hits)


def compare(plate: Screened) -> pl.DataFrame:
    """Give one row per compound with a flag per claim; null where the claim does not speak of the compound."""
    low, high, truth, curves, hits = plate.lowest, plate.highest, plate.truth, plate.curves, plate.hits
    names = {"class": "true_class", "slope": "true_slope", "ic50_molar": "true_ic50", "cc50_molar": "true_cc50"}
    table = truth.rename(names)
    table = table.join(hits.select("compound", "is_hit", "ic50_molar", "ic50_relation", "cc50_relation"), on="compound")
    for readout, name in ((READOUTS[0].name, "ic50"), (READOUTS[1].name, "cc50")):
        bounds = curves.filter(pl.col("readout") == readout).select(
            "compound", pl.col("ec50_relation").alias(f"{name}_kind"),
            pl.col("ec50_low").alias(f"{name}_low"), pl.col("ec50_high").alias(f"{name}_high"),
        )  # fmt: skip
        table = table.join(bounds, on="compound", how="left")
    active = pl.col("true_ic50").is_not_null()
    selective = pl.col("true_cc50").is_null() | (pl.col("true_cc50") > high)
    selective = selective | (pl.col("true_cc50") / pl.col("true_ic50") >= 10)
    table = table.with_columns(
        true_hit=active & selective.fill_null(False),
        in_range=pl.col("true_ic50").is_between(low, high).fill_null(False),
        number=pl.col("ic50_relation") == "=",
    )
    return table.with_columns(
        pl.when("in_range").then("number").alias("actives in range with a number"),
        pl.when(pl.col("in_range") & pl.col("number"))
        .then((pl.col("ic50_molar") / pl.col("true_ic50")).log(2).abs() <= 1)
        .alias("of those within a factor of 2"),
        _holds("ic50", pl.col("in_range")).alias("95 % intervals that hold the truth, IC50"),
        _holds("cc50", pl.col("true_cc50") <= high).alias("95 % intervals that hold the truth, CC50"),
        pl.when(pl.col("true_cc50").is_null() | (pl.col("true_cc50") > high))
        .then(pl.col("cc50_relation") == ">")
        .alias("CC50 above the top dose is censored"),
        pl.when("true_hit").then("is_hit").alias("recall of hits"),
        pl.when(pl.col("true_hit") & (pl.col("true_ic50") <= high))
        .then("is_hit")
        .alias("recall of hits, IC50 in range or below"),
        pl.when("is_hit").then(~pl.col("true_hit")).alias("false discovery"),
    )


def _holds(name: str, spoken_of: pl.Expr) -> pl.Expr:
    # A side without a bound is open.
    truth = pl.col(f"true_{name}")
    inside = (pl.col(f"{name}_low").fill_null(0) <= truth) & (truth <= pl.col(f"{name}_high").fill_null(np.inf))
    return pl.when(spoken_of & (pl.col(f"{name}_kind") == "=")).then(inside)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=0, metavar="PLATES", help="paint and screen this many plates")
    parser.add_argument("--second", type=int, default=0, metavar="PLATES", help="the same with another simulator")
    parser.add_argument("--plates", type=int, default=40, help="plates of drawn counts")
    parser.add_argument("--table", type=Path, help="write the compounds, truth beside result, to this CSV file")
    chosen = parser.parse_args()
    if chosen.images:
        plates = plates_of_images(range(1, chosen.images + 1))
    elif chosen.second:
        plates = plates_of_another_painter(range(1, chosen.second + 1))
    else:
        plates = plates_of_counts(range(1, chosen.plates + 1))
    rows = [compare(plate).select(pl.lit(plate.seed).alias("seed"), pl.all()) for plate in plates]
    table = pl.concat(rows, how="diagonal_relaxed")
    if chosen.table:
        table.write_csv(chosen.table)
    source = "images" if chosen.images else "another painter's images" if chosen.second else "counts"
    print(f"{table['seed'].n_unique()} plates, {table.height} compounds, from {source} to hits")
    intervals = [table[f"95 % intervals that hold the truth, {name}"].drop_nulls() for name in ("IC50", "CC50")]
    for claim, (low, high) in LIMITS.items():
        flags = table[claim].drop_nulls() if claim in table.columns else pl.concat(intervals)
        share = flags.mean() if len(flags) else float("nan")
        verdict = "met" if low <= share <= high else "MISSED"
        print(f"{claim:45s} {share:7.1%} of {len(flags):4d}   limit {low:.0%} to {high:.0%}   {verdict}")
        if claim not in table.columns:
            for flags in intervals:
                print(f"    {flags.name.split(', ')[1]:41s} {flags.mean() or 0:7.1%} of {len(flags):4d}")


if __name__ == "__main__":
    main()
