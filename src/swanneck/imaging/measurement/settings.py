"""What is measured, and how: the settings of the measurement engine.

Defaults are those of CellProfiler 4.2's modules except where a field says otherwise.
"""

from typing import Annotated, Literal, get_args

from pydantic import Field

from swanneck.foundation.settings import Settings

__all__ = [
    "MODULES",
    "CorrelationSettings",
    "GranularitySettings",
    "IntensityDistributionSettings",
    "MeasurementSettings",
    "Module",
    "NeighborsSettings",
    "TextureSettings",
]

Module = Literal[
    "AreaShape",
    "Intensity",
    "IntensityDistribution",
    "Granularity",
    "Texture",
    "Correlation",
    "Neighbors",
    "Location",
    "Relations",
]

MODULES: tuple[Module, ...] = get_args(Module)
"""The modules that can be chosen, in the order of their columns."""


class GranularitySettings(Settings):
    """MeasureGranularity; the defaults are CellProfiler's."""

    subsample: Annotated[float, Field(gt=0, le=1)] = 0.25
    background_subsample: Annotated[float, Field(gt=0, le=1)] = 0.25
    background_radius: Annotated[int, Field(ge=1, le=100)] = 10
    spectrum: Annotated[int, Field(ge=1, le=100)] = 16


class IntensityDistributionSettings(Settings):
    """MeasureObjectIntensityDistribution around the objects' own centres.

    Zernike moments are off in CellProfiler's own defaults; here they are on.
    """

    bins: Annotated[int, Field(ge=2, le=100)] = 4
    scaled: bool = True
    maximum_radius: Annotated[float, Field(gt=0)] = 100.0
    zernike_magnitude: bool = True
    zernike_phase: bool = True
    zernike_degree: Annotated[int, Field(ge=1, le=20)] = 9


class TextureSettings(Settings):
    """MeasureTexture; CellProfiler's own default is scale 3 alone."""

    scales: tuple[Annotated[int, Field(ge=1, le=200)], ...] = (3, 5, 10)
    grey_levels: Annotated[int, Field(ge=2, le=256)] = 256


class CorrelationSettings(Settings):
    """MeasureColocalization within objects; the threshold is a percentage of each object's largest intensity."""

    threshold_percent: Annotated[float, Field(ge=0, lt=100)] = 15.0
    pearson: bool = True
    slope: bool = False
    manders: bool = True
    rank_weighted: bool = True
    overlap: bool = True
    costes: Literal["Faster", "Fast", "Accurate", "Off"] = "Faster"


class NeighborsSettings(Settings):
    """MeasureObjectNeighbors of objects of one kind among each other.

    `methods` maps an object name to the ways it is measured: "Adjacent", "Expanded", or a distance in pixels. A name
    that is not there is not measured.
    """

    methods: dict[str, tuple[Literal["Adjacent", "Expanded"] | Annotated[int, Field(ge=1, le=100)], ...]] = {
        "Nuclei": ("Adjacent", "Expanded"),
        "Cells": (5,),
    }


class MeasurementSettings(Settings):
    """Which modules are measured, and the settings of each.

    >>> MeasurementSettings(modules=("AreaShape", "Intensity")).texture.scales
    (3, 5, 10)
    """

    modules: tuple[Module, ...] = MODULES
    cytoplasm: Literal["shrunken", "whole", "off"] = "shrunken"
    """Whether `Cytoplasm` is derived where Nuclei and Cells are given without it: cells less shrunken or whole nuclei
    (see `derive_cytoplasm`)."""
    area_shape_advanced: bool = True
    area_shape_zernike: bool = True
    intensity_distribution: IntensityDistributionSettings = IntensityDistributionSettings()
    granularity: GranularitySettings = GranularitySettings()
    texture: TextureSettings = TextureSettings()
    correlation: CorrelationSettings = CorrelationSettings()
    neighbors: NeighborsSettings = NeighborsSettings()
