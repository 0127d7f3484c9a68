"""Candidates as pages: one list with every term of the score, and one dossier for each of the best."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from swanneck.reports.curve_plots import Series, draw_panel, response_range
from swanneck.reports.page_templates import load_template

__all__ = ["Dossier", "Term", "render_candidates", "render_dossier"]


@dataclass(frozen=True)
class Term:
    """One term of a score: its value from 0 to 1 (None where it is missing), its weight, its points, and why."""

    name: str
    value: float | None
    weight: float
    points: float
    reason: str


@dataclass(frozen=True)
class Dossier:
    """Everything the page of one candidate shows.

    `facts` are lines of label and text; `structure` is an SVG drawing; `curves` the series of both readouts;
    `pictures` wells with a picture's address; `missing` what is not known, in words.
    """

    rank: int
    name: str
    score: float
    file: str
    terms: Sequence[Term]
    facts: Sequence[tuple[str, str]] = ()
    structure: str = ""
    curves: Sequence[Series] = ()
    pictures: Sequence[tuple[str, str]] = ()
    alerts: Sequence[str] = ()
    evidence: Sequence[str] = ()
    missing: Sequence[str] = ()


def render_candidates(
    dossiers: Sequence[Dossier], *, title: str, notes: Sequence[str] = (),
    ambiguous: Sequence[Mapping[str, object]] = (), hypotheses: Sequence[Mapping[str, object]] = (),
) -> str:  # fmt: skip
    """Render the list of candidates: score, its terms as bars, what is missing; then joins to settle, and targets."""
    terms = list(dict.fromkeys(term.name for dossier in dossiers for term in dossier.terms))
    return load_template("candidates.html.j2").render(
        title=title, dossiers=dossiers, terms=terms, notes=notes, ambiguous=ambiguous, hypotheses=hypotheses
    )


def render_dossier(dossier: Dossier, *, title: str) -> str:
    """Render the page of one candidate; it is complete in itself but for the link back to the list."""
    responses = response_range([point.response for one in dossier.curves for point in one.points if not point.masked])
    panel = draw_panel(dossier.curves, responses, None) if dossier.curves else Markup("")
    return load_template("dossier.html.j2").render(
        title=title, one=dossier, panel=panel, structure=Markup(dossier.structure)
    )
