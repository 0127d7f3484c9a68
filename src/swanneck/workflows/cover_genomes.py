"""Find the fewest oligos for every window of an alignment, and write them as a table."""

from pathlib import Path

from swanneck.diagnostics.cover import CoverSettings, WindowCovers, cover_windows
from swanneck.foundation.errors import InputError
from swanneck.foundation.files import write_atomically
from swanneck.sequences.fasta import read_fasta

__all__ = ["cover_genomes"]


def cover_genomes(alignment: Path, settings: CoverSettings | None = None, *, out: Path | None = None) -> WindowCovers:
    """Read aligned genomes and find the fewest oligos of each window; `out` is the CSV file to write.

    Its columns are `window_start` (a column of the alignment, from 1), `n_oligos`, `oligos` (in the order chosen,
    with `;` between) and `lower_bound`, the number of oligos proven to be needed. Windows that no set of oligos
    covers are left out.

    Raises `InputError` where the file is no alignment of nucleotides, `StorageError` where `out` cannot be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path, out = Path(folder) / "two.fasta", Path(folder) / "windows.csv"
    ...     _ = path.write_text(">a\\nACGTACGTACGT\\n>b\\nACGTACGTTTTT\\n")
    ...     found = cover_genomes(path, CoverSettings(oligo=8, window=11, mismatches=0), out=out)
    ...     print(out.read_text().splitlines()[1])
    1,1,ACGTACGT,1
    """
    alignment = Path(alignment)
    try:
        covers = cover_windows(read_fasta(alignment), settings)
    except InputError as error:
        raise type(error)(error.problem, where=error.where or str(alignment), remedy=error.remedy) from error
    if out is not None:
        columns = zip(covers.window_start.tolist(), covers.oligos, covers.lower_bound.tolist(), strict=True)
        lines = [f"{start},{len(oligos)},{';'.join(oligos)},{bound}\n" for start, oligos, bound in columns]
        write_atomically(Path(out), "".join(["window_start,n_oligos,oligos,lower_bound\n", *lines]).encode())
    return covers
