"""Designed assays as one page: each drawn on the genome, its oligos, why it was chosen, and what was excluded."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from swanneck.diagnostics.design.mutations import Mutation
from swanneck.diagnostics.design.objective import AssayDesign, DesignedOligo
from swanneck.diagnostics.design.panels import Panel
from swanneck.diagnostics.intake import GenomeNote
from swanneck.reports.drawing import Axis, draw, number_ticks, points
from swanneck.reports.page_templates import load_template

__all__ = ["DesignPage", "PageAssay", "draw_assay", "draw_genome", "render_design_page"]

_WIDTH, _EDGE = 340, 8
_LANE, _BAR = 22, 7
_FORWARD = {"F", "F_wild", "F3", "F2", "B1c", "LB"}
_SITES = {"F3", "F2", "F1c", "B1c", "B2", "B3", "LF", "LB", "F", "R", "P", "guide"}
_MOST_NOTES = 200
_KINDS = {"qpcr": "qPCR", "pcr": "PCR", "lamp": "LAMP", "rpa-cas12": "RPA with Cas12a", "rpa-cas13": "RPA with Cas13a"}


@dataclass(frozen=True)
class PageAssay:
    """One assay of the page: what it is called there, the design, and the reference that it lies on."""

    label: str
    design: AssayDesign
    reference: str
    reference_length: int


@dataclass(frozen=True)
class DesignPage:
    """What the page shows. `notes` and `excluded` are by target, with one target called "" where there is no panel."""

    title: str
    kind: str
    assays: Sequence[PageAssay]
    notes: Mapping[str, Sequence[GenomeNote]]
    excluded: Mapping[str, Mapping[str, int]]
    background: Sequence[str]
    conserved: Sequence[float]
    mutation: Mutation | None = None
    panel: Panel | None = None


def render_design_page(page: DesignPage) -> str:
    """Render the page; it needs no file beside it and no network."""
    assays = [
        {
            "one": one, "design": one.design, "picture": draw_assay(one.design),
            "genome": draw_genome([one], ()) if page.panel else "",
            "reasons": [(reason, value) for reason, value in one.design.reasons.items()],
            "most": max([1e-9, *one.design.reasons.values()]),
        }
        for one in page.assays
    ]  # fmt: skip
    genomes = []
    for target, notes in page.notes.items():
        reasons = Counter(_short(note.reason) for note in notes if not note.used)
        told = [note for note in notes if note.reason][:_MOST_NOTES]
        used = sum(note.used for note in notes)
        genomes.append(
            {"target": target, "used": used, "all": len(notes), "reasons": reasons.most_common(), "told": told}
        )
    excluded = {target: _by_role(counts) for target, counts in page.excluded.items()}
    overview = "" if page.panel or not page.assays else draw_genome(page.assays, page.conserved)
    return load_template("designs.html.j2").render(
        page=page, assays=assays, genomes=genomes, excluded=excluded, kind=_KINDS.get(page.kind, page.kind),
        overview=overview,
    )  # fmt: skip


def _short(reason: str) -> str:
    """Give a reason without its figures, so that equal ones can be counted."""
    return reason.split(":")[0].split(" as ")[0]


def _by_role(counts: Mapping[str, int]) -> dict[str, list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = {}
    for name, count in counts.items():
        role, _, rule = name.partition(": ")
        if count:
            found.setdefault(role, []).append((rule, count))
    return {role: sorted(rules, key=lambda one: -one[1]) for role, rules in found.items()}


def draw_genome(assays: Sequence[PageAssay], conserved: Sequence[float]) -> Markup:
    """Draw where the assays lie on the reference, above how much of it all genomes share."""
    size = assays[0].reference_length
    across = Axis(1, max(2, size), _EDGE, _WIDTH - _EDGE)
    top = 12 * (1 + min(len(assays) - 1, 4)) + 4
    parts: list[Markup] = []
    if conserved:
        up = Axis(0.5, 1.0, top + 44, top + 8)
        step = (_WIDTH - 2 * _EDGE) / len(conserved)
        line = [(_EDGE + (i + 0.5) * step, up.clamp(value)) for i, value in enumerate(conserved)]
        for share in (0.5, 1.0):
            parts.append(
                draw("path", d=points([(_EDGE, up.place(share)), (_WIDTH - _EDGE, up.place(share))]), class_="grid")
            )
        if len(line) > 1:
            parts.append(draw("path", d=points(line), class_="conserved"))
        parts.append(draw("text", "100 %", x=_WIDTH - _EDGE, y=up.place(1.0) - 2, text_anchor="end"))
    floor = top + (44 if conserved else 6)
    parts.append(draw("rect", x=_EDGE, y=floor, width=_WIDTH - 2 * _EDGE, height=2, class_="strand"))
    for value in number_ticks(1, size, 4):
        if value:
            parts.append(draw("text", f"{value:,.0f}", x=across.place(value), y=floor + 14, class_="across"))
    for number, one in enumerate(assays):
        start, end = one.design.oligos[0].start, max(oligo.end for oligo in one.design.oligos)
        start = min(start, *(oligo.start for oligo in one.design.oligos))
        left, right = across.place(start), across.place(end)
        y = 12 * (number % 5) + 3
        told = draw("title", f"{one.label}: {start:,} to {end:,}")
        parts.append(draw("rect", told, x=left, y=y, width=max(3.0, right - left), height=_BAR, class_="assay"))
        parts.append(draw("path", d=points([(left, y + _BAR), (left, floor)]), class_="drop efficacy"))
        near = left > _WIDTH - 60
        parts.append(draw("text", one.label.split(".")[0], x=left - 3 if near else max(right, left + 3) + 3, y=y + _BAR,
                          text_anchor="end" if near else "start"))  # fmt: skip
    label = f"Places of {len(assays)} assays on a genome of {size:,} bases"
    return draw("svg", Markup("").join(parts), viewBox=f"0 0 {_WIDTH} {floor + 18}", role="img", aria_label=label,
                class_="genome")  # fmt: skip


def draw_assay(design: AssayDesign) -> Markup:
    """Draw the oligos of an assay on their stretch of the reference: arrows point to the 3' end."""
    sites = [oligo for oligo in design.oligos if oligo.role.removesuffix("_wild") in _SITES]
    begin, end = min(oligo.start for oligo in sites), max(oligo.end for oligo in sites)
    across = Axis(begin, end + 1, _EDGE, _WIDTH - _EDGE)
    lanes = _lanes(sites, across)
    floor = _LANE * (max(lanes.values()) + 1) + 4
    parts = [draw("rect", x=_EDGE, y=floor, width=_WIDTH - 2 * _EDGE, height=2, class_="strand")]
    for oligo in sites:
        left, right = across.place(oligo.start), across.place(oligo.end + 1)
        y = _LANE * lanes[oligo.role] + 13
        told = draw("title", f"{oligo.role}: {oligo.sequence}, {oligo.start:,} to {oligo.end:,}")
        kind = "probe" if oligo.role in ("P", "P_wild", "guide") else "primer"
        parts.append(draw("path", told, d=_arrow(left, right, y, oligo), class_=kind))
        parts.append(draw("text", oligo.role.replace("_wild", " wild"), x=(left + right) / 2, y=y - 3, class_="across"))
    for value, anchor in ((begin, "start"), (end, "end")):
        parts.append(draw("text", f"{value:,}", x=across.place(value), y=floor + 14, text_anchor=anchor))
    middle = f"{end - begin + 1} bases"
    parts.append(draw("text", middle, x=_WIDTH / 2, y=floor + 14, class_="across"))
    label = f"Oligos of the assay at {begin:,} to {end:,}: " + ", ".join(oligo.role for oligo in sites)
    return draw("svg", Markup("").join(parts), viewBox=f"0 0 {_WIDTH} {floor + 18}", role="img", aria_label=label,
                class_="assay-map")  # fmt: skip


def _lanes(sites: Sequence[DesignedOligo], across: Axis) -> dict[str, int]:
    """Give each oligo the lowest lane in which it and its name do not touch another."""
    ends: list[float] = []
    lanes = {}
    for oligo in sorted(sites, key=lambda one: (one.start, one.end)):
        room = 6.0 * len(oligo.role) / 2
        middle = (across.place(oligo.start) + across.place(oligo.end + 1)) / 2
        left = min(across.place(oligo.start), middle - room)
        right = max(across.place(oligo.end + 1), middle + room)
        lane = next((i for i, end in enumerate(ends) if end + 3 <= left), len(ends))
        ends[lane : lane + 1] = [right]
        lanes[oligo.role] = lane
    return lanes


def _arrow(left: float, right: float, y: float, oligo: DesignedOligo) -> str:
    """Give the outline of an oligo; a primer points to its 3' end, a probe is a bar."""
    role, bottom = oligo.role, y + _BAR
    if role in ("P", "P_wild", "guide"):
        return points([(left, y), (right, y), (right, bottom), (left, bottom)]) + "Z"
    tip, middle = min(5.0, (right - left) / 2), y + _BAR / 2
    if role in _FORWARD:
        return points([(left, y), (right - tip, y), (right, middle), (right - tip, bottom), (left, bottom)]) + "Z"
    return points([(right, y), (left + tip, y), (left, middle), (left + tip, bottom), (right, bottom)]) + "Z"
