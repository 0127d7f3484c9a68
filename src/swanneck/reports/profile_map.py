"""Profiles as points on a page: neighbours on the map are alike, colours are clusters."""

import polars as pl
from markupsafe import Markup, escape

from swanneck.reports.drawing import draw
from swanneck.reports.wording import clean_text

__all__ = ["render_profile_map"]

_SIDE = 720
_MARGIN = 16
# Okabe and Ito's colours, told apart by the colour-blind; smaller clusters are grey.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a5c00", "#000000")
_REST = "#b3bac2"
_NAMED = 3


def render_profile_map(table: pl.DataFrame, *, title: str, label: str | None = None) -> str:
    """Render `map_x`, `map_y` and `cluster` as a page with an SVG map; `label` names what a point says when pointed at.

    Clusters of one are grey, as are all beyond the eight largest.
    """
    xs, ys = table["map_x"].to_list(), table["map_y"].to_list()
    span = max(max(xs) - min(xs), max(ys) - min(ys), 1e-9) if xs else 1.0
    sizes = dict(table["cluster"].value_counts().rows())
    points = []
    for row in table.iter_rows(named=True):
        across = _MARGIN + (_SIDE - 2 * _MARGIN) * (row["map_x"] - min(xs)) / span
        up = _MARGIN + (_SIDE - 2 * _MARGIN) * (max(ys) - row["map_y"]) / span
        told = clean_text(row[label]) if label else ""
        words = f"{told}, cluster {row['cluster']}" if told else f"cluster {row['cluster']}"
        colour = _colour(row["cluster"], sizes)
        points.append(draw("circle", draw("title", words), cx=round(across, 1), cy=round(up, 1), r=4, fill=colour))
    picture = draw("svg", Markup("").join(points), viewBox=f"0 0 {_SIDE} {_SIDE}", role="img")
    shown = [number for number in sorted(sizes) if _colour(number, sizes) != _REST]
    keys = [
        Markup('<li><i style="background:{}"></i>cluster {}, {} profiles{}</li>').format(
            _colour(number, sizes), number, sizes[number], _members(table, number, label)
        )
        for number in shown
    ]
    style = Markup(
        "body{font:16px/1.45 system-ui,sans-serif;color:#17212b;margin:0 auto;max-width:1100px;padding:1rem}"
        "h1{font-size:1.4rem;overflow-wrap:anywhere}.both{display:flex;flex-wrap:wrap;gap:1.5rem}"
        "svg{flex:1 1 22rem;max-width:45rem;width:100%;height:auto;border:1px solid #d8dee5}"
        "ul{list-style:none;margin:0;padding:0;flex:1 1 16rem;min-width:0;overflow-wrap:anywhere}"
        "i{display:inline-block;width:.8em;height:.8em;margin-right:.5em;border-radius:50%}li{margin-bottom:.4rem}"
    )
    return Markup(
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>{}: map of profiles</title>'
        "<style>{}</style></head><body><h1>{}: map of profiles</h1>"
        "<p>Points that lie together are alike; distances between groups say little. Clusters are cut on the profiles "
        "themselves, not on this picture.</p>"
        '<div class="both">{}<ul>{}</ul></div></body></html>\n'
    ).format(escape(title), style, escape(title), picture, Markup("").join(keys))


def _colour(number: int, sizes: dict[int, int]) -> str:
    return _COLOURS[number - 1] if number <= len(_COLOURS) and sizes[number] > 1 else _REST


def _members(table: pl.DataFrame, number: int, label: str | None) -> str:
    if label is None:
        return ""
    words = table.filter(pl.col("cluster") == number)[label].drop_nulls().cast(pl.String).value_counts(sort=True)
    words = words.sort(["count", label], descending=[True, False])
    named = [f"{clean_text(word)} ({count})" for word, count in words.head(_NAMED).rows()]
    return f": {', '.join(named)}{' ...' if words.height > _NAMED else ''}" if named else ""
