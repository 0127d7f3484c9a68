"""Measured affinities of peptides to class I molecules, one target for each pair of peptide and allele."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = ["BINDER", "EQUAL", "STRONGER", "WEAKER", "Measurements", "read_measurements", "score_of"]

EQUAL, STRONGER, WEAKER = 0, 1, -1  # the affinity is the one told, or that or stronger, or that or weaker
_LEAST = 40  # binders, and others, of an allele
_STRONGEST = 50_000.0


def score_of(nanomolar: float) -> float:
    """1 - log(IC50) / log(50,000), as Nielsen et al. (2003), Protein Science 12:1007."""
    return 1.0 - float(np.log(nanomolar)) / float(np.log(_STRONGEST))


BINDER = score_of(500.0)  # Sette et al. (1994), J. Immunol. 153:5586


@dataclass(frozen=True)
class Measurements:
    """Arrays [peptide, allele]: `target` (NaN: not measured), `kind`, and `label` (1 binder, 0 none, -1 not known)."""

    peptides: list[str]
    alleles: list[str]
    target: npt.NDArray[np.float32]
    kind: npt.NDArray[np.int8]
    label: npt.NDArray[np.int8]


def read_measurements(path: Path) -> Measurements:
    """Read `curated_training_data.no_mass_spec.csv` of MHCflurry, zipped.

    Peptides of 8 to 11 plain residues; alleles that were typed to four digits, with 40 binders and 40 others or more.
    Exact values of a pair are averaged; without one, bounds that agree count.
    """
    with zipfile.ZipFile(path) as archive:
        name = next(one for one in archive.namelist() if one.endswith(".csv"))
        table = pl.read_csv(archive.read(name))
    table = table.filter(
        pl.col("original_allele").str.contains(r"^HLA-[ABC]\*\d\d:\d\d$"),
        pl.col("peptide").str.contains("^[ACDEFGHIKLMNPQRSTVWY]{8,11}$"),
    )
    pairs = _merge(table)
    counts = pairs.group_by("allele").agg(
        (pl.col("label") == 1).sum().alias("yes"), (pl.col("label") == 0).sum().alias("no")
    )
    alleles = sorted(counts.filter(pl.min_horizontal("yes", "no") >= _LEAST)["allele"])
    pairs = pairs.filter(pl.col("allele").is_in(alleles))
    peptides = sorted(pairs["peptide"].unique())
    rows, columns = ({one: k for k, one in enumerate(names)} for names in (peptides, alleles))
    shape = len(peptides), len(alleles)
    target, kind = np.full(shape, np.nan, dtype=np.float32), np.zeros(shape, dtype=np.int8)
    label = np.full(shape, -1, dtype=np.int8)
    for row in pairs.iter_rows(named=True):
        place = rows[row["peptide"]], columns[row["allele"]]
        target[place], kind[place], label[place] = row["target"], row["kind"], row["label"]
    return Measurements(peptides, alleles, target, kind, label)


def _merge(table: pl.DataFrame) -> pl.DataFrame:
    told = pl.col("measurement_inequality")
    score = 1.0 - pl.col("ic50").clip(1.0, _STRONGEST).log() / float(np.log(_STRONGEST))
    pairs = (
        table.with_columns(pl.col("allele").str.strip_prefix("HLA-"), score=score)
        .group_by("allele", "peptide")
        .agg(
            exact=pl.col("score").filter(told == "=").mean(),
            least=pl.col("score").filter(told == "<").max(),
            most=pl.col("score").filter(told == ">").min(),
        )
    )
    pairs = pairs.filter(pl.col("exact").is_not_null() | (pl.col("least").is_null() != pl.col("most").is_null()))
    kind = pl.when(pl.col("exact").is_not_null()).then(EQUAL).when(pl.col("least").is_not_null()).then(STRONGER)
    pairs = pairs.with_columns(kind=kind.otherwise(WEAKER), target=pl.coalesce("exact", "least", "most"))
    binds, exact = pl.col("target") >= BINDER, pl.col("kind") == EQUAL
    weak = pl.col("target") <= BINDER
    label = (
        pl.when(binds & (pl.col("kind") != WEAKER)).then(1).when((exact & ~binds) | (weak & (pl.col("kind") == WEAKER)))
    )
    return pairs.with_columns(label=label.then(0).otherwise(-1))
