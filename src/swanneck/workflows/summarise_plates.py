"""From the cells on disk to one row per well, plate by plate, each with the threshold of its own controls."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from swanneck.imaging.readers import PlateImages
from swanneck.screening.assays import Readout, complete_cells, cut_column, estimate_threshold, list_readouts
from swanneck.screening.condensed import count_living, find_condensed
from swanneck.screening.field_quality import describe_marks, mark_fields
from swanneck.screening.wells import summarise_plate
from swanneck.statistics.thresholds import Threshold
from swanneck.workflows.campaign import Campaign
from swanneck.workflows.field_objects import plan_objects
from swanneck.workflows.measure_well import FIELD_COLUMNS, WellFiles, empty_cells

__all__ = ["Summary", "choose_threshold", "describe_threshold", "find_dead", "summarise_plates"]


@dataclass(frozen=True)
class Summary:
    """The wells and fields of all plates, the readouts that wells have, and what there is to say of it."""

    wells: pl.DataFrame
    fields: pl.DataFrame
    readouts: list[Readout]
    notes: list[str]


def summarise_plates(
    plates: list[PlateImages], layout: pl.DataFrame, campaign: Campaign, failures: dict[tuple[str, str], str]
) -> Summary:
    """Aggregate cells to wells, plate by plate, each with the threshold of its own controls."""
    tables, marked, notes = [], [], []
    for plate in plates:
        plate_layout = layout.filter(pl.col("plate") == plate.name)
        fields = _read_fields(plate, campaign.results, failures)
        fields = mark_fields(fields, plate_layout, campaign.nuclei_channel, campaign.analysis.fields)
        marked.append(fields)
        if said := describe_marks(fields, campaign.nuclei_channel, campaign.analysis.fields):
            notes.append(f"plate {plate.name}: {said}")
        # A well that failed may have cells of an earlier run, with other columns.
        measured = [well for well in plate.wells if (plate.name, well) not in failures]
        there = [WellFiles.of(campaign.results, plate.name, well).cells for well in measured]
        nothing = empty_cells(campaign.channels, plan_objects(campaign)).lazy()
        cells = pl.scan_parquet(there, glob=False) if there else nothing
        good = fields.filter(pl.col("status") == "ok").select("well", "field").lazy()
        cells = cells.join(good, on=["well", "field"], how="semi")
        if campaign.assay.assay.counts_living:
            condensed = find_dead(cells, plate_layout, campaign)
            cells = cells.join(condensed.lazy(), on=["well", "field", "cell"], how="anti")
            fields = count_living(fields, condensed)
        threshold = choose_threshold(cells, plate_layout, campaign)
        if threshold:
            notes.append(describe_threshold(plate.name, threshold, campaign))
        elif cut_column(campaign.assay, campaign.target_channel):
            what = "infected fractions" if campaign.assay.assay.cut == "controls" else "shares of cells"
            notes.append(f"plate {plate.name}: no {what}, since a control has no cells to take the threshold from")
        readouts = list_readouts(campaign.assay, campaign.target_channel, threshold.value if threshold else None)
        known = cells.select(_needed_columns(readouts, cells, campaign)).collect()
        known = complete_cells(known, campaign.assay, campaign.target_channel, threshold.value if threshold else None)
        wells = summarise_plate(known, fields, plate_layout, readouts=readouts, settings=campaign.analysis.wells)
        tables.append(wells.with_columns(infection_threshold=pl.lit(threshold.value)) if threshold else wells)
    wells, fields = (pl.concat(parts, how="diagonal_relaxed") for parts in (tables, marked))
    return Summary(wells, fields.drop("key"), list_readouts(campaign.assay, campaign.target_channel), notes)


def find_dead(cells: pl.LazyFrame, layout: pl.DataFrame, campaign: Campaign) -> pl.DataFrame:
    """Give `well`, `field`, `cell` of a plate's cells whose nuclei are condensed, reading only what tells them."""
    channel = campaign.nuclei_channel
    brightness = f"Nuclei_Intensity_MeanAboveBackground_{channel}"
    nuclei = cells.select("well", "field", "cell", "Nuclei_AreaShape_Area", brightness).collect()
    return find_condensed(nuclei, layout, channel, campaign.analysis.condensed)


def _needed_columns(readouts: list[Readout], cells: pl.LazyFrame, campaign: Campaign) -> list[str]:
    """Name the columns that readouts are made of, so that no others are read."""
    needed = {"well", "field", cut_column(campaign.assay, campaign.target_channel)}.union(*(
        pl.sql_expr(readout.expression).meta.root_names() for readout in readouts if readout.expression
    ))  # fmt: skip
    if campaign.assay.kind == "foci":
        needed |= {"Nuclei_Location_Center_X", "Nuclei_Location_Center_Y", "Nuclei_AreaShape_Area"}
    return [name for name in cells.collect_schema().names() if name in needed]


def choose_threshold(cells: pl.LazyFrame, layout: pl.DataFrame, campaign: Campaign) -> Threshold | None:
    """Give the threshold that divides a plate's cells: the user's, or the one that its control wells show; else none.

    `cells` has `well` and the assay's column; `layout` is the plate's.
    """
    column = cut_column(campaign.assay, campaign.target_channel)
    if column is None:
        return None
    controls = layout.filter(pl.col("role").is_in(["negative_control", "positive_control"])).select("well").lazy()
    known = cells.select("well", column)
    if campaign.assay.assay.cut != "counts" or layout["role"].is_in(["negative_control"]).any():
        known = known.join(controls, on="well", how="semi")
    return estimate_threshold(known.collect(), layout, campaign.assay, campaign.target_channel)


def describe_threshold(plate: str, threshold: Threshold, campaign: Campaign) -> str:
    """Say in a sentence what counts as infected (or marked, or fused) on a plate, and how that was found."""
    column = cut_column(campaign.assay, campaign.target_channel)
    what = {"mixture": "marked", "fixed": "fused with others"}.get(campaign.assay.assay.cut or "", "infected")
    text = f"plate {plate}: a cell is {what} where {column} > {threshold.value:.4g}"
    if campaign.assay.threshold is not None:
        return f"{text}, as the campaign says"
    if campaign.assay.assay.cut == "fixed":
        return text
    shares = f"{100 * threshold.share_high:.1f} % of the cells of the negative controls are above it"
    if threshold.share_low == threshold.share_low:  # not NaN: there is a group that should have none
        shares += f", {100 * threshold.share_low:.1f} % of those of the positive controls"
    return f"{text}, from the control wells ({shares})"


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
