"""Train the network for binding to class I molecules, and say how well it does on peptides unlike those it has seen.

    python train.py DATA.zip OUT

OUT gets binding.npz (weights, and scores of random peptides) and binding_accuracy.csv (cross-validated, by allele).
"""

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.stats import rankdata

from families import find_families
from measurements import Measurements, read_measurements
from perceptron import train_network
from swanneck.vaccine.binding import LENGTHS, BindingModel, encode_peptides

__all__ = ["cross_validate", "train_model"]

_FOLDS, _NETWORKS, _SEED = 5, 5, 1
_RANDOM = 25_000  # peptides of each length
_RANKS = np.concatenate([
    [0.001, 0.002, 0.005], np.arange(1, 10) / 100, np.arange(10, 100, 5) / 100, np.arange(1, 10, 0.5),
    np.arange(10, 101, 5),
])  # fmt: skip
# Share of residues in UniProtKB/Swiss-Prot in percent, in the order of the one-letter codes (its release statistics).
_COMMON = [8.25, 1.38, 5.46, 6.72, 3.86, 7.07, 2.27, 5.91, 5.80, 9.65, 2.41, 4.06, 4.74, 3.93, 5.53, 6.65, 5.36, 6.86,
           1.10, 2.92]  # fmt: skip


def train_model(found: Measurements, rows: npt.NDArray[np.int64] | None = None) -> BindingModel:
    """An ensemble on the peptides of some rows (all, where none are given), without ranks."""
    chosen = np.arange(len(found.peptides)) if rows is None else rows
    features = encode_peptides([found.peptides[k] for k in chosen])
    target, kind = found.target[chosen], found.kind[chosen]
    networks = [train_network(features, target, kind, seed=seed) for seed in range(_NETWORKS)]
    inner, inner_bias, outer, outer_bias = (np.stack(layer) for layer in zip(*networks, strict=True))
    nothing = np.zeros(0, dtype=np.float32)
    return BindingModel(tuple(found.alleles), inner, inner_bias, outer, outer_bias, nothing, nothing)


def split_families(found: Measurements) -> npt.NDArray[np.int64]:
    """The fold of each peptide; families stay together."""
    families, members = np.unique(find_families(found.peptides), return_inverse=True)
    return np.random.default_rng(_SEED).integers(0, _FOLDS, families.size)[members]


def cross_validate(found: Measurements) -> pl.DataFrame:
    """Area under the curve by allele, each peptide scored by networks that saw none of its family."""
    folds, scores = split_families(found), np.zeros(found.target.shape)
    for fold in range(_FOLDS):
        held = np.flatnonzero(folds == fold)
        scores[held] = train_model(found, np.flatnonzero(folds != fold)).score([found.peptides[k] for k in held])
        print(f"fold {fold + 1} of {_FOLDS}", flush=True)
    return measure_accuracy(found, scores)


def measure_accuracy(found: Measurements, scores: npt.NDArray[np.float64]) -> pl.DataFrame:
    """Of scores [peptide, allele]: allele, peptides, binders, auc, auc_error."""
    rows = []
    for column, allele in enumerate(found.alleles):
        told = found.label[:, column] >= 0
        auc, error = area(scores[told, column], found.label[told, column] == 1)
        binders = int((found.label[told, column] == 1).sum())
        rows.append({"allele": allele, "peptides": int(told.sum()), "binders": binders, "auc": round(auc, 4),
                     "auc_error": round(error, 4)})  # fmt: skip
    return pl.DataFrame(rows)


def area(scores: npt.NDArray[np.float64], binds: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Area under the receiver operating curve and its standard error (Hanley and McNeil 1982, Radiology 143:29)."""
    yes, no = int(binds.sum()), int((~binds).sum())
    auc = (float(rankdata(scores)[binds].sum()) - yes * (yes + 1) / 2) / (yes * no)
    first, second = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = auc * (1 - auc) + (yes - 1) * (first - auc**2) + (no - 1) * (second - auc**2)
    return auc, float(np.sqrt(variance / (yes * no)))


def rank_random(model: BindingModel) -> BindingModel:
    """The model with the scores that each share of random peptides exceeds."""
    random = np.random.default_rng(_SEED)
    share = np.array(_COMMON) / sum(_COMMON)
    peptides = [
        "".join(row)
        for length in LENGTHS
        for row in random.choice(list("ACDEFGHIKLMNPQRSTVWY"), (_RANDOM, length), p=share)
    ]
    scores = np.quantile(model.score(peptides), 1 - _RANKS / 100, axis=0).T
    return BindingModel(model.alleles, model.inner, model.inner_bias, model.outer, model.outer_bias,
                        _RANKS.astype(np.float32), scores.astype(np.float32))  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    found = read_measurements(arguments.data)
    print(
        f"{len(found.peptides)} peptides, {len(found.alleles)} alleles, {np.isfinite(found.target).sum()} pairs",
        flush=True,
    )
    arguments.out.mkdir(parents=True, exist_ok=True)
    accuracy = cross_validate(found)
    accuracy.write_csv(arguments.out / "binding_accuracy.csv")
    print(f"mean area {accuracy['auc'].mean():.4f}, least {accuracy['auc'].min():.4f}", flush=True)
    model = rank_random(train_model(found))
    np.savez_compressed(arguments.out / "binding.npz", alleles=np.array(model.alleles), inner=model.inner,
                        inner_bias=model.inner_bias, outer=model.outer, outer_bias=model.outer_bias,
                        ranks=model.ranks, rank_scores=model.rank_scores)  # fmt: skip


if __name__ == "__main__":
    main()
