"""From the cells on disk to one row per well, plate by plate, each with the threshold of its own controls."""

from pathlib import Path

import polars as pl

from swanneck.imaging.readers import PlateImages
from swanneck.screening.assays import Readout, estimate_threshold, list_readouts, pathogen_column
from swanneck.screening.wells import mark_out_of_focus, summarise_plate
from swanneck.statistics.thresholds import Threshold
from swanneck.workflows.campaign import Campaign
from swanneck.workflows.measure_well import FIELD_COLUMNS, WellFiles, empty_cells

__all__ = ["choose_threshold", "describe_threshold", "summarise_plates"]


def summarise_plates(
    plates: list[PlateImages], layout: pl.DataFrame, campaign: Campaign, failures: dict[tuple[str, str], str]
) -> tuple[pl.DataFrame, list[Readout], list[str]]:
    """Aggregate cells to wells, plate by plate, each with the threshold of its own controls."""
    tables, notes = [], []
    for plate in plates:
        fields = mark_out_of_focus(_read_fields(plate, campaign.results, failures), campaign.analysis.wells)
        plate_layout = layout.filter(pl.col("plate") == plate.name)
        # A well that failed may have cells of an earlier run, with other columns.
        measured = [well for well in plate.wells if (plate.name, well) not in failures]
        there = [WellFiles.of(campaign.results, plate.name, well).cells for well in measured]
        cells = pl.scan_parquet(there, glob=False) if there else empty_cells(campaign.channels).lazy()
        good = fields.filter(pl.col("status") == "ok").select("well", "field").lazy()
        cells = cells.join(good, on=["well", "field"], how="semi")
        threshold = choose_threshold(cells, plate_layout, campaign)
        if threshold:
            notes.append(describe_threshold(plate.name, threshold, campaign))
        elif campaign.assay.kind == "infection":
            notes.append(
                f"plate {plate.name}: no infected fractions, since a control has no cells to take the threshold from"
            )
        readouts = list_readouts(campaign.assay, campaign.target_channel, threshold.value if threshold else None)
        needed = {"well", "field"}.union(*(
            pl.sql_expr(readout.expression).meta.root_names() for readout in readouts if readout.expression
        ))  # fmt: skip
        known = [name for name in cells.collect_schema().names() if name in needed]
        wells = summarise_plate(
            cells.select(known).collect(), fields, plate_layout, readouts=readouts, settings=campaign.analysis.wells
        )
        tables.append(wells.with_columns(infection_threshold=pl.lit(threshold.value)) if threshold else wells)
    wells = pl.concat(tables, how="diagonal_relaxed")
    return wells, list_readouts(campaign.assay, campaign.target_channel), notes


def choose_threshold(cells: pl.LazyFrame, layout: pl.DataFrame, campaign: Campaign) -> Threshold | None:
    """Give a plate's infection threshold: the user's, or the one that its control wells show; else none.

    `cells` has `well` and the pathogen's column; `layout` is the plate's.
    """
    if campaign.assay.kind != "infection" or campaign.target_channel is None:
        return None
    if campaign.assay.threshold is not None:
        return Threshold(campaign.assay.threshold, float("nan"), float("nan"))
    column = pathogen_column(campaign.assay, campaign.target_channel)
    controls = layout.filter(pl.col("role").is_in(["negative_control", "positive_control"])).select("well").lazy()
    return estimate_threshold(
        cells.select("well", column).join(controls, on="well", how="semi").collect(), layout, column
    )


def describe_threshold(plate: str, threshold: Threshold, campaign: Campaign) -> str:
    """Say in a sentence what counts as infected on a plate, and how that was found."""
    column = pathogen_column(campaign.assay, campaign.target_channel or "")
    text = f"plate {plate}: a cell is infected where {column} > {threshold.value:.4g}"
    if campaign.assay.threshold is not None:
        return f"{text}, as the campaign says"
    return (
        f"{text}, from the control wells ({100 * threshold.share_high:.1f} % of the cells of the negative controls are "
        f"above it, {100 * threshold.share_low:.1f} % of those of the positive controls)"
    )


def _read_fields(plate: PlateImages, results: Path, failures: dict[tuple[str, str], str]) -> pl.DataFrame:
    tables = []
    for well in plate.wells:
        if (plate.name, well) in failures:
            reason = failures[plate.name, well]
            rows = [
                {"plate": plate.name, "well": well, "field": number, "status": "failed", "reason": reason}
                for number in plate.fields_of(well)
            ]
            tables.append(pl.DataFrame(rows))
        else:
            tables.append(pl.read_parquet(WellFiles.of(results, plate.name, well).fields, glob=False))
    empty = pl.DataFrame(schema=FIELD_COLUMNS)
    return pl.concat([empty, *tables], how="diagonal_relaxed")
