"""The named assays, as data: what each reads, how its cells are told apart, and the SQL of its readouts.

In the SQL, `{threshold}` stands for the cut between two kinds of cells, `{column}` for the cell column that it divides,
and other names in braces for further cell columns (`Assay.columns`); in these, `{channel}` is the channel of the
pathogen or marker. The page of the documentation on assays has the formulas with their sources.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["ASSAYS", "CELL_COUNT", "Assay", "AssayKind", "Readout"]

CELL_COUNT = "cell_count"

AssayKind = Literal[
    "infection", "translocation", "cell_count", "intracellular_parasites", "intracellular_bacteria", "cell_survival",
    "foci", "syncytia", "coculture", "spheroid",
]  # fmt: skip


@dataclass(frozen=True)
class Readout:
    """One number per well. `role` says what it is used for; `expression` is SQL over cell columns.

    `law` is how it varies between equal wells: as a `fraction` of cells, as a `count` of them, as a number of other
    `objects`, or as an `amount`. Counts and numbers are those of a well with all its fields: where a field is lost,
    they are scaled up as the number of cells is. A count is 0 where there are no cells.
    """

    name: str
    label: str
    role: Literal["efficacy", "viability", "other"]
    expression: str | None = None
    law: Literal["fraction", "count", "objects", "amount"] = "amount"


@dataclass(frozen=True)
class Assay:
    """What a named assay is.

    - `roles`: the roles of the channel that it reads, the best first; `needs_channel` where it cannot do without.
    - `objects`: what is looked for in a field.
    - `columns`: the cell columns that its SQL names. The one called `column` is divided by the `cut`: by the controls'
      intensities, by counts that are a mixture in the untreated wells, as two kinds of cells in one well, or at
      `fixed_cut`.
    - `counts_living`: condensed nuclei are taken for dead cells and left out (not where nuclei of two sizes belong).
    - `controls`: the roles of wells that every plate must have.
    """

    readouts: tuple[Readout, ...]
    roles: tuple[str, ...] = ()
    needs_channel: bool = False
    objects: Literal["cells", "parasites", "bacteria", "syncytia", "spheroids"] = "cells"
    columns: Mapping[str, str] = field(default_factory=dict)
    cut: Literal["controls", "counts", "mixture", "fixed"] | None = None
    fixed_cut: float | None = None
    controls: tuple[str, ...] = ("negative_control", "positive_control")
    counts_living: bool = False


_ABOVE = "CASE WHEN {column} > {threshold} THEN 1e0 WHEN {column} IS NULL THEN NULL ELSE 0e0 END"
_BELOW = "CASE WHEN {column} > {threshold} THEN 0e0 WHEN {column} IS NULL THEN NULL ELSE 1e0 END"
# The median: light of an infected neighbour falls on a part of a cell, and would lift its mean.
_BRIGHTNESS = "{compartment}_Intensity_MedianAboveBackground_{channel}"
_CELLS = Readout(CELL_COUNT, "cells", "viability", law="count")
_INFECTED = Readout("infected_fraction", "infected cells / cells", "efficacy", f"avg({_ABOVE})", "fraction")

ASSAYS: dict[str, Assay] = {
    "infection": Assay(
        (
            _INFECTED,
            Readout("pathogen_intensity", "mean pathogen intensity per cell", "other", "avg({intensity})"),
            _CELLS,
        ),
        roles=("pathogen",), needs_channel=True, cut="controls", counts_living=True,
        columns={"column": _BRIGHTNESS, "intensity": "{compartment}_Intensity_MeanAboveBackground_{channel}"},
    ),
    "translocation": Assay(
        (
            Readout(
                "nuclear_translocation", "log2 nuclear / cytoplasmic intensity", "efficacy",
                # A cell that is dark in one of them has no ratio; an infinite one would be the mean of its whole well.
                "avg(CASE WHEN {nucleus} > 0 AND {cytoplasm} > 0 THEN log2({nucleus} / {cytoplasm}) END)",
            ),
            _CELLS,
        ),
        roles=("marker", "cell", "any"), needs_channel=True, counts_living=True,
        columns={
            "nucleus": "Nuclei_Intensity_MeanIntensity_{channel}",
            "cytoplasm": "Cytoplasm_Intensity_MeanIntensity_{channel}",
        },
    ),
    "cell_count": Assay((_CELLS,), controls=(), counts_living=True),
    "cell_survival": Assay((_CELLS,), counts_living=True),
    "intracellular_parasites": Assay(
        (
            _INFECTED,
            Readout("parasites_per_infected_cell", "parasites per infected cell (median)", "other",
                    "median(CASE WHEN {column} > {threshold} THEN {column} END)"),
            Readout("parasites_per_cell", "parasites per cell", "other", "avg({column})"),
            Readout("parasites", "parasites in cells", "other", "sum({column})", "objects"),
            _CELLS,
        ),
        roles=("pathogen", "nuclei"), objects="parasites", columns={"column": "Cells_Children_Spots_Count"},
        cut="counts", controls=(),
    ),
    "intracellular_bacteria": Assay(
        (
            Readout("bacterial_load", "light of bacteria per cell", "efficacy", "avg({load})"),
            Readout("bacterial_area", "area of bacteria per cell, pixels", "other", "avg({column})"),
            Readout("infected_fraction", "cells with bacteria / cells", "other", f"avg({_ABOVE})", "fraction"),
            _CELLS,
        ),
        roles=("pathogen",), needs_channel=True, objects="bacteria", cut="counts", counts_living=True,
        columns={
            "column": "Cells_AreaOccupied_{channel}", "load": "Cells_Intensity_IntegratedOccupied_{channel}",
        },
    ),
    "foci": Assay(
        (
            Readout("foci", "foci of infected cells", "efficacy", "sum(Cells_Number_Focus_First)", "objects"),
            Readout("cells_per_focus", "infected cells per focus", "other",
                    "avg(CASE WHEN Cells_Number_Focus_First > 0 THEN Cells_Children_Focus_Count END)"),
            Readout("infected_fraction", "infected cells / cells", "other", f"avg({_ABOVE})", "fraction"),
            _CELLS,
        ),
        roles=("pathogen",), needs_channel=True, columns={"column": _BRIGHTNESS}, cut="controls",
        counts_living=True,
    ),
    "syncytia": Assay(
        (
            Readout("syncytial_fraction", "nuclei in syncytia / nuclei", "efficacy", f"avg({_ABOVE})", "fraction"),
            Readout("nuclei_per_cell", "nuclei per cell", "other", "count({column}) / sum(1e0 / {column})"),
            Readout("largest_syncytium", "nuclei of the largest syncytium", "other", "max({column})"),
            Readout("syncytia", "syncytia", "other",
                    "sum(CASE WHEN {column} > {threshold} THEN 1e0 / {column} ELSE 0e0 END)", "objects"),
            _CELLS,
        ),
        roles=("pathogen", "cell", "marker"), objects="syncytia", cut="fixed", fixed_cut=2.0,
        columns={"column": "Cells_Children_Nuclei_Count"},
    ),
    "coculture": Assay(
        (
            Readout("marked_cells", "marked cells", "efficacy", f"sum({_ABOVE})", "count"),
            Readout("unmarked_cells", "unmarked cells", "viability", f"sum({_BELOW})", "count"),
            Readout("marked_fraction", "marked cells / cells", "other", f"avg({_ABOVE})", "fraction"),
            Readout(CELL_COUNT, "cells", "other", law="count"),
        ),
        roles=("marker",), needs_channel=True, columns={"column": _BRIGHTNESS}, cut="mixture",
        controls=("negative_control",),
    ),
    "spheroid": Assay(
        (
            Readout("dead_signal", "dead-cell stain in the spheroid", "efficacy", "avg({dead})"),
            Readout("spheroid_volume", "volume of the spheroid, pixels cubed", "efficacy",
                    f"avg(power({{column}}, 3)) * {math.pi / 6:.12e}"),
            Readout("spheroid_diameter", "diameter of the spheroid, pixels", "other", "avg({column})"),
            Readout(CELL_COUNT, "spheroids", "other", law="count"),
        ),
        roles=("marker",), objects="spheroids", controls=("negative_control",),
        columns={
            "column": "Spheroids_AreaShape_EquivalentDiameter",
            "dead": "Spheroids_Intensity_MeanAboveBackground_{channel}",
        },
    ),
}  # fmt: skip
"""The named assays. The first efficacy readout is the assay's own; one whose channel is absent is left out."""
