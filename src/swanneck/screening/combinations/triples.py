"""Three drugs together: what each alone, and what their pairs, let expect.

HSA      the strongest alone
Bliss    1 - (1 - E_a)(1 - E_b)(1 - E_c)
pairs    1 - (f_ab f_c + f_ac f_b + f_bc f_a - 2 f_a f_b f_c)  with f = 1 - E: what is left over is an interaction of
         all three that no pair shows (emergent; Beppler et al. 2016, J R Soc Interface 13:20160332)
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
import polars as pl

from swanneck.foundation.errors import InputError

__all__ = ["score_triples"]

_DOSES = ("dose_a", "dose_b", "dose_c")


@dataclass(frozen=True)
class _Means:
    effects: dict[tuple[float, ...], float]

    def of(self, *doses: float) -> float:
        return self.effects.get(doses, float("nan"))


def score_triples(table: pl.DataFrame) -> pl.DataFrame:
    """Score every triple of doses above zero, in percent points of effect above the expectation.

    `table` has `dose_a`, `dose_b`, `dose_c` and `effect` (share of the full effect, 0 at the baseline), a row per well;
    equal doses are replicates. Gives one row per triple with `effect`, `hsa_score`, `bliss_score` and `pairs_score`
    (null where a drug or a pair was not tested at these doses), and `error`, the standard error of the effect.

    Raises `InputError` where no triple was tested, or a dose is negative or missing.

    >>> from itertools import product
    >>> rows = [(*d, 1 - 0.5 ** sum(x > 0 for x in d)) for d in product([0.0, 1.0], repeat=3)]
    >>> table = pl.DataFrame(rows, schema=["dose_a", "dose_b", "dose_c", "effect"], orient="row")
    >>> score_triples(table).select("hsa_score", "bliss_score", "pairs_score").row(0)
    (37.5, 0.0, 0.0)
    """
    doses = table.select(pl.col(name).cast(pl.Float64) for name in _DOSES)
    if any(doses[name].null_count() or not (doses[name] >= 0).all() for name in _DOSES):
        problem = "a dose is negative or missing"
        raise InputError(problem, remedy="Give 0 where a drug was not added")
    averaged = (
        table.with_columns(pl.col("effect").cast(pl.Float64).fill_nan(None))
        .drop_nulls("effect")
        .group_by(_DOSES, maintain_order=True)
        .agg(pl.col("effect").mean(), (pl.col("effect").std() / pl.len().sqrt()).alias("error"))
    )
    means = _Means({tuple(row[:3]): row[3] for row in averaged.rows()})
    rows = []
    for a, b, c, effect, error in averaged.sort(_DOSES).rows():
        if min(a, b, c) <= 0:
            continue
        left = {
            use: 1 - means.of(*(dose * on for dose, on in zip((a, b, c), use, strict=True)))
            for use in product((0, 1), repeat=3)
        }
        alone = [left[1, 0, 0], left[0, 1, 0], left[0, 0, 1]]
        pairs = [left[1, 1, 0], left[1, 0, 1], left[0, 1, 1]]
        independent = float(np.prod(alone))
        by_pairs = pairs[0] * alone[2] + pairs[1] * alone[1] + pairs[2] * alone[0] - 2 * independent
        expected = {"hsa": 1 - float(np.min(alone)), "bliss": 1 - independent, "pairs": 1 - by_pairs}
        scores = {f"{name}_score": round(100 * (effect - value), 9) for name, value in expected.items()}
        rows.append(dict(zip(_DOSES, (a, b, c), strict=True)) | {"effect": effect, "error": error} | scores)
    if not rows:
        problem = "no well has all three drugs"
        raise InputError(problem)
    return pl.DataFrame(rows, infer_schema_length=None).fill_nan(None)
