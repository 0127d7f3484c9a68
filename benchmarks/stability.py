"""Hydrolysis of 192 measured mRNAs: how well it is ranked where no family of designs is on both sides.

    python benchmarks/stability.py [--folds folds.npz] [--every N]

Rank correlation (Spearman) of what is predicted from the sequence and the window measured by RT-PCR with the measured
rate of that window, raw and per base. Rows: length, unpaired sum as they are; linkage rates of the package, which no
mRNA took part in fitting; the shipped model as it is; and models of the form rate per base = constant x share^p
[x length^q] [x energy^r], fitted anew without the mRNAs they are asked about. Families: windows of which nine bases in
ten are equal (also 0.85, 0.95), whole into ten groups, three ways to group them. Projects: the series of the
data, each left out in turn, which is harder. The nested row chooses the form anew within each training set. --folds
keeps the folds, minutes of work, for the next run. The data are looked for where SWANNECK_DATA says, else beside the
repository.
"""

import argparse
import csv
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from swanneck.folding import fold_ensemble
from swanneck.vaccine.stability import predict_degradation, predict_hydrolysis

GROUPS, WAYS, SEVERAL = 10, 3, 20
SHARES = {"unpaired share": "loose", "linkage rates": "rates"}
COVARIATES = {"": (), " and length": ("length",), " and energy": ("energy",), " and both": ("length", "energy")}
MODELS = {share + more: (name, *names) for share, name in SHARES.items() for more, names in COVARIATES.items()}


@dataclass(frozen=True)
class Measured:
    """What is known of the mRNAs, one entry each: logarithms of what models take, and of the measured rate per base."""

    known: dict[str, np.ndarray]
    target: np.ndarray
    sizes: np.ndarray
    shipped: np.ndarray
    windows: list[str]
    projects: np.ndarray

    def fit(self, names: tuple[str, ...], train: np.ndarray, asked: np.ndarray) -> np.ndarray:
        table = np.stack([np.ones(self.target.size), *(self.known[name] for name in names)], axis=1)
        return table[asked] @ np.linalg.lstsq(table[train], self.target[train], rcond=None)[0]

    def left_out(self, names: tuple[str, ...], groups: np.ndarray, within: np.ndarray) -> np.ndarray:
        """Predictions of those within, by groups that are left out in turn; nothing else is looked at."""
        predicted = np.full(self.target.size, np.nan)
        for group in np.unique(groups[within]):
            predicted[within & (groups == group)] = self.fit(
                names, within & (groups != group), within & (groups == group)
            )
        return predicted

    def judge(self, per_base: np.ndarray) -> tuple[float, float]:
        """Rank correlations, raw and per base, of the logarithm of a rate per base."""
        raw = spearmanr(per_base + np.log(self.sizes), self.target + np.log(self.sizes))[0]
        return raw, spearmanr(per_base, self.target)[0]


def read_measured(path: Path, kept: Path | None, every: int) -> Measured:
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))[::every]
    folds = fold_all([row["RNA_sequence"] for row in rows], kept)
    known: dict[str, list[float]] = {"loose": [], "rates": [], "length": [], "energy": []}
    shipped, windows, sizes, measured = [], [], [], []
    for row, (unpaired, energy) in zip(rows, folds, strict=True):
        sequence, start, end = row["RNA_sequence"], int(row["RT_PCR_start_pos"]), int(row["RT_PCR_end_pos"])
        known["loose"].append(unpaired[start:end].mean())
        known["rates"].append(predict_hydrolysis(sequence, unpaired)[start:end].mean())
        known["length"].append(len(sequence))
        known["energy"].append(-energy)
        shipped.append(np.log(predict_degradation(sequence, unpaired, (start, end)) / (end - start)))
        windows.append(sequence[start:end])
        sizes.append(end - start)
        measured.append(float(row["k_deg_per_hour"]))
    target = np.log(np.array(measured) / sizes)
    series = [row["Expt type"] + ("" if "Barna" in row["Expt type"] else row["RT_PCR_end_pos"]) for row in rows]
    return Measured(
        {name: np.log(values) for name, values in known.items()}, target, np.array(sizes), np.array(shipped), windows,
        np.unique(series, return_inverse=True)[1],
    )  # fmt: skip


def fold_all(sequences: list[str], kept: Path | None) -> list[tuple[np.ndarray, float]]:
    """Unpaired probabilities and ensemble energy of each."""
    if kept and kept.exists():
        with np.load(kept) as archive:
            if list(archive["sequences"]) == sequences:
                return [(archive[f"unpaired_{k}"], archive["energies"][k]) for k in range(len(sequences))]
    folds = [(fold.unpaired, fold.energy) for fold in map(fold_ensemble, sequences)]
    if kept:
        arrays = {f"unpaired_{k}": unpaired for k, (unpaired, _) in enumerate(folds)}
        np.savez(kept, sequences=np.array(sequences), energies=np.array([energy for _, energy in folds]), **arrays)
    return folds


def find_families(windows: list[str], share: float) -> np.ndarray:
    """Windows that are joined by pairs equal in `share` of their bases, laid start to start or end to end."""
    codes = [np.frombuffer(window.encode(), np.uint8) for window in windows]
    family = np.arange(len(codes))
    for k, one in enumerate(codes):
        for m, other in enumerate(codes[:k]):
            size = min(one.size, other.size)
            equal = max((one[:size] == other[:size]).mean(), (one[-size:] == other[-size:]).mean())
            if equal >= share:
                family[family == family[k]] = family[m]
    return np.unique(family, return_inverse=True)[1]


def group_families(families: np.ndarray, seed: int) -> np.ndarray:
    """The group of each member: families stay whole, the largest are placed first, each where there is most room."""
    sizes = np.bincount(families)
    order = np.lexsort([np.random.default_rng(seed).random(sizes.size), -sizes])
    room, group = np.zeros(GROUPS), np.zeros(sizes.size, dtype=int)
    for family in order:
        group[family] = room.argmin()
        room[group[family]] += sizes[family]
    return group[families]


def choose_within(data: Measured, families: np.ndarray, groups: np.ndarray, seed: int) -> np.ndarray:
    """Predictions of the form that is best within each training set, by the same left-out test there."""
    predicted = np.zeros(data.target.size)
    for group in np.unique(groups):
        train = groups != group
        inner = group_families(np.unique(families, return_inverse=True)[1], seed + 1)
        scores = {
            names: spearmanr(data.left_out(names, inner, train)[train], data.target[train])[0]
            for names in MODELS.values()
        }
        best = max(scores, key=lambda names: scores[names])
        predicted[~train] = data.fit(best, train, ~train)
    return predicted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folds", type=Path)
    parser.add_argument("--every", type=int, default=1, help="take every so many mRNAs")
    arguments = parser.parse_args()
    data = Path(os.environ.get("SWANNECK_DATA", Path(__file__).parents[2] / "shared" / "data")) / "mrna" / "degradation"
    if not data.is_dir():
        print("no shared data: nothing to compare with")
        return
    mrnas = read_measured(data / "DEMO_233x.csv", arguments.folds, arguments.every)
    print(f"{mrnas.target.size} mRNAs; Spearman raw, per base")
    print(f"  {'length of the window':<28} {spearmanr(mrnas.sizes, mrnas.target + np.log(mrnas.sizes))[0]:.3f}")
    as_they_are = {"unpaired sum": mrnas.known["loose"],
                   "linkage rates, sum": mrnas.known["rates"], "shipped": mrnas.shipped}  # fmt: skip
    for name, values in as_they_are.items():
        raw, per_base = mrnas.judge(values)
        print(f"  {name:<28} {raw:.3f}  {per_base:.3f}")
    for share in (0.9, 0.85, 0.95):
        families = find_families(mrnas.windows, share)
        sizes = np.sort(np.bincount(families))[::-1]
        print(f"left out by families of windows {share:g} equal: {sizes.size} of {sizes[:4]}... mRNAs")
        report(mrnas, families, [group_families(families, seed) for seed in range(WAYS)])
    print(f"left out by projects: {np.bincount(mrnas.projects)} mRNAs")
    report(mrnas, mrnas.projects, [mrnas.projects])
    everywhere = np.ones(mrnas.target.size, dtype=bool)
    predicted = mrnas.left_out(MODELS["linkage rates and length"], mrnas.projects, everywhere)
    for project in np.flatnonzero(np.bincount(mrnas.projects) >= SEVERAL):
        own = mrnas.projects == project
        per_base = spearmanr(predicted[own], mrnas.target[own])[0]
        print(f"  linkage rates and length, within a project of {own.sum()}: {per_base:.3f} per base")


def report(data: Measured, families: np.ndarray, ways: list[np.ndarray]) -> None:
    everywhere = np.ones(data.target.size, dtype=bool)
    for name, names in MODELS.items():
        show(name, [data.judge(data.left_out(names, groups, everywhere)) for groups in ways])
    show("form chosen within", [data.judge(choose_within(data, families, way, k)) for k, way in enumerate(ways)])


def show(name: str, figures: list[tuple[float, float]]) -> None:
    raw, per_base = np.mean(figures, axis=0)
    ways = "  ".join(f"{one:.3f}" for _, one in figures) if len(figures) > 1 else ""
    print(f"  {name:<28} {raw:.3f}  {per_base:.3f}   {ways}", flush=True)


if __name__ == "__main__":
    main()
