"""A single-dose or RNAi screen from a table of wells: scores, replicates together, rules, genes."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from pydantic import ValidationError

from swanneck.foundation.errors import InputError, SettingsError
from swanneck.foundation.files import write_atomically
from swanneck.foundation.settings import Settings
from swanneck.foundation.text_tables import read_text_table
from swanneck.screening.decisions import mask_wells, read_decisions
from swanneck.screening.hit_cascade import HitCascade, ScreenRule, run_cascade, ssmd_of_replicates
from swanneck.screening.layout_linter import check_findings, lint_layout
from swanneck.screening.layouts import read_layout
from swanneck.screening.plate_maps.columns import assign_columns, is_header, read_wells
from swanneck.screening.readout_tables import read_readouts
from swanneck.screening.repeatability import share_of_variance
from swanneck.screening.scores import ScoreSettings, check_scores, score_plates, summarise_replicates
from swanneck.statistics.redundant_activity import rank_genes

__all__ = ["ScoredScreen", "ScreenFiles", "read_rules", "score_screen"]


class ScreenFiles(Settings):
    """What belongs to a screen: the table of wells, its plate map where that is a file of its own, and what is asked.

    - `readout`: the column that is scored (the first number column where None); other readouts are averaged per
      compound, for rules that look at them.
    - `gene`: the column of the table that names a reagent's gene: then genes are ranked by redundant siRNA activity.
    - `rules`: a TOML file of rules; `decisions`: a table of wells that a person masked.
    """

    wells: Path
    layout: Path | None = None
    readout: str | None = None
    gene: str | None = None
    rules: Path | None = None
    decisions: Path | None = None


@dataclass(frozen=True)
class ScoredScreen:
    """Wells with their score and its reference, one row per compound, the cascade, genes, and what was seen."""

    wells: pl.DataFrame
    compounds: pl.DataFrame
    checks: pl.DataFrame
    cascade: HitCascade
    genes: pl.DataFrame | None
    messages: list[str]

    @property
    def told(self) -> list[str]:
        """The self-check in words: where the controls landed, where that is not where they should."""
        checked = self.checks.filter(pl.col("ok").is_not_null())
        wrong = [
            f"{row[self.checks.columns[0]]}: the {row['role'].replace('_', ' ')}s lie at {row['centre']:g}, "
            f"expected {row['expected']:g}" for row in checked.filter(~pl.col("ok")).to_dicts()
        ]  # fmt: skip
        if wrong or not checked.height:
            return wrong
        ends = checked.select("role", "expected").unique(maintain_order=True).rows()
        landed = " and ".join(f"{role.replace('_', ' ')}s at {expected:g}" for role, expected in ends)
        groups = checked[checked.columns[0]].n_unique()
        return [f"self-check: {landed}, in {groups} of {groups} groups by {checked.columns[0]}"]


def score_screen(files: ScreenFiles, settings: ScoreSettings | None = None, *, out: Path | None = None) -> ScoredScreen:
    """Score a screen without dose series: each well against its plate, replicates together, then rules in order.

    A compound's columns for the rules: `score` (mean over replicates), `score_median`, `score_deviation`,
    `n_replicates`, `scores` (list), `ssmd`, and the mean of every other readout by its name. Without rules a hit lies 3
    robust deviations above the samples' median.

    Raises `InputError` where the tables do not fit each other, `SettingsError` for rules that cannot be read.
    """
    settings = settings or ScoreSettings()
    measured = read_readouts(files.wells)
    readout = files.readout or measured.names[0]
    if readout not in measured.names:
        problem = f"there is no readout {readout!r}; there are {', '.join(measured.names)}"
        raise SettingsError(problem)
    plan = read_layout(files.layout or files.wells)
    groups = measured.table.group_by("plate", maintain_order=True)
    by_plate = {str(name[0]): part["well"].to_list() for name, part in groups}
    check_findings(lint_layout(plan, image_wells=by_plate if files.layout else None))
    layout = plan.for_plates(by_plate).unique(["plate", "well"], keep="first", maintain_order=True)
    wells = layout.drop([name for name in measured.names if name in layout.columns]).join(
        measured.table, on=["plate", "well"], how="left", maintain_order="left"
    )
    wells = wells.with_columns(pl.lit("ok").alias("status"), pl.lit(None, pl.String).alias("reason"))
    if files.decisions:
        wells = mask_wells(wells, read_decisions(files.decisions))
    if not _samples(wells).filter(pl.col("compound").is_not_null()).height:
        problem = "no well is a sample with a compound"
        raise InputError(problem, remedy="Name the column of compounds, or give a plate map")
    scored = score_plates(wells, readout, settings)
    score = f"{readout}_score"
    if not scored[score].count():
        problem = f"no well has a score: {scored[f'{readout}_score_reference'][0]}"
        raise InputError(problem, where=str(files.wells), remedy="Choose a --method that these wells can bear")
    shares = [share_of_variance(_samples(scored), name, "plate") for name in (readout, score)]
    messages = [*measured.understood, *plan.understood, *_tell_reference(scored, score)]
    messages += _tell_effect("plates", shares)
    if "batch" in scored.columns:
        shares = [share_of_variance(_samples(scored), name, "batch") for name in (readout, score)]
        messages += _tell_effect("batches", shares)
    compounds = _gather(scored, score, [name for name in measured.names if name != readout])
    rules = read_rules(files.rules) if files.rules else [
        ScreenRule(keep="active", reject="not active", column="score", kind="mad", value=3.0)
    ]  # fmt: skip
    cascade = run_cascade(compounds, rules)
    genes = _rank(scored, score, files) if files.gene else None
    done = ScoredScreen(scored, cascade.table, check_scores(scored, readout, settings), cascade, genes, messages)
    if out is not None:
        _write(done, Path(out))
    return done


def _samples(wells: pl.DataFrame) -> pl.DataFrame:
    return wells.filter((pl.col("role") == "sample") & (pl.col("status") != "failed"))


def _tell_reference(scored: pl.DataFrame, score: str) -> list[str]:
    """Name the reference wells of the scores; of many plates the first three."""
    told = scored[f"{score}_reference"].unique(maintain_order=True).to_list()
    more = [f"... and {len(told) - 3} more references, in the column {score}_reference"] if len(told) > 3 else []
    return [*(f"reference: {text}" for text in told[:3]), *more]


def _tell_effect(what: str, shares: list[float]) -> list[str]:
    before, after = shares
    if not before == before:  # NaN: one group only
        return []
    return [f"between {what}: {100 * before:.0f} % of the samples' variance before scoring, {100 * after:.0f} % after"]


def _gather(scored: pl.DataFrame, score: str, others: list[str]) -> pl.DataFrame:
    samples = _samples(scored).filter(pl.col("compound").is_not_null())
    keys = ["compound", *[name for name in ("cell_line",) if name in scored.columns]]
    summary = summarise_replicates(samples.rename({score: "score"}), keys, "score").rename({"score_mean": "score"})
    more = samples.group_by(keys, maintain_order=True).agg(
        pl.col(score).alias("scores"), *(pl.col(name).mean() for name in others)
    )
    joined = summary.join(more, on=keys, how="left", maintain_order="left")
    values = [ssmd_of_replicates([one for one in row if one is not None]) for row in joined["scores"].to_list()]
    return joined.with_columns(pl.Series("ssmd", values, dtype=pl.Float64).fill_nan(None))


def _rank(scored: pl.DataFrame, score: str, files: ScreenFiles) -> pl.DataFrame:
    """Rank the genes of reagents (compounds); replicates of a reagent count by their mean."""
    path = files.layout or files.wells
    text = read_text_table(path, is_header)
    if files.gene not in text.table.columns:
        problem = f"there is no column {files.gene!r} of genes; there are {', '.join(text.table.columns[1:])}"
        raise InputError(problem, where=str(path))
    columns = assign_columns(text.table.columns[1:])
    place, plate = read_wells(text.table, columns, str(path))[0], columns.first("plate")
    genes = text.table.select(pl.col(files.gene).alias("_gene"), *([pl.col(plate).alias("plate")] if plate else []))
    genes = genes.with_columns(place.alias("well")).unique([*(["plate"] if plate else []), "well"], keep="first")
    named = _samples(scored).join(genes, on=[name for name in genes.columns if name != "_gene"], how="left")
    reagents = named.group_by("compound", maintain_order=True).agg(pl.col(score).mean(), pl.col("_gene").first())
    return rank_genes(reagents["_gene"].to_list(), reagents[score])


def read_rules(path: Path) -> list[ScreenRule]:
    """Read rules from a TOML file with one table `[[rule]]` each, in order.

    Raises `SettingsError` where the file cannot be read or a rule is not one.
    """
    try:
        told = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problem = f"the rules cannot be read: {error}"
        raise SettingsError(problem, where=str(path)) from error
    listed = told.get("rule", [])
    if not isinstance(listed, list) or not listed or set(told) != {"rule"}:
        problem = "a file of rules has one table [[rule]] for each rule and nothing else"
        raise SettingsError(problem, where=str(path))
    rules = []
    for number, one in enumerate(listed, 1):
        try:
            rules.append(ScreenRule.model_validate(one))
        except ValidationError as error:
            first = error.errors()[0]
            problem = f"rule {number}: {'.'.join(map(str, first['loc']))}: {first['msg']}"
            raise SettingsError(problem, where=str(path)) from error
    return rules


def _write(done: ScoredScreen, folder: Path) -> None:
    tables = {"wells": done.wells, "compounds": done.compounds, "checks": done.checks}
    if done.genes is not None:
        tables["genes"] = done.genes
    for name, table in tables.items():
        flat = table.drop([column for column, kind in table.schema.items() if kind == pl.List])
        write_atomically(folder / f"{name}.csv", flat.write_csv().encode())
