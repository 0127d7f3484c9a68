"""Watch assays as genomes arrive: only what is new is examined, and an alarm is raised once."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from swanneck.diagnostics.monitoring.assays import read_assays
from swanneck.diagnostics.monitoring.examine import make_panel
from swanneck.diagnostics.monitoring.findings import Finding
from swanneck.diagnostics.monitoring.state import make_state, open_state
from swanneck.foundation.files import claim_folder
from swanneck.workflows.check_assays import (
    AssayCheck,
    CheckSettings,
    examine_records,
    read_inputs,
    report_check,
    sort_out,
)

__all__ = ["WatchRun", "watch_assays"]

_BATCH = 100
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class WatchRun:
    """One run of a watch: the genomes that were new, the alarms not raised before, and the check of all so far."""

    n_new: int
    n_known: int
    new_alarms: tuple[Finding, ...]
    check: AssayCheck


def watch_assays(
    assays: Path,
    genomes: Path,
    *,
    state: Path,
    metadata: Path | None = None,
    reference: Path | None = None,
    settings: CheckSettings | None = None,
    progress: Progress | None = None,
) -> WatchRun:
    """Examine the genomes that were not seen before, and raise the alarms that are new.

    `state` is a folder that this function makes and keeps: genomes are appended in batches, so a killed run goes on
    where it was; one run at a time is at work in it. It ends with the tables, the summary and the page of a check,
    of all genomes so far. The reference matters at the first run only.

    Raises as `check_assays` does, where the state was made for other assays, and `StorageError` where another run is at
    work in it.
    """
    settings = settings or CheckSettings()
    table = read_assays(assays)
    state = Path(state)
    intake, first, told = read_inputs(genomes, metadata=metadata, reference=reference, settings=settings)
    records = intake.records
    with claim_folder(state):
        seen = open_state(state, table) or make_state(state, make_panel(table, first, records))
        new = list({(record.name, record.sequence): record for record in records if not seen.is_seen(record)}.values())
        for begin in range(0, len(new), _BATCH):
            batch = new[begin : begin + _BATCH]
            seen.add_genomes(list(zip(batch, examine_records(seen.panel, batch, told), strict=True)))
            if progress:
                progress("genomes", min(begin + _BATCH, len(new)), len(new))
        check = sort_out(seen.panel, seen.genomes, settings)
        alarms = tuple(one for one in check.alarms if _key(one) not in seen.alarms)
        report_check(check, state, f"{len(check.genomes)} genomes", new_alarms=[one.reason for one in alarms])
        # Last: an alarm of a run that is killed before it could tell is told again.
        seen.add_alarms(
            {"key": _key(one), "assay": one.assay, "reason": one.reason, "genomes": len(check.genomes)}
            for one in alarms
        )
    return WatchRun(len(new), len(seen.genomes), alarms, check)


def _key(finding: Finding) -> str:
    return "|".join([finding.assay, finding.oligo, finding.role, finding.change])
