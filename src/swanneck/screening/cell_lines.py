"""One compound in several cell lines: potencies side by side, with ratios that carry their relations, and ranks."""

from itertools import combinations

import polars as pl

from swanneck.foundation.errors import InputError
from swanneck.screening.hits import divide_censored

__all__ = ["compare_cell_lines"]


def compare_cell_lines(curves: pl.DataFrame, *, role: str = "efficacy") -> pl.DataFrame:
    """Compare potencies between cell lines: one row per compound and pair of lines.

    `curves` is the curves table of a screen with a column `cell_line`. Gives `compound`, `first`, `second`, both
    potencies with their relations, `ratio` (second over first) with its relation (`undefined` for two bounds the same
    way round), and `separate`: whether the intervals do not overlap; then ranks of the compound in each line, the most
    potent 1, null where it is censored. Several curves of a compound in a line (batches) are compared by their first.

    Raises `InputError` where there is no column of cell lines, or only one line.

    >>> curves = pl.DataFrame({"compound": ["a", "a"], "cell_line": ["Vero", "Calu-3"], "role": ["efficacy"] * 2,
    ...     "ec50_molar": [1e-6, 5e-5], "ec50_relation": ["=", ">"],
    ...     "ec50_low": [5e-7, 5e-5], "ec50_high": [2e-6, None]})
    >>> compare_cell_lines(curves).select("first", "second", "ratio", "ratio_relation", "separate").row(0)
    ('Calu-3', 'Vero', 0.02, '<', True)
    """
    if "cell_line" not in curves.columns or curves["cell_line"].n_unique() < 2:
        problem = "a comparison needs curves of at least two cell lines"
        raise InputError(problem, remedy="Give the plate map a column cell_line")
    chosen = curves.filter((pl.col("role") == role) & pl.col("ec50_molar").is_not_null())
    chosen = chosen.unique(["compound", "cell_line"], keep="first", maintain_order=True)
    reached = pl.when(pl.col("ec50_relation") == "=").then(pl.col("ec50_molar"))
    chosen = chosen.with_columns(_rank=reached.rank("min").over("cell_line").cast(pl.Int64))
    rows = []
    for (compound,), part in chosen.group_by(["compound"], maintain_order=True):
        lines = {row["cell_line"]: row for row in part.iter_rows(named=True)}
        for first, second in combinations(sorted(lines), 2):
            a, b = lines[first], lines[second]
            ratio, relation = divide_censored(
                (b["ec50_molar"], b["ec50_relation"]), (a["ec50_molar"], a["ec50_relation"])
            )
            rows.append({
                "compound": compound, "first": first, "second": second,
                "first_molar": a["ec50_molar"], "first_relation": a["ec50_relation"],
                "second_molar": b["ec50_molar"], "second_relation": b["ec50_relation"],
                "ratio": ratio, "ratio_relation": relation, "separate": _apart(a, b) or _apart(b, a),
                "first_rank": a["_rank"], "second_rank": b["_rank"],
            })  # fmt: skip
    return pl.DataFrame(rows, infer_schema_length=None)


def _apart(lower: dict[str, object], upper: dict[str, object]) -> bool:
    end, start = lower["ec50_high"], upper["ec50_low"]
    return isinstance(end, float) and isinstance(start, float) and end < start
