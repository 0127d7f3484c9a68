"""From cells and fields to one row per well, with what went wrong and whether the well still counts.

A well's status is `ok`, `warning` or `failed`; failed wells stay in the table with their reason and are left out of
every control, curve and quality figure.
"""

import polars as pl

from swanneck.foundation.settings import Settings
from swanneck.foundation.tables import WELLS, check_table
from swanneck.foundation.wells import well_position
from swanneck.screening.assays import CELL_COUNT, Readout, score_wells

__all__ = ["WellSettings", "summarise_plate"]


class WellSettings(Settings):
    """When a field or well counts.

    - `minimum_cells`: a share of fewer cells than this is not worth a point on a curve: at 20 cells the standard
      error of a fraction is 11 percentage points.
    """

    minimum_cells: int = 20


def summarise_plate(
    cells: pl.DataFrame, fields: pl.DataFrame, layout: pl.DataFrame, *, readouts: list[Readout], settings: WellSettings
) -> pl.DataFrame:
    """Summarise one plate's cells to the WELLS contract, one row per well of the layout or the images.

    `cells` has `well`, `field` and the cell columns; `fields` has one row per field: `well`, `field`, `status` (`ok`,
    `left_out`, `failed`), `reason`, `cell_count`. Cells of fields that are not `ok` do not count.
    `cell_count` is the mean number of cells per good field times the usual number of fields of a well, so that a
    well that lost a field is not taken for a toxic one. Other numbers (`Readout.law`) are scaled alike.
    """
    good = fields.filter(pl.col("status") == "ok")
    usual = int(fields.group_by("well").len()["len"].mode().max() or 1) if fields.height else 1  # type: ignore[arg-type]
    counted = good.group_by("well").agg(
        pl.len().cast(pl.Int64).alias("n_fields"), (pl.col("cell_count").mean() * usual).alias(CELL_COUNT)
    )
    if "condensed_count" in good.columns:
        dead = good.group_by("well").agg(pl.col("condensed_count").sum(), pl.col("cell_count").sum().alias("living"))
        share = pl.col("condensed_count") / (pl.col("condensed_count") + pl.col("living"))
        counted = counted.join(dead.select("well", share.fill_nan(None).alias("condensed_fraction")), on="well")
    troubles = (
        fields.filter(pl.col("status") != "ok")
        .sort("field")
        .group_by("well")
        .agg(
            pl.len().alias("n_bad_fields"), pl.format("field {}: {}", "field", "reason").str.join("; ").alias("trouble")
        )
    )
    computed = {CELL_COUNT, "n_fields", "status", "reason", *(readout.name for readout in readouts)}
    layout = layout.rename({name: f"{name} (layout)" for name in layout.columns if name in computed})
    scored = score_wells(cells.join(good.select("well", "field"), on=["well", "field"], how="semi"), readouts)
    plate = layout["plate"][0] if layout.height else fields["plate"][0]
    imaged = fields.select("well").unique()
    wells = layout.join(imaged, on="well", how="full", coalesce=True).with_columns(pl.col("plate").fill_null(plate))
    for table in (counted, troubles, scored):
        wells = wells.join(table, on="well", how="left")
    # What could not be computed on this plate (no threshold without controls) is missing, not absent.
    wells = wells.with_columns(
        pl.lit(None, pl.Float64).alias(readout.name) for readout in readouts if readout.name not in wells.columns
    )
    wells = wells.with_columns(_scale_number(readout, usual) for readout in readouts if readout.expression is not None)
    wells = wells.join(imaged.with_columns(pl.lit(True).alias("_imaged")), on="well", how="left")
    wells = _judge(wells, settings).drop("_imaged", "trouble", "n_bad_fields")
    order = sorted(wells["well"].to_list(), key=well_position)
    wells = wells.sort(pl.col("well").cast(pl.Enum(order)))
    names = list(WELLS.columns)
    return check_table(wells, WELLS).select(*names, pl.exclude(names))


def _scale_number(readout: Readout, usual: int) -> pl.Expr:
    """Bring a number of cells or of other things to what it is in a well with all its fields."""
    value = pl.col(readout.name)
    if readout.law == "count":
        value = value.fill_null(0.0)
    elif readout.law != "objects":
        return value
    return pl.when(pl.col("n_fields") > 0).then(value * usual / pl.col("n_fields")).alias(readout.name)


def _judge(wells: pl.DataFrame, settings: WellSettings) -> pl.DataFrame:
    no_images, no_field = pl.col("_imaged").is_null(), pl.col("n_fields").is_null()
    few = (pl.col(CELL_COUNT) < settings.minimum_cells) & (pl.col("role") != "empty")
    unexpected = (pl.col("role") == "empty") & (pl.col(CELL_COUNT) >= settings.minimum_cells)
    unknown = pl.col("role").is_null()
    status = (
        pl.when(no_images | no_field).then(pl.lit("failed"))
        .when(pl.col("trouble").is_not_null() | few | unexpected | unknown).then(pl.lit("warning"))
        .otherwise(pl.lit("ok"))
    )  # fmt: skip
    cells = pl.col(CELL_COUNT).round(0).cast(pl.Int64)
    reason = (
        pl.when(no_images).then(pl.lit("no images"))
        .when(pl.col("trouble").is_not_null()).then(pl.col("trouble"))
        .when(unknown).then(pl.lit("not in the layout"))
        .when(few).then(pl.format("{} cells, fewer than {}", cells, pl.lit(settings.minimum_cells)))
        .when(unexpected).then(pl.format("{} cells in a well that should be empty", cells))
    )  # fmt: skip
    return wells.with_columns(status.alias("status"), reason.alias("reason"), pl.col("n_fields").fill_null(0))
