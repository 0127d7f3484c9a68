"""How microscopes and people name image files: what `guess_pattern` knows by heart."""

import re
from dataclasses import dataclass

__all__ = ["CHANNEL_WORDS", "CONVENTIONS", "KEYS", "Convention", "is_channel_word"]


@dataclass(frozen=True)
class Convention:
    """A way of naming files: its name, an expression that tells it (without extension), and its pattern.

    In front of the expression a name may have the plate's and an underscore.
    """

    name: str
    expression: str
    pattern: str


_WELL = r"[A-Za-z]{1,2}\d{1,2}"
_SPACED = r"[A-Za-z] ?[-_] ?\d{1,2}"
_GUID = r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"

CONVENTIONS = (
    Convention(
        "Harmony (Operetta, Opera Phenix)",
        r"r\d+c\d+f\d+p\d+-ch\d+sk\d+fk\d+fl\d+",
        "{well}f{field}p{z}-ch{channel}sk{time}fk*fl*",
    ),
    Convention(
        "Harmony (Operetta, Opera Phenix)", r"r\d+c\d+f\d+p\d+-ch\d+t\d+", "{well}f{field}p{z}-ch{channel}t{time}"
    ),
    Convention("Columbus", r"\d{6}-\d+-\d{9}", "{well}-{field}-{z:3}{time:3}{channel:3}"),
    Convention(
        "Yokogawa CellVoyager", _WELL + r"_T\d+F\d+L\d+A\d+Z\d+C\d+", "{well}_T{time}F{field}L*A*Z{z}C{channel}"
    ),
    Convention(
        "IN Cell",
        _SPACED + r"\(fld \d+ wv .+ z \d+ time \d+ - \d+ms\)",
        "{well}(fld {field} wv {channel} z {z} time {time} - *)",
    ),
    Convention(
        "IN Cell", _SPACED + r"\(fld \d+ wv .+ time \d+ - \d+ms\)", "{well}(fld {field} wv {channel} time {time} - *)"
    ),
    Convention("IN Cell", _SPACED + r"\(fld \d+ wv .+ z \d+\)", "{well}(fld {field} wv {channel} z {z})"),
    Convention("IN Cell", _SPACED + r"\(fld \d+ wv .+\)", "{well}(fld {field} wv {channel})"),
    Convention("IN Cell", _SPACED + r"\(wv .+\)", "{well}(wv {channel})"),
    Convention("IN Cell", _SPACED + r"\(fld \d+\)", "{well}(fld {field})"),
    Convention("IN Cell", r"[A-Z]_\d+_f\d+_c\d+_x.+_m.+_z\d+_t\d+", "{well}_f{field}_c{channel}_x*_m*_z{z}_t{time}"),
    Convention("ImageXpress", _WELL + r"_s\d+_w\d" + _GUID, "{well}_s{field}_w{channel}????????-*"),
    Convention("ImageXpress", _WELL + r"_w\d" + _GUID, "{well}_w{channel}????????-*"),
    Convention("ImageXpress", _WELL + r"_s\d+" + _GUID, "{well}_s{field}????????-*"),
    Convention("ImageXpress", _WELL + r"_s\d+_w\d+", "{well}_s{field}_w{channel}"),
    Convention("ImageXpress", _WELL + r"_w\d+", "{well}_w{channel}"),
    Convention("Cytation (Gen5)", _WELL + r"_-?\d+_\d+_\d+_[^_].*_\d{3}", "{well}_*_*_{field}_{channel}_{time}"),
    Convention("ArrayScan (Cellomics)", _WELL + r"f\d+d\d+", "{well}f{field}d{channel}"),
    Convention("BBBC", r"Channel\d+-\d+-[A-P]-\d+", "{channel}-*-{row}-{column}"),
    Convention("well, channel, z, time", _WELL + r"_[^_].*_z\d+_t\d+", "{well}_{channel}_z{z}_t{time}"),
)
"""The named conventions, most telling first. Cytation: <well>_<read step>_<channel number>_<image of the well>_
<channel>_<read number>; IN Cell keeps both filters as the channel's name, since either alone may be used twice."""

KEYS: dict[str, frozenset[str]] = {
    "plate": frozenset({"plate", "pl", "plt", "barcode"}),
    "row": frozenset({"r", "row"}),
    "column": frozenset({"c", "col", "column"}),
    "field": frozenset({"f", "fld", "field", "s", "site", "pos", "position", "xy", "fov", "tile", "view", "region"}),
    "channel": frozenset({"c", "ch", "chan", "channel", "w", "wv", "wave", "wavelength", "d"}),
    "z": frozenset({"z", "zstep", "zslice", "slice", "plane", "zs"}),
    "time": frozenset({"t", "time", "tp", "timepoint", "sk"}),
    "index": frozenset({"file", "img", "image", "im", "frame", "no", "nr", "exposure", "snap"}),
}
"""The letters that stand before a number and say what it counts."""

CHANNEL_WORDS = re.compile(
    r"dapi|hoechst|draq\d?|dna|nuc(leus|lei|lear)?|e?gfp|fitc|tritc|rhod|a?cy[357]|[myrc]?rfp|mcherry|tomato|[yc]fp"
    r"|tex(as)?red|txred|alexa|af\d{3}|virus|viral|antigen|pathogen|parasite|bacteri|actin|phalloidin|tubulin"
    r"|mito|wga|con ?a|syto|sytox|rna|agp|er$|membrane|cell(s|mask)?$|cyto|bright|bf$|phase|dic$|red$|green$|blue$"
    r"|far ?red|marker|stain|spike|nucleocapsid|np$|dsrna|[34567]\d\d$|ch(annel)?[ _-]?\d+$|w\d$",
    re.IGNORECASE,
)
"""Words, or beginnings of words, by which people call their channels."""


def is_channel_word(word: str) -> bool:
    """Say whether a word is one that people name channels by.

    >>> is_channel_word("Hoechst_33342"), is_channel_word("Plate7"), is_channel_word("488")
    (True, False, True)
    """
    return CHANNEL_WORDS.match(word) is not None
