"""Make antigens of one protein or of many variants: named edits, consensus or mosaic, and what they have."""

from pathlib import Path

from swanneck.foundation.errors import InputError, SettingsError
from swanneck.foundation.files import write_atomically
from swanneck.sequences.fasta import FastaRecord, read_fasta
from swanneck.vaccine.antigen import edit_protein
from swanneck.vaccine.mosaic import design_mosaic, find_consensus, measure_coverage
from swanneck.workflows.design_vaccine import check_record

__all__ = ["make_antigen"]


def make_antigen(
    variants: Path, out: Path, *, method: str = "first", count: int = 1, size: int = 9, edits: tuple[str, ...] = ()
) -> dict[str, float]:
    """Write antigens as FASTA; gives each one's name and the share of the variants' k-mers that it covers.

    `method` is first (the first sequence), consensus or mosaic; the last two want an alignment. `count` mosaics
    complete each other. Edits are made in the end, and count residues in the antigen. InputError and SettingsError as
    the functions of `swanneck.vaccine.antigen` and `mosaic` raise.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "variants.fasta"
    ...     _ = path.write_text(">a\\nMKVLAG\\n>b\\nMKVLSG\\n>c\\nMRVLSG\\n")
    ...     covered = make_antigen(path, Path(folder) / "antigen.fasta", method="consensus", size=3, edits=("K2P",))
    ...     (Path(folder) / "antigen.fasta").read_text().split()
    ['>consensus', 'MPVLSG']
    """
    records = read_fasta(Path(variants))
    for record in records:
        check_record(FastaRecord(record.name, "", record.sequence.replace("-", "")), str(variants))
    sequences = [record.sequence.removesuffix("*") for record in records]
    if method == "first":
        antigens = {records[0].name: sequences[0].replace("-", "")}
    elif method == "consensus":
        antigens = {"consensus": find_consensus(sequences)}
    elif method == "mosaic":
        mosaic = design_mosaic(sequences, count=count, size=size)
        antigens = {f"mosaic_{number}": one for number, one in enumerate(mosaic.antigens, start=1)}
    else:
        problem = f"--method is first, consensus or mosaic, not {method!r}"
        raise SettingsError(problem)
    try:
        made = {name: edit_protein(sequence, edits) for name, sequence in antigens.items()}
    except InputError as error:
        raise type(error)(error.problem, where=error.where or str(variants), remedy=error.remedy) from error
    write_atomically(Path(out), "".join(f">{name}\n{sequence}\n" for name, sequence in made.items()).encode())
    return {name: measure_coverage(sequences, [sequence], size) for name, sequence in made.items()}
