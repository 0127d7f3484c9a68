"""What is estimated once for a whole plate, before its wells: illumination, nucleus size, image shape, display range.

It comes from a fixed sample of fields spread evenly over the plate, so nothing that is measured in a well depends on
which wells were done before it. It is stored beside the results, and redone when the images or settings change; wells
are measured anew only where it came out different.
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.errors import ImageError
from swanneck.foundation.files import write_atomically
from swanneck.foundation.provenance import content_key
from swanneck.imaging.illumination import FlatField, estimate_flat_field
from swanneck.imaging.readers import PlateImages, read_plane
from swanneck.imaging.segmentation import estimate_nucleus_diameter
from swanneck.imaging.segmentation.spots import estimate_host_diameter
from swanneck.imaging.thumbnails import ROLE_COLOURS, ChannelDisplay, choose_display
from swanneck.workflows.campaign import Campaign

__all__ = ["PlateEstimates", "file_identity", "load_estimates", "may_pass", "sample_fields"]

_T = TypeVar("_T")

SAMPLE_SIZE = 32
"""Fields that estimates are made from: enough for a median at each point of the field, few enough to read quickly."""


@dataclass(frozen=True)
class PlateEstimates:
    """One plate's estimates; `key` digests all the others.

    `number_types` has the type of pixel (`uint16`) of each channel, `display` says how it is shown in pictures.
    """

    key: str
    shape: tuple[int, int]
    number_types: dict[str, str]
    nucleus_diameter: float | None
    flat_fields: dict[str, FlatField]
    display: dict[str, ChannelDisplay]


def sample_fields(plate: PlateImages, size: int = SAMPLE_SIZE) -> list[tuple[str, int]]:
    """Choose fields spread evenly over a plate's wells and over the fields within them; always the same ones."""
    wells = plate.wells
    picked = np.unique(np.linspace(0, len(wells) - 1, min(size, len(wells))).round().astype(int))
    chosen = []
    rounds = max(1, size // max(len(picked), 1))
    for turn in range(rounds):
        for order, index in enumerate(picked):
            numbers = plate.fields_of(wells[index])
            if turn < len(numbers):
                chosen.append((wells[index], numbers[(order + turn) % len(numbers)]))
    return chosen


def file_identity(path: Path) -> tuple[int, int]:
    """Give a file's size and time of change, by which it is known to be the same as before; -1 where it is gone."""
    try:
        stat = path.stat()
    except OSError:  # a file that vanished is found again, with its reason, when it is read
        return -1, -1
    return stat.st_size, stat.st_mtime_ns


def may_pass(error: ImageError) -> bool:
    """Say whether an image could not be read for a reason of the machine's (permission, network), not its own.

    Such a well is tried again by the next run although none of its files has changed.

    >>> may_pass(ImageError("the image file is empty (0 bytes)"))
    False
    """
    cause = error.__cause__
    return isinstance(cause, OSError) and cause.errno is not None


def load_estimates(plate: PlateImages, campaign: Campaign, folder: Path) -> PlateEstimates:
    """Give a plate's estimates: the stored ones where images and settings are still the same, else new ones.

    Raises `ImageError` where not one image of the sample can be read, `StorageError` where they cannot be stored.
    """
    path = folder / f"{plate.name}.json"
    made_from = _sample_key(plate, campaign)
    if (stored := _read_stored(path, made_from)) is not None:
        return stored
    estimates, whole = _estimate(plate, campaign)
    # What was made without an image that could not be opened today is made again tomorrow.
    content = {"made_from": made_from if whole else None, "estimates": _content(estimates)}
    write_atomically(path, json.dumps(content, indent=1).encode())
    return estimates


def _estimate(plate: PlateImages, campaign: Campaign) -> tuple[PlateEstimates, bool]:
    """Estimate what a plate's wells share; unreadable images are passed over. Say also whether all could be opened."""
    fields = sample_fields(plate)
    samples = {channel: _read_sample(plate, fields, channel) for channel in campaign.channels}
    by_channel = {channel: images for channel, (images, _) in samples.items()}
    shapes = [image.shape for images in by_channel.values() for image in images]
    if not shapes:
        problem = f"none of the {len(fields) * len(by_channel)} sampled images can be read"
        raise ImageError(problem, where=f"plate {plate.name}, {plate.folder}", remedy="Run: swanneck screen check")
    shape = _most_common(shapes)
    usable = {name: [image for image in images if image.shape == shape] for name, images in by_channel.items()}
    flat_fields = {}
    if campaign.illumination == "plate":
        flat_fields = {name: estimate_flat_field(images) for name, images in usable.items() if images}
    estimates = PlateEstimates(
        key="", shape=(int(shape[0]), int(shape[1])),
        number_types={name: _most_common(image.dtype.name for image in images)
                      for name, images in usable.items() if images},
        nucleus_diameter=campaign.segmentation.nucleus_diameter
        or _typical_diameter(usable[campaign.nuclei_channel], parasites=_parasites_in_stain(campaign)),
        flat_fields=flat_fields,
        display={
            name: choose_display(images, ROLE_COLOURS[campaign.channels[name]]) for name, images in usable.items()
        },
    )  # fmt: skip
    return replace(estimates, key=content_key(_content(estimates))), all(opened for _, opened in samples.values())


def _sample_key(plate: PlateImages, campaign: Campaign) -> str:
    files = [
        (channel, str(file.path.relative_to(plate.folder)), file.page, *file_identity(file.path))
        for field in sample_fields(plate)
        for channel, plane in sorted(plate.fields[field].items())
        for file in plane.shown
    ]
    settings = (
        campaign.channels, campaign.illumination, campaign.segmentation.model_dump(), _parasites_in_stain(campaign)
    )  # fmt: skip
    return content_key("estimates", settings, files)


def _read_stored(path: Path, made_from: str) -> PlateEstimates | None:
    try:
        stored = json.loads(path.read_bytes())
        return _from_content(stored["estimates"]) if stored["made_from"] == made_from else None
    except (OSError, ValueError, LookupError, TypeError):  # not there, or not what we write: estimate anew
        return None


def _read_sample(plate: PlateImages, fields: list[tuple[str, int]], channel: str) -> tuple[list[NDArray[Any]], bool]:
    """Give a channel's images, and whether every file could be opened, whatever was in it."""
    images, opened = [], True
    for field in fields:
        plane = plate.fields[field].get(channel)
        if plane is None:
            continue
        try:
            images.append(read_plane(plane))
        except ImageError as error:  # the well that it belongs to will be listed with the reason
            opened = opened and not may_pass(error)
    return images, opened


def _most_common(values: Iterable[_T]) -> _T:
    return Counter(values).most_common(1)[0][0]


def _parasites_in_stain(campaign: Campaign) -> bool:
    return campaign.assay.assay.objects == "parasites" and campaign.target_channel == campaign.nuclei_channel


def _typical_diameter(images: list[NDArray[Any]], *, parasites: bool) -> float | None:
    estimate = estimate_host_diameter if parasites else estimate_nucleus_diameter
    diameters = [diameter for image in images if (diameter := estimate(image)) is not None]
    return float(np.median(diameters)) if diameters else None


def _content(estimates: PlateEstimates) -> dict[str, Any]:
    """Give all but the key as JSON holds it: numbers go there and back without a change."""
    flat_fields = {
        name: {"grid": flat.grid.tolist(), "offset": flat.offset, "n_images": flat.n_images, "reason": flat.reason}
        for name, flat in estimates.flat_fields.items()
    }
    return {
        "shape": list(estimates.shape), "number_types": estimates.number_types,
        "nucleus_diameter": estimates.nucleus_diameter,
        "display": {name: asdict(one) for name, one in estimates.display.items()}, "flat_fields": flat_fields,
    }  # fmt: skip


def _from_content(content: dict[str, Any]) -> PlateEstimates:
    flat_fields = {
        name: FlatField(np.array(one["grid"], np.float32), one["offset"], one["n_images"], one["reason"])
        for name, one in content["flat_fields"].items()
    }
    return PlateEstimates(
        content_key(content), (content["shape"][0], content["shape"][1]), content["number_types"],
        content["nucleus_diameter"], flat_fields,
        {name: ChannelDisplay(**one) for name, one in content["display"].items()},
    )  # fmt: skip
