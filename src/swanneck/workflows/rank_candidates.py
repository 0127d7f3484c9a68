"""From hits to candidates: joined with what is known of drugs, ranked by an explained score, a page for the best."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from pydantic import ValidationError

from swanneck.chemistry.molecules import draw_structure, read_structures
from swanneck.compounds.annotations import JoinedAnnotations
from swanneck.compounds.ranking import Ranking, RankingWeights
from swanneck.compounds.ranking import rank_candidates as rank
from swanneck.foundation.errors import SettingsError
from swanneck.foundation.files import write_atomically
from swanneck.foundation.units import format_molar
from swanneck.reports.candidates_page import Dossier, Term, render_candidates, render_dossier
from swanneck.reports.compound_rows import CompoundRow, gather_compounds
from swanneck.reports.screen_results import ScreenResults, check_results
from swanneck.reports.well_data import picture_address
from swanneck.workflows.candidate_evidence import (
    add_alerts,
    count_other_screens,
    join_drugs,
    read_screen,
)
from swanneck.workflows.candidate_settings import EvidenceFiles, ScreenColumns
from swanneck.workflows.measure_well import WellFiles
from swanneck.workflows.suggest_targets import TargetHypotheses, explain_hits

__all__ = ["RankedCandidates", "rank_candidates", "read_weights"]

Progress = Callable[[str, int, int], None]
_MOST_PICTURES = 12


@dataclass(frozen=True)
class RankedCandidates:
    """The ranking, how names were joined, the hypotheses of targets, and the page of the list."""

    ranking: Ranking
    joined: JoinedAnnotations
    hypotheses: pl.DataFrame
    page: Path
    understood: list[str]


def rank_candidates(
    screen: Path,
    files: EvidenceFiles,
    *,
    columns: ScreenColumns | None = None,
    weights: RankingWeights | None = None,
    dossiers: int = 20,
    out: Path | None = None,
    progress: Progress | None = None,
) -> RankedCandidates:
    """Rank the active compounds of a screen and write the list, its terms and a dossier for each of the best.

    `screen` is a results folder or a table (see `read_screen`). Written to `out` (`candidates` beside the screen):
    `index.html`, `dossiers/*.html`, `candidates.csv`, `terms.csv`, `ambiguous.csv`, and of their targets `targets.csv`,
    `labels.csv` and `neighbours.csv` (see `explain_hits`). `weights` go before those of `files`. Raises `InputError`
    and `SettingsError` as the reading does.
    """
    progress, weights = progress or _show_nothing, weights or files.weights
    out = out or (screen if screen.is_dir() else screen.parent) / "candidates"
    read = read_screen(screen, columns)
    joined = join_drugs(read.table["compound"].to_list(), files)
    own = [name for name in joined.table.columns if name == "compound" or name not in read.table.columns]
    evidence = read.table.join(joined.table.select(own), on="compound", how="left", maintain_order="left")
    if files.other_screens:
        evidence = count_other_screens(evidence, files.other_screens)
    # Alerts only for what can be a candidate: the structures of a whole library would take a minute.
    active = rank(evidence, weights).table["compound"]
    candidates = evidence.filter(pl.col("compound").is_in(active.to_list()))
    candidates = add_alerts(candidates, lambda done, total: progress("structures", done, total))
    ranking = rank(candidates, weights)
    found = explain_hits(evidence, set(active), files.targets)
    rate = f"{joined.rate:.1%} of {joined.table.height} compounds are joined with a drug"
    unsettled = f"{joined.ambiguous.height} names are ambiguous"
    labels = f"{found.table.height} hypotheses of their targets and mechanisms"
    understood = [*read.understood, f"{rate}; {unsettled}", f"{ranking.table.height} candidates; {labels}"]
    made = _Pages(screen, ranking, out, understood, joined, found)
    page = made.write(dossiers, progress)
    return RankedCandidates(ranking, joined, found.table, page, understood)


def read_weights(texts: Iterable[str]) -> RankingWeights:
    """Read settings of the score written as `term=number`; raises `SettingsError` for what is none.

    >>> read_weights(["exposure=0"]).exposure
    0.0
    """
    chosen: dict[str, float] = {}
    for text in texts:
        name, _, value = text.partition("=")
        try:
            chosen[name.strip()] = float(value)
        except ValueError as error:
            problem = f"a weight is written term=number, got {text!r}"
            raise SettingsError(problem) from error
    try:
        return RankingWeights(**chosen)
    except ValidationError as error:
        problem = f"the score has no such setting: {', '.join(map(str, error.errors()[0]['loc']))}"
        raise SettingsError(problem, remedy=f"There are: {', '.join(RankingWeights.model_fields)}") from error


@dataclass(frozen=True)
class _Pages:
    """Writes what a ranking gives."""

    screen: Path
    ranking: Ranking
    out: Path
    understood: list[str]
    joined: JoinedAnnotations
    found: TargetHypotheses

    def write(self, dossiers: int, progress: Progress) -> Path:
        for name, table in (
            ("candidates", self.ranking.table), ("terms", self.ranking.terms),
            ("ambiguous", self.joined.ambiguous), ("targets", self.found.table),
            ("labels", self.found.labels), ("neighbours", self.found.neighbours),
        ):  # fmt: skip
            write_atomically(self.out / f"{name}.csv", _flat(table).write_csv().encode())
        results = self._results()
        curves = {} if results is None else {row.name: row for row in gather_compounds(results, {})}
        terms = {name: rows for (name,), rows in self.ranking.terms.group_by("compound", maintain_order=True)}
        made = []
        for row in self.ranking.table.iter_rows(named=True):
            full = row["rank"] <= dossiers
            made.append(self._dossier(row, terms[row["compound"]], curves if full else {}, results, full=full))
        folder = self.screen.resolve()
        title = (folder.parent if folder.name == "results" else folder).name if folder.is_dir() else folder.stem
        for place, one in enumerate(made[:dossiers], 1):
            progress("dossiers", place, min(dossiers, len(made)))
            write_atomically(self.out / one.file, render_dossier(one, title=title).encode())
        page = self.out / "index.html"
        content = render_candidates(
            made, title=title, notes=self.understood, ambiguous=self.joined.ambiguous.to_dicts(),
            hypotheses=self.found.table.to_dicts(),
        )  # fmt: skip
        write_atomically(page, content.encode())
        return page

    def _results(self) -> ScreenResults | None:
        folder = self.screen / "results" if (self.screen / "results").is_dir() else self.screen
        names = ("wells", "curves", "points", "hits")
        if not folder.is_dir() or not all((folder / f"{name}.parquet").is_file() for name in names):
            return None
        wells, curves, points, hits = (pl.read_parquet(folder / f"{name}.parquet", glob=False) for name in names)
        return check_results(ScreenResults(folder.name, wells, curves=curves, curve_points=points, hits=hits))

    def _dossier(
        self,
        row: Mapping[str, object],
        terms: pl.DataFrame,
        curves: Mapping[str, CompoundRow],
        results: ScreenResults | None,
        *,
        full: bool,
    ) -> Dossier:
        name = str(row["compound"])
        shown = [
            Term(term["term"], term["value"], term["weight"], term["points"], term["reason"])
            for term in terms.iter_rows(named=True)
        ]
        molecule = read_structures([_text(row.get("smiles"))])[0] if full and row.get("smiles") else None
        return Dossier(
            rank=int(str(row["rank"])), name=name, score=float(str(row["score"])),
            file=f"dossiers/{int(str(row['rank'])):03d}-{_slug(name)}.html" if full else "", terms=shown,
            facts=_facts(row), structure="" if molecule is None else draw_structure(molecule),
            curves=curves[name].series if name in curves else (),
            pictures=self._pictures(name, results) if full and results is not None else (),
            alerts=[text for text in _text(row.get("alerts")).split("; ") if text],
            evidence=[*_evidence(row), *self._hypotheses(name)],
            missing=[f"{term.name.replace('_', ' ')}: {term.reason}" for term in shown if term.value is None],
        )  # fmt: skip

    def _hypotheses(self, name: str) -> list[str]:
        """Give the hypotheses of targets that rest on this compound."""
        words = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        return [
            f"{row['kind'].capitalize()} {row['label']}: {row['evidence']}. Refuted by: {row['refuted_by']}"
            for row in self.found.table.iter_rows(named=True)
            if words.search(row["evidence"])
        ]

    def _pictures(self, name: str, results: ScreenResults) -> list[tuple[str, str]]:
        folder = self.screen / "results" if (self.screen / "results").is_dir() else self.screen
        wells = results.wells.filter(pl.col("compound") == name).sort("concentration_molar", "plate", "well")
        found: list[tuple[str, str]] = []
        for plate, well, dose in wells.select("plate", "well", "concentration_molar").iter_rows():
            path = WellFiles.of(folder, plate, well).thumbnail
            if path.is_file() and len(found) < _MOST_PICTURES:
                found.append((f"{well}, {format_molar(dose)}", picture_address(path.read_bytes())))
        return found


def _facts(row: Mapping[str, object]) -> list[tuple[str, str]]:
    labels = {
        "drug": "Drug", "joined_by": "Joined by", "phase": "Phase", "mechanism": "Mechanism", "target": "Targets",
        "indication": "Indication", "disease_area": "Disease area", "inchi_key": "InChIKey",
    }  # fmt: skip
    facts = [(label, _text(row.get(key)).replace("|", ", ") or "unknown") for key, label in labels.items()]
    cmax, free = row.get("cmax_molar"), row.get("free_cmax_molar")
    facts.append(("Cmax", format_molar(_number(cmax)) if cmax is not None else "unknown"))
    facts.append(("Free Cmax", format_molar(_number(free)) if free is not None else "unknown"))
    return facts


def _evidence(row: Mapping[str, object]) -> list[str]:
    told = []
    if (value := _number(row.get("inhibition"))) is not None:
        spread, count = _number(row.get("inhibition_spread")), row.get("n_replicates")
        dose = _number(row.get("concentration_molar"))
        at = f" at {format_molar(dose)}" if dose is not None else ""
        error = f" (standard deviation {spread:.0f}, n = {count})" if spread is not None else ""
        told.append(f"This screen: {value:.0f} % inhibition{at}{error}")
    if row.get("ic50_molar") is not None:
        potency = format_molar(_number(row["ic50_molar"]), _text(row.get("ic50_relation")) or "=")
        told.append(f"This screen: {_text(row.get('reason')) or f'IC50 {potency}'}")
    if row.get("n_other_screens"):
        told.append(f"Other screens: active in {row.get('n_other_active')} of {row['n_other_screens']}")
    return told


def _flat(table: pl.DataFrame) -> pl.DataFrame:
    lists = [name for name, kind in table.schema.items() if isinstance(kind, pl.List)]
    return table.with_columns(pl.col(name).list.join(" | ") for name in lists)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:60] or "compound"


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _show_nothing(step: str, done: int, total: int) -> None:
    """Stand in for a progress bar."""
