"""Which targets and mechanisms the hits of a screen, or one cluster of compounds, point to."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from swanneck.chemistry.fingerprints import make_fingerprints, similar_to
from swanneck.chemistry.molecules import read_structures
from swanneck.compounds.ranking import rank_candidates
from swanneck.compounds.targets import TargetSettings, enrich_labels, neighbour_targets
from swanneck.compounds.targets import suggest_targets as suggest
from swanneck.foundation.errors import InputError
from swanneck.foundation.files import write_atomically
from swanneck.foundation.text_tables import LINE, read_text_table
from swanneck.profiles.aggregating import aggregate_profiles
from swanneck.profiles.neighbours import find_neighbours
from swanneck.profiles.tables import read_profiles
from swanneck.workflows.candidate_evidence import join_drugs, read_screen
from swanneck.workflows.candidate_settings import EvidenceFiles, ScreenColumns, TargetEvidence

__all__ = ["TargetHypotheses", "explain_hits", "suggest_targets"]

_NEAR = {"compound": pl.String, "neighbour": pl.String, "similarity": pl.Float64, "space": pl.String}
_YES = {"1", "true", "yes", "hit", "active"}


@dataclass(frozen=True)
class TargetHypotheses:
    """The hypotheses, every label that was tested, the neighbours of hits, and what was understood."""

    table: pl.DataFrame
    labels: pl.DataFrame
    neighbours: pl.DataFrame
    understood: list[str]


def suggest_targets(
    screen: Path,
    files: EvidenceFiles,
    *,
    columns: ScreenColumns | None = None,
    out: Path | None = None,
) -> TargetHypotheses:
    """Join a screen with drugs, take its hits (or the members given), and make hypotheses of what they have in common.

    With `out`: `targets.csv`, `labels.csv`, `neighbours.csv`. Raises `InputError` where a file cannot be read, or a
    member was not screened.
    """
    more = files.targets
    read = read_screen(screen, columns)
    joined = join_drugs(read.table["compound"].to_list(), files)
    own = [name for name in joined.table.columns if name == "compound" or name not in read.table.columns]
    evidence = read.table.join(joined.table.select(own), on="compound", how="left", maintain_order="left")
    hits = _members(more, evidence) if more.members else set(rank_candidates(evidence, files.weights).table["compound"])
    found = explain_hits(evidence, hits, more)
    rate = f"{joined.rate:.1%} of {joined.table.height} compounds are joined with a drug"
    told = TargetHypotheses(found.table, found.labels, found.neighbours, [*read.understood, rate, *found.understood])
    if out:
        for name, table in (("targets", told.table), ("labels", told.labels), ("neighbours", told.neighbours)):
            write_atomically(out / f"{name}.csv", table.write_csv().encode())
    return told


def explain_hits(
    evidence: pl.DataFrame, hits: set[str], more: TargetEvidence | None = None, settings: TargetSettings | None = None
) -> TargetHypotheses:
    """Make hypotheses for these hits: `evidence` has `compound`, `drug`, `target`, `mechanism`, and `structure`.

    A hit without a known target takes those of its neighbours, in chemical space and in profile space where there are
    profiles; neighbours that were screened and are no hits are marked as inactive.
    """
    more = more or TargetEvidence()
    table = evidence.with_columns(is_hit=pl.col("compound").is_in(list(hits)))
    near = pl.concat([_chemical(table, hits, more), _profile(table, hits, more)])
    genes = _read_genes(more.genes) if more.genes else []
    activity = "inhibition" if "inhibition" in table.columns else None
    tested, made = [], []
    for label in ("target", "mechanism"):
        try:
            enriched = enrich_labels(table, label, activity=activity, settings=settings)
        except InputError:  # nothing annotated, or all or none active: no statistics, neighbours remain
            enriched = enrich_labels(_EXAMPLE, "target").clear()
        tested.append(enriched.with_columns(kind=pl.lit(label)))
        found = suggest(
            enriched, near=_targets_of(near, table, label), gene_hits=genes if label == "target" else (),
            members=_hits_of(table, label), settings=settings,
        )  # fmt: skip
        made.append(found.with_columns(kind=pl.lit(label)))
    hypotheses = pl.concat(made).sort(["support", "kind", "label"], descending=[True, True, False])
    where = " and ".join(near["space"].unique().sort())
    spaces = f"{near.height} near neighbours in {where} space" if where else "no near neighbours"
    count = f"hypothes{'i' if hypotheses.height == 1 else 'e'}s of targets and mechanisms"
    understood = [f"{len(hits)} hits; {spaces}", f"{hypotheses.height} {count}"]
    return TargetHypotheses(hypotheses, pl.concat(tested), near, understood)


_EXAMPLE = pl.DataFrame({"compound": ["a", "b"], "target": ["x", "y"], "is_hit": [True, False]})


def _chemical(table: pl.DataFrame, hits: set[str], more: TargetEvidence) -> pl.DataFrame:
    if "structure" not in table.columns:
        return pl.DataFrame(schema=_NEAR)
    names, molecules = [], []
    for name, molecule in zip(table["compound"], read_structures(table["structure"]), strict=True):
        if molecule is not None:
            names.append(name)
            molecules.append(molecule)
    prints = make_fingerprints(molecules)
    drugs = dict(table.select("compound", "drug").iter_rows())
    rows = []
    for place, name in enumerate(names):
        if name not in hits:
            continue
        similarity = similar_to(prints[place], prints)
        near = [int(k) for k in np.argsort(-similarity, kind="stable") if similarity[k] >= more.least_chemical]
        others = [k for k in near if names[k] != name and drugs[names[k]] != drugs[name]]
        rows += [(name, names[k], float(similarity[k]), "chemical") for k in others[: more.most]]
    return pl.DataFrame(rows, schema=_NEAR, orient="row")


def _profile(table: pl.DataFrame, hits: set[str], more: TargetEvidence) -> pl.DataFrame:
    if more.profiles is None:
        return pl.DataFrame(schema=_NEAR)
    profiles = read_profiles(more.profiles)
    column = more.profile_compound
    if column not in profiles.columns:
        problem = f"the profiles have no column {column!r} of compounds"
        raise InputError(problem, where=str(more.profiles), remedy=f"There are: {', '.join(profiles.columns[:10])}")
    means = aggregate_profiles(profiles.filter(pl.col(column).is_in(table["compound"].to_list())), [column])
    names = means[column].to_list()
    found = find_neighbours(means, [column], count=more.most).filter(pl.col("similarity") >= more.least_profile)
    rows = [
        (names[own], names[other], similarity, "profile")
        for own, other, similarity in found.select("profile", "neighbour", "similarity").iter_rows()
        if names[own] in hits
    ]
    return pl.DataFrame(rows, schema=_NEAR, orient="row")


def _targets_of(near: pl.DataFrame, table: pl.DataFrame, label: str) -> pl.DataFrame:
    """Give labels of neighbours, for hits that have none of their own; inactive neighbours are marked."""
    known = dict(table.select("compound", label).iter_rows()) if label in table.columns else {}
    hit = dict(table.select("compound", "is_hit").iter_rows())
    marked = {name: name if hit.get(name) else f"{name} (inactive here)" for name in near["neighbour"]}
    unknown = near.filter(pl.col("compound").is_in([name for name in hit if not known.get(name)]))
    shown = unknown.with_columns(pl.col("neighbour").replace(marked))
    return neighbour_targets(shown, {marked[name]: known.get(name) for name in near["neighbour"]})


def _hits_of(table: pl.DataFrame, label: str) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    if label in table.columns:
        for name, text in table.filter(pl.col("is_hit")).select("compound", label).iter_rows():
            for word in filter(None, (part.strip() for part in (text or "").split("|"))):
                found.setdefault(word, []).append(name)
    return found


def _members(more: TargetEvidence, evidence: pl.DataFrame) -> set[str]:
    path = Path(str(more.members))
    table = read_text_table(path, lambda cells: "compound" in [cell.strip() for cell in cells]).table
    if "compound" not in table.columns:
        problem = "the table of members has no column 'compound'"
        raise InputError(problem, where=str(path), remedy=f"There are: {', '.join(table.columns[1:21])}")
    members = set(table["compound"].drop_nulls())
    strange = sorted(members - set(evidence["compound"]))
    if strange:
        problem = f"{len(strange)} members were not screened: {', '.join(strange[:5])}"
        raise InputError(problem, where=str(path))
    return members


def _read_genes(path: Path) -> list[str]:
    table = read_text_table(path, lambda cells: "gene" in [cell.strip().lower() for cell in cells]).table.drop(LINE)
    names = {name.lower(): name for name in table.columns}
    if "gene" not in names:
        problem = "the table of genes has no column 'gene'"
        raise InputError(problem, where=str(path), remedy=f"There are: {', '.join(table.columns[:20])}")
    call = next((names[name] for name in ("is_hit", "hit", "call", "active") if name in names), None)
    genes = table[names["gene"]].to_list()
    calls = ["1"] * len(genes) if call is None else table[call].to_list()
    return [gene for gene, called in zip(genes, calls, strict=True) if gene and str(called).strip().lower() in _YES]
