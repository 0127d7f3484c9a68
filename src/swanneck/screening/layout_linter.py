"""The layout linter: what is wrong or doubtful about a plate map, all at once, before any work starts.

An error means that the screen would be wrong or lose wells; a warning is for a human to look at; a note says what
the map cannot give.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from swanneck.foundation.errors import LayoutError
from swanneck.screening.layouts import Layout
from swanneck.screening.plate_maps.checks import (
    LayoutLimits,
    lint_doses,
    lint_names,
    lint_roles,
    lint_series,
    lint_wells,
)
from swanneck.screening.plate_maps.findings import EVERY_PLATE, Finding, find_wells, list_some

__all__ = ["check_findings", "lint_cell_counts", "lint_layout"]


def lint_layout(
    layout: Layout,
    *,
    image_wells: Mapping[str, Sequence[str]] | None = None,
    needs: Sequence[str] = (),
    limits: LayoutLimits | None = None,
) -> list[Finding]:
    """List what is wrong or doubtful about a map: errors first, then warnings, then notes.

    `image_wells` are the wells that have images, by plate; `needs` the control roles that every plate must have.
    What reading the file has found (`layout.findings`) is part of the list.

    >>> table = pl.DataFrame({"plate": ["P1"] * 2, "well": ["A01", "A01"], "compound": ["a", "b"],
    ...                       "concentration_molar": [1e-6, 1e-6], "role": ["sample"] * 2})
    >>> print(lint_layout(Layout(table))[0])
    error: 1 well stands in the map more than once, with different content (plate P1: A01). Keep one row per well
    """
    limits = limits or LayoutLimits()
    images = None if image_wells is None else _image_table(image_wells)
    findings = list(layout.findings)
    table = layout.table
    if images is not None:
        findings += _lint_plates(layout, images)
        try:
            table = layout.for_plates(images["plate"].unique(maintain_order=True))
        except LayoutError as error:
            findings.append(Finding("other_plates", "error", error.problem, error.where, error.remedy))
            images = None
    table = table.with_columns(pl.col("plate").fill_null(EVERY_PLATE))
    findings += lint_wells(table, limits) + lint_roles(table) + lint_doses(table, limits)
    findings += lint_series(table, limits) + lint_names(table)
    if images is not None:
        findings += _lint_images(table, images)
    findings += _lint_controls(table, images, needs, limits)
    order = ("error", "warning", "note")
    return sorted(findings, key=lambda finding: order.index(finding.level))


def check_findings(findings: Sequence[Finding]) -> None:
    """Raise `LayoutError` where there is an error among the findings; it tells the first and counts the rest.

    >>> check_findings([Finding("few_doses", "note", "1 of 9 compounds has a single dose")])
    """
    errors = [finding for finding in findings if finding.level == "error"]
    if errors:
        more = f" (and {len(errors) - 1} further errors in the layout)" if len(errors) > 1 else ""
        raise LayoutError(errors[0].message + more, where=errors[0].where, remedy=errors[0].remedy)


def lint_cell_counts(wells: pl.DataFrame, limits: LayoutLimits | None = None) -> list[Finding]:
    """Find wells that the map calls empty and that have cells; `wells` is a table of the WELLS contract.

    >>> wells = pl.DataFrame({"plate": ["P1"] * 3, "well": ["A01", "A02", "A03"],
    ...                       "role": ["sample", "sample", "empty"], "cell_count": [100.0, 120.0, 90.0]})
    >>> [finding.where for finding in lint_cell_counts(wells)]
    ['plate P1: A03']
    """
    limits = limits or LayoutLimits()
    usual = pl.col("cell_count").filter(pl.col("role") != "empty").median().over("plate")
    filled = wells.filter((pl.col("role") == "empty") & (pl.col("cell_count") > limits.filled_empty * usual))
    message, remedy = "{} called empty in the map {has} cells", "Is it the right map, the right way round?"
    return find_wells(filled, "empty_with_cells", "warning", message=message, remedy=remedy)


def _image_table(image_wells: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    pairs = [(plate, well) for plate, wells in image_wells.items() for well in dict.fromkeys(wells)]
    return pl.DataFrame(pairs, schema={"plate": pl.String, "well": pl.String}, orient="row")


def _lint_plates(layout: Layout, images: pl.DataFrame) -> list[Finding]:
    mapped = {name.strip().casefold(): name for name in layout.table["plate"].drop_nulls().unique(maintain_order=True)}
    imaged = {name.strip().casefold(): name for name in images["plate"].unique(maintain_order=True)}
    common = mapped.keys() & imaged.keys()
    if not common and len(mapped) == len(imaged) == 1:
        names = [*mapped.values(), *imaged.values()]
        message = f"the map is for plate {names[0]!r}, the images are of plate {names[1]!r}: taken for the same"
        return [Finding("other_plate_name", "warning", message, remedy="Make sure that it is the right map")]
    if not common:
        return []
    findings = []
    if without_map := [name for key, name in imaged.items() if key not in mapped]:
        message = f"plates with images that are not in the map: {list_some(without_map)}"
        findings.append(Finding("plate_not_in_map", "warning", message, remedy="Their wells cannot be analysed"))
    if without_images := [name for key, name in mapped.items() if key not in imaged]:
        message = f"plates of the map that have no images: {list_some(without_images)}"
        findings.append(Finding("plate_without_images", "warning", message, remedy="Are images missing?"))
    return findings


def _lint_images(table: pl.DataFrame, images: pl.DataFrame) -> list[Finding]:
    known = images.filter(pl.col("plate").is_in(table["plate"].unique().to_list()))
    unmapped = known.join(table, on=["plate", "well"], how="anti")
    findings = []
    if known.height and 2 * unmapped.height > known.height:
        message = f"{unmapped.height} of {known.height} wells with images are not in the map: it is of another plate"
        findings.append(Finding("map_does_not_fit", "error", message, remedy="Check that it is the right map"))
    else:
        message, remedy = "{} {has} images but {is} not in the map", "Add it, or it is left out"
        findings += find_wells(unmapped, "well_not_in_map", "warning", message=message, remedy=remedy)
    bare = table.filter(pl.col("role") != "empty").join(images, on=["plate", "well"], how="anti")
    message, remedy = "{} of the map {has} no images", "Are images missing, or was the plate imaged in part?"
    return findings + find_wells(bare, "well_without_images", "warning", message=message, remedy=remedy)


def _lint_controls(
    table: pl.DataFrame, images: pl.DataFrame | None, needs: Sequence[str], limits: LayoutLimits
) -> list[Finding]:
    usable = table if images is None else table.join(images, on=["plate", "well"], how="semi")
    plates = table["plate"].unique(maintain_order=True).to_list()
    findings = []
    for role in needs:
        counts = dict(usable.filter(pl.col("role") == role).group_by("plate").agg(pl.col("well").n_unique()).rows())
        name = role.replace("_", " ")
        if missing := [plate for plate in plates if not counts.get(plate)]:
            imaged = "" if images is None else " with images"
            message = f"no {name}{imaged} on: {list_some(missing)}"
            remedy = f"Give the wells the role {role}, in the map or in the campaign's [layout.roles]"
            findings.append(Finding(f"no_{role}", "error", message, remedy=remedy))
        if few := [plate for plate in plates if 0 < counts.get(plate, 0) < limits.fewest_controls]:
            few_wells = f"fewer than {limits.fewest_controls} wells"
            message = f"{few_wells} of the {name}, so that its spread is unknown, on: {list_some(few)}"
            findings.append(Finding(f"few_{role}", "warning", message, remedy="Quality figures need more of them"))
    return findings
