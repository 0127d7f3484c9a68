"""A finished screen as one page that opens from the disk, prints, and leads from any number back to its picture.

The page is complete without its script, which adds sorting, filtering, hovering and pictures on demand.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl
from markupsafe import Markup

from swanneck.reports.compound_rows import CompoundRow, dose_range, gather_compounds, used_groups
from swanneck.reports.consistency_panel import gather_consistency
from swanneck.reports.contact_sheet import gather_contacts
from swanneck.reports.control_plots import draw_strips, value_range
from swanneck.reports.curve_plots import draw_panel, draw_window, response_range
from swanneck.reports.heat_maps import draw_colour_key, draw_heat_map
from swanneck.reports.page_templates import load_template
from swanneck.reports.quality_panel import gather_quality
from swanneck.reports.screen_results import ScreenResults, check_results
from swanneck.reports.well_data import (
    ROLE_WORDS,
    ShownColumn,
    colour_scale,
    embed_json,
    mark_masked,
    number_wells,
    pictures_payload,
    shown_columns,
    sort_wells,
    wells_payload,
)
from swanneck.reports.wording import (
    clean_text,
    format_interval,
    format_number,
    humanise,
    join_words,
    plural,
    wells_in_words,
)

__all__ = ["render_hits_csv", "render_screen_report", "verdict_sentence"]

_CONTACT_PLATES = 4  # the contact sheet shows the controls of so many plates; the others open from their maps
_SHARED_DECADES = 10.0**6  # beyond six decades one dose axis for all panels would waste most of each


@dataclass(frozen=True)
class _PlateSlice:
    """One plate's rows of the wells table, and the number of the first."""

    name: str
    wells: pl.DataFrame
    first: int


def render_screen_report(results: ScreenResults) -> str:
    """Render the report of a screen as one HTML document: equal results give equal text.

    Raises `InputError` where a table lacks a column of its contract.
    """
    results = check_results(results)
    wells = sort_wells(mark_masked(results.wells, results.curve_points))
    numbers = number_wells(wells)
    plates = list(_slice_plates(wells))
    shown = shown_columns(results.readouts, wells)
    compounds = gather_compounds(results, numbers)
    contacts = [
        group
        for plate in plates[:_CONTACT_PLATES]
        for group in gather_contacts(plate.wells, plate.first, results.thumbnails)
    ]
    placed = {contact.number for group in contacts for contact in group.pictures}
    return load_template("report.html.j2").render(
        results=results,
        verdict=verdict_sentence(results),
        facts=_facts(results, wells, len(plates)),
        cascade=_cascade(results.cascade),
        groups=[humanise(name) for name in used_groups(results)],
        compounds=compounds,
        panels=_panels(compounds, dose_range(results)),
        windows=_windows(compounds, dose_range(results)),
        doses=format_interval(*(dose_range(results) or (None, None))),
        has_potencies=any(one.ic50 != "–" or one.cc50 != "–" for one in compounds),
        has_probabilities=any(one.probability is not None for one in compounds),
        least_selectivity=format_number(results.minimum_selectivity),
        hit_count=sum(one.is_hit for one in compounds),
        labels=_role_labels(results),
        quality=gather_quality(results.plates),
        consistency=gather_consistency(results),
        strips=_strips(plates, shown, wells),
        maps=_maps(plates, shown, wells),
        shown=[(column.label, draw_colour_key(colour_scale(column, wells), column.unit)) for column in shown],
        contacts=contacts,
        more_contacts=max(0, len(plates) - _CONTACT_PLATES),
        references=_references(plates, results.plates),
        troubles=_troubles(wells),
        wells_json=embed_json(wells_payload(wells, shown)),
        pictures_json=embed_json(pictures_payload(results.thumbnails, numbers, placed)),
    )  # fmt: skip


def render_hits_csv(results: ScreenResults) -> str:
    """Write the table of hits as CSV: every column, concentrations in mol/L, null as nothing."""
    return check_results(results).hits.write_csv()


def verdict_sentence(results: ScreenResults) -> str:
    """Say the outcome in one sentence: hits, compounds, and whether the plates can be believed.

    >>> verdict_sentence(ScreenResults("a", pl.DataFrame()))
    'No compound was judged; no plate was judged.'
    """
    results = check_results(results)
    judged = results.hits["is_hit"].drop_nulls()
    hits = f"{plural(int(judged.sum()), 'hit')} of {plural(len(judged), 'compound')}"
    return f"{hits if len(judged) else 'No compound was judged'}; {_plates_in_words(results.plates)}."


def _plates_in_words(plates: pl.DataFrame) -> str:
    if plates.is_empty():
        return "no plate was judged"
    words = {"pass": "passes", "warn": "passes with a warning", "fail": "fails"}
    if len(plates) == 1:
        row = plates.row(0, named=True)
        score = f", Z′ {format_number(row['z_prime'], 2)}" if row["z_prime"] is not None else ""
        return f"plate {clean_text(row['plate'])} {words.get(row['status'] or '', 'was not judged')}{score}"
    scores = plates["z_prime"].drop_nulls().drop_nans()
    span = f", Z′ {format_number(scores.min(), 2)} to {format_number(scores.max(), 2)}" if len(scores) else ""  # type: ignore[arg-type]
    parts = [f"{plates['status'].eq('pass').sum()} of {len(plates)} plates pass{span}"]
    for status, verb in (("warn", "with a warning"), ("fail", "failed")):
        names = [clean_text(name) for name in plates.filter(pl.col("status") == status)["plate"]]
        if names:
            parts.append(f"{verb}: {join_words(names)}")
    return "; ".join(parts)


def _slice_plates(wells: pl.DataFrame) -> Iterator[_PlateSlice]:
    first = 0
    for (name,), rows in wells.group_by("plate", maintain_order=True):
        yield _PlateSlice(clean_text(name), rows, first)
        first += len(rows)


def _facts(results: ScreenResults, wells: pl.DataFrame, plates: int) -> list[str]:
    compounds = wells.filter(pl.col("role") == "sample")["compound"].drop_nulls().n_unique()
    fields, cells = wells["n_fields"].sum(), wells["cell_count"].fill_nan(None).sum()
    facts = [plural(plates, "plate"), plural(len(wells), "well"), plural(compounds, "compound")]
    facts += [plural(int(fields), "field")] if fields else []
    facts += [plural(round(cells), "cell")] if cells else []
    return facts + ([clean_text(results.date)] if results.date else [])


def _cascade(steps: Sequence[tuple[str, int]]) -> list[dict[str, object]]:
    largest = max((count for _, count in steps), default=0) or 1
    return [{"text": text, "count": count, "share": round(100 * count / largest, 1)} for text, count in steps]


def _role_labels(results: ScreenResults) -> dict[str, str]:
    labels = {readout.role: readout.label for readout in reversed(results.readouts)}
    return {"efficacy": labels.get("efficacy", ""), "viability": labels.get("viability", "")}


def _panels(compounds: Sequence[CompoundRow], doses: tuple[float, float] | None) -> list[Markup]:
    responses = response_range(
        [p.response for one in compounds for series in one.series for p in series.points if not p.masked]
    )
    shared = doses if doses and doses[1] / doses[0] <= _SHARED_DECADES else None
    return [draw_panel(one.series, responses, shared) if one.has_curve else Markup("") for one in compounds]


def _windows(compounds: Sequence[CompoundRow], doses: tuple[float, float] | None) -> list[Markup]:
    if doses is None:
        return [Markup("")] * len(compounds)
    return [draw_window({"efficacy": one.efficacy, "viability": one.viability}, doses) for one in compounds]


def _main_columns(shown: Sequence[ShownColumn], *, normalised: bool) -> list[ShownColumn]:
    """Choose one column for efficacy and one for viability: in percent, or as measured."""
    chosen = []
    for role in ("efficacy", "viability"):
        same = [column for column in shown if column.role == role]
        chosen += sorted(same, key=lambda column: column.normalised != normalised)[:1]
    return chosen or list(shown[:1])


def _maps(plates: Sequence[_PlateSlice], shown: Sequence[ShownColumn], wells: pl.DataFrame) -> list[dict[str, object]]:
    columns = [(column, colour_scale(column, wells)) for column in _main_columns(shown, normalised=True)]
    keys = [draw_colour_key(scale, column.unit) for column, scale in columns]
    maps: list[dict[str, object]] = []
    for plate in plates:
        figures = [
            {"label": column.label, "key": key, "map": draw_heat_map(plate.wells, column.column, scale, plate.first)}
            for (column, scale), key in zip(columns, keys, strict=True)
        ]
        maps.append({"plate": plate.name, "figures": figures, "marks": sorted(set(plate.wells["role"].drop_nulls()))})
    return maps


def _strips(
    plates: Sequence[_PlateSlice], shown: Sequence[ShownColumn], wells: pl.DataFrame
) -> list[dict[str, object]]:
    ranges = [(column, value_range(wells, column.column)) for column in _main_columns(shown, normalised=False)]
    strips: list[dict[str, object]] = []
    for plate in plates:
        figures = [
            {"label": column.label, "plot": draw_strips(plate.wells, column.column, span, plate.first)}
            for column, span in ranges
            if span is not None
        ]
        roles = set(plate.wells["role"])
        missing = [ROLE_WORDS[role] for role in ("negative_control", "positive_control") if role not in roles]
        strips.append({"plate": plate.name, "missing": missing, "figures": figures})
    return strips


def _references(plates: Sequence[_PlateSlice], quality: pl.DataFrame) -> list[dict[str, object]]:
    """List the control wells that were usable, what normalisation referred to, and where the controls landed."""
    found: list[dict[str, object]] = []
    judged = {clean_text(row["plate"]): row for row in quality.iter_rows(named=True)}
    for plate in plates:
        usable = plate.wells.filter(pl.col("status").fill_null("ok") != "failed")
        wells = {role: wells_in_words(usable.filter(pl.col("role") == role)["well"]) for role in ROLE_WORDS}
        said = [
            f"{humanise(name.removesuffix('_reference'))}: {clean_text(text)}"
            for name in plate.wells.columns
            if name.endswith("_reference")
            for text in plate.wells[name].drop_nulls().unique(maintain_order=True)
        ]
        controls = {"negative": wells["negative_control"], "positive": wells["positive_control"]}
        landed = [
            "–" if value is None else format_number(round(value, 6))
            for role in ("negative", "positive")
            for value in [judged.get(plate.name, {}).get(f"{role}_control_percent")]
        ]
        found.append({"plate": plate.name, **controls, "said": said, "landed": " and ".join(landed)})
    return found


def _troubles(wells: pl.DataFrame) -> list[dict[str, object]]:
    rows = wells.with_row_index("number").filter(
        (pl.col("status").fill_null("ok") != "ok") | pl.col("mask_reason").is_not_null()
    )
    return [
        {
            "number": row["number"],
            "plate": clean_text(row["plate"]),
            "well": row["well"],
            "compound": clean_text(row["compound"]),
            "status": "masked" if row["status"] in ("ok", None) else clean_text(row["status"]),
            "reason": clean_text("; ".join(filter(None, [row["reason"], row["mask_reason"]]))) or "no reason given",
        }
        for row in rows.iter_rows(named=True)
    ]
