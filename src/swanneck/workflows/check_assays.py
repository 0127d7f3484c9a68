"""Hold assays to genomes: coverage by group and month, every change with its reason, a page to look at."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from swanneck.diagnostics.intake import GenomeNote, Intake, IntakeSettings, screen_genomes, write_notes
from swanneck.diagnostics.monitoring.assays import read_assays
from swanneck.diagnostics.monitoring.changes import MonitorSettings
from swanneck.diagnostics.monitoring.examine import Panel, examine_genome, make_panel
from swanneck.diagnostics.monitoring.findings import (
    AssayCoverage,
    Examined,
    Finding,
    cover_assays,
    find_changes,
    part_patterns,
)
from swanneck.diagnostics.monitoring.metadata import read_metadata
from swanneck.foundation.errors import InputError
from swanneck.foundation.files import write_atomically
from swanneck.reports.assay_page import AssayPage, render_assay_page
from swanneck.sequences.fasta import FastaRecord, read_fasta

__all__ = ["AssayCheck", "CheckSettings", "check_assays", "examine_records", "read_inputs", "report_check", "sort_out"]

Progress = Callable[[str, int, int], None]


class CheckSettings(MonitorSettings):
    """The settings of a check: those of the judgement, and which column of the metadata groups the genomes."""

    group: str | None = None
    """Column of the metadata by which genomes are grouped; clade, lineage, country, ... where not told."""


@dataclass(frozen=True)
class AssayCheck:
    """What a check found. `excluded` tells for each genome that was left out why; `not_for` lists assays of others.

    `notes` tell of every genome of the file what became of it, in its order.
    """

    panel: Panel
    genomes: tuple[Examined, ...]
    findings: tuple[Finding, ...]
    coverage: dict[str, dict[str, AssayCoverage]]
    excluded: dict[str, str]
    not_for: tuple[str, ...]
    notes: tuple[GenomeNote, ...] = ()

    @property
    def alarms(self) -> list[Finding]:
        """The findings that are alarms."""
        return [finding for finding in self.findings if finding.level == "alarm"]


def check_assays(
    assays: Path,
    genomes: Path,
    *,
    metadata: Path | None = None,
    reference: Path | None = None,
    settings: CheckSettings | None = None,
    out: Path | None = None,
    progress: Progress | None = None,
) -> AssayCheck:
    """Hold a table of assays to a file of genomes, which need not be aligned.

    `metadata` is a table with the genomes' clades and dates; `reference` the genome whose positions are told, the
    first of the genomes where not given. `out` is a folder for `coverage.csv`, `findings.csv`, `genomes.csv`,
    `result.json` and `report.html`.

    Raises `InputError` where a file is not what it should be, `StorageError` where `out` cannot be written.
    """
    settings = settings or CheckSettings()
    table = read_assays(assays)
    intake, first, told = read_inputs(genomes, metadata=metadata, reference=reference, settings=settings)
    panel = make_panel(table, first, intake.records)
    examined = examine_records(panel, intake.records, told, progress=progress)
    check = sort_out(panel, examined, settings)
    intake = intake.leave_out(check.excluded)
    check = replace(check, excluded=intake.left_out, notes=tuple(intake.notes))
    if out is not None:
        report_check(check, Path(out), Path(genomes).name)
    return check


def read_inputs(
    genomes: Path, *, metadata: Path | None, reference: Path | None, settings: CheckSettings
) -> tuple[Intake, FastaRecord, dict[str, tuple[str, str]]]:
    """Read genomes, the reference, and what the metadata tell of each genome.

    Genomes that are no nucleotides or listed twice are left out; what is missing in others is judged site by site.
    """
    intake = screen_genomes(read_fasta(genomes), IntakeSettings(most_unknown=1.0), where=str(genomes))
    first = read_fasta(reference)[0] if reference is not None else intake.records[0]
    names = (record.name for record in intake.records)
    told = read_metadata(metadata, names, group=settings.group) if metadata is not None else {}
    return intake, first, told


def examine_records(
    panel: Panel,
    records: Sequence[FastaRecord],
    told: dict[str, tuple[str, str]],
    *,
    progress: Progress | None = None,
) -> list[Examined]:
    """Examine genomes one after the other."""
    examined = []
    for number, record in enumerate(records):
        group, date = told.get(record.name, ("", ""))
        examined.append(Examined(record.name, group, date, tuple(examine_genome(panel, record))))
        if progress and (number % 20 == 19 or number + 1 == len(records)):
            progress("genomes", number + 1, len(records))
    return examined


def sort_out(panel: Panel, examined: Sequence[Examined], settings: MonitorSettings) -> AssayCheck:
    """Leave out genomes that no assay can be judged on, and gather changes and coverage of the others.

    Raises `InputError` where no assay is for these genomes, or no genome is left.
    """
    names = list(dict.fromkeys(assay.name for assay in panel.assays))
    fitting = [name for name in names if panel.applies(name)]
    if not fitting:
        problem = f"none of the {len(names)} assays fits these genomes"
        raise InputError(problem, remedy="Are they of the organism that the assays are for?")
    columns = [number for number, part in enumerate(panel.parts) if part.assay in fitting and panel.homes[number]]
    kept, excluded = [], {}
    for one in examined:
        kinds = {one.bindings[number].kind for number in columns}
        if "site" in kinds:
            kept.append(one)
        else:
            excluded[one.name] = "its sequence is missing at every site" if "unknown" in kinds else (
                "no oligo has a site: another organism?"
            )  # fmt: skip
    if not kept:
        problem = f"no assay can be judged on any of the {len(examined)} genomes: {next(iter(excluded.values()))}"
        raise InputError(problem)
    findings = find_changes(panel, kept, settings)
    coverage = cover_assays(panel, kept, settings)
    not_for = tuple(name for name in names if name not in fitting)
    return AssayCheck(panel, tuple(kept), tuple(findings), coverage, excluded, not_for)


def report_check(check: AssayCheck, out: Path, title: str, *, new_alarms: Sequence[str] = ()) -> None:
    """Write the tables, the summary for programs and the page of a check."""
    write_atomically(out / "coverage.csv", _coverage_table(check).encode())
    write_atomically(out / "findings.csv", _findings_table(check).encode())
    if check.notes:
        write_atomically(out / "genomes.csv", write_notes(check.notes).encode())
    write_atomically(out / "result.json", json.dumps(_summary(check, new_alarms), indent=1).encode())
    patterns = [
        part_patterns(check.panel, check.genomes, number)
        for number, part in enumerate(check.panel.parts)
        if check.panel.applies(part.assay)
    ]
    page = AssayPage(
        title, check.panel, len(check.genomes), check.findings, check.coverage, patterns, check.excluded,
        check.not_for, tuple(new_alarms),
    )  # fmt: skip
    write_atomically(out / "report.html", render_assay_page(page).encode())


def _coverage_table(check: AssayCheck) -> str:
    rows: list[list[object]] = []
    for assay, parts in check.coverage.items():
        for key, one in parts.items():
            by, _, value = key.partition(" ")
            share = "" if one.known == 0 else round(one.covered_share, 4)
            rows.append([assay, by, value, one.genomes, one.known, one.known - one.fails, share, *one.within])
    header = ["assay", "by", "value", "genomes", "known", "covered", "covered_share",
              "all_oligos_0mm", "all_oligos_le1mm", "all_oligos_le2mm"]  # fmt: skip
    return _csv(header, rows)


def _findings_table(check: AssayCheck) -> str:
    rows: list[list[object]] = [
        [one.level, one.assay, one.oligo, one.role, one.start or "", one.end or "", one.change, one.category,
         one.from_end, one.genomes, one.known, round(one.share, 4), one.worst_group, round(one.worst_share, 4),
         ";".join(f"{group}:{have}/{known}" for group, (have, known) in one.groups.items() if have),
         one.first_date, one.last_date, one.reason]
        for one in check.findings
    ]  # fmt: skip
    header = ["level", "assay", "oligo", "role", "start", "end", "change", "class", "bases_from_3prime_end", "genomes",
              "known", "share", "worst_group", "worst_share", "groups", "first_date", "last_date",
              "reason"]  # fmt: skip
    return _csv(header, rows)


def _csv(header: list[str], rows: list[list[object]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerows([header, *rows])
    return stream.getvalue()


def _summary(check: AssayCheck, new_alarms: Sequence[str]) -> dict[str, object]:
    assays = {
        assay: {**asdict(parts["all"]), "alarms": [one.reason for one in check.alarms if one.assay == assay]}
        for assay, parts in check.coverage.items()
    }
    return {
        "genomes": len(check.genomes), "excluded": check.excluded, "not_for_these_genomes": list(check.not_for),
        "alarm": bool(check.alarms), "new_alarms": list(new_alarms), "assays": assays,
    }  # fmt: skip
