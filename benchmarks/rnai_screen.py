"""The published scores of a genome-wide RNAi screen, reproduced; and what other normalisations would have said.

    SWANNECK_DATA=/path/to/data python benchmarks/rnai_screen.py

Boutros et al. 2004 (Science 303:832): 57 plates in two replicates. Their score is the mean over replicates of the
per-plate z of raw values, turned round.
"""

import os
import re
from pathlib import Path

import polars as pl
from scipy import stats

from swanneck.screening.scores import ScoreSettings, score_plates


def read_screen(folder: Path) -> pl.DataFrame:
    listed = pl.read_csv(folder / "Platelist.txt", separator="\t")
    parts = []
    for name, plate, replicate in listed.rows():
        raw = pl.read_csv(folder / name, separator="\t", has_header=False, new_columns=["name", "well", "x"])
        parts.append(
            raw.select("well", pl.col("x").cast(pl.Float64), number=pl.lit(plate), replicate=pl.lit(replicate))
        )
    wells = pl.concat(parts).with_columns(plate=pl.format("{}-{}", "number", "replicate"))
    role = pl.lit("sample")
    for _, pattern, content in pl.read_csv(folder / "Plateconf.txt", separator="\t", skip_rows=2).rows()[1:]:
        fits = pl.col("well").str.contains(f"^{re.sub(r'[*]', '.*', pattern)}$")
        kind = {"neg": "negative_control", "pos": "positive_control"}.get(content, "empty")
        role = pl.when(fits).then(pl.lit(kind)).otherwise(role)
    log = pl.read_csv(folder / "Screenlog.txt", separator="\t", infer_schema_length=0)
    bad = log.select(number=pl.col("Plate").cast(pl.Int64), replicate=pl.col("Sample").cast(pl.Int64), well="Well")
    bad = bad.with_columns(status=pl.lit("failed"))
    return (
        wells.with_columns(role=role)
        .join(bad, on=["number", "replicate", "well"], how="left")
        .with_columns(pl.col("status").fill_null("ok"))
    )


def compare(wells: pl.DataFrame, published: pl.DataFrame, settings: ScoreSettings) -> tuple[float, int, float]:
    scored = score_plates(wells, "x", settings)
    mean = scored.group_by("number", "well").agg(pl.col("x_score").mean())
    both = published.join(mean, on=["number", "well"]).drop_nulls()
    hits = both.filter(pl.col("score") > 3).height
    found = both.sort("x_score", descending=True).head(hits).filter(pl.col("score") > 3).height
    wide = scored.filter(pl.col("role") == "sample").pivot("replicate", index=["number", "well"], values="x_score")
    wide = wide.drop_nulls()
    agreement = float(stats.spearmanr(wide["1"], wide["2"]).statistic)
    return float(stats.spearmanr(both["score"], both["x_score"]).statistic), found, agreement


def main() -> None:
    folder = Path(os.environ.get("SWANNECK_DATA", Path(__file__).parents[2] / "shared" / "data")) / "screens" / "kcviab"
    if not folder.is_dir():
        print("no data: set SWANNECK_DATA")
        return
    wells = read_screen(folder)
    table = pl.read_csv(folder / "Analysis2003.txt", separator="\t", infer_schema_length=0)
    published = table.select(number=pl.col("Plate").cast(pl.Int64), well="Well", score=pl.col("Score").cast(pl.Float64))
    print(f"{published.filter(pl.col('score') > 3).height} wells with a published score above 3")
    print(f"{'scores':<34}{'Spearman':>9}{'found':>7}{'replicates agree':>18}")
    for label, settings in (
        ("z on raw values, all wells", {"method": "z", "reference": "all"}),
        ("z on raw values, samples", {"method": "z"}),
        ("robust z on raw values", {}),
        ("robust z on log2, all wells", {"logarithm": True, "reference": "all"}),
        ("robust z on log2, samples", {"logarithm": True}),
        ("... median polish", {"logarithm": True, "position": "median_polish"}),
        ("... B score", {"logarithm": True, "method": "b_score"}),
        ("... loess", {"logarithm": True, "position": "loess"}),
        ("... edge diffusion", {"logarithm": True, "position": "edge_diffusion"}),
    ):
        # The authors' own z counts every well, those flagged later too.
        counted = wells.with_columns(status=pl.lit("ok")) if "reference" in settings else wells
        rho, found, agreement = compare(counted, published, ScoreSettings(higher_is_lower=True, **settings))
        print(f"{label:<34}{rho:>9.4f}{found:>7}{agreement:>18.4f}")


if __name__ == "__main__":
    main()
