"""Fit the rates of linkages on short RNAs, and how a window's rate follows from them on mRNAs.

    python train.py DATA hydrolysis.json [--every N]

DATA is the folder that holds kaggle_train_plus_k_deg.json.zip and DEMO_233x.csv (see README.md). The rates of linkages
come from a weighted ridge regression of measured reactivities on what linkages are; the mRNAs take no part in it. Three
numbers come from least squares over the mRNAs, on the logarithm of the measured rate per base.
"""

import argparse
import csv
import json
import sys
import zipfile
from pathlib import Path

import numpy as np

from swanneck.folding import fold_ensemble
from swanneck.vaccine.stability import describe_linkages

SCORED = 68  # linkages of each RNA that were measured
RIDGE, BASE_ERROR = 1e-3, 0.2
LIMITS = (-0.5, 5.0)  # of reactivities


def fit_linkages(path: Path, every: int) -> np.ndarray:
    """Rates as `describe_linkages` has its rows and columns."""
    with zipfile.ZipFile(path) as archive:
        table = json.loads(archive.read(archive.namelist()[0]))
    products, target, total = np.zeros((24, 24)), np.zeros(24), 0.0
    for key in list(table["index"])[::every]:
        if table["SN_filter"][key] != 1:
            continue
        sequence = table["sequence"][key]
        rows = describe_linkages(sequence, fold_ensemble(sequence).unpaired)[:SCORED].reshape(SCORED, -1)
        measured = np.clip(table["deg_Mg_pH10"][key][:SCORED], *LIMITS)
        weights = 1 / (np.array(table["deg_error_Mg_pH10"][key][:SCORED]) + BASE_ERROR) ** 2
        products += rows.T @ (rows * weights[:, None])
        target += rows.T @ (weights * measured)
        total += weights.sum()
    return np.linalg.solve(products + RIDGE * total * np.eye(24), target).reshape(6, 4).round(3)


def fit_windows(path: Path, linkages: np.ndarray, every: int) -> np.ndarray:
    """Constant, power of the mean linkage rate, power of the length."""
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))[::every]
    known, measured = [], []
    for row in rows:
        sequence, window = row["RNA_sequence"], slice(int(row["RT_PCR_start_pos"]), int(row["RT_PCR_end_pos"]))
        described = describe_linkages(sequence, fold_ensemble(sequence).unpaired)
        rates = np.maximum(np.einsum("krb,rb->k", described, linkages), 0.0)
        known.append((1.0, np.log(rates[window].mean()), np.log(len(sequence))))
        measured.append(np.log(float(row["k_deg_per_hour"]) / (window.stop - window.start)))
    return np.linalg.lstsq(np.array(known), np.array(measured), rcond=None)[0].round(4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--every", type=int, default=1, help="take every so many RNAs and mRNAs")
    arguments = parser.parse_args()
    linkages = fit_linkages(arguments.data / "kaggle_train_plus_k_deg.json.zip", arguments.every)
    constant, of_rate, of_length = fit_windows(arguments.data / "DEMO_233x.csv", linkages, arguments.every)
    kept = {
        "constant": constant, "power_of_rate": of_rate, "power_of_length": of_length, "linkages": linkages.tolist(),
    }  # fmt: skip
    arguments.out.write_text(json.dumps(kept) + "\n")
    print(arguments.out.read_text())


if __name__ == "__main__":
    main()
