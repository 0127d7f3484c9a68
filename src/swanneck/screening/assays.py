"""What is read from the cells of a well: named assays, each a few readouts, and readouts that users write.

A readout is an aggregate over the cells of a well, written in SQL over the cell columns, so that anybody can read
what a number means and write one of their own:

    infected_fraction = avg(CASE WHEN Cells_Intensity_MeanAboveBackground_Virus > 0.021 THEN 1.0 ELSE 0.0 END)

Named assays:

`infection`
    share of cells whose pathogen antigen exceeds a threshold taken from the control wells (as in image-based screens
    of SARS-CoV-2, Jeon et al. 2020, Antimicrob Agents Chemother 64:e00819-20), and the number of cells.
`translocation`
    mean log2 ratio of nuclear to cytoplasmic intensity of a marker (Noncytotoxic translocation assays: Carpenter et
    al. 2006, Genome Biol 7:R100), and the number of cells.
`cell_count`
    the number of nuclei: toxicity, or survival where a pathogen kills cells.
"""

from dataclasses import dataclass, replace
from typing import Literal

import polars as pl
from pydantic import Field

from swanneck.foundation.errors import SettingsError
from swanneck.foundation.settings import Settings
from swanneck.foundation.tables import WELLS
from swanneck.statistics.thresholds import Threshold, separate_groups

__all__ = [
    "AssaySettings",
    "Readout",
    "estimate_threshold",
    "list_readouts",
    "pathogen_column",
    "score_wells",
]

CELL_COUNT = "cell_count"


class AssaySettings(Settings):
    """Which assay is run, and its choices.

    `compartment` is where the pathogen's antigen or the marker is looked for; `threshold` fixes the intensity above
    which a cell is infected (None: from the control wells). `readouts` are the user's own, by name, in SQL over cell
    columns. `efficacy` names the readout that hits are called on (None: the assay's own).
    """

    kind: Literal["infection", "translocation", "cell_count"] = "infection"
    compartment: Literal["Cells", "Nuclei", "Cytoplasm"] = "Cells"
    threshold: float | None = Field(default=None, ge=0)
    readouts: dict[str, str] = Field(default_factory=dict)
    efficacy: str | None = None


@dataclass(frozen=True)
class Readout:
    """One number per well. `role` says what it is used for; `expression` is SQL over cell columns.

    `law` is how it varies between equal wells: as a `fraction` of cells, as a `count` of them, or as an `amount`.
    """

    name: str
    label: str
    role: Literal["efficacy", "viability", "other"]
    expression: str | None = None
    law: Literal["fraction", "count", "amount"] = "amount"


def pathogen_column(settings: AssaySettings, channel: str) -> str:
    """Name the cell column that says how much pathogen a cell holds.

    >>> pathogen_column(AssaySettings(), "Virus")
    'Cells_Intensity_MeanAboveBackground_Virus'
    """
    return f"{settings.compartment}_Intensity_MeanAboveBackground_{channel}"


def list_readouts(settings: AssaySettings, channel: str | None, threshold: float | None = None) -> list[Readout]:
    """List the readouts of an assay, the efficacy readout first.

    `channel` is the pathogen's or marker's channel (none for `cell_count`); `threshold` is needed by `infection` to
    write its expression and may be left out where only names and roles are wanted.

    >>> [(readout.name, readout.role) for readout in list_readouts(AssaySettings(), "Virus")]
    [('infected_fraction', 'efficacy'), ('pathogen_intensity', 'other'), ('cell_count', 'viability')]
    """
    own = [Readout(name, name.replace("_", " "), "other", sql) for name, sql in settings.readouts.items()]
    readouts = [*_assay_readouts(settings, channel, threshold), *own]
    names = [readout.name for readout in readouts]
    wanted = settings.efficacy or readouts[0].name
    if wanted not in names:
        problem = f"assay.efficacy is {wanted!r}, which is none of the readouts {', '.join(names)}"
        raise SettingsError(problem)
    if taken := sorted(set(settings.readouts) & set(WELLS.columns) - {CELL_COUNT}):
        problem = f"a readout of assay.readouts cannot be called {taken[0]!r}: the table of wells has that column"
        raise SettingsError(problem, remedy="Give it another name")
    if len(set(names)) < len(names):
        problem = f"a readout of assay.readouts has the name of another: {', '.join(names)}"
        raise SettingsError(problem)
    return sorted((_with_role(readout, wanted) for readout in readouts), key=lambda readout: readout.role != "efficacy")


def _assay_readouts(settings: AssaySettings, channel: str | None, threshold: float | None) -> list[Readout]:
    count = Readout(CELL_COUNT, "cells", "viability", law="count")
    if settings.kind == "cell_count":
        return [count]
    if channel is None:
        role = "pathogen" if settings.kind == "infection" else "marker"
        problem = f"the {settings.kind} assay needs a channel with the role {role!r}"
        raise SettingsError(problem, remedy=f'Write for instance  Virus = "{role}"  under [channels]')
    if settings.kind == "translocation":
        nucleus, cytoplasm = (_sql(f"{region}_Intensity_MeanIntensity_{channel}") for region in ("Nuclei", "Cytoplasm"))
        # A cell that is dark in one of them has no ratio; an infinite one would be the mean of its whole well.
        ratio = f"CASE WHEN {nucleus} > 0 AND {cytoplasm} > 0 THEN log2({nucleus} / {cytoplasm}) END"
        label = "log2 nuclear / cytoplasmic intensity"
        return [Readout("nuclear_translocation", label, "efficacy", f"avg({ratio})"), count]
    column = _sql(pathogen_column(settings, channel))
    infected = f"avg(CASE WHEN {column} > {threshold} THEN 1.0 WHEN {column} IS NULL THEN NULL ELSE 0.0 END)"
    return [
        Readout(
            "infected_fraction",
            "infected cells / cells",
            "efficacy",
            infected if threshold is not None else None,
            "fraction",
        ),
        Readout("pathogen_intensity", "mean pathogen intensity per cell", "other", f"avg({column})"),
        count,
    ]


def _sql(column: str) -> str:
    """Write a column's name so that SQL takes it whole, whatever the channel is called."""
    return '"' + column.replace('"', '""') + '"'


def _with_role(readout: Readout, efficacy: str) -> Readout:
    if readout.name == efficacy:
        return replace(readout, role="efficacy")
    return readout if readout.role == "viability" else replace(readout, role="other")


def estimate_threshold(cells: pl.DataFrame, layout: pl.DataFrame, column: str) -> Threshold | None:
    """Find the intensity above which a cell counts as infected, from one plate's control wells.

    `cells` needs `well` and `column`; `layout` needs `well` and `role`. It is the cut that best tells the cells of
    the negative controls (infected) from those of the positive controls (uninfected, or a drug that clears the
    infection), on log intensities (see `statistics.thresholds.separate_groups`). None where either control has no
    cells.
    """
    roles = cells.select("well", column).join(layout.select("well", "role"), on="well")
    groups = [
        roles.filter(pl.col("role") == role)[column].drop_nulls().drop_nans().to_numpy()
        for role in ("positive_control", "negative_control")
    ]
    if not all(group.size for group in groups):
        return None
    return separate_groups(*groups)


def score_wells(cells: pl.DataFrame, readouts: list[Readout]) -> pl.DataFrame:
    """Aggregate one plate's cells to wells: one row per well that has cells, one column per readout.

    Raises `SettingsError` where a readout's SQL does not fit the cell columns.

    >>> cells = pl.DataFrame({"well": ["A01", "A01", "A02"], "Nuclei_AreaShape_Area": [10, 20, 30]})
    >>> area = Readout("nuclear_area", "nuclear area", "other", "avg(Nuclei_AreaShape_Area)")
    >>> score_wells(cells, [area]).rows()
    [('A01', 15.0), ('A02', 30.0)]
    """
    scored = pl.DataFrame(cells["well"].unique().sort())
    for readout in readouts:
        if readout.expression is not None:
            scored = scored.join(_score(cells, readout.name, readout.expression), on="well", how="left")
    return scored.sort("well")


def _score(cells: pl.DataFrame, name: str, expression: str) -> pl.DataFrame:
    columns = ", ".join(name for name in cells.columns if name not in ("plate", "well", "field", "cell"))
    try:
        table = cells.group_by("well").agg(pl.sql_expr(expression).alias(name))
        if isinstance(table.schema[name], pl.List):
            problem = f"readout {name} gives one value per cell, wanted is one per well: {expression}"
            raise SettingsError(problem, where="[assay.readouts]", remedy=f"Write for instance avg({expression})")
        return table.cast({name: pl.Float64})
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0].split("; valid columns")[0]
        problem = f"readout {name} cannot be computed from the cell columns: {reason}"
        remedy = f"A name with other signs than letters, digits and _ needs double quotes. Cell columns are: {columns}"
        raise SettingsError(problem, where="[assay.readouts]", remedy=remedy) from error
