"""Analogue series: what else in the library is built like a hit, and whether it was active."""

from collections.abc import Sequence

import polars as pl

from swanneck.chemistry.fingerprints import make_fingerprints, similar_to
from swanneck.chemistry.properties import murcko_scaffold
from swanneck.compounds.library import Library
from swanneck.foundation.errors import InputError

__all__ = ["find_analogues"]


def find_analogues(library: Library, compounds: Sequence[str], *, least_similarity: float = 0.5) -> pl.DataFrame:
    """List the analogues of each compound: the same scaffold, or so alike by Tanimoto on ECFP4, the nearest first.

    Columns `compound`, `analogue`, `similarity`, `same_scaffold`. Raises `InputError` for a compound that the library
    has not, or has without a structure.

    >>> from swanneck.compounds.library import build_library
    >>> made = build_library(pl.DataFrame({"compound": ["a", "b", "c"],
    ...                                    "structure": ["Cc1ccccc1", "CCc1ccccc1", "CCCC"]}))
    >>> find_analogues(made, ["a"]).select("analogue", "same_scaffold").rows()
    [('b', True)]
    """
    table, molecules = library.table, library.molecules()
    places = [place for place, molecule in enumerate(molecules) if molecule is not None]
    known = [molecule for molecule in molecules if molecule is not None]
    fingerprints, scaffolds = make_fingerprints(known), [murcko_scaffold(molecule) for molecule in known]
    names = [table["compound"][place] for place in places]
    rows = []
    for compound in dict.fromkeys(compounds):
        if compound not in names:
            problem = f"the library has no structure of {compound!r}"
            raise InputError(problem)
        own = names.index(compound)
        for place, similarity in enumerate(similar_to(fingerprints[own], fingerprints)):
            alike = scaffolds[own] is not None and scaffolds[place] == scaffolds[own]
            if place != own and (alike or similarity >= least_similarity):
                rows.append((compound, names[place], float(similarity), alike))
    schema = {"compound": pl.String, "analogue": pl.String, "similarity": pl.Float64, "same_scaffold": pl.Boolean}
    table = pl.DataFrame(rows, schema=schema, orient="row")
    return table.sort("compound", "similarity", descending=[False, True], maintain_order=True)
