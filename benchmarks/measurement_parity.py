"""Claim: CellProfiler's values in every column. Prints, per module and kind of object, how many agree, and how closely.

    python benchmarks/measurement_parity.py

The fields are the two synthetic ones of tests/golden and, where the evaluation data are at hand, `parity/*`: each has
CellProfiler 4.2.8.1's value of every column of every object. A value agrees within a limit where it differs by no more
than that share of it or 1e-9, or is NaN in both; `as claimed` is 1e-9 of the value in texture and intensity, 2e-6 in
granularity, and 1e-6 (or 1e-9 absolute) elsewhere.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import tifffile

from swanneck.imaging import MeasurementSettings, measure_objects

LIMITS = (1e-9, 1e-6, 1e-3)
MODULES = {
    "AreaShape": "AreaShape", "Intensity": "Intensity", "Location": "Intensity", "RadialDistribution":
    "IntensityDistribution", "Granularity": "Granularity", "Texture": "Texture", "Correlation": "Correlation",
    "Neighbors": "Neighbors",
}  # fmt: skip
"""The first word of a column -> the module that makes it."""


def find_fields() -> Iterator[Path]:
    here = Path(__file__).parents[1]
    yield from sorted((here / "tests" / "golden").glob("golden_*"))
    data = Path(os.environ.get("SWANNECK_DATA", here.parent / "shared" / "data")) / "parity"
    if not data.is_dir():
        print("the evaluation data are absent: only the synthetic fields are compared")
    yield from sorted(folder for folder in data.glob("*") if folder.is_dir())


def read_field(folder: Path) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], dict[str, pl.DataFrame]]:
    truth = {path.stem.split("_", 1)[1]: pl.read_parquet(path) for path in folder.glob("features_*.parquet")}
    truth.pop("Image", None)
    labels = {name: tifffile.imread(folder / f"{name}.tif") for name in sorted(truth)}
    channels = [path.stem.split("_", 1)[1] for path in sorted(folder.glob("image_*.tif"))]
    images = {name: tifffile.imread(folder / f"image_{name}.tif") for name in order_channels(channels, truth)}
    return images, labels, truth


def order_channels(channels: list[str], truth: dict[str, pl.DataFrame]) -> list[str]:
    """Give the channels in the order in which CellProfiler had them: pairs are named after it."""
    names = next(iter(truth.values())).columns
    after = {one: sum(f"Correlation_Correlation_{other}_{one}" in names for other in channels) for one in channels}
    return sorted(channels, key=lambda name: after[name])


def distance(found: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Give each value's difference as a share of it: 0 where both are NaN, infinite where one is."""
    both = np.isnan(found) & np.isnan(truth)
    away = np.abs(found - truth)
    share = np.where(away <= 1e-9, 0.0, away / np.maximum(np.abs(truth), 1e-300))
    return np.where(both, 0.0, np.where(np.isnan(share), np.inf, share))


def is_as_claimed(name: str, found: np.ndarray, truth: np.ndarray) -> np.ndarray:
    relative = 1e-9 if name.startswith(("Texture", "Intensity")) else 1e-6
    absolute = 2e-6 if name.startswith("Granularity") else 1e-9
    return np.isclose(found, truth, rtol=relative, atol=absolute, equal_nan=True)


def compare(found: pl.DataFrame, truth: pl.DataFrame) -> list[tuple[str, str, np.ndarray, np.ndarray]]:
    rows = []
    for name in truth.columns:
        if name.split("_")[0] not in MODULES:
            continue
        wanted = truth[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        ours = found[name].cast(pl.Float64).to_numpy()
        rows.append((MODULES[name.split("_")[0]], name, distance(ours, wanted), is_as_claimed(name, ours, wanted)))
    return rows


def print_modules(kind: str, rows: list[tuple[str, str, np.ndarray, np.ndarray]]) -> None:
    for module in dict.fromkeys(MODULES.values()):
        own = [row for row in rows if row[0] == module]
        if not own:
            continue
        away = np.concatenate([row[2] for row in own])
        good = np.concatenate([row[3] for row in own])
        shares = "".join(f"{100 * np.mean(away <= limit):>9.3f}" for limit in LIMITS)
        worst = min(own, key=lambda row: (row[3].mean(), -row[2].max()))
        told = f"{worst[1]} ({(~worst[3]).sum()} off)" if not worst[3].all() else "-"
        print(f"  {kind:<11}{module:<22}{len(away):>9}{shares}{100 * good.mean():>11.4f}   {told}")


def main() -> None:
    head = "".join(f"{limit:>9g}" for limit in LIMITS)
    whole, agreed, names_missing = 0, 0, 0
    for folder in find_fields():
        images, labels, truth = read_field(folder)
        tables = measure_objects(images, labels, MeasurementSettings(cytoplasm="off"))
        print(f"\n{folder.name}\n  {'':<33}{'values':>9}{head}{'as claimed':>11}   worst column")
        for kind in ("Nuclei", "Cells", "Cytoplasm"):
            names_missing += len(set(truth[kind].columns) - set(tables[kind].columns))
            rows = compare(tables[kind], truth[kind])
            print_modules(kind, rows)
            whole += sum(len(row[3]) for row in rows)
            agreed += sum(int(row[3].sum()) for row in rows)
    share = 100 * agreed / whole
    print(
        f"\n{agreed} of {whole} values as claimed: {share:.4f} %  at least 99.95{'' if share >= 99.95 else '  MISSED'}"
    )
    print(f"{names_missing} of CellProfiler's columns missing  at most 0{'' if names_missing == 0 else '  MISSED'}")


if __name__ == "__main__":
    main()
