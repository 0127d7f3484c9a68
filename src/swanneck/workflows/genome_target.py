"""A target made ready for design: its genomes screened, laid on a reference and weighed; and backgrounds opened."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from swanneck.diagnostics.design.candidates import Target, make_target
from swanneck.diagnostics.design.stacking import stack_genomes
from swanneck.diagnostics.intake import Intake, IntakeSettings, screen_genomes
from swanneck.diagnostics.search.amplicons import Background
from swanneck.diagnostics.search.genome_index import open_index
from swanneck.foundation.errors import InputError
from swanneck.sequences.fasta import FastaRecord, read_fasta
from swanneck.workflows.genome_source import GenomeSource, check_weights, pick_segment, read_source, weigh_source

__all__ = ["Prepared", "Progress", "prepare_target", "read_background"]

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Prepared:
    """A target ready for design, its reference, and what became of every genome; `file_of` tells where each is from."""

    target: Target
    reference: FastaRecord
    intake: Intake
    file_of: dict[str, str]

    @property
    def weights(self) -> dict[str, float]:
        """The share of each genome by name."""
        return dict(zip(self.target.stack.names, self.target.weights.tolist(), strict=True))


def prepare_target(source: GenomeSource, progress: Progress | None = None) -> Prepared:
    """Read the genomes of a target, leave out what cannot be used, and lay the others on the reference.

    Raises `InputError` where a file is not what it should be, or no genome is left.
    """
    where = ", ".join(map(str, source.files))
    check_weights(source)
    records = read_source(source)
    intake = screen_genomes([record for _, record in records], source.rules, where=where)
    reference = _reference(source, intake)
    stack = stack_genomes(reference, intake.records, source.rules, progress=progress)
    if not stack.names:
        reason = next(iter(stack.left_out.values()), "")
        problem = f"none of the {len(records)} genomes can be laid on {reference.name!r}: {reason}"
        raise InputError(problem, where=where, remedy="Give another genome with --reference, or lower --like")
    file_of = {note.name: path.name for note, (path, _) in zip(intake.notes, records, strict=True)}
    intake = intake.leave_out(stack.left_out)
    weights = weigh_source(source, stack.names, file_of)
    return Prepared(make_target(stack, weights), reference, intake, file_of)


def _reference(source: GenomeSource, intake: Intake) -> FastaRecord:
    if source.reference is None:
        return max(intake.records, key=lambda record: sum(map(record.sequence.count, "ACGTU")))
    where = str(source.reference)
    told = read_fasta(source.reference)
    some = pick_segment(told, source.segment, where=where) if source.segment and len(told) > 1 else told
    return screen_genomes(some[:1], source.rules, where=where).records[0]


def read_background(paths: Sequence[Path]) -> list[Background]:
    """Read what must not be amplified: FASTA files of any number of genomes, and folders of indexes.

    An empty file is an empty background. Raises `InputError` where a file is no FASTA of nucleotides.
    """
    background: list[Background] = []
    for path in paths:
        if Path(path).is_dir():
            background.append(open_index(path))
        elif not Path(path).is_file() or Path(path).stat().st_size:
            loose = IntakeSettings(most_unknown=1.0)
            background.append(screen_genomes(read_fasta(path), loose, where=str(path)).records)
    return background
