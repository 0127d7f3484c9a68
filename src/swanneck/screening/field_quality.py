"""Which fields of a plate are bad, by channel and defect, and which of the defects leave a field out.

Fields are compared with the others of their plate and channel, since what is usual depends on the cells, the stain and
the microscope. Every field stays in the table with its marks; `leave_out` names the defects whose fields do not count.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field

from swanneck.foundation.settings import Settings
from swanneck.statistics.location import mad_deviation, median

__all__ = ["DEFECTS", "FieldSettings", "describe_marks", "mark_fields"]

Defect = Literal["out_of_focus", "saturated", "debris", "shadow", "empty"]

DEFECTS: tuple[Defect, ...] = ("out_of_focus", "saturated", "debris", "shadow", "empty")
"""What may be wrong with the image of one channel."""

_LEAST_FIELDS = 8
"""Fewer fields do not tell what is usual on a plate."""
_USUAL_BRIGHTEST = 0.9
"""Of the brightest parts of fields, this quantile is still one of cells: at most a tenth of the fields has debris."""


class FieldSettings(Settings):
    """When a field is marked, and which marks leave it out.

    - `leave_out`: defects whose fields do not count. Nuclei out of focus spoil every readout; the others spoil some of
      some assays, and empty fields are what a toxic compound leaves, so that by default they are marked only. How
      sharp another channel looks depends on what the compound does there, so that it never leaves a field out.
    - `focus_deviations`: a channel is out of focus where its power spectrum is this many robust deviations steeper than
      usual on the plate, and its edges are weak, too.
    - `saturated_fraction`: share of the pixels at the top of the camera's range that is worth a mark.
    - `debris_ratio`: how many times brighter than the brightest parts of the plate's other fields debris is.
    - `shadow_deviations`, `least_shadow`: part of a field is in shadow where it lacks this much more light than usual.

    The limits were chosen on simulated plates with and without each defect, between what clean fields have at most and
    what defects have at least.
    """

    leave_out: tuple[Defect, ...] = ("out_of_focus",)
    focus_deviations: float = Field(5.0, gt=0)
    saturated_fraction: float = Field(0.01, gt=0, le=1)
    debris_ratio: float = Field(1.5, gt=1)
    shadow_deviations: float = Field(4.0, gt=0)
    least_shadow: float = Field(0.12, gt=0, le=1)


def mark_fields(
    fields: pl.DataFrame, layout: pl.DataFrame, nuclei_channel: str, settings: FieldSettings
) -> pl.DataFrame:
    """Mark the defects of one plate's fields; those named in `leave_out` get the status `left_out`, with the reason.

    `fields` has `well`, `status`, `reason`, `cell_count` and for each channel the scores of `imaging.quality`:
    `Focus_<Channel>`, `Laplacian_`, `Saturated_`, `Brightest_`, `Shadow_`, `Empty_`. `layout` has `well` and `role`:
    wells of different roles may differ in brightness. The column `marks` lists `<channel> <defect>`, separated by `; `,
    null where there is none. Fields that failed are not judged, and fields without cells have no focus.
    """
    marks: list[list[str]] = [[] for _ in range(fields.height)]
    reasons: list[list[str]] = [[] for _ in range(fields.height)]
    judged = (fields["status"] == "ok").to_numpy()
    roles = fields.select("well").join(layout.select("well", "role"), on="well", how="left", maintain_order="left")
    for channel in (name.removeprefix("Shadow_") for name in fields.columns if name.startswith("Shadow_")):
        scores = _Scores(fields, channel, judged, roles["role"].fill_null("").to_list())
        for defect, rows, said in scores.find(settings):
            for row in rows:
                marks[row].append(f"{channel} {defect}")
                if _leaves_out(f"{channel} {defect}", nuclei_channel, settings):
                    reasons[row].append(f"{channel} {said(row)}")
    left = pl.Series("left", [bool(one) for one in reasons], pl.Boolean)
    return fields.with_columns(
        pl.Series("marks", ["; ".join(one) or None for one in marks], pl.String),
        pl.when(left).then(pl.lit("left_out")).otherwise(pl.col("status")).alias("status"),
        pl.when(left)
        .then(pl.Series("said", ["; ".join(one) for one in reasons], pl.String))
        .otherwise(pl.col("reason"))
        .alias("reason"),
    )


def _leaves_out(mark: str, nuclei_channel: str, settings: FieldSettings) -> bool:
    channel, defect = mark.rsplit(" ", 1)
    return defect in settings.leave_out and (defect != "out_of_focus" or channel == nuclei_channel)


def describe_marks(fields: pl.DataFrame, nuclei_channel: str, settings: FieldSettings) -> str | None:
    """Say in a sentence how many of a plate's fields are marked, and for what; None where there is none.

    >>> fields = pl.DataFrame({"marks": ["DNA debris", None, "DNA debris; Virus out_of_focus"]})
    >>> describe_marks(fields, "DNA", FieldSettings())
    '2 of 3 fields are marked: DNA debris 2, Virus out_of_focus 1'
    """
    marks = fields["marks"].drop_nulls().str.split("; ").explode().value_counts().sort("marks")
    if not marks.height:
        return None
    said = [
        f"{mark} {count}{' (left out)' if _leaves_out(mark, nuclei_channel, settings) else ''}"
        for mark, count in marks.iter_rows()
    ]
    marked = fields.height - fields["marks"].null_count()
    return f"{marked} of {fields.height} fields are marked: {', '.join(said)}"


class _Scores:
    """The scores of one channel, and what they say."""

    def __init__(self, fields: pl.DataFrame, channel: str, judged: NDArray[np.bool_], roles: list[str]) -> None:
        self._fields, self._channel, self._judged = fields, channel, judged
        self._roles = np.array(roles)

    def find(self, settings: FieldSettings) -> Iterator[tuple[str, Iterable[int], "_Say"]]:
        """Give each defect with the rows that have it, and how to say so."""
        yield from self._find_blur(settings)
        saturated = self._number("Saturated")
        yield "saturated", self._rows(saturated > settings.saturated_fraction), _Say("saturated: {:.3g}", saturated)
        brightest = self._number("Brightest")
        bright = settings.debris_ratio * self._usual_brightest(brightest)
        yield "debris", self._rows(brightest > bright), _Say(f"debris: {{:.3g}} against {bright:.3g}", brightest)
        shadow = self._number("Shadow")
        dark = max(settings.least_shadow, self._limit(shadow, settings.shadow_deviations))
        yield "shadow", self._rows(shadow > dark), _Say(f"in shadow: {{:.2f}} against {dark:.2f}", shadow)
        yield "empty", self._rows(self._number("Empty") > 0), _Say("empty", shadow)

    def _find_blur(self, settings: FieldSettings) -> Iterator[tuple[str, Iterable[int], "_Say"]]:
        # Only what has cells has a focus; an image with a slope and without any edge is blurred.
        has_cells = self._fields["cell_count"].fill_null(0).to_numpy() > 0
        slope, edges = (np.where(has_cells, self._number(name), np.nan) for name in ("Focus", "Laplacian"))
        usual = median(slope[self._judged])
        steep = -self._limit(-slope, settings.focus_deviations)
        weak = ~(edges > median(edges[self._judged]) - mad_deviation(edges[self._judged]))
        said = f"out of focus: score {{:.2f}} against a plate median of {usual:.2f}"
        yield "out_of_focus", self._rows((slope < steep) & weak), _Say(said, slope)

    def _limit(self, scores: NDArray[np.float64], deviations: float) -> float:
        """Give the score that is so many robust deviations above the plate's median; infinite where nothing tells."""
        known = scores[self._judged & np.isfinite(scores)]
        spread = mad_deviation(known)
        return median(known) + deviations * spread if len(known) >= _LEAST_FIELDS and spread > 0 else float("inf")

    def _usual_brightest(self, brightest: NDArray[np.float64]) -> float:
        """Give the brightest that cells are, among the fields of the role that has the brightest."""
        groups = [brightest[self._judged & (self._roles == role)] for role in sorted(set(self._roles.tolist()))]
        groups = [group for group in [*groups, brightest[self._judged]] if len(group) >= _LEAST_FIELDS]
        return max((float(np.quantile(group, _USUAL_BRIGHTEST)) for group in groups), default=float("inf"))

    def _number(self, name: str) -> NDArray[np.float64]:
        return self._fields[f"{name}_{self._channel}"].cast(pl.Float64).to_numpy()

    def _rows(self, marked: NDArray[np.bool_]) -> Iterable[int]:
        return np.flatnonzero(marked & self._judged).tolist()


class _Say:
    """A reason with the score of a row in it."""

    def __init__(self, text: str, scores: NDArray[np.float64]) -> None:
        self._text, self._scores = text, scores

    def __call__(self, row: int) -> str:
        return self._text.format(self._scores[row])
