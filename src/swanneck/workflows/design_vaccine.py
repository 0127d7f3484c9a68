"""From an antigen to the files of a construct: GenBank, FASTA, manifest, order sheet, report."""

from collections.abc import Callable
from pathlib import Path

from swanneck.foundation.errors import InputError
from swanneck.foundation.files import remove_file, write_atomically
from swanneck.reports.construct_report import render_construct_report
from swanneck.sequences.codons import HOSTS, CodonTable, host_codons, read_codon_table
from swanneck.sequences.fasta import FastaRecord, read_fasta
from swanneck.vaccine.coding_design import DesignSettings, check_protein
from swanneck.vaccine.codon_pairs import read_codon_pairs
from swanneck.vaccine.construct import Construct, ConstructSettings, design_construct
from swanneck.vaccine.construct_files import (
    write_fasta_text,
    write_genbank_text,
    write_manifest_text,
    write_order_text,
)
from swanneck.vaccine.scores import score_gigabytes, score_sequence

__all__ = ["check_record", "choose_codons", "design_vaccine", "read_proteins"]

_DNA = set("ACGTUN")
_TELLING = 10  # letters: shorter ones may be peptides of A, C, G and T


def design_vaccine(
    antigen: Path,
    out: Path,
    settings: ConstructSettings | None = None,
    design_settings: DesignSettings | None = None,
    *,
    codons: str = "human",
    codon_pairs: Path | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> list[Construct]:
    """Design a construct for each protein of a FASTA file and write it; a file of several gives a folder for each.

    Each folder holds construct.gb, construct.fasta, manifest.json, order.csv and report.html. `codons` is a host or a
    CSV file, `codon_pairs` a CSV file of scores or counts for `codon_pair_cost`. InputError where the file has no
    proteins, DNA instead, residues that are unknown, or rules that nothing can keep; nothing is designed before all of
    them are looked at.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "antigen.fasta"
    ...     _ = path.write_text(">small\\nMGKA\\n")
    ...     designed = design_vaccine(path, Path(folder) / "out")
    ...     sorted(file.name for file in (Path(folder) / "out").iterdir())
    ['construct.fasta', 'construct.gb', 'manifest.json', 'order.csv', 'report.html']
    """
    settings, design_settings = settings or ConstructSettings(), design_settings or DesignSettings()
    records, table = read_proteins(antigen), choose_codons(codons)
    pairs = read_codon_pairs(codon_pairs) if codon_pairs else None
    constructs = []
    _check_writable(Path(out))
    for number, record in enumerate(records, start=1):
        folder = Path(out) if len(records) == 1 else Path(out) / f"{number:02d}_{_plain(record.name)}"
        try:
            construct = design_construct(
                record.name, record.sequence, settings, design_settings, table=table, pairs=pairs, progress=progress
            )
        except InputError as error:
            where = f"{record.name}, {error.where}" if error.where else record.name
            raise type(error)(error.problem, where=where, remedy=error.remedy) from error
        rna, spare = construct.design.rna, design_settings.memory_gigabytes
        score = score_sequence(rna, table=table) if score_gigabytes(rna) <= spare else None
        files = {
            "construct.gb": write_genbank_text(construct),
            "construct.fasta": write_fasta_text(construct),
            "manifest.json": write_manifest_text(construct, settings, design_settings),
            "order.csv": write_order_text(construct),
            "report.html": render_construct_report(construct, score),
        }
        for name, text in files.items():
            write_atomically(folder / name, text.encode())
        constructs.append(construct)
    return constructs


def _check_writable(folder: Path) -> None:
    """Raise StorageError where nothing can be written, before the work and not behind it."""
    probe = folder / ".writable"
    write_atomically(probe, b"")
    remove_file(probe)


def read_proteins(path: Path) -> list[FastaRecord]:
    """The proteins of a FASTA file, a stop at the end left out. InputError where one is none, or looks like DNA.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "antigen.fasta"
    ...     _ = path.write_text(">small\\nmgka*\\n")
    ...     read_proteins(path)[0].sequence
    'MGKA'
    """
    return [check_record(record, str(path)) for record in read_fasta(Path(path))]


def check_record(record: FastaRecord, where: str = "") -> FastaRecord:
    """The record of a protein in upper case, a stop at the end left out. InputError as `read_proteins` raises.

    >>> check_record(FastaRecord("small", "", "mgka*")).sequence
    'MGKA'
    """
    sequence = record.sequence.upper().removesuffix("*")
    if len(sequence) >= _TELLING and set(sequence) <= _DNA:
        problem = f"a protein was wanted, and {record.name} is written in nucleotides"
        raise InputError(problem, where=where, remedy="Translate it first, or use `swanneck vaccine score`")
    try:
        return FastaRecord(record.name, record.description, check_protein(sequence))
    except InputError as error:
        place = f"{record.name}, {error.where}" if error.where else record.name
        raise type(error)(error.problem, where=place, remedy=error.remedy) from error


def choose_codons(codons: str) -> CodonTable:
    """The codon table of a host, or of a CSV file.

    >>> choose_codons("mouse").weights("M")
    {'AUG': 1.0}
    """
    return host_codons(codons) if codons in HOSTS else read_codon_table(Path(codons))


def _plain(name: str) -> str:
    return "".join(sign if sign.isalnum() or sign in "-_." else "_" for sign in name)[:60].lstrip(".")
