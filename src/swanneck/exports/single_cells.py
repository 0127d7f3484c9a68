"""Cells and wells under the names that CellProfiler's neighbours expect: `Metadata_` columns, then features.

pycytominer, copairs and their like take for a feature what begins with `Cells_`, `Nuclei_` or `Cytoplasm_`, and for
metadata what begins with `Metadata_`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

__all__ = ["PlateCells", "aggregate_wells", "describe_wells", "list_features", "name_metadata"]

_IDENTITY = {
    "plate": "Metadata_Plate",
    "well": "Metadata_Well",
    "field": "Metadata_Site",
    "cell": "Metadata_ObjectNumber",
}
_NO_METADATA = ("plate", "well", "cell_count", "n_fields")


@dataclass(frozen=True)
class PlateCells:
    """One plate: its cells (read when needed), its fields and its wells, as a run wrote them."""

    name: str
    cells: pl.LazyFrame
    fields: pl.DataFrame
    wells: pl.DataFrame

    @property
    def used_cells(self) -> pl.LazyFrame:
        """The cells of fields that count."""
        good = self.fields.filter(pl.col("status") == "ok").select("well", "field").lazy()
        return self.cells.join(good, on=["well", "field"], how="semi", maintain_order="left")


def list_features(names: Sequence[str]) -> list[str]:
    """List the columns that are features: numbers of an object, not identity and not flags.

    >>> list_features(["Metadata_Well", "Nuclei_AreaShape_Area", "Nuclei_TouchesBorder", "Cells_AreaShape_Area"])
    ['Nuclei_AreaShape_Area', 'Cells_AreaShape_Area']
    """
    return [name for name in names if not name.startswith("Metadata_") and not _is_flag(name) and name not in _IDENTITY]


def name_metadata(plate: PlateCells) -> pl.LazyFrame:
    """Give the used cells of a plate: where they are, what their wells hold, and their features.

    Where: `Metadata_Plate`, `_Well`, `_Site` and `_ObjectNumber`. What the table of wells says of a well beside its
    readouts follows (`Metadata_compound`, `Metadata_role`, ...), and flags of cells (`Metadata_Nuclei_TouchesBorder`).

    >>> place = {"plate": ["P"], "well": ["A01"], "field": [1], "cell": [1]}
    >>> cells = pl.LazyFrame(place | {"Nuclei_AreaShape_Area": [9.0]})
    >>> fields = pl.DataFrame({"well": ["A01"], "field": [1], "status": ["ok"]})
    >>> wells = pl.DataFrame({"plate": ["P"], "well": ["A01"], "role": ["sample"], "virus_fraction": [0.5]})
    >>> name_metadata(PlateCells("P", cells, fields, wells)).collect().columns[3:]
    ['Metadata_ObjectNumber', 'Metadata_role', 'Nuclei_AreaShape_Area']
    """
    wells = describe_wells(plate.wells)
    names = plate.cells.collect_schema().names()
    flags = [pl.col(name).alias(f"Metadata_{name}") for name in names if _is_flag(name)]
    told = [name for name in wells.columns if name not in ("Metadata_Plate", "Metadata_Well")]
    cells = plate.used_cells.with_columns(*flags).rename(_IDENTITY, strict=False)
    joined = cells.join(wells.lazy().drop("Metadata_Plate"), on="Metadata_Well", how="left", maintain_order="left")
    own = [name for name in _IDENTITY.values() if name in cells.collect_schema().names()]
    return joined.select(*own, *told, *(f"Metadata_{name}" for name in names if _is_flag(name)), *list_features(names))


def describe_wells(wells: pl.DataFrame) -> pl.DataFrame:
    """Give what a table of wells says of each beside its readouts, as `Metadata_` columns.

    >>> describe_wells(pl.DataFrame({"plate": ["P"], "well": ["A01"], "role": ["sample"], "cell_count": [3.0]})).columns
    ['Metadata_Plate', 'Metadata_Well', 'Metadata_role']
    """
    numbers = {name for name, kind in wells.schema.items() if kind.is_float()} - {"concentration_molar"}
    kept = [
        name for name in wells.columns if name not in numbers.union(_NO_METADATA) and not name.endswith("_reference")
    ]
    return wells.select(
        pl.col("plate").alias("Metadata_Plate"),
        pl.col("well").alias("Metadata_Well"),
        *(pl.col(name).alias(f"Metadata_{name}") for name in kept),
    )


def aggregate_wells(plate: PlateCells) -> pl.DataFrame:
    """Give one profile per well with cells: the median of each feature, and the number of cells.

    The number is in `Metadata_Object_Count`. The median is pycytominer's own choice (Serrano et al., Nature
    Methods 22:677, 2025).

    >>> place = {"well": ["A01"] * 3, "field": [1] * 3, "cell": [1, 2, 3]}
    >>> cells = pl.LazyFrame(place | {"Nuclei_AreaShape_Area": [1.0, 9.0, 2.0]})
    >>> fields = pl.DataFrame({"well": ["A01"], "field": [1], "status": ["ok"]})
    >>> wells = pl.DataFrame({"plate": ["P"], "well": ["A01"], "role": ["sample"]})
    >>> aggregate_wells(PlateCells("P", cells, fields, wells)).row(0, named=True)["Nuclei_AreaShape_Area"]
    2.0
    """
    features = list_features(plate.cells.collect_schema().names())
    profiles = (
        plate.used_cells.group_by("well")
        .agg(pl.len().cast(pl.Int64).alias("Metadata_Object_Count"), *(pl.col(name).median() for name in features))
        .rename({"well": "Metadata_Well"})
        .collect()
    )
    wells = describe_wells(plate.wells)
    joined = wells.join(profiles, on="Metadata_Well", how="inner").sort("Metadata_Well")
    return joined.select(*wells.columns, "Metadata_Object_Count", *features)


def _is_flag(name: str) -> bool:
    return name.endswith("_TouchesBorder")
