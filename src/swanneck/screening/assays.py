"""What is read from the cells of a well: named assays, each a few readouts, and readouts that users write.

A readout is an aggregate over the cells of a well, written in SQL over the cell columns, so that anybody can read
what a number means and write one of their own:

    infected_fraction = avg(CASE WHEN Cells_Intensity_MedianAboveBackground_Virus > 0.021 THEN 1.0 ELSE 0.0 END)

The named assays are data: `assay_catalogue`.
"""

import re
from dataclasses import replace
from typing import Literal

import polars as pl
from pydantic import Field

from swanneck.foundation.errors import SettingsError
from swanneck.foundation.settings import Settings
from swanneck.foundation.tables import WELLS
from swanneck.screening.assay_catalogue import ASSAYS, CELL_COUNT, Assay, AssayKind, Readout
from swanneck.screening.foci import FocusSettings, mark_foci
from swanneck.statistics.thresholds import Threshold, separate_counts, separate_groups, split_mixture

__all__ = [
    "CELL_COUNT",
    "AssaySettings",
    "Readout",
    "complete_cells",
    "cut_column",
    "estimate_threshold",
    "list_readouts",
    "score_wells",
]


class AssaySettings(Settings):
    """Which assay is run, and its choices.

    `compartment` is where the pathogen's antigen or the marker is looked for; `threshold` fixes the intensity, or the
    number of parasites, above which a cell is infected (None: from the control wells). `foci` says what a focus of
    infected cells is. `readouts` are the user's own, by name, in SQL over cell columns. `efficacy` names the readout
    that hits are called on (None: the assay's own).
    """

    kind: AssayKind = "infection"
    compartment: Literal["Cells", "Nuclei", "Cytoplasm"] = "Cells"
    threshold: float | None = Field(default=None, ge=0)
    foci: FocusSettings = FocusSettings()
    readouts: dict[str, str] = Field(default_factory=dict)
    efficacy: str | None = None

    @property
    def assay(self) -> Assay:
        """What the catalogue says of this kind of assay."""
        return ASSAYS[self.kind]


def cut_column(settings: AssaySettings, channel: str | None) -> str | None:
    """Name the cell column that tells two kinds of cells apart (infected or not, marked or not); None for no such cut.

    >>> cut_column(AssaySettings(), "Virus"), cut_column(AssaySettings(kind="cell_count"), None)
    ('Cells_Intensity_MedianAboveBackground_Virus', None)
    """
    return _columns(settings, channel).get("column") if settings.assay.cut else None


def _columns(settings: AssaySettings, channel: str | None) -> dict[str, str]:
    """Give the assay's cell columns by their names in its SQL, without those of a channel that is not there."""
    return {
        name: column.format(compartment=settings.compartment, channel=channel)
        for name, column in settings.assay.columns.items()
        if channel is not None or "{channel}" not in column
    }


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
    others = {readout.name for readout in readouts if readout.role == "viability"} - {wanted}
    if wanted not in names:
        problem = f"assay.efficacy is {wanted!r}, which is none of the readouts {', '.join(names)}"
        raise SettingsError(problem)
    if taken := sorted(set(settings.readouts) & set(WELLS.columns) - {CELL_COUNT}):
        problem = f"a readout of assay.readouts cannot be called {taken[0]!r}: the table of wells has that column"
        raise SettingsError(problem, remedy="Give it another name")
    if len(set(names)) < len(names):
        problem = f"a readout of assay.readouts has the name of another: {', '.join(names)}"
        raise SettingsError(problem)
    if wanted != readouts[0].name and not others and readouts[0].law == "count":
        # Of two populations, the one that is not to be killed is the one to be spared.
        others = {readouts[0].name}
    given = [replace(one, role=_role(one.name, wanted, others)) for one in readouts]
    return sorted(given, key=lambda readout: readout.role != "efficacy")


def _assay_readouts(settings: AssaySettings, channel: str | None, threshold: float | None) -> list[Readout]:
    assay = settings.assay
    if channel is None and assay.needs_channel:
        problem = f"the {settings.kind} assay needs a channel with the role {assay.roles[0]!r}"
        raise SettingsError(problem, remedy=f'Write for instance  Virus = "{assay.roles[0]}"  under [channels]')
    names = {name: _sql(column) for name, column in _columns(settings, channel).items()}
    if threshold is not None:
        names["threshold"] = str(threshold)
    readouts = []
    for readout in assay.readouts:
        used = set(re.findall(r"{(\w+)}", readout.expression or ""))
        if used <= names.keys():
            expression = None if readout.expression is None else readout.expression.format(**names)
            readouts.append(replace(readout, expression=expression))
        elif used - names.keys() == {"threshold"}:
            readouts.append(replace(readout, expression=None))
    return readouts


def _sql(column: str) -> str:
    """Write a column's name so that SQL takes it whole, whatever the channel is called."""
    return '"' + column.replace('"', '""') + '"'


def _role(name: str, efficacy: str, viability: set[str]) -> Literal["efficacy", "viability", "other"]:
    if name == efficacy:
        return "efficacy"
    return "viability" if name in viability else "other"


def estimate_threshold(
    cells: pl.DataFrame, layout: pl.DataFrame, settings: AssaySettings, channel: str | None
) -> Threshold | None:
    """Find the value above which a cell counts as infected (or marked), from the control wells of one plate.

    `cells` needs `well` and the assay's `cut_column`; `layout` needs `well` and `role`. For intensities it is the cut
    that best tells the cells of the negative controls (infected) from those of the positive controls (uninfected, or a
    drug that clears the infection; see `statistics.thresholds.separate_groups`): None where either has no cells. Counts
    of parasites are a mixture in infected wells, so that negative controls alone will do (`separate_counts`), or all
    wells where there are no controls. Two populations are told apart within the negative controls (`split_mixture`).
    """
    column = cut_column(settings, channel)
    if column is None:
        return None
    if settings.threshold is not None or settings.assay.cut == "fixed":
        value = settings.threshold if settings.threshold is not None else settings.assay.fixed_cut
        return Threshold(float(value or 0.0), float("nan"), float("nan"))
    roles = cells.select("well", column).join(layout.select("well", "role"), on="well", how="left")
    low, high = (
        roles.filter(pl.col("role") == role)[column].drop_nulls().drop_nans().to_numpy()
        for role in ("positive_control", "negative_control")
    )
    if settings.assay.cut == "controls":
        return separate_groups(low, high) if low.size and high.size else None
    if not high.size:
        high = roles[column].drop_nulls().drop_nans().to_numpy()
    if not high.size:
        return None
    return separate_counts(low, high) if settings.assay.cut == "counts" else split_mixture(high)


def complete_cells(
    cells: pl.DataFrame, settings: AssaySettings, channel: str | None, threshold: float | None
) -> pl.DataFrame:
    """Add the columns that are known only once infected cells are told from others: to which focus a cell belongs."""
    column = cut_column(settings, channel)
    if settings.kind != "foci" or column is None:
        return cells
    return mark_foci(cells, column, threshold, settings.foci)


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
