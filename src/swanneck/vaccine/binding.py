"""How strongly peptides bind to class I molecules, by a small network of our own; NumPy only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt
import polars as pl

from swanneck.foundation.errors import InputError

__all__ = ["LENGTHS", "BindingModel", "binding_accuracy", "check_alleles", "encode_peptides", "load_binding_model",
           "predict_binding"]  # fmt: skip

LENGTHS = (8, 9, 10, 11)
"""Residues of the peptides that the network was trained on."""

_RESIDUES = "ACDEFGHIKLMNPQRSTVWY"
_HEAD, _TAIL = 5, 4  # residues counted from each end; the middle of a longer peptide bulges out of the groove
_STRONGEST = 50_000.0  # nanomolar: the scale of Nielsen et al. (2003), Protein Science 12:1007, ends there

_Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class BindingModel:
    """An ensemble of networks with one hidden layer, an output for each allele, and the scores of random peptides.

    `inner` [network, feature, unit], `inner_bias`, `outer` [network, unit, allele], `outer_bias`; `ranks` are shares
    of random peptides in percent, `rank_scores` [allele, rank] the score that so many exceed.
    """

    alleles: tuple[str, ...]
    inner: _Floats
    inner_bias: _Floats
    outer: _Floats
    outer_bias: _Floats
    ranks: _Floats
    rank_scores: _Floats

    def score(self, peptides: Sequence[str]) -> npt.NDArray[np.float64]:
        """Scores [peptide, allele] from 0 to 1: 1 - log(IC50 in nanomolar) / log(50,000)."""
        features = encode_peptides(peptides)
        total = np.zeros((len(peptides), len(self.alleles)))
        layers = zip(self.inner, self.inner_bias, self.outer, self.outer_bias, strict=True)
        for inner, inner_bias, outer, outer_bias in layers:
            total += 1.0 / (1.0 + np.exp(-(np.maximum(features @ inner + inner_bias, 0.0) @ outer + outer_bias)))
        return total / len(self.inner)


def encode_peptides(peptides: Sequence[str]) -> _Floats:
    """What the network reads, as an array [peptide, 184]: the first 5 and the last 4 residues, and the length.

    InputError for peptides of other than 8 to 11 residues, or of letters that are none.

    >>> encode_peptides(["GILGFVFTL"]).sum()
    np.float32(10.0)
    """
    width = len(_RESIDUES)
    features = np.zeros((len(peptides), (_HEAD + _TAIL) * width + len(LENGTHS)), dtype=np.float32)
    for row, peptide in enumerate(peptides):
        if len(peptide) not in LENGTHS or set(peptide) - set(_RESIDUES):
            problem = f"a peptide of {LENGTHS[0]} to {LENGTHS[-1]} of the 20 residues was wanted, {peptide!r} came"
            raise InputError(problem)
        for place, residue in enumerate(peptide[:_HEAD] + peptide[-_TAIL:]):
            features[row, place * width + _RESIDUES.index(residue)] = 1.0
        features[row, len(peptide) - LENGTHS[-1] - 1] = 1.0
    return features


@cache
def load_binding_model() -> BindingModel:
    """The network that comes with the package; how it was trained is in `training/epitopes` of the repository.

    >>> "A*02:01" in load_binding_model().alleles
    True
    """
    with files("swanneck.vaccine").joinpath("weights/binding.npz").open("rb") as stream:
        stored = np.load(stream)
        arrays = {name: stored[name] for name in stored.files}
    return BindingModel(tuple(arrays.pop("alleles").tolist()), **arrays)


def binding_accuracy() -> pl.DataFrame:
    """How well the network tells binders (500 nM or less) of peptides unlike those it was trained on, by allele.

    Columns: allele, peptides, binders, auc (five-fold cross-validation by families of peptides), auc_error (standard
    error: Hanley and McNeil 1982, Radiology 143:29).

    >>> binding_accuracy().columns
    ['allele', 'peptides', 'binders', 'auc', 'auc_error']
    """
    return pl.read_csv(files("swanneck.vaccine").joinpath("weights/binding_accuracy.csv").read_bytes())


def check_alleles(alleles: Iterable[str]) -> list[str]:
    """Names of alleles as the network has them; HLA-A*02:01, A*02:01 and A0201 are one. None given: all.

    InputError for an allele that it does not have.

    >>> check_alleles(["HLA-A*02:01", "b0702"])
    ['A*02:01', 'B*07:02']
    """
    known = load_binding_model().alleles
    plain = {allele.replace("*", "").replace(":", ""): allele for allele in known}
    chosen = []
    for word in alleles:
        found = plain.get(word.upper().removeprefix("HLA-").replace("*", "").replace(":", ""))
        if found is None:
            problem = f"the network knows no allele {word!r}"
            raise InputError(problem, remedy=f"It knows {', '.join(known)}")
        chosen.append(found)
    return list(dict.fromkeys(chosen)) or list(known)


def predict_binding(peptides: Sequence[str], alleles: Iterable[str] = ()) -> pl.DataFrame:
    """One row for each peptide and allele: peptide, allele, affinity_nanomolar (IC50), rank_percent.

    The rank is the share of random peptides (8 to 11 residues in equal parts, residues as often as in UniProtKB/
    Swiss-Prot) that bind better, 100 at most: alleles differ in how strongly they bind, ranks do not. InputError for
    peptides or alleles that the network does not know.

    >>> predict_binding(["GILGFVFTL"], ["A*02:01"])["rank_percent"].item() < 0.5
    True
    """
    model, chosen, peptides = load_binding_model(), check_alleles(alleles), [one.upper() for one in peptides]
    columns = [model.alleles.index(allele) for allele in chosen]
    scores = model.score(peptides)[:, columns]
    ranks = np.column_stack([
        # Scores fall while ranks rise; interp wants them to rise.
        np.interp(scores[:, k], model.rank_scores[column, ::-1], model.ranks[::-1]) for k, column in enumerate(columns)
    ]) if len(peptides) else scores  # fmt: skip
    return pl.DataFrame({
        "peptide": np.repeat(np.array(peptides, dtype=object), len(chosen)).tolist(),
        "allele": chosen * len(peptides),
        "affinity_nanomolar": (_STRONGEST ** (1.0 - scores)).ravel(),
        "rank_percent": ranks.astype(np.float64).ravel(),
    }, schema_overrides={"peptide": pl.String, "allele": pl.String})  # fmt: skip
