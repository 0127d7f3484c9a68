"""What is estimated once for a whole plate, before its wells: illumination, nucleus size, image shape, display range.

It comes from a fixed sample of fields spread evenly over the plate, so nothing that is measured in a well depends on
which wells were done before it. It is stored beside the results, and redone when the images or settings change.
"""

import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.errors import ImageError
from swanneck.foundation.files import write_atomically
from swanneck.foundation.provenance import content_key
from swanneck.imaging.illumination import FlatField, estimate_flat_field
from swanneck.imaging.readers import PlateImages, read_plane
from swanneck.imaging.segmentation import estimate_nucleus_diameter
from swanneck.imaging.thumbnails import ROLE_COLOURS, ChannelDisplay, choose_display
from swanneck.workflows.campaign import Campaign

__all__ = ["PlateEstimates", "estimate_plate", "load_estimates", "sample_fields"]

SAMPLE_SIZE = 32
"""Fields that estimates are made from: enough for a median at each point of the field, few enough to read quickly."""

_MARK = 1  # raise it when the way of estimating changes: stored estimates are then redone


@dataclass(frozen=True)
class PlateEstimates:
    """One plate's estimates. `display` says how each channel is shown in pictures."""

    key: str
    shape: tuple[int, int]
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


def estimate_plate(plate: PlateImages, campaign: Campaign, key: str) -> PlateEstimates:
    """Estimate what a plate's wells share, from its sample of fields. Unreadable images are passed over.

    Raises `ImageError` where not one image of the sample can be read.
    """
    fields = sample_fields(plate)
    by_channel: dict[str, list[NDArray[Any]]] = {
        channel: _read_sample(plate, fields, channel) for channel in campaign.channels
    }
    shapes = Counter(image.shape for images in by_channel.values() for image in images)
    if not shapes:
        problem = f"none of the {len(fields) * len(by_channel)} sampled images can be read"
        raise ImageError(problem, where=f"plate {plate.name}, {plate.folder}", remedy="Run: swanneck screen check")
    shape = shapes.most_common(1)[0][0]
    usable = {name: [image for image in images if image.shape == shape] for name, images in by_channel.items()}
    flat_fields = {}
    if campaign.illumination == "plate":
        flat_fields = {name: estimate_flat_field(images) for name, images in usable.items() if images}
    return PlateEstimates(
        key=key, shape=(int(shape[0]), int(shape[1])),
        nucleus_diameter=campaign.segmentation.nucleus_diameter or _typical_diameter(usable[campaign.nuclei_channel]),
        flat_fields=flat_fields,
        display={
            name: choose_display(images, ROLE_COLOURS[campaign.channels[name]]) for name, images in usable.items()
        },
    )  # fmt: skip


def load_estimates(plate: PlateImages, campaign: Campaign, folder: Path) -> PlateEstimates:
    """Give a plate's estimates: the stored ones where images and settings are still the same, else new ones."""
    path = folder / f"{plate.name}.json"
    key = _estimates_key(plate, campaign)
    if path.is_file():
        stored = json.loads(path.read_text())
        if stored.get("key") == key:
            return _from_json(stored)
    estimates = estimate_plate(plate, campaign, key)
    write_atomically(path, _to_json(estimates).encode())
    return estimates


def _estimates_key(plate: PlateImages, campaign: Campaign) -> str:
    fields = sample_fields(plate)
    files = [
        (channel, str(file.path), file.page, stat.st_size, stat.st_mtime_ns)
        for field in fields
        for channel, plane in sorted(plate.fields[field].items())
        for file in plane.shown
        if (stat := file.path.stat())
    ]
    return content_key("estimates", _MARK, campaign.illumination, campaign.segmentation.model_dump(), files)


def _read_sample(plate: PlateImages, fields: list[tuple[str, int]], channel: str) -> list[NDArray[Any]]:
    images = []
    for field in fields:
        plane = plate.fields[field].get(channel)
        if plane is None:
            continue
        try:
            images.append(read_plane(plane))
        except ImageError:
            continue  # the well that it belongs to will be listed with the reason
    return images


def _typical_diameter(images: list[NDArray[Any]]) -> float | None:
    diameters = [diameter for image in images if (diameter := estimate_nucleus_diameter(image)) is not None]
    return float(np.median(diameters)) if diameters else None


def _to_json(estimates: PlateEstimates) -> str:
    flat_fields = {
        name: {"grid": flat.grid.tolist(), "offset": flat.offset, "n_images": flat.n_images, "reason": flat.reason}
        for name, flat in estimates.flat_fields.items()
    }
    content = {
        "key": estimates.key, "shape": estimates.shape, "nucleus_diameter": estimates.nucleus_diameter,
        "display": {name: asdict(one) for name, one in estimates.display.items()}, "flat_fields": flat_fields,
    }  # fmt: skip
    return json.dumps(content, indent=1)


def _from_json(content: dict[str, Any]) -> PlateEstimates:
    flat_fields = {
        name: FlatField(np.array(one["grid"], np.float32), one["offset"], one["n_images"], one["reason"])
        for name, one in content["flat_fields"].items()
    }
    return PlateEstimates(
        content["key"], (content["shape"][0], content["shape"][1]), content["nucleus_diameter"], flat_fields,
        {name: ChannelDisplay(**one) for name, one in content["display"].items()},
    )  # fmt: skip
