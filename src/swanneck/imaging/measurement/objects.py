"""All measurements of the objects of one field: CellProfiler's columns and values."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations
from typing import Any, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from swanneck.imaging.measurement.area_shape.area_shape import measure_area_shape
from swanneck.imaging.measurement.correlation.correlation import RankedValues, measure_correlation, rank_values
from swanneck.imaging.measurement.correlation.costes import CostesThresholds, find_costes_thresholds
from swanneck.imaging.measurement.geometry import ObjectPixels, list_object_pixels
from swanneck.imaging.measurement.granularity.granularity import measure_granularity, open_image, weigh_objects
from swanneck.imaging.measurement.inputs import Channel, check_images, check_labels
from swanneck.imaging.measurement.intensity.intensity import measure_intensity
from swanneck.imaging.measurement.intensity_distribution.intensity_distribution import (
    divide_objects,
    measure_radial_distribution,
)
from swanneck.imaging.measurement.intensity_distribution.zernike import (
    SHAPE_DEGREE,
    name_shape_moments,
    name_zernike_moments,
    sum_zernike_polynomials,
)
from swanneck.imaging.measurement.location import measure_location
from swanneck.imaging.measurement.neighbors.neighbors import measure_neighbors
from swanneck.imaging.measurement.relations import derive_cytoplasm, relate_objects
from swanneck.imaging.measurement.settings import MeasurementSettings
from swanneck.imaging.measurement.texture.texture import measure_texture

__all__ = ["join_objects", "measure_objects"]

_Columns = dict[str, NDArray[np.float64]]
_Result = TypeVar("_Result")


def measure_objects(
    images: Mapping[str, NDArray[Any]],
    labels: Mapping[str, NDArray[Any]],
    settings: MeasurementSettings | None = None,
    *,
    workers: int = 1,
) -> dict[str, pl.DataFrame]:
    """Measure the objects of one field: a table per kind of object, one row per label from 1 to the largest.

    `images` maps channel names to 2-D images, `labels` names of objects (`Nuclei`, `Cells`, `Cytoplasm`) to 2-D label
    images (0 is background) of the same shape. Whole-number images are scaled by the largest value of their type, float
    is taken as it is. Columns have CellProfiler's names without the name of the object; `ObjectNumber` is the label. A
    label that no pixel has gets NaN throughout. Where Nuclei and Cells are given without Cytoplasm, it is derived
    (`MeasurementSettings.cytoplasm`). The work is spread over `workers` threads; values do not depend on their number.

    Raises `ImageError`, naming the image or labels, where shapes, dimensions or number types are wrong.

    >>> labels = np.zeros((20, 20), np.uint16)
    >>> labels[4:12, 5:11] = 1
    >>> chosen = MeasurementSettings(modules=("AreaShape", "Intensity"))
    >>> table = measure_objects({"DNA": np.full((20, 20), 51, np.uint8)}, {"Nuclei": labels}, chosen)["Nuclei"]
    >>> table.select("ObjectNumber", "AreaShape_Area").rows()
    [(1, 48.0)]
    """
    settings = settings or MeasurementSettings()
    channels = check_images(images)
    shape = channels[0].image.shape if channels else None
    checked: dict[str, NDArray[np.int32]] = {}
    for name, image in labels.items():
        checked[name] = check_labels(name, image, shape)
        shape = checked[name].shape
    with _Workers(workers) as crew:
        return _Field(channels, settings, crew).measure(checked)


def join_objects(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Put the tables of several kinds of objects side by side: a row per label, `Nuclei_AreaShape_Area` and so on.

    This is for objects that share their numbers, as a cell has its nucleus's. Where one kind has fewer labels, its
    columns are NaN in the last rows.

    >>> tables = {"Nuclei": pl.DataFrame({"ObjectNumber": [1], "AreaShape_Area": [9.0]})}
    >>> join_objects(tables).rows(named=True)
    [{'ObjectNumber': 1, 'Nuclei_AreaShape_Area': 9.0}]
    """
    height = max((table.height for table in tables.values()), default=0)
    joined = [pl.DataFrame({"ObjectNumber": np.arange(1, height + 1)})]
    for name, table in tables.items():
        features = table.drop("ObjectNumber").select(pl.all().name.prefix(f"{name}_"))
        missing = pl.DataFrame([pl.Series(c, [np.nan], pl.Float64) for c in features.columns])
        gap = height - table.height
        joined.append(pl.concat([features, *[missing] * gap]) if gap else features)
    return pl.concat(joined, how="horizontal")


class _Workers:
    """Runs jobs at once (one worker) or in threads, in the order in which they were given."""

    def __init__(self, number: int) -> None:
        self.pool = ThreadPoolExecutor(number) if number > 1 else None

    def __enter__(self) -> "_Workers":
        return self

    def __exit__(self, *_: object) -> None:
        if self.pool is not None:
            self.pool.shutdown(cancel_futures=True)

    def start(self, job: Callable[..., _Result], *arguments: Any, **words: Any) -> "Future[_Result]":
        if self.pool is not None:
            return self.pool.submit(job, *arguments, **words)
        done: Future[_Result] = Future()
        done.set_result(job(*arguments, **words))
        return done


@dataclass(frozen=True)
class _Objects:
    """One kind of object: its pixels, and the intensities at them as values[channel, place] and by channel's name."""

    name: str
    pixels: ObjectPixels
    light: NDArray[np.float32]
    values: dict[str, NDArray[np.float32]]


class _Field:
    """The measurements of one field as jobs, what they share worked out once.

    A job waits only for jobs that were started before it, so that threads never wait for each other in a circle.
    """

    def __init__(self, channels: list[Channel], settings: MeasurementSettings, crew: _Workers) -> None:
        self.channels, self.settings, self.crew, self.start = channels, settings, crew, crew.start
        self.thresholds: dict[tuple[str, str], Future[CostesThresholds]] = {}

    def measure(self, labels: dict[str, NDArray[np.int32]]) -> dict[str, pl.DataFrame]:
        modules = self.settings.modules
        listed = {name: self.start(list_object_pixels, image) for name, image in labels.items()}
        if "Correlation" in modules:
            for one, other in combinations(self.channels, 2):
                self.thresholds[one.name, other.name] = self.start(self._find_thresholds, one, other)
        pixels = {name: job.result() for name, job in listed.items()}
        if self.settings.cytoplasm != "off" and "Cytoplasm" not in pixels and {"Nuclei", "Cells"} <= set(pixels):
            rest = derive_cytoplasm(pixels["Cells"], pixels["Nuclei"], self.settings.cytoplasm)
            pixels["Cytoplasm"] = list_object_pixels(rest)
        grains = self._start_granularity(pixels) if "Granularity" in modules else []
        related = relate_objects(pixels) if "Relations" in modules else {}
        # Threads get all jobs at once; without them one kind of object is done with before the next takes memory.
        started = ((name, self._start_modules(name, its)) for name, its in pixels.items())
        tables = {}
        for name, jobs in list(started) if self.crew.pool else started:
            columns: _Columns = {}
            for job in jobs:
                columns |= job.result()
            for grain in grains:
                columns |= grain.result()[name]
            tables[name] = _make_table(columns | related.get(name, {}), pixels[name].count)
            pixels[name].forget()
        return tables

    def _find_thresholds(self, one: Channel, other: Channel) -> CostesThresholds:
        search = self.settings.correlation.costes
        if search == "Off":
            return CostesThresholds(np.nan, np.nan)
        levels = None if one.levels is None or other.levels is None else (one.levels, other.levels)
        return find_costes_thresholds((one.image, other.image), levels, (one.scale, other.scale), search=search)

    def _start_modules(self, name: str, pixels: ObjectPixels) -> list["Future[_Columns]"]:
        light = np.empty((len(self.channels), len(pixels.rows)), np.float32)
        for values, channel in zip(light, self.channels, strict=True):
            values[:] = pixels.gather(channel.image)
        named = {channel.name: values for channel, values in zip(self.channels, light, strict=True)}
        objects = _Objects(name, pixels, light, named)
        jobs: list[Future[_Columns]] = []
        for module, measure in self._modules().items():
            if module in self.settings.modules or (module == "Zernike" and self._wants_zernike()):
                jobs += measure(objects)
        return jobs

    def _modules(self) -> dict[str, Callable[[_Objects], list["Future[_Columns]"]]]:
        return {
            "Texture": self._texture,
            "Zernike": self._zernike,
            "AreaShape": self._area_shape,
            "Intensity": self._intensity,
            "IntensityDistribution": self._distribution,
            "Correlation": self._correlation,
            "Neighbors": self._neighbors,
            "Location": lambda objects: [self.start(measure_location, objects.pixels)],
        }

    def _area_shape(self, objects: _Objects) -> list["Future[_Columns]"]:
        return [self.start(measure_area_shape, objects.pixels, advanced=self.settings.area_shape_advanced)]

    def _intensity(self, objects: _Objects) -> list["Future[_Columns]"]:
        return [
            self.start(measure_intensity, channel, objects.values[channel.name], objects.pixels)
            for channel in self.channels
        ]

    def _texture(self, objects: _Objects) -> list["Future[_Columns]"]:
        return [
            self.start(measure_texture, name, values, objects.pixels, self.settings.texture)
            for name, values in objects.values.items()
        ]

    def _distribution(self, objects: _Objects) -> list["Future[_Columns]"]:
        def distribute() -> _Columns:
            settings = self.settings.intensity_distribution
            rings = divide_objects(objects.pixels, settings)
            columns: _Columns = {}
            for name, values in objects.values.items():
                columns |= measure_radial_distribution(name, values, objects.pixels, rings, settings=settings)
            return columns

        return [self.start(distribute)]

    def _wants_zernike(self) -> bool:
        settings = self.settings
        light = settings.intensity_distribution
        return ("AreaShape" in settings.modules and settings.area_shape_zernike) or (
            "IntensityDistribution" in settings.modules and (light.zernike_magnitude or light.zernike_phase)
        )

    def _zernike(self, objects: _Objects) -> list["Future[_Columns]"]:
        settings = self.settings.intensity_distribution
        shape = "AreaShape" in self.settings.modules and self.settings.area_shape_zernike
        light = "IntensityDistribution" in self.settings.modules

        def expand() -> _Columns:
            names = list(objects.values) if light else []
            degree = max(SHAPE_DEGREE if shape else 0, settings.zernike_degree if light else 0)
            values = objects.light if light else objects.light[:0]
            real, imaginary = sum_zernike_polynomials(objects.pixels, values, degree)
            columns = name_shape_moments(real[:, 0], imaginary[:, 0], objects.pixels) if shape else {}
            for place, name in enumerate(names, start=1):
                parts = (real[:, place], imaginary[:, place])
                columns |= name_zernike_moments(name, *parts, objects.pixels, settings=settings)
            return columns

        return [self.start(expand)]

    def _start_granularity(self, pixels: dict[str, ObjectPixels]) -> list["Future[dict[str, _Columns]]"]:
        settings = self.settings.granularity
        weights = {name: weigh_objects(its, settings) for name, its in pixels.items()}

        def compare(channel: Channel) -> dict[str, _Columns]:
            opened = open_image(channel.name, channel.image, settings)
            return {
                name: measure_granularity(channel.image, its, opened, weights[name]) for name, its in pixels.items()
            }

        return [self.start(compare, channel) for channel in self.channels]

    def _correlation(self, objects: _Objects) -> list["Future[_Columns]"]:
        def correlate() -> _Columns:
            ranked: dict[str, RankedValues] = {}
            for channel in self.channels:
                levels = None if channel.levels is None else objects.pixels.gather(channel.levels)
                ranked[channel.name] = rank_values(channel.name, objects.values[channel.name], levels)
            columns: _Columns = {}
            for (one, other), thresholds in self.thresholds.items():
                columns |= measure_correlation(
                    ranked[one],
                    ranked[other],
                    objects.pixels,
                    thresholds.result(),
                    settings=self.settings.correlation,
                )
            return columns

        return [self.start(correlate)]

    def _neighbors(self, objects: _Objects) -> list["Future[_Columns]"]:
        methods = self.settings.neighbors.methods.get(objects.name, ())
        return [self.start(measure_neighbors, objects.pixels, method) for method in methods]


def _make_table(columns: _Columns, count: int) -> pl.DataFrame:
    # Columns are slices of one long series: a thousand conversions one by one take as long as a whole module.
    numbers = pl.Series("ObjectNumber", np.arange(1, count + 1))
    if not columns:
        return pl.DataFrame([numbers])
    values = pl.Series("", np.concatenate(list(columns.values())).astype(np.float64, copy=False))
    parts = [values.slice(at * count, count).alias(name) for at, name in enumerate(columns)]
    return pl.DataFrame([numbers, *parts])
