"""Everything about a campaign that can be known before hours of work: images, channels, layout, controls, disk."""

import re
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from swanneck.foundation.errors import InputError, SettingsError, StorageError
from swanneck.foundation.files import write_atomically
from swanneck.imaging.readers import PlateImages, read_plates
from swanneck.imaging.segmentation import choose_nuclei_method
from swanneck.screening.assays import complete_cells, list_readouts, score_wells
from swanneck.screening.decisions import mask_wells, override_calls
from swanneck.screening.layout_linter import lint_layout
from swanneck.screening.layouts import Layout, read_layout
from swanneck.screening.linked_plates import link_layout
from swanneck.screening.plate_maps.findings import Finding
from swanneck.workflows.apply_extras import Extras, add_readouts, read_extras
from swanneck.workflows.campaign import Campaign, load_campaign
from swanneck.workflows.field_objects import plan_objects
from swanneck.workflows.measure_well import empty_cells

__all__ = ["CampaignCheck", "check_campaign", "needed_controls"]

_BYTES_PER_WELL = 300_000
"""Cells, fields and picture of a well with a few hundred cells take about a third of this."""

_SHOWN = 3


@dataclass(frozen=True)
class CampaignCheck:
    """What a campaign was understood to be, and what is wrong with it. It can run where `errors` is empty."""

    campaign: Campaign
    plates: list[PlateImages] = field(default_factory=list)
    layout: pl.DataFrame = field(default_factory=pl.DataFrame)
    understood: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    extras: Extras = field(default_factory=Extras)

    @property
    def errors(self) -> list[Finding]:
        """The findings that a run cannot start with."""
        return [finding for finding in self.findings if finding.level == "error"]

    def raise_errors(self) -> None:
        """Raise `InputError` with the first error, and how many more there are; do nothing where there is none."""
        if not self.errors:
            return
        first, more = self.errors[0], len(self.errors) - 1
        remedy = first.remedy + (f" ({more} more: swanneck screen check shows all)" if more else "")
        raise InputError(first.message, where=first.where, remedy=remedy)


def check_campaign(campaign: Campaign | Path) -> CampaignCheck:
    """Look at everything that a run needs without running it; findings are collected, not raised.

    Raises `SettingsError` only where the campaign file itself cannot be understood.
    """
    campaign = campaign if isinstance(campaign, Campaign) else load_campaign(campaign)
    understood: list[str] = []
    findings: list[Finding] = []
    plates = _read_plates(campaign, findings)
    for plate in plates:
        understood.append(
            f"plate {plate.name}: {len(plate.wells)} wells, {len(plate.fields)} fields, "
            f"channels {', '.join(plate.channels)} ({plate.reader})"
        )
        findings += [*_check_channels(plate, campaign), *_check_planes(plate, campaign), *_check_files(plate)]
    findings += [*_check_nuclei_method(campaign), *_check_readouts(campaign)]
    extras = _read_extras(campaign, understood, findings)
    layout = _read_layout(campaign, plates, extras, (understood, findings))
    findings += [*_check_extras(extras, layout), *_check_disk(campaign, plates)]
    order = {"error": 0, "warning": 1, "note": 2}
    return CampaignCheck(
        campaign, plates, layout, understood, sorted(findings, key=lambda finding: order[finding.level]), extras
    )


def needed_controls(campaign: Campaign) -> list[str]:
    """List the control roles that every plate must have for this assay.

    Counting cells, or parasites in them, works without controls (nothing is normalised then); a fixed threshold spares
    the uninfected wells.
    """
    assay = campaign.assay.assay
    if assay.cut == "controls" and campaign.assay.threshold is not None:
        return ["negative_control"]
    return list(assay.controls)


def _read_plates(campaign: Campaign, findings: list[Finding]) -> list[PlateImages]:
    images = campaign.images
    try:
        plates = read_plates(
            campaign.image_folder, pattern=images.pattern, reader=images.reader, channels=images.channels,
            plate=images.plate, z=images.z,
        )  # fmt: skip
    except (InputError, SettingsError) as error:
        findings.append(Finding("no_images", "error", error.problem, error.where, error.remedy))
        return []
    for plate in plates:
        if re.search(r'[/\\\0:*?"<>|]|^\.', plate.name):
            message = f"plate name {plate.name!r} cannot be the name of a folder"
            findings.append(Finding("plate_name", "error", message, remedy="Set images.plate to a plain name"))
    return plates


def _check_channels(plate: PlateImages, campaign: Campaign) -> list[Finding]:
    missing = [name for name in campaign.channels if name not in plate.channels]
    if not missing:
        return []
    message = f"channel {', '.join(missing)} of [channels] has no images; there are {', '.join(plate.channels)}"
    remedy = "Name the channels under [channels] as the files do, or rename them with images.channels"
    return [Finding("missing_channel", "error", message, f"plate {plate.name}", remedy)]


def _check_nuclei_method(campaign: Campaign) -> list[Finding]:
    try:
        choose_nuclei_method(campaign.segmentation.nuclei_method)
    except SettingsError as error:
        return [Finding("nuclei_method", "error", error.problem, "segmentation.nuclei_method", error.remedy)]
    return []


def _check_readouts(campaign: Campaign) -> list[Finding]:
    """Try the readouts on a table of no cells: a slip in one would otherwise show after all wells are measured."""
    try:
        readouts = list_readouts(campaign.assay, campaign.target_channel, threshold=0.0)
        cells = empty_cells(campaign.channels, plan_objects(campaign))
        score_wells(complete_cells(cells, campaign.assay, campaign.target_channel, 0.0), readouts)
    except SettingsError as error:
        return [Finding("readouts", "error", error.problem, error.where or "[assay]", error.remedy)]
    return []


def _check_planes(plate: PlateImages, campaign: Campaign) -> list[Finding]:
    missing = [one for one in plate.missing_planes() if one[2] in campaign.channels]
    if not missing:
        return []
    shown = ", ".join(f"{well} field {number} {channel}" for well, number, channel in missing[:_SHOWN])
    message = f"{len(missing)} images are missing: {shown}{' ...' if len(missing) > _SHOWN else ''}"
    return [Finding("missing_images", "warning", message, f"plate {plate.name}", "These fields are left out")]


def _check_files(plate: PlateImages) -> list[Finding]:
    empty = [
        file.path.name
        for planes in plate.fields.values()
        for plane in planes.values()
        for file in plane.shown
        # A plane of a Zarr array is in a folder.
        if not file.path.is_dir() and (not file.path.is_file() or file.path.stat().st_size == 0)
    ]
    if not empty:
        return []
    message = f"{len(empty)} image files are missing or empty: {', '.join(empty[:_SHOWN])}"
    return [Finding("empty_files", "warning", message, f"plate {plate.name}", "These fields are left out")]


def _read_extras(campaign: Campaign, understood: list[str], findings: list[Finding]) -> Extras:
    try:
        extras = read_extras(campaign.extras.below(campaign.folder))
    except (InputError, SettingsError) as error:
        findings.append(Finding("extras", "error", error.problem, error.where or "[extras]", error.remedy))
        return Extras()
    understood += [line for table in extras.tables for line in table.understood]
    return extras


def _check_extras(extras: Extras, layout: pl.DataFrame) -> list[Finding]:
    """Try decisions and added tables on the wells of the layout: a slip would otherwise show after hours."""
    if not layout.height:
        return []
    try:
        wells = layout.select("plate", "well", pl.lit("ok").alias("status"), pl.lit(None, pl.String).alias("reason"))
        if extras.decisions is not None:
            mask_wells(wells, extras.decisions)
            calls = layout.select("compound").drop_nulls().unique()
            hits = calls.with_columns(pl.lit(value=False).alias("is_hit"), pl.lit("").alias("reason"))
            override_calls(hits, extras.decisions)
        add_readouts(wells, extras, [])
    except InputError as error:
        return [Finding("extras", "error", error.problem, error.where or "[extras]", error.remedy)]
    return []


def _read_layout(
    campaign: Campaign, plates: list[PlateImages], extras: Extras, told: tuple[list[str], list[Finding]]
) -> pl.DataFrame:
    understood, findings = told
    path = campaign.folder / campaign.layout.file
    wells = {plate.name: list(plate.wells) for plate in plates}
    try:
        layout: Layout = read_layout(path, unit=campaign.layout.unit, roles=campaign.layout.roles)
        table = link_layout(layout.for_plates(wells), extras.links, wells) if wells else layout.table
        layout = replace(layout, table=table) if "transfer" in table.columns else layout
    except (InputError, SettingsError) as error:
        findings.append(Finding("layout", "error", error.problem, error.where or str(path), error.remedy))
        return pl.DataFrame()
    table = table.unique(["plate", "well"], keep="first", maintain_order=True)  # what differs is an error of the linter
    understood += layout.understood
    findings += lint_layout(layout, image_wells=wells or None, needs=needed_controls(campaign))
    return table


def _check_disk(campaign: Campaign, plates: list[PlateImages]) -> list[Finding]:
    probe = campaign.results / ".probe"
    try:
        write_atomically(probe, b"")
        probe.unlink()
    except StorageError as error:
        return [Finding("results_not_writable", "error", error.problem, error.where, error.remedy)]
    needed = _BYTES_PER_WELL * sum(len(plate.wells) for plate in plates)
    free = shutil.disk_usage(campaign.results).free
    if free >= needed:
        return []
    message = f"{free / 1e6:.0f} MB are free, the results may need {needed / 1e6:.0f} MB"
    return [Finding("disk_space", "warning", message, str(campaign.results), "Free some space before the run")]
