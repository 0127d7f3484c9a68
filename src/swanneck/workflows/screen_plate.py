"""The main job: images -> cells -> wells -> quality -> curves -> hits -> report. Resumable at any point.

State is what lies on disk. The results of each well carry a key made of its images, the settings and the plate's
estimates; a well is done when its results are there with the key that they should have. So a killed run, started
again, does what is missing, and a changed setting redoes what depends on it. What follows the cells takes seconds and
is always done again.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from swanneck.execution.processes import default_workers
from swanneck.foundation.files import claim_folder, file_sha256, remove_temporary_files
from swanneck.foundation.provenance import content_key, software_versions
from swanneck.imaging.segmentation import describe_nuclei_method
from swanneck.screening.assays import Readout
from swanneck.screening.decisions import mask_wells
from swanneck.workflows.analyse_wells import ScreenTables, analyse_wells
from swanneck.workflows.apply_extras import add_readouts, finish_hits
from swanneck.workflows.campaign import Campaign, load_campaign
from swanneck.workflows.check_campaign import CampaignCheck, check_campaign
from swanneck.workflows.measure_plates import Progress, measure_plates
from swanneck.workflows.run_log import RunLog
from swanneck.workflows.summarise_plates import Summary, summarise_plates
from swanneck.workflows.write_results import write_results

__all__ = ["ScreenRun", "screen_plate"]


@dataclass(frozen=True)
class ScreenRun:
    """A finished run: its tables, its page, and how many wells were measured now or kept from before."""

    tables: ScreenTables
    report: Path
    n_wells_measured: int
    n_wells_kept: int


def screen_plate(
    campaign: Campaign | Path, *, workers: int | None = None, progress: Progress | None = None
) -> ScreenRun:
    """Screen the plates of a campaign: from images to tables and a page of hits, in `results/` beside the campaign.

    `workers` processes measure wells (None: one per core). `progress(step, done, all)` is called as work goes on.
    Wells that are on disk with the same images and settings are kept. A well that cannot be measured is listed with
    the reason; what cannot go on at all stops before the work.

    Raises `SettingsError` or `InputError` where the campaign cannot run (see `check_campaign`), `StorageError` where
    the disk is full or read-only, or another run is at work on the campaign.
    """
    campaign = campaign if isinstance(campaign, Campaign) else load_campaign(campaign)
    progress = progress or _show_nothing
    check = check_campaign(campaign)
    check.raise_errors()
    if campaign.candidates is not None:
        campaign.candidates.below(campaign.folder).check()
    with claim_folder(campaign.results):
        return _screen(campaign, check, workers or default_workers(), progress)


def _screen(campaign: Campaign, check: CampaignCheck, workers: int, progress: Progress) -> ScreenRun:
    remove_temporary_files(campaign.results)
    log = RunLog(campaign.folder / "log.jsonl")
    log.write("start", versions=software_versions(), findings=[str(finding) for finding in check.findings])

    measured = measure_plates(check.plates, campaign, workers=workers, progress=progress, log=log)
    progress("analysing", 0, 1)
    summary = summarise_plates(check.plates, check.layout, campaign, measured.failures)
    tables, readouts = _analyse(summary, check, campaign)
    warnings = [str(finding) for finding in check.findings if finding.level == "warning"]
    made_from = {
        "nuclei_method": describe_nuclei_method(campaign.segmentation.nuclei_method),
        "cells_key": content_key(sorted(measured.keys.items())),
    }
    made_from |= {f"extras/{path.name}": file_sha256(path) for path in _files_of(campaign)}
    page = write_results(
        replace(tables, fields=summary.fields), campaign.results, name=campaign.name, readouts=readouts,
        settings=campaign.model_dump(mode="json"), messages=[*summary.notes, *tables.messages, *warnings],
        made_from=made_from,
    )  # fmt: skip
    progress("analysing", 1, 1)
    if campaign.candidates is not None:
        # Imported here: structures need RDKit, which a screen does not.
        from swanneck.workflows.rank_candidates import rank_candidates  # noqa: PLC0415

        rank_candidates(
            campaign.results,
            campaign.candidates.below(campaign.folder),
            out=campaign.results / "candidates",
            progress=progress,
        )
    kept = len(measured.keys) - measured.n_measured
    log.write("done", wells_measured=measured.n_measured, wells_kept=kept, report=str(page))
    return ScreenRun(tables, page, measured.n_measured, kept)


def _files_of(campaign: Campaign) -> list[Path]:
    """List the further files of a screen."""
    files = campaign.extras.below(campaign.folder)
    return [*files.added, *(path for path in (files.links, files.decisions) if path)]


def _analyse(summary: Summary, check: CampaignCheck, campaign: Campaign) -> tuple[ScreenTables, list[Readout]]:
    """Analyse the wells together with what other files say of them; give the tables and all readouts."""
    extras, safe = check.extras, campaign.extras.viability
    joined = add_readouts(summary.wells, extras, [readout.name for readout in summary.readouts])
    added = joined.names[len(summary.readouts) :]
    kept = [
        replace(readout, role="other") if safe and readout.role == "viability" else readout
        for readout in summary.readouts
    ]
    readouts = kept + [
        Readout(name, name.replace("_", " "), "viability" if name == safe else "other") for name in added
    ]
    wells = joined.table if extras.decisions is None else mask_wells(joined.table, extras.decisions)
    tables = analyse_wells(wells, readouts, campaign.analysis, further=added)
    tables = finish_hits(tables, extras)
    return replace(tables, messages=[*joined.understood, *tables.messages]), readouts


def _show_nothing(step: str, done: int, total: int) -> None:
    """Stand in for a progress bar."""
