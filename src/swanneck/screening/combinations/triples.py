"""Three drugs together: what each alone, and what their pairs, let expect.

HSA      the strongest alone
Bliss    1 - (1 - E_a)(1 - E_b)(1 - E_c)
pairs    1 - (f_ab f_c + f_ac f_b + f_bc f_a - 2 f_a f_b f_c)  with f = 1 - E: what is left over is an interaction of
         all three that no pair shows (emergent; Beppler et al. 2016, J R Soc Interface 13:20160332)
"""

from itertools import product

import numpy as np
import polars as pl
from numpy.typing import NDArray

from swanneck.foundation.errors import InputError
from swanneck.screening.combinations.surfaces import CombinationSettings, share_noise

__all__ = ["TRIPLE_REFERENCES", "score_triples"]

TRIPLE_REFERENCES = ("hsa", "bliss", "pairs")

_DOSES = ("dose_a", "dose_b", "dose_c")
_Array = NDArray[np.float64]


def score_triples(table: pl.DataFrame, settings: CombinationSettings | None = None) -> pl.DataFrame:
    """Score every triple of doses above zero, in percent points of effect above the expectation.

    `table` has `dose_a`, `dose_b`, `dose_c` and `effect` (share of the full effect, 0 at the baseline), a row per well;
    equal doses are replicates. Gives one row per triple with `effect` (percent), `n_replicates`, and for `hsa`,
    `bliss` and `pairs` a `_score` (null where a drug or a pair was not tested at these doses) with `_low` and `_high`
    (parametric bootstrap, with the noise that replicates share); null where all wells of a score are single.

    Raises `InputError` where no triple was tested, or a dose is negative or missing.

    >>> from itertools import product
    >>> rows = [(*d, 1 - 0.5 ** sum(x > 0 for x in d)) for d in product([0.0, 1.0], repeat=3)]
    >>> table = pl.DataFrame(rows, schema=["dose_a", "dose_b", "dose_c", "effect"], orient="row")
    >>> score_triples(table).select("hsa_score", "bliss_score", "pairs_score").row(0)
    (37.5, 0.0, 0.0)
    """
    settings = settings or CombinationSettings()
    doses = table.select(pl.col(name).cast(pl.Float64) for name in _DOSES)
    if any(doses[name].null_count() or not (doses[name] >= 0).all() for name in _DOSES):
        problem = "a dose is negative or missing"
        raise InputError(problem, remedy="Give 0 where a drug was not added")
    wells = doses.with_columns(table["effect"].cast(pl.Float64).fill_nan(None)).drop_nulls("effect")
    groups = wells.group_by(_DOSES, maintain_order=True).agg("effect").sort(_DOSES)
    places = {tuple(row[:3]): place for place, row in enumerate(groups.iter_rows())}
    triples = [key for key in places if min(key) > 0]
    if not triples:
        problem = "no well has all three drugs"
        raise InputError(problem)
    values = [np.asarray(one, dtype=np.float64) for one in groups["effect"].to_list()]
    means = np.array([one.mean() for one in values])
    rng = np.random.default_rng(settings.seed)
    draws = _draw_means(values, settings.resamples, rng)
    tails = [50 * (1 - settings.confidence), 50 * (1 + settings.confidence)]
    rows = []
    for key in triples:
        used = [places.get(tuple(d * on for d, on in zip(key, use, strict=True))) for use in product((0, 1), repeat=3)]
        own = values[places[key]]
        row = dict(zip(_DOSES, key, strict=True)) | {"effect": 100 * float(own.mean()), "n_replicates": own.size}
        repeated = any(place is not None and values[place].size > 1 for place in used)
        scores, again = _score(means[None], used)[:, 0], _score(draws, used)
        for number, name in enumerate(TRIPLE_REFERENCES):
            known = repeated and bool(np.isfinite(scores[number]))
            low, high = np.percentile(again[number], tails) if known else (np.nan, np.nan)
            row |= {f"{name}_score": round(float(scores[number]), 9), f"{name}_low": low, f"{name}_high": high}
        rows.append(row)
    return pl.DataFrame(rows, infer_schema_length=None).fill_nan(None)


def _draw_means(values: list[_Array], resamples: int, rng: np.random.Generator) -> _Array:
    """Draw the mean of every dose again [draw, dose], with the noise that doses share."""
    count = np.array([one.size for one in values])
    table = np.full((count.max(), count.size), np.nan)
    for place, one in enumerate(values):
        table[: one.size, place] = one
    deviation, freedom = share_noise(table)
    tails = np.sqrt(freedom / rng.chisquare(freedom, (resamples, count.size)))
    drawn: _Array = np.nanmean(table, axis=0) + rng.normal(size=tails.shape) * tails * deviation / np.sqrt(count)
    return drawn


def _score(means: _Array, used: list[int | None]) -> _Array:
    """Give the scores [reference, draw] of one triple; `used` are the places of 000, 001, 010, 011, 100 ... 111."""
    lost = np.full(means.shape[0], np.nan)
    effects = [lost if place is None else means[:, place] for place in used]
    _, c, b, bc, a, ac, ab, _ = (1 - effect for effect in effects)
    by_pairs = ab * c + ac * b + bc * a - 2 * a * b * c
    expected = np.array([1 - np.minimum(np.minimum(a, b), c), 1 - a * b * c, 1 - by_pairs])
    scores: _Array = 100 * (effects[7] - expected)
    return scores
