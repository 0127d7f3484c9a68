"""Files that hold many images in a vendor's own format (.czi, .lif, .nd2), opened through bioio: its one door here.

A file is a list of scenes (positions), each with time points, channels and z. A plane is known by its number, counted
over scenes, times, channels and z, the last of them fastest. bioio and its plug-ins are the extra `swanneck[vendors]`;
what they raise on a damaged file ends in an `ImageError`.
"""

import logging
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.errors import ImageError

__all__ = ["SCENE_ENDINGS", "Scene", "is_scene_file", "list_scenes", "read_scene_plane"]

SCENE_ENDINGS = (".czi", ".lif", ".nd2")
"""The endings, in lower case, of files that are opened through bioio."""

_MOST_SCENES = 2**14
_MOST_PLANES = 2**20
_PLANE_PIXELS = 2**30
_KEPT_OPEN = 2
_COPY_AGAIN = "Copy it again from the microscope"


@dataclass(frozen=True)
class Scene:
    """One position of a file: its name, sizes [time, channel, z, row, column], what its channels are called, its scale.

    `first` is the number of its first plane; `well` is the row and column from 1, where the file tells them.
    """

    name: str
    first: int
    sizes: tuple[int, int, int, int, int]
    dtype: str
    channels: tuple[str, ...]
    pixel_size_um: float | None
    z_step_um: float | None
    well: tuple[str, str] | None = None


def is_scene_file(path: Path) -> bool:
    """Say whether a file is one of those that are opened through bioio, by its name.

    >>> is_scene_file(Path("plate.CZI")), is_scene_file(Path("plate.tif"))
    (True, False)
    """
    return path.suffix.lower() in SCENE_ENDINGS


def list_scenes(path: Path) -> list[Scene]:
    """List the scenes of a file, without pixels.

    Raises `ImageError` where it cannot be read, declares sizes too large to be true, or bioio is not installed.
    """
    with _failures_as_image_error(path):
        opened = _open(path)
        scenes, first = [], 0
        for number, name in enumerate(opened.scenes[:_MOST_SCENES]):
            opened.set_scene(number)
            sizes = tuple(int(getattr(opened.dims, axis, 1)) for axis in "TCZYX")
            scene = _describe(opened, str(name), first, sizes)  # type: ignore[arg-type]
            first += math.prod(sizes[:3])
            if min(sizes) < 1 or first > _MOST_PLANES or sizes[3] * sizes[4] > _PLANE_PIXELS:
                problem = f"scene {name} declares {' x '.join(map(str, sizes))} (t, c, z, y, x): too large to be true"
                raise ImageError(problem, where=str(path), remedy=_COPY_AGAIN)
            scenes.append(scene)
        if not scenes:
            problem = "the file has no image"
            raise ImageError(problem, where=str(path), remedy=_COPY_AGAIN)
        return scenes


def read_scene_plane(path: Path, page: int) -> NDArray[Any]:
    """Read one plane of a file, by its number.

    Raises `ImageError` as `list_scenes`, and where the file has no such plane.
    """
    for number, scene in enumerate(list_scenes(path)):
        count = math.prod(scene.sizes[:3])
        if scene.first <= page < scene.first + count:
            time, channel, z = (int(one) for one in np.unravel_index(page - scene.first, scene.sizes[:3]))
            with _failures_as_image_error(path):
                opened = _open(path)
                opened.set_scene(number)
                lazy = opened.get_image_dask_data("YX", T=time, C=channel, Z=z)
                return np.ascontiguousarray(lazy.compute(scheduler="synchronous"))
    problem = f"plane {page + 1} is wanted, the file has fewer"
    raise ImageError(problem, where=str(path), remedy=_COPY_AGAIN)


def _describe(opened: Any, name: str, first: int, sizes: tuple[int, int, int, int, int]) -> Scene:
    pixel = opened.physical_pixel_sizes
    told = getattr(opened, "standard_metadata", None)
    row, column = getattr(told, "row", None), getattr(told, "column", None)
    names = [str(one) for one in opened.channel_names or []][: sizes[1]]
    return Scene(
        name, first, sizes, np.dtype(opened.dtype).name, (*names, *[""] * (sizes[1] - len(names))),
        _positive(pixel.X), _positive(pixel.Z), (str(row), str(column)) if row and column else None,
    )  # fmt: skip


def _open(path: Path) -> Any:
    try:
        facts = path.stat()
    except FileNotFoundError as error:
        problem = "the image file is missing"
        raise ImageError(problem, where=str(path), remedy=_COPY_AGAIN) from error
    return _open_once(path, facts.st_size, facts.st_mtime_ns)


@lru_cache(maxsize=_KEPT_OPEN)
def _open_once(path: Path, size: int, changed: int) -> Any:  # noqa: ARG001 - a changed file is opened anew
    try:
        bioio = import_module("bioio")
    except ImportError as error:
        problem = f"{path.suffix} files are read by bioio, which is not installed"
        raise ImageError(problem, where=str(path), remedy="Run: pip install 'swanneck[vendors]'") from error
    return bioio.BioImage(path)


def _positive(value: object) -> float | None:
    number = float(value) if isinstance(value, int | float) else math.nan
    return round(number, 9) if math.isfinite(number) and number > 0 else None


@contextmanager
def _failures_as_image_error(path: Path) -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in ("bioio", "bioio_base", "bioio_czi", "bioio_lif", "bioio_nd2")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except ImageError:
        raise
    except Exception as error:  # noqa: BLE001 - the border to three vendors' libraries, which raise what they like
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        problem = f"the file cannot be read by bioio: {reason}"
        raise ImageError(problem, where=str(path), remedy=_COPY_AGAIN) from error
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
