"""The wells as the page's script reads them, and their pictures."""

import base64
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl
from markupsafe import Markup

from swanneck.foundation.errors import InputError
from swanneck.foundation.units import format_molar
from swanneck.foundation.wells import well_position
from swanneck.reports.drawing import ColourScale
from swanneck.reports.screen_results import normalised_column
from swanneck.reports.wording import clean_text
from swanneck.screening.assays import Readout

__all__ = [
    "ROLE_WORDS", "ShownColumn", "colour_scale", "embed_json", "mark_masked", "number_wells", "picture_address",
    "pictures_payload", "shown_columns", "sort_wells", "wells_payload",
]  # fmt: skip

ROLE_WORDS = {
    "sample": "sample", "negative_control": "negative control", "positive_control": "positive control",
    "reference": "reference", "empty": "empty",
}  # fmt: skip

_PERCENT_RANGES = {"efficacy": (-20.0, 120.0), "viability": (0.0, 120.0), "other": (-20.0, 120.0)}
"""What the colours of normalised readouts span: 0 to 100 with room to see scatter and edge effects beyond."""


@dataclass(frozen=True)
class ShownColumn:
    """A column of the wells table that the page shows: as measured, or in percent of the controls."""

    column: str
    label: str
    unit: str
    role: str
    normalised: bool


def sort_wells(wells: pl.DataFrame) -> pl.DataFrame:
    """Order wells by plate, row and column, so that equal screens give equal pages."""
    wells = wells.with_columns(pl.col("plate", "well").fill_null(""))
    keys = [(plate, _position(well)) for plate, well in wells.select("plate", "well").iter_rows()]
    return wells[sorted(range(len(keys)), key=keys.__getitem__)] if keys else wells


def _position(well: str) -> tuple[int, int]:
    try:
        return well_position(well)
    except InputError as error:
        error.where = error.where or "wells table"
        raise


def number_wells(wells: pl.DataFrame) -> dict[tuple[str, str], int]:
    """Number the rows of the wells table by plate and well."""
    return {key: number for number, key in enumerate(wells.select("plate", "well").iter_rows())}


def mark_masked(wells: pl.DataFrame, curve_points: pl.DataFrame) -> pl.DataFrame:
    """Add `mask_reason`: why a well's points are in no curve, null where they are, or where the well failed anyway."""
    masked = curve_points.filter(pl.col("masked")).select("plate", "well", "readout", "mask_reason")
    reasons: dict[tuple[str, str], list[str]] = {}
    for plate, well, readout, reason in masked.iter_rows():
        reasons.setdefault((plate, well), []).append(f"{readout}: {reason or 'masked'}".replace("_", " "))
    failed = wells["status"].fill_null("ok") == "failed"
    keys = zip(wells["plate"], wells["well"], failed, strict=True)
    texts = [None if dead else "; ".join(reasons.get((plate, well), [])) or None for plate, well, dead in keys]
    return wells.with_columns(pl.Series("mask_reason", texts, dtype=pl.String))


def shown_columns(readouts: Sequence[Readout], wells: pl.DataFrame) -> list[ShownColumn]:
    """List what can be shown of each readout: percent of the controls first, then the measured value."""
    shown: list[ShownColumn] = []
    for readout in readouts:
        label = clean_text(readout.label)
        if column := normalised_column(readout, wells):
            word = "Viability" if column.endswith("_viability") else "Inhibition"
            shown.append(ShownColumn(column, f"{word} ({label})", "%", readout.role, normalised=True))
        if readout.name in wells.columns and wells.schema[readout.name].is_numeric():
            name = label[:1].upper() + label[1:]
            shown.append(ShownColumn(readout.name, name, "", readout.role, normalised=False))
    return shown


def colour_scale(shown: ShownColumn, wells: pl.DataFrame) -> ColourScale:
    """Choose colours for a column, the same on every plate: fixed for percents, else the middle 98 % of the values."""
    palette, reverse = {"efficacy": ("blue", False), "viability": ("orange", True)}.get(shown.role, ("viridis", False))
    if shown.normalised:
        return ColourScale(*_PERCENT_RANGES[shown.role], palette, reverse)
    values = wells[shown.column].cast(pl.Float64)
    values = values.filter(values.is_finite())
    low, high = (values.quantile(q, "linear") for q in (0.01, 0.99))
    if low is None or high is None:
        low, high = 0.0, 1.0
    return ColourScale(low, high if high > low else low + 1.0, "viridis")


def wells_payload(wells: pl.DataFrame, shown: Sequence[ShownColumn]) -> dict[str, object]:
    """Give the wells column by column; repeated text is written once and pointed at."""
    texts: dict[str, int] = {"": 0}

    def pointers(values: list[str]) -> list[int]:
        return [texts.setdefault(value, len(texts)) for value in values]

    doses = [format_molar(dose) if dose is not None else "" for dose in wells["concentration_molar"]]
    columns = {
        "plate": pointers(wells["plate"].to_list()),
        "well": wells["well"].to_list(),
        "compound": pointers([clean_text(name) for name in wells["compound"]]),
        "dose": pointers(doses),
        "role": pointers([ROLE_WORDS.get(role, clean_text(role)) for role in wells["role"]]),
        "note": pointers(_notes(wells)),
    }
    readouts = [
        {
            "label": column.label,
            "curve": column.role if column.normalised else "",
            "unit": column.unit,
            "values": [_rounded(value) for value in wells[column.column].cast(pl.Float64)],
            "low": (scale := colour_scale(column, wells)).low,
            "high": scale.high,
            "colours": scale.colours,
        }
        for column in shown
    ]
    return {"texts": list(texts), **columns, "readouts": readouts}


def _notes(wells: pl.DataFrame) -> list[str]:
    notes = []
    for status, reason, mask_reason in wells.select("status", "reason", "mask_reason").iter_rows():
        said = [] if status in ("ok", None) else [f"{status}: {clean_text(reason)}".rstrip(": ")]
        notes.append(clean_text("; ".join(said + ([f"masked, {mask_reason}"] if mask_reason else []))))
    return notes


def _rounded(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(f"{value:.4g}")


def pictures_payload(
    thumbnails: Mapping[tuple[str, str], bytes], numbers: dict[tuple[str, str], int], placed: set[int]
) -> dict[str, str]:
    """Give the pictures by number of well; those already placed in the page are not repeated."""
    keys = sorted((numbers[key], key) for key in thumbnails if key in numbers and numbers[key] not in placed)
    return {str(number): picture_address(thumbnails[key]) for number, key in keys}


def picture_address(picture: bytes) -> str:
    """Write a picture as a data address.

    >>> picture_address(b"\\x89PNG")
    'data:image/png;base64,iVBORw=='
    """
    kind = "png" if picture.startswith(b"\x89PNG") else "jpeg" if picture.startswith(b"\xff\xd8") else "webp"
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


def embed_json(value: object) -> Markup:
    """Write data for a script block: nothing in it can end the block or start another.

    >>> str(embed_json({"name": "</script>"}))
    '{"name":"\\\\u003c/script\\\\u003e"}'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)
