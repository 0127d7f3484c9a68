"""Build the index of a background genome."""

from collections.abc import Callable
from pathlib import Path

from swanneck.diagnostics.search.genome_index import GenomeIndex, build_index

__all__ = ["index_genome"]


def index_genome(fasta: Path, *, out: Path, progress: Callable[[str, int, int], None] | None = None) -> GenomeIndex:
    """Write the index of a FASTA file into the folder `out`, for `design_assays(..., exclude=out)`.

    Memory stays flat, however long the genome is. Raises as `build_index` does.
    """
    return build_index(Path(fasta), Path(out), progress=progress)
