"""Find the fewest oligos for every window of genomes, and write them as a table."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from swanneck.diagnostics.cover import CoverSettings, WindowCovers, cover_windows
from swanneck.diagnostics.intake import GenomeNote, Intake, compare_aligned, screen_genomes, write_notes
from swanneck.foundation.errors import InputError
from swanneck.foundation.files import write_atomically
from swanneck.workflows.genome_source import GenomeSource, check_weights, read_source, weigh_source

__all__ = ["CoverRun", "cover_genomes"]


@dataclass(frozen=True)
class CoverRun:
    """The oligos of every window; what became of each genome; the reference that genomes were laid on, if any.

    `needed` is what is to be reached of `n_genomes`, in genomes; with weights, in percent.
    """

    covers: WindowCovers
    notes: tuple[GenomeNote, ...]
    laid_on: str
    weights: dict[str, float]

    @property
    def n_genomes(self) -> int:
        """Genomes that are used."""
        return sum(note.used for note in self.notes)

    @property
    def needed(self) -> str:
        """What is to be reached: so many genomes, or a share of the weight."""
        share = f"{100 * self.covers.needed / self.covers.n_genomes:.1f} % of the weight"
        return share if self.weights else str(self.covers.needed)

    @property
    def left_out(self) -> dict[str, str]:
        """Genomes that are not used, with the reason."""
        return {note.name: note.reason for note in self.notes if not note.used}


def cover_genomes(
    genomes: Path | GenomeSource, settings: CoverSettings | None = None, *, out: Path | None = None
) -> CoverRun:
    """Read genomes and find the fewest oligos of each window; `out` is the CSV file to write.

    Genomes of one length are an alignment and are taken as they are; others are laid on the reference of the
    `GenomeSource`, or on the genome with most known bases, and windows are then counted on it. The columns of the
    table are `window_start` (from 1), `n_oligos`, `oligos` (in the order chosen, with `;` between) and `lower_bound`,
    the number of oligos proven to be needed. Windows that no set of oligos covers are left out. Beside it,
    `<name>.genomes.csv` tells of each genome whether it was used, and why not.

    Raises `InputError` where the file has no genomes to use, `StorageError` where `out` cannot be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path, out = Path(folder) / "two.fasta", Path(folder) / "windows.csv"
    ...     _ = path.write_text(">a\\nACGTACGTACGT\\n>b\\nACGTACGTACTT\\n")
    ...     found = cover_genomes(path, CoverSettings(oligo=8, window=11, mismatches=0), out=out)
    ...     print(out.read_text().splitlines()[1])
    1,1,ACGTACGT,1
    """
    source = genomes if isinstance(genomes, GenomeSource) else GenomeSource(Path(genomes))
    where = ", ".join(map(str, source.files))
    check_weights(source)
    records = [record for _, record in read_source(source)]
    if source.reference is None and len({len(record.sequence) for record in records}) == 1:
        intake, laid_on = compare_aligned(screen_genomes(records, source.rules, where=where), source.rules), ""
        weights = None if source.weight_by is None else weigh_source(source, [one.name for one in intake.records], {})
    else:
        intake, laid_on, weights = _lay(source)
    try:
        covers = cover_windows(intake.records, settings, weights=weights)
    except InputError as error:
        raise type(error)(error.problem, where=error.where or where, remedy=error.remedy) from error
    told = {} if weights is None else dict(zip((one.name for one in intake.records), weights.tolist(), strict=True))
    run = CoverRun(covers, tuple(intake.notes), laid_on, told)
    if out is not None:
        _write(run, Path(out))
    return run


def _lay(source: GenomeSource) -> tuple[Intake, str, NDArray[np.float64] | None]:
    # Laying genomes loads the compiler, which an alignment can do without.
    from swanneck.diagnostics.design.stacking import write_alignment
    from swanneck.workflows.genome_target import prepare_target

    prepared = prepare_target(source)
    weights = None if source.weight_by is None else prepared.target.weights
    return Intake(write_alignment(prepared.target.stack), prepared.intake.notes), prepared.reference.name, weights


def _write(run: CoverRun, out: Path) -> None:
    covers = run.covers
    columns = zip(covers.window_start.tolist(), covers.oligos, covers.lower_bound.tolist(), strict=True)
    lines = [f"{start},{len(oligos)},{';'.join(oligos)},{bound}\n" for start, oligos, bound in columns]
    write_atomically(out, "".join(["window_start,n_oligos,oligos,lower_bound\n", *lines]).encode())
    write_atomically(out.with_suffix(".genomes.csv"), write_notes(run.notes, run.weights or None).encode())
