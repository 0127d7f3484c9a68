"""Epitopes of antigens as one page: where they are, for which alleles, and whom they cover."""

from collections.abc import Mapping

import polars as pl
from markupsafe import Markup

from swanneck.reports.drawing import Axis, draw, number_ticks
from swanneck.reports.page_templates import load_template
from swanneck.vaccine.binding import binding_accuracy, load_binding_model
from swanneck.vaccine.epitopes import EpitopeSettings

__all__ = ["draw_coverage", "draw_epitopes", "render_epitope_report"]

_WIDTH = 1000.0
_ROW = 13.0
_LEFT = 76.0
_MOST_POPULATIONS = 40
_MOST_PEPTIDES = 60


def draw_epitopes(epitopes: pl.DataFrame, length: int, alleles: tuple[str, ...]) -> Markup:
    """Draw the epitopes of one antigen along it, a row for each allele; the darker, the stronger.

    >>> table = pl.DataFrame({"start": [3], "end": [11], "allele": ["A*02:01"], "peptide": ["GILGFVFTL"],
    ...                       "rank_percent": [0.1]})
    >>> str(draw_epitopes(table, 40, ("A*02:01",))).count("<rect")
    1
    """
    across, height = Axis(1, max(length + 1, 2), _LEFT, _WIDTH - 10), _ROW * len(alleles) + 34
    rows = {allele: 8 + _ROW * k for k, allele in enumerate(alleles)}
    shapes = [draw("title", "Epitopes along the antigen, by allele")]
    for value in [1.0, *(tick for tick in number_ticks(1, length, 8) if tick > 1)]:
        x = across.place(value)
        shapes.append(draw("line", x1=x, x2=x, y1=6, y2=height - 24, class_="grid"))
        shapes.append(draw("text", f"{value:g}", x=x, y=height - 8, class_="tick"))
    for allele, y in rows.items():
        shapes.append(draw("text", allele, x=_LEFT - 6, y=y + 9, class_="end"))
        shapes.append(draw("line", x1=_LEFT, x2=_WIDTH - 10, y1=y + 6, y2=y + 6, class_="grid"))
    for row in epitopes.sort("rank_percent", descending=True).iter_rows(named=True):
        start, end = across.place(row["start"]), across.place(row["end"] + 1)
        title = draw(
            "title", f"{row['peptide']} {row['start']}-{row['end']}, {row['allele']}: {row['rank_percent']:.2g} %"
        )
        shade = 1.0 if row["rank_percent"] <= 0.1 else 0.55
        box = {"x": start, "y": rows[row["allele"]] + 1.5, "width": max(end - start, 2.0), "height": 9.0}
        shapes.append(draw("rect", title, **box, class_="epitope", fill_opacity=f"{shade:g}"))
    return draw("svg", Markup("").join(shapes), viewBox=f"0 0 {_WIDTH:g} {height:g}", role="img", class_="epitopes")


def draw_coverage(coverage: pl.DataFrame) -> Markup:
    """Draw the share of people covered in each population as bars, the largest studies where there are many.

    >>> table = pl.DataFrame({"population": ["Here"], "covered": [0.9], "hits_of_90": [4], "people": [100]})
    >>> "90.0 %" in str(draw_coverage(table))
    True
    """
    shown = coverage.sort("people", descending=True, nulls_last=True).head(_MOST_POPULATIONS).sort(
        "covered", "population", descending=[True, False]
    )  # fmt: skip
    left, row = 330.0, 20.0
    across, height = Axis(0, 100, left, _WIDTH - 150), row * shown.height + 30
    shapes = [draw("title", "People covered, by population")]
    for value in (0, 25, 50, 75, 100):
        x = across.place(value)
        shapes.append(draw("line", x1=x, x2=x, y1=4, y2=height - 24, class_="grid"))
        shapes.append(draw("text", f"{value} %", x=x, y=height - 8, class_="tick"))
    for number, one in enumerate(shown.iter_rows(named=True)):
        y, end = 6 + row * number, across.place(100 * one["covered"])
        name = one["population"] if len(one["population"]) <= 48 else one["population"][:47] + "…"
        shapes.append(draw("text", name, x=left - 8, y=y + 12, class_="end"))
        shapes.append(draw("rect", x=left, y=y + 2, width=max(end - left, 0.5), height=row - 6, class_="bar"))
        text = f"{_percent(one['covered'])} · {one['hits_of_90']} hits"
        shapes.append(draw("text", text, x=_WIDTH - 142, y=y + 12, class_="value"))
    return draw("svg", Markup("").join(shapes), viewBox=f"0 0 {_WIDTH:g} {height:g}", role="img", class_="epitopes")


def _percent(share: float) -> str:
    """A share with one decimal; less than all is never written as all."""
    return f"{100.0 if share == 1.0 else min(99.9, 100 * share):.1f} %".replace("100.0", "100")


def render_epitope_report(
    lengths: Mapping[str, int], settings: EpitopeSettings, epitopes: pl.DataFrame, coverage: pl.DataFrame | None
) -> str:
    """Render the page; `lengths` has the residues of each antigen by name. Equal input gives equal text.

    >>> from swanneck.vaccine.epitopes import find_epitopes
    >>> chosen = EpitopeSettings(alleles=("A*02:01",))
    >>> found = find_epitopes("MKGILGFVFTLK", chosen).select(pl.lit("one").alias("antigen"), pl.all())
    >>> "GILGFVFTL" in render_epitope_report({"one": 12}, chosen, found, None)
    True
    """
    alleles = settings.alleles or load_binding_model().alleles
    antigens = []
    for name, length in lengths.items():
        own = epitopes.filter(pl.col("antigen") == name)
        antigens.append({
            "name": name, "length": length, "pairs": own.height, "peptides": own["peptide"].n_unique(),
            "picture": draw_epitopes(own, length, alleles), "best": _best(own),
        })  # fmt: skip
    parts = [] if coverage is None else coverage.partition_by("antigen", maintain_order=True)
    human = "human_identity" in epitopes.columns
    counts = dict(epitopes.group_by("allele").len().iter_rows())
    accuracy = binding_accuracy().filter(pl.col("allele").is_in(alleles))
    drawn = [{"name": part["antigen"][0], "picture": draw_coverage(part), "rows": part.rows(named=True)}
             for part in parts]  # fmt: skip
    return load_template("epitopes.html.j2").render(
        antigens=antigens, settings=settings, human=human, most=_MOST_PEPTIDES, coverage=drawn,
        most_populations=_MOST_POPULATIONS, percent=_percent,
        accuracy=[row | {"epitopes": counts.get(row["allele"], 0)} for row in accuracy.iter_rows(named=True)],
    )  # fmt: skip


def _best(epitopes: pl.DataFrame) -> list[dict[str, object]]:
    """Peptides by the number of alleles that bind them, the best rank first among equals."""
    extra = ["human_identity", "human_protein"] if "human_identity" in epitopes.columns else []
    peptides = epitopes.group_by("start", "peptide").agg(
        pl.len().alias("count"),
        pl.col("allele").sort_by("rank_percent"),
        pl.col("rank_percent").min(),
        *(pl.col(name).first() for name in extra),
    )
    ordered = peptides.sort("count", "rank_percent", "start", descending=[True, False, False])
    return ordered.head(_MOST_PEPTIDES).rows(named=True)
