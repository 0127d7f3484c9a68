"""A vaccine construct as one page: what was designed, its structure, its parts, and every check."""

from markupsafe import Markup

from swanneck.reports.page_templates import load_template
from swanneck.reports.structure_drawings import draw_arcs, draw_mountain
from swanneck.vaccine.construct import Construct
from swanneck.vaccine.scores import SequenceScore

__all__ = ["render_construct_report"]

_COLOURS = ("#cfd6dd", "#f4b27a", "#14629e", "#7fb08f", "#b9a6cf", "#cfd6dd")


def render_construct_report(construct: Construct, score: SequenceScore | None, notes: tuple[str, ...] = ()) -> str:
    """Render the page of a construct; `score` is that of its coding sequence, None where that is too long to be
    scored. Equal input gives equal text.

    >>> from swanneck.vaccine.construct import design_construct
    >>> from swanneck.vaccine.scores import score_sequence
    >>> construct = design_construct("small", "MGKA")
    >>> "Codes for the antigen" in render_construct_report(construct, score_sequence(construct.design.rna)).title()
    False
    """
    total = len(construct.template)
    bars = [
        {"feature": one, "share": f"{100 * (one.end - one.start) / total:.3f}", "colour": colour}
        for one, colour in zip(construct.features, _COLOURS, strict=True)
    ]
    coding, rna = construct.feature("CDS"), construct.design.rna
    return load_template("construct.html.j2").render(
        construct=construct, design=construct.design, aup=score.aup if score else None, notes=notes, bars=bars,
        strong=sum(map(rna.count, "GC")) / len(rna), uridine=rna.count("U") / len(rna),
        mountain=Markup(draw_mountain(construct.design.structure)), arcs=Markup(draw_arcs(construct.design.structure)),
        failed=[check for check in construct.checks if not check.passed],
        coding=_rows(construct.template[coding.start : coding.end]), template=_rows(construct.template),
    )  # fmt: skip


def _rows(sequence: str) -> list[tuple[int, str]]:
    return [(k + 1, " ".join(sequence[j : j + 10] for j in range(k, min(k + 60, len(sequence)), 10)))
            for k in range(0, len(sequence), 60)]  # fmt: skip
