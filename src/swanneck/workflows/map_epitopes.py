"""Map the T-cell epitopes of antigens: which peptides, for whom, and which of them humans have themselves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from swanneck.foundation.files import write_atomically
from swanneck.reports.epitope_report import render_epitope_report
from swanneck.sequences.fasta import read_fasta
from swanneck.vaccine.epitopes import EpitopeSettings, find_epitopes, find_human_likes
from swanneck.vaccine.populations import cover_populations, read_frequencies
from swanneck.workflows.design_vaccine import read_proteins

__all__ = ["EpitopeMap", "map_epitopes"]

_ALL = "all together"


@dataclass(frozen=True)
class EpitopeMap:
    """`epitopes`: one row for each antigen, peptide and allele; `coverage`: one for each antigen and population, None
    without frequencies."""

    antigens: tuple[str, ...]
    epitopes: pl.DataFrame
    coverage: pl.DataFrame | None

    def count_by_antigen(self) -> list[tuple[str, int, int]]:
        """Each antigen's name, its peptides that are an epitope, and its pairs of peptide and allele."""
        parts = [(name, self.epitopes.filter(pl.col("antigen") == name)) for name in self.antigens]
        return [(name, part["peptide"].n_unique(), part.height) for name, part in parts]


def map_epitopes(
    antigen: Path,
    out: Path,
    settings: EpitopeSettings | None = None,
    *,
    frequencies: Sequence[Path] = (),
    populations: Sequence[str] = (),
    proteome: Path | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> EpitopeMap:
    """Predict the epitopes of each protein of a FASTA file; write epitopes.csv, coverage.csv and report.html.

    `frequencies` are tables of alleles (`read_frequencies`): with them the coverage of `populations` is told, for
    several antigens of all together too. With a `proteome` (FASTA of human proteins) epitopes that are human, or differ
    from a human peptide in one residue, are told, and those that are human do not count towards coverage. InputError as
    `read_proteins`, `read_frequencies` and `cover_populations` raise.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "antigen.fasta"
    ...     _ = path.write_text(">matrix\\nMSLLTEVETPIRNEWGCRCNDSSDGILGFVFTLTVPSERGLQ\\n")
    ...     mapped = map_epitopes(path, Path(folder) / "epitopes", EpitopeSettings(alleles=("A*02:01",)))
    >>> "GILGFVFTL" in mapped.epitopes["peptide"].to_list()
    True
    """
    settings, records = settings or EpitopeSettings(), read_proteins(antigen)
    table = read_frequencies(frequencies) if frequencies else None
    own = read_fasta(Path(proteome)) if proteome else None
    names = [
        record.name if len(records) == 1 else f"{number} {record.name}" for number, record in enumerate(records, 1)
    ]
    found = pl.concat([
        find_epitopes(record.sequence, settings, progress=progress).select(pl.lit(name).alias("antigen"), pl.all())
        for name, record in zip(names, records, strict=True)
    ])  # fmt: skip
    if own is not None:
        found = found.join(find_human_likes(found["peptide"], own), on="peptide", how="left", maintain_order="left")
    foreign = found.filter(pl.col("human_identity").fill_null(0.0) < 1.0) if own is not None else found
    coverage = None if table is None else _cover_each(foreign, names, table, populations)
    out = Path(out)
    write_atomically(out / "epitopes.csv", found.write_csv().encode())
    if coverage is not None:
        write_atomically(out / "coverage.csv", coverage.write_csv().encode())
    lengths = {name: len(record.sequence) for name, record in zip(names, records, strict=True)}
    write_atomically(out / "report.html", render_epitope_report(lengths, settings, found, coverage).encode())
    return EpitopeMap(tuple(names), found, coverage)


def _cover_each(
    found: pl.DataFrame, names: Sequence[str], table: pl.DataFrame, populations: Sequence[str]
) -> pl.DataFrame:
    parts = {name: found.filter(pl.col("antigen") == name) for name in names}
    if len(names) > 1:
        parts[_ALL] = found
    return pl.concat([
        cover_populations(part, table, populations).select(pl.lit(name).alias("antigen"), pl.all())
        for name, part in parts.items()
    ])  # fmt: skip
