"""Hydrolysis: fit the rates of linkages on short RNAs, and hold the sum over a window to 192 measured mRNAs.

    python benchmarks/stability.py [--fit] [--every N]

Without --fit the rates of the package are used. The mRNAs take part in no fit: their families cannot leak. Printed: the
rank correlation (Spearman) of the predicted with the measured rate of the window that was measured by RT-PCR, raw and
per base, beside the unpaired sum of the same window and its length. The data are looked for where SWANNECK_DATA says,
else beside the repository.
"""

import argparse
import csv
import json
import os
import sys
import zipfile
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from swanneck.folding import fold_ensemble
from swanneck.vaccine.stability import describe_linkages, predict_hydrolysis

RNAS, SCORED, RIDGE, BASE_ERROR = 900, 67, 1e-3, 0.2


def fit_rates(path: Path) -> np.ndarray:
    """Weighted ridge regression of measured reactivities on what linkages are."""
    with zipfile.ZipFile(path) as archive:
        table = json.loads(archive.read(archive.namelist()[0]))
    chosen = [key for key in table["index"] if table["SN_filter"][key] == 1][:RNAS]
    products, target = np.zeros((16, 16)), np.zeros(16)
    total = 0.0
    for key in chosen:
        sequence = table["sequence"][key]
        rows = describe_linkages(sequence, fold_ensemble(sequence).unpaired)[:SCORED].reshape(SCORED, 16)
        measured = np.clip(table["deg_Mg_pH10"][key][:SCORED], -0.5, 5.0)
        weights = 1 / (np.array(table["deg_error_Mg_pH10"][key][:SCORED]) + BASE_ERROR) ** 2
        products += rows.T @ (rows * weights[:, None])
        target += rows.T @ (weights * measured)
        total += weights.sum()
    return np.linalg.solve(products + RIDGE * total * np.eye(16), target).reshape(4, 4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--every", type=int, default=1, help="take every so many mRNAs")
    arguments = parser.parse_args()
    data = Path(os.environ.get("SWANNECK_DATA", Path(__file__).parents[2] / "shared" / "data")) / "mrna" / "degradation"
    if not data.is_dir():
        print("no shared data: nothing to compare with")
        return
    if arguments.fit:
        print(fit_rates(data / "kaggle_train_plus_k_deg.json.zip").round(3))
    csv.field_size_limit(sys.maxsize)
    with (data / "DEMO_233x.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))[:: arguments.every]
    figures = []
    for row in rows:
        sequence, start, end = row["RNA_sequence"], int(row["RT_PCR_start_pos"]), int(row["RT_PCR_end_pos"])
        unpaired = fold_ensemble(sequence).unpaired
        rates = predict_hydrolysis(sequence, unpaired)
        figures.append((float(row["k_deg_per_hour"]), rates[start:end].sum(), unpaired[start:end].sum(), end - start))
    measured, predicted, loose, length = np.array(figures).T
    print(f"{len(figures)} mRNAs; Spearman raw, per base:")
    for name, value in {"predicted hydrolysis": predicted, "unpaired sum": loose, "length": length}.items():
        raw, per_base = spearmanr(value, measured)[0], spearmanr(value / length, measured / length)[0]
        print(f"  {name:<22} {raw:.3f}  {per_base:.3f}")


if __name__ == "__main__":
    main()
