"""Control wells side by side with outlines, to look at before a run: is what is counted what you see?"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import jinja2

__all__ = ["TunedWell", "render_tune_page"]


@dataclass(frozen=True)
class TunedWell:
    """One control well: its picture (WebP) with outlines, and its readouts by name."""

    plate: str
    well: str
    role: str
    picture: bytes | None
    readouts: dict[str, float | None]
    reason: str | None = None

    @property
    def source(self) -> str:
        """The picture as a data address that needs no file beside the page."""
        return "data:image/webp;base64," + base64.b64encode(self.picture or b"").decode()


def render_tune_page(campaign: str, wells: Sequence[TunedWell], notes: Sequence[str]) -> str:
    """Render the picture page: negative controls in the left column, positive controls in the right.

    >>> page = render_tune_page("demo", [TunedWell("P1", "A01", "negative_control", None, {"cells": 3.0})], [])
    >>> "A01" in page
    True
    """
    plates = list(dict.fromkeys(well.plate for well in wells))
    columns = [("negative_control", "Negative controls"), ("positive_control", "Positive controls")]
    return _template().render(campaign=campaign, wells=wells, plates=plates, columns=columns, notes=notes)


@cache
def _template() -> jinja2.Template:
    loader = jinja2.PackageLoader("swanneck.reports")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template("tune.html.j2")
