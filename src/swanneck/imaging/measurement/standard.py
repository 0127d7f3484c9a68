"""The measurements that every screen needs: where each cell is, how large it is, and how bright in each channel.

Names and values are CellProfiler's (MeasureObjectSizeShape, MeasureObjectIntensity: Carpenter et al., Genome
Biology 7:R100, 2006; Stirling et al., BMC Bioinformatics 22:433, 2021), on images scaled by the largest value of
their number type. Four columns are ours: `Nuclei_TouchesBorder`, `Cells_TouchesBorder`, and
`<Region>_Intensity_MeanAboveBackground_<Channel>` and `MedianAboveBackground`, less the background of their field.
"""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from swanneck.foundation.errors import InputError
from swanneck.imaging.illumination import FlatField, as_kernel_pixels, expand_columns
from swanneck.imaging.measurement import _kernels

__all__ = ["CROWDED_PERCENTILE", "REGIONS", "measure_cells"]

REGIONS = ("Nuclei", "Cells", "Cytoplasm")
"""The parts of a cell that are measured. The cytoplasm is the cell without the pixels of any nucleus."""

CROWDED_PERCENTILE = 1.0
"""Percentile of the whole field that stands for its background where cells leave less than 1 % of it free."""

_FREE_SHARE = 0.01
_SAMPLES = 65_536


def measure_cells(
    images: Mapping[str, NDArray[Any] | None],
    nuclei: NDArray[np.int32],
    cells: NDArray[np.int32] | None = None,
    *,
    flat_fields: Mapping[str, FlatField] | None = None,
    medians: Collection[str] = (),
) -> pl.DataFrame:
    """Measure the cells of one field: one row per nucleus label, in order.

    `images` maps channel names to 2-D images; a channel that is None (its image is missing) has null values. `cells`
    has the labels of the nuclei; without it only nuclei are measured. A channel with a flat field is corrected for
    uneven illumination on the way. `medians` names the channels whose medians are measured too, the slowest of these
    measurements. Areas are in pixels; intensities are scaled by the number type's maximum (255,
    65535; 1 for float); a region without pixels has null intensities.

    The background is the median of the pixels in no cell, or, where the cells leave almost none, a low percentile of
    the field (`CROWDED_PERCENTILE`).

    Raises `InputError` where images and labels differ in shape.

    >>> labels = np.array([[0, 1, 1], [0, 0, 2]], np.int32)
    >>> table = measure_cells({"DNA": np.array([[0, 51, 153], [0, 0, 255]], np.uint8)}, labels)
    >>> table.select("cell", "Nuclei_AreaShape_Area", "Nuclei_Intensity_MeanIntensity_DNA").rows()
    [(1, 2.0, 0.4), (2, 1.0, 1.0)]
    """
    nuclei = np.ascontiguousarray(nuclei, np.int32)
    bodies = nuclei if cells is None else np.ascontiguousarray(cells, np.int32)
    for name, image in (*images.items(), ("the cell labels", bodies)):
        if image is not None and image.shape != nuclei.shape:
            problem = f"{name} has shape {image.shape}, the nucleus labels {nuclei.shape}"
            raise InputError(problem, remedy="Measure images and labels of the same field")
    count = int(nuclei.max(initial=0))
    regions = REGIONS[:1] if cells is None else REGIONS
    shapes = _kernels.measure_shapes(nuclei, bodies, count)
    areas = np.ascontiguousarray(shapes[:, [0, 3, 4]], np.int64)
    columns = _shape_columns(shapes[1:], with_cells=cells is not None)
    for channel, image in images.items():
        features = _FEATURES if channel in medians else _FEATURES[:-1]
        if image is None:
            measured = {name: np.full((count, len(features)), np.nan) for name in regions}
        else:
            flat = (flat_fields or {}).get(channel)
            measured = _measure_channel(image, nuclei, bodies, areas=areas, flat=flat, with_medians=channel in medians)
        for region in regions:
            for position, feature in enumerate(features):
                columns[f"{region}_Intensity_{feature}_{channel}"] = measured[region][:, position]
    return pl.DataFrame(columns).with_columns(pl.selectors.float().fill_nan(None))


_FEATURES = ("IntegratedIntensity", "MeanIntensity", "StdIntensity", "MaxIntensity", "MeanAboveBackground",
             "MedianAboveBackground")  # fmt: skip


def _shape_columns(shapes: NDArray[np.float64], *, with_cells: bool) -> dict[str, NDArray[Any]]:
    area = shapes[:, 0]
    columns: dict[str, NDArray[Any]] = {
        "cell": np.arange(1, len(shapes) + 1, dtype=np.int64),
        "Nuclei_Location_Center_X": shapes[:, 1] / np.where(area > 0, area, np.nan),
        "Nuclei_Location_Center_Y": shapes[:, 2] / np.where(area > 0, area, np.nan),
        "Nuclei_AreaShape_Area": area,
        "Nuclei_TouchesBorder": shapes[:, 5] > 0,
    }
    if with_cells:
        columns["Cells_AreaShape_Area"] = shapes[:, 3]
        columns["Cytoplasm_AreaShape_Area"] = shapes[:, 4]
        columns["Cells_TouchesBorder"] = shapes[:, 6] > 0
    return columns


def _measure_channel(
    image: NDArray[Any],
    nuclei: NDArray[np.int32],
    cells: NDArray[np.int32],
    *,
    areas: NDArray[np.int64],
    flat: FlatField | None,
    with_medians: bool,
) -> dict[str, NDArray[np.float64]]:
    """Give for each region an array of labels x `_FEATURES`."""
    scale = float(np.iinfo(image.dtype).max) if image.dtype.kind in "ui" else 1.0
    stretched = np.empty((0, 0), np.float32) if flat is None else expand_columns(flat, image.shape[1])
    step = max(1, int(np.sqrt(image.size / _SAMPLES)))
    pixels, offset = as_kernel_pixels(image), 0.0 if flat is None else flat.offset
    sums, maxima, samples, outside = _kernels.measure_intensities(
        pixels, nuclei, cells, len(areas) - 1, stretched, offset, step
    )
    free = outside >= max(1, _FREE_SHARE * len(samples))
    background = float(np.median(samples[:outside]) if free else np.percentile(samples, CROWDED_PERCENTILE))
    measured = {}
    for position, region in enumerate(REGIONS):
        pixels_in, total, squares = np.moveaxis(sums[1:, position], 1, 0)
        number = np.where(pixels_in > 0, pixels_in, np.nan)
        mean = total / number
        spread = np.sqrt(np.maximum(squares / number - mean * mean, 0.0))
        whole, highest = (np.where(pixels_in > 0, values, np.nan) for values in (total, maxima[1:, position]))
        measured[region] = np.column_stack((whole, mean, spread, highest, mean - background)) / scale
    if with_medians:
        medians = (_kernels.measure_medians(pixels, nuclei, cells, areas, stretched, offset) - background) / scale
        for position, region in enumerate(REGIONS):
            measured[region] = np.column_stack((measured[region], medians[1:, position]))
    return measured
