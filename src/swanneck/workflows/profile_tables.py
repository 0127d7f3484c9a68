"""Profiles from a file: process them, score their replicates, draw their map. Tables are written as Parquet."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from swanneck.foundation.errors import InputError, SettingsError
from swanneck.foundation.files import write_atomically, write_parquet
from swanneck.profiles.aggregating import aggregate_profiles
from swanneck.profiles.average_precision import PairRule, score_groups, score_profiles
from swanneck.profiles.clusters import MapSettings, cluster_profiles, place_profiles
from swanneck.profiles.neighbours import match_mechanisms
from swanneck.profiles.normalising import Normalisation, normalise_profiles
from swanneck.profiles.reproducibility import measure_grit, measure_reproducibility
from swanneck.profiles.selecting import FeatureSelection, select_features
from swanneck.profiles.tables import feature_columns, read_profiles
from swanneck.profiles.whitening import align_batches, sphere_profiles
from swanneck.reports.profile_map import render_profile_map

__all__ = ["ProcessSettings", "map_profile_table", "process_profile_table", "score_profile_table"]


@dataclass(frozen=True)
class ProcessSettings:
    """Which steps are done, in this order: aggregate, normalise, select, align batches, sphere.

    `control` is `column=value` and names the reference profiles; without it all profiles are reference.
    """

    aggregate: Sequence[str] = ()
    normalisation: Normalisation = Normalisation()
    selection: FeatureSelection = FeatureSelection()
    control: str | None = None
    batch: str | None = None
    sphere: bool = False


def process_profile_table(path: Path, settings: ProcessSettings, *, out: Path) -> tuple[pl.DataFrame, list[str]]:
    """Process a table of profiles; give the result and, in words, what each step did."""
    table = read_profiles(path)
    told = [f"{table.height} profiles, {len(feature_columns(table))} features"]
    if settings.aggregate:
        table = aggregate_profiles(table, settings.aggregate)
        told.append(f"aggregated to {table.height} by {', '.join(settings.aggregate)}")
    reference = None if settings.control is None else _control(table, settings.control)
    normalised = normalise_profiles(table, settings.normalisation, reference=reference)
    whom = settings.control or "all profiles"
    told.append(f"normalised ({settings.normalisation.method}) on {whom}, {normalised.references.height} groups")
    selected = select_features(normalised.table, settings.selection)
    counts = selected.dropped.group_by("rule", maintain_order=True).len()
    told.append(
        f"{len(selected.features)} features kept; " + ", ".join(f"{n} dropped by {rule}" for rule, n in counts.rows())
    )
    result = selected.table
    if settings.batch is not None:
        result = align_batches(result, settings.batch, _needed(reference))
        told.append(f"batches aligned on {whom} by {settings.batch}")
    if settings.sphere:
        result = sphere_profiles(result, _needed(reference))
        told.append(f"sphered on {whom}")
    write_parquet(out, result)
    return result, told


def score_profile_table(
    path: Path,
    same: Sequence[str],
    *,
    control: str | None = None,
    mechanism: str | None = None,
    seed: int = 1,
    out: Path,
) -> list[str]:
    """Score the replicates of a table: reproducibility, mean average precision, grit, mechanisms; tables into `out`."""
    table = read_profiles(path)
    told = []
    for quantile in (0.5, 0.95):
        found = measure_reproducibility(table, same, quantile=quantile)
        pairs = f"{found.n_replicate_pairs} pairs of replicates, {found.n_other_pairs} others"
        told.append(f"reproducibility {found.share:.3f} above the {quantile:g} quantile ({pairs})")
    rule = PairRule(positive_same=tuple(same), negative_apart=(same[0],))
    scores = score_profiles(table, rule)
    groups = score_groups(scores, list(same), rng=np.random.default_rng(seed))
    write_parquet(out / "average_precision.parquet", scores)
    write_parquet(out / "mean_average_precision.parquet", groups)
    found_groups = int((groups["fdr"] < 0.05).sum())  # noqa: PLR2004 - the usual level, said in the line
    told.append(f"mean average precision: {found_groups} of {groups.height} groups with replicates at FDR 0.05")
    if control is not None:
        grit = measure_grit(table, same[0], _control(table, control))
        write_parquet(out / "grit.parquet", grit)
        if grit.height and grit["grit"][0] is not None:
            told.append(f"grit: highest {grit['grit'][0]:.2f}, {grit[same[0]][0]}")
    if mechanism is not None:
        matches = match_mechanisms(table, mechanism, [same[0]])
        write_parquet(out / "mechanisms.parquet", matches)
        shares = matches.select(pl.col("matches").mean(), pl.col("chance").mean()).row(0)
        told.append(
            f"nearest neighbour of another {same[0]} shares the mechanism: {shares[0]:.1%}, by chance {shares[1]:.1%}"
        )
    return told


def map_profile_table(
    path: Path, *, label: str | None = None, settings: MapSettings | None = None, out: Path
) -> pl.DataFrame:
    """Cluster the profiles of a table and draw them in two dimensions: a page, and the places as a table beside it."""
    table = read_profiles(path)
    if label is not None and label not in table.columns:
        problem = f"the profiles have no column {label!r}"
        raise InputError(problem, where=str(path))
    place = place_profiles(table, settings)
    others = table.drop(feature_columns(table))
    made = others.with_columns(
        cluster_profiles(table, settings), map_x=pl.Series(place[:, 0]), map_y=pl.Series(place[:, 1])
    )
    write_parquet(out.with_suffix(".parquet"), made)
    write_atomically(out, render_profile_map(made, title=path.name, label=label).encode())
    return made


def _control(table: pl.DataFrame, text: str) -> pl.Expr:
    column, equals, value = text.partition("=")
    if not equals or column not in table.columns:
        problem = f"controls are named as column=value, got {text!r}"
        raise SettingsError(problem, remedy=f"Columns: {', '.join(table.drop(feature_columns(table)).columns[:12])}")
    chosen = pl.col(column).cast(pl.String) == value
    if not table.select(chosen.any()).item():
        problem = f"no profile has {column} = {value!r}"
        raise InputError(problem)
    return chosen


def _needed(reference: pl.Expr | None) -> pl.Expr:
    if reference is None:
        problem = "batches and sphering need the controls"
        raise SettingsError(problem, remedy="Name them: --control column=value")
    return reference
