"""Wells side by side with outlines, to look at before a run: is what is counted what you see?"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from swanneck.reports.page_templates import load_template
from swanneck.reports.wording import format_number

__all__ = ["GROUPS", "Layer", "TunedPicture", "TunedWell", "render_tune_page"]

GROUPS = {
    "negative_control": "Negative control", "positive_control": "Positive control",
    "low_dose": "Lowest dose", "high_dose": "Highest dose",
}  # fmt: skip
"""The four corners of the picture: untreated and as a perfect hit would be; below, one compound's series' ends."""


@dataclass(frozen=True)
class Layer:
    """Outlines of one kind of object (`nuclei`, `cells`, `spots` ...), as a clear picture that lies over another."""

    name: str
    picture: bytes

    @property
    def source(self) -> str:
        """The picture as a data address that needs no file beside the page."""
        return _address(self.picture)


@dataclass(frozen=True)
class TunedPicture:
    """A picture (WebP) with its layers; `caption` says what part of the field it is."""

    caption: str
    picture: bytes
    layers: Sequence[Layer] = ()

    @property
    def source(self) -> str:
        """The picture as a data address that needs no file beside the page."""
        return _address(self.picture)


@dataclass(frozen=True)
class TunedWell:
    """One well: which of `GROUPS` it stands for, what was added, its pictures if it is shown, readouts by label."""

    plate: str
    well: str
    group: str
    readouts: Mapping[str, float | None]
    treatment: str = ""
    pictures: Sequence[TunedPicture] = ()
    reason: str | None = None
    shown: bool = field(default=True, kw_only=True)


def render_tune_page(campaign: str, wells: Sequence[TunedWell], notes: Sequence[str]) -> str:
    """Render the page: of each plate a picture of 2 x 2 wells, their readouts beside them, all measured wells below.

    The outlines of each kind can be hidden, without a script.

    >>> page = render_tune_page("demo", [TunedWell("P1", "A01", "negative_control", {"cells": 3.0})], [])
    >>> "A01" in page
    True
    """
    plates = {
        plate: [well for well in wells if well.plate == plate] for plate in dict.fromkeys(one.plate for one in wells)
    }
    layers = list(dict.fromkeys(
        layer.name for well in wells for picture in well.pictures for layer in picture.layers
    ))  # fmt: skip
    return load_template("tune.html.j2").render(
        campaign=campaign, plates=plates, groups=GROUPS, notes=notes, layers=layers, number=format_number
    )


def _address(picture: bytes) -> str:
    return "data:image/webp;base64," + base64.b64encode(picture).decode()
