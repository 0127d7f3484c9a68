"""Claims: mean average precision equal to copairs' and 100 times as fast in less than 300 MB; normalisation and
feature selection equal to pycytominer's and within 4 seconds for 50,000 cells of 900 features with gaps.

    python benchmarks/profiles.py [--peers PYTHON] [--full]

Every figure is of a process of its own that reads the same Parquet file; reading, writing and a small first call, which
loads kernels and libraries, do not count to the CPU seconds; memory is that of the whole process, kernels compiled
before. copairs runs on 500 and 1,000 of the 10,000 profiles, its time for all is scaled by the number of pairs, which
its cost follows; `--full` runs it on all. pycytominer runs on 4,000 of the 50,000 cells. `--peers` is a Python that has
copairs and pycytominer; without one only our figures are printed.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from operator import itemgetter
from pathlib import Path

import numpy as np
import polars as pl

LEAST_RATIO, MOST_MEGABYTES, MOST_SECONDS = 100, 300, 4.0

TIMED = """
import json, resource, sys, time
def report(run, warm, finish=None):
    warm()
    wall, cpu = time.perf_counter(), time.process_time()
    result = run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if finish:
        finish(result)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"wall": wall, "cpu": cpu, "megabytes": megabytes,
                      **{name: value for name, value in result.items() if name != "table"}}))
"""

OURS_MAP = (
    TIMED
    + """
from pathlib import Path
import numpy as np
from swanneck.profiles.average_precision import PairRule, score_groups, score_profiles
from swanneck.profiles.tables import read_profiles
table = read_profiles(Path(sys.argv[1]))
rule = PairRule(positive_same=("compound",), negative_apart=("compound",))
def score(table):
    scores = score_profiles(table, rule)
    groups = score_groups(scores, ["compound"], rng=np.random.default_rng(1))
    return {"scores": scores["average_precision"].to_list(), "groups": groups["mean_average_precision"].to_list(),
            "p": groups["p_value"].to_list()}
report(lambda: score(table), lambda: score(table.head(100)))
"""
)

COPAIRS = (
    TIMED
    + """
import tempfile
import pandas as pd
from copairs.map import average_precision, mean_average_precision
table = pd.read_parquet(sys.argv[1])
features = [name for name in table if name.startswith("Cells_")]
def score(table):
    meta, values = table.drop(columns=features), table[features].to_numpy()
    scores = average_precision(meta, values, ["compound"], [], [], ["compound"], progress_bar=False)
    with tempfile.TemporaryDirectory() as cache:
        groups = mean_average_precision(scores, ["compound"], null_size=10000, threshold=0.05, seed=1,
                                        progress_bar=False, cache_dir=cache)
    groups = groups.sort_values("compound")
    return {"scores": scores["average_precision"].tolist(), "groups": groups["mean_average_precision"].tolist(),
            "p": groups["p_value"].tolist()}
report(lambda: score(table), lambda: score(table.head(100)))
"""
)

OURS_SELECT = (
    TIMED
    + """
from pathlib import Path
from swanneck.profiles.normalising import Normalisation, normalise_profiles
from swanneck.profiles.selecting import FeatureSelection, select_features
from swanneck.profiles.tables import read_profiles
table = read_profiles(Path(sys.argv[1]))
rules = FeatureSelection(rules=("missing", "variance", "frequency", "correlation"))
def select(table):
    return select_features(normalise_profiles(table, Normalisation(method="standardise")).table, rules)
def run():
    made = select(table)
    return {"features": made.features, "table": made.table}
report(run, lambda: select(table.head(400)), lambda made: made["table"].write_parquet(sys.argv[2]))
"""
)

PYCYTOMINER = (
    TIMED
    + """
import pandas as pd
from pycytominer import feature_select, normalize
table = pd.read_parquet(sys.argv[1])
steps = ["drop_na_columns", "variance_threshold", "frequency_threshold", "correlation_threshold"]
def select(table):
    return feature_select(normalize(table, method="standardize"), operation=steps)
def run():
    made = select(table)
    return {"features": [name for name in made if name.startswith("Cells_")], "table": made}
report(run, lambda: select(table.head(100)), lambda made: made["table"].to_parquet(sys.argv[2]))
"""
)


def run(python: str, code: str, *words: str) -> dict[str, object]:
    done = subprocess.run([python, "-c", code, *words], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def write_profiles(folder: Path) -> None:
    """10,000 profiles of 1,000 compounds, 500 features; and the first 500 and 1,000 of them."""
    rng = np.random.default_rng(0)
    compound = np.repeat(np.arange(1000), 10)
    values = rng.normal(size=(10_000, 500)) + 0.15 * rng.normal(size=(1000, 500))[compound]
    table = pl.DataFrame({f"Cells_F{n}": column for n, column in enumerate(values.T)})
    table = table.with_columns(compound=pl.Series(compound))
    for size in (500, 1000, 10_000):
        table.head(size).write_parquet(folder / f"profiles-{size}.parquet")


def write_cells(folder: Path) -> None:
    """50,000 cells, 900 features in correlated groups of three, six of them with gaps, some flat or coarse."""
    rng = np.random.default_rng(0)
    cells, groups = 50_000, 300
    values = np.repeat(rng.normal(size=(cells, groups)), 3, axis=1)
    values += rng.normal(size=values.shape) * np.tile([0.1, 0.2, 1.5], groups)
    values = values * rng.uniform(0.1, 50, 900) + rng.uniform(-5, 100, 900)
    values[:, 5], values[:, 6] = 3, rng.integers(0, 3, cells)
    for column in (10, 50, 100, 500, 899):
        values[rng.random(cells) < 0.02, column] = np.nan
    values[rng.random(cells) < 0.2, 3] = np.nan
    table = pl.DataFrame({f"Cells_F{n}": column for n, column in enumerate(values.T)}).fill_nan(None)
    table = table.with_columns(pl.lit("P").alias("Metadata_Plate"))
    for size in (4000, cells):
        table.head(size).write_parquet(folder / f"cells-{size}.parquet")


def pairs(profiles: int) -> float:
    return profiles * (profiles - 1) / 2


def compare_map(folder: Path, peers: str | None, *, full: bool) -> None:
    run(sys.executable, OURS_MAP, str(folder / "profiles-500.parquet"))  # compiles, where that was not done before
    ours = run(sys.executable, OURS_MAP, str(folder / "profiles-10000.parquet"))
    print("mean average precision, 10,000 profiles x 500 features, 1,000 compounds")
    memory = f"{ours['megabytes']:.0f} MB (limit {MOST_MEGABYTES})"
    print(f"  ours       {ours['cpu']:.2f} CPU s, {ours['wall']:.2f} s, {memory}")
    if peers is None:
        return
    sizes = (500, 1000, 10_000) if full else (500, 1000)
    theirs = {size: run(peers, COPAIRS, str(folder / f"profiles-{size}.parquet")) for size in sizes}
    for size, figure in theirs.items():
        per_pair = 1e6 * figure["cpu"] / pairs(size)
        print(f"  copairs    {figure['cpu']:.2f} CPU s, {figure['wall']:.2f} s for {size}: {per_pair:.2f} µs a pair")
    scaled = theirs[max(sizes)]["cpu"] * pairs(10_000) / pairs(max(sizes))
    how = "measured" if full else "scaled by pairs"
    print(f"  copairs, {how}, {scaled:.0f} CPU s: ratio {scaled / ours['cpu']:.0f} (at least {LEAST_RATIO})")
    small = run(sys.executable, OURS_MAP, str(folder / f"profiles-{max(sizes)}.parquet"))
    for name, words in (("scores", "average precision"), ("groups", "mean average precision"), ("p", "p-value")):
        difference = np.abs(np.array(small[name]) - np.array(theirs[max(sizes)][name])).max()
        print(f"  largest difference of {words}: {difference:.1e}")


def compare_selection(folder: Path, peers: str | None) -> None:
    path = str(folder / "cells-50000.parquet")
    ours = min((run(sys.executable, OURS_SELECT, path, str(folder / "a")) for _ in range(2)), key=itemgetter("cpu"))
    kept = f"{len(ours['features'])} features kept"
    print("normalise and select, 50,000 cells x 900 features, six columns with gaps")
    print(f"  ours         {ours['cpu']:.2f} CPU s, {ours['wall']:.2f} s (limit {MOST_SECONDS}), {kept}")
    if peers is None:
        return
    path = str(folder / "cells-4000.parquet")
    mine = run(sys.executable, OURS_SELECT, path, str(folder / "b"))
    theirs = run(peers, PYCYTOMINER, path, str(folder / "c"))
    ratio = theirs["cpu"] / mine["cpu"]
    print(f"  4,000 cells: ours {mine['cpu']:.2f} CPU s, pycytominer {theirs['cpu']:.2f} CPU s: ratio {ratio:.0f}")
    print(f"  equal features: {set(mine['features']) == set(theirs['features'])} ({len(mine['features'])})")
    left = pl.read_parquet(folder / "b").select(mine["features"]).to_numpy()
    right = pl.read_parquet(folder / "c").select(mine["features"]).to_numpy()
    print(f"  largest difference of a value: {np.nanmax(np.abs(left - right)):.1e}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", help="a Python with copairs and pycytominer")
    parser.add_argument("--full", action="store_true", help="copairs on all profiles: minutes, and 4 GB")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        write_profiles(Path(name))
        compare_map(Path(name), chosen.peers, full=chosen.full)
        write_cells(Path(name))
        compare_selection(Path(name), chosen.peers)


if __name__ == "__main__":
    main()
