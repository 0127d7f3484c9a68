"""Dead cells that stay in the well: small bright nuclei, which must not be counted as living cells.

A dying cell condenses its chromatin (pyknosis): its nucleus shrinks and its DNA stain brightens (Kroemer et al. 2009,
Cell Death Differ 16:3). High-content toxicity assays read nuclear area and intensity for that reason (O'Brien et al.
2006, Arch Toxicol 80:580). Counted as cells, the dead would lift the survival of toxic wells, and CC50 with it.
"""

import polars as pl

from swanneck.foundation.settings import Settings

__all__ = ["CondensedSettings", "count_living", "find_condensed"]


class CondensedSettings(Settings):
    """When a nucleus is taken for a dead cell's; both must hold. The amounts are ours.

    - `area`: it is smaller than this share of the median area in the untreated wells; 0 counts every nucleus.
    - `brightness`: its mean DNA stain above the background is more than this many times their median. A nucleus that
      keeps its DNA in half the area is twice as bright; a cell about to divide is bright, but not as small.
    """

    area: float = 0.5
    brightness: float = 1.2


def find_condensed(
    cells: pl.DataFrame, layout: pl.DataFrame, nuclei_channel: str, settings: CondensedSettings
) -> pl.DataFrame:
    """Give `well`, `field`, `cell` of the condensed nuclei of one plate.

    `cells` has these columns, `Nuclei_AreaShape_Area` and `Nuclei_Intensity_MeanAboveBackground_<channel>`; `layout`
    has `well` and `role`. The medians are those of the negative controls, of all wells where there are none.

    >>> layout = pl.DataFrame({"well": ["A01"], "role": ["negative_control"]})
    >>> cells = pl.DataFrame({"well": ["A01"] * 4, "field": [1] * 4, "cell": [1, 2, 3, 4],
    ...     "Nuclei_AreaShape_Area": [100.0, 110, 90, 30], "Nuclei_Intensity_MeanAboveBackground_DNA": [1.0, 1, 1, 2]})
    >>> find_condensed(cells, layout, "DNA", CondensedSettings())["cell"].to_list()
    [4]
    """
    area, brightness = pl.col("Nuclei_AreaShape_Area"), pl.col(f"Nuclei_Intensity_MeanAboveBackground_{nuclei_channel}")
    untreated = cells.join(layout.filter(pl.col("role") == "negative_control"), on="well", how="semi")
    usual = (untreated if untreated.height else cells).select(area.median().alias("area"), brightness.median())
    usual_area, usual_brightness = usual.row(0) if usual.height else (None, None)
    condensed = (area < settings.area * pl.lit(usual_area, pl.Float64)) & (
        brightness > settings.brightness * pl.lit(usual_brightness, pl.Float64)
    )
    return cells.filter(condensed).select("well", "field", "cell")


def count_living(fields: pl.DataFrame, condensed: pl.DataFrame) -> pl.DataFrame:
    """Take condensed nuclei from the `cell_count` of their fields, and say in `condensed_count` how many they were."""
    counts = condensed.group_by("well", "field").agg(pl.len().cast(pl.Int64).alias("condensed_count"))
    joined = fields.join(counts, on=["well", "field"], how="left")
    measured = pl.col("cell_count").is_not_null()
    joined = joined.with_columns(pl.when(measured).then(pl.col("condensed_count").fill_null(0)))
    return joined.with_columns(pl.col("cell_count") - pl.col("condensed_count"))
