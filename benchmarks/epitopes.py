"""Binding to class I molecules: the area under the curve on held-out families of peptides, beside a linear model.

    python benchmarks/epitopes.py [--folds 5]

The network and a linear model of the same features, fitted to each allele by itself (ridge regression), are trained on
the same peptides and scored on the same others, none of which is like one of the first: see `training/epitopes`. The
data are looked for where SWANNECK_DATA says, else beside the repository; without them there is nothing to do.
"""

import argparse
import os
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

from swanneck.vaccine.binding import binding_accuracy, encode_peptides

sys.path.insert(0, str(Path(__file__).parents[1] / "training" / "epitopes"))

from measurements import Measurements, read_measurements  # noqa: E402
from train import measure_accuracy, split_families, train_model  # noqa: E402

RIDGE = 10.0  # the best of 3, 10 and 30


def score_linear(
    found: Measurements, rows: npt.NDArray[np.int64], held: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Scores of held-out peptides by a linear model for each allele."""
    features = encode_peptides(found.peptides).astype(np.float64)
    features = np.column_stack([features, np.ones(len(features))])
    scores = np.zeros((held.size, len(found.alleles)))
    for column in range(len(found.alleles)):
        known = rows[np.isfinite(found.target[rows, column])]
        left = features[known].T @ features[known] + RIDGE * np.eye(features.shape[1])
        weights = np.linalg.solve(left, features[known].T @ found.target[known, column])
        scores[:, column] = features[held] @ weights
    return scores


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folds", type=int, default=5, help="how many of the five folds are scored")
    folds = parser.parse_args().folds
    data = Path(os.environ.get("SWANNECK_DATA", Path(__file__).parents[2] / "shared" / "data")) / "mrna" / "mhc"
    file = next(iter(sorted(data.glob("*.zip"))), None)
    if file is None:
        print("no shared data: nothing to score")
        return
    found = read_measurements(file)
    fold_of = split_families(found)
    network, linear = np.zeros(found.target.shape), np.zeros(found.target.shape)
    for fold in range(folds):
        rows, held = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
        network[held] = train_model(found, rows).score([found.peptides[k] for k in held])
        linear[held] = score_linear(found, rows, held)
    found.label[fold_of >= folds] = -1
    ours, theirs = measure_accuracy(found, network), measure_accuracy(found, linear)
    told = dict(binding_accuracy().select("allele", "auc").iter_rows())
    print("allele   peptides  binders  area   error  linear  shipped")
    for one, other in zip(ours.iter_rows(named=True), theirs.iter_rows(named=True), strict=True):
        print(f"{one['allele']}  {one['peptides']:>8} {one['binders']:>8}  {one['auc']:.3f}  {one['auc_error']:.3f}  "
              f"{other['auc']:.3f}   {told[one['allele']]:.3f}")  # fmt: skip
    better = int((ours["auc"] > theirs["auc"]).sum())
    print(f"mean area: network {ours['auc'].mean():.4f}, linear {theirs['auc'].mean():.4f}; "
          f"the network is better for {better} of {ours.height} alleles")  # fmt: skip
    many = ours["peptides"] >= 1000
    for name, part in (("1,000 peptides or more", ours.filter(many)), ("fewer", ours.filter(~many))):
        print(f"{name}: {part.height} alleles, mean {part['auc'].mean():.3f}, least {part['auc'].min():.3f}, "
              f"peptides {part['peptides'].min()} to {part['peptides'].max()}")  # fmt: skip


if __name__ == "__main__":
    main()
