"""How far a combination exceeds what its drugs alone let expect, with intervals and with what could not be computed."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from swanneck.screening.combinations.expected import expect_hsa, expect_loewe, fit_along, independent
from swanneck.screening.combinations.single_drugs import SingleDrug, fit_single_drug
from swanneck.screening.combinations.surfaces import CombinationSettings, Surface, average, share_noise

__all__ = ["REFERENCES", "CombinationScore", "score_combination"]

Array = NDArray[np.float64]

REFERENCES = ("hsa", "bliss", "loewe", "zip")

_IMPLAUSIBLE = -50.0  # half of the full effect lost everywhere: more often a slip in a table than an antagonist

_SUMMARY = {
    "reference": pl.String, "mean_score": pl.Float64, "mean_low": pl.Float64, "mean_high": pl.Float64,
    "highest_score": pl.Float64, "n_pairs": pl.Int64, "reason": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class CombinationScore:
    """Scores of one combination, in percent points of effect above what was expected; positive is synergy.

    `pairs` has one row per dose pair of both drugs: `dose_a`, `dose_b`, `effect`, and per reference `<name>_expected`
    and `<name>_score` with `_low` and `_high`. `summary` has one row per reference: the mean over all dose pairs, with
    its interval, and the highest; and `reason` where it could not be computed. `intervals_from` says what they rest on.
    """

    surface: Surface
    drugs: tuple[SingleDrug, SingleDrug]
    pairs: pl.DataFrame
    summary: pl.DataFrame
    intervals_from: str

    @property
    def warnings(self) -> list[str]:
        """The drugs whose curve alone is degenerate, and what follows; responses that can hardly be on one scale."""
        consequence = {
            "flat": "it counts as inert; Loewe expects the other drug's effect",
            "unresolved": "Loewe is not computed; Bliss and ZIP use its effects at the tested doses",
            "not_monotone": "Loewe is not computed; Bliss and ZIP use its observed effects",
            "too_few": "Loewe is not computed; Bliss and ZIP use its observed effects",
        }
        told = [f"{one.reason}: {consequence[one.kind]}" for one in self.drugs if one.kind in consequence]
        below = self.summary.filter(pl.col("reference") == "hsa")["mean_score"][0]
        if below is not None and below < _IMPLAUSIBLE:
            told.append(
                f"together the drugs do {-below:.0f} points less than the stronger alone, on average: are the wells of "
                "single drugs and of pairs on one scale, and of the same drugs?"
            )
        return told


def score_combination(surface: Surface, settings: CombinationSettings | None = None) -> CombinationScore:
    """Score a combination by HSA, Bliss, Loewe and ZIP.

    Intervals are a parametric bootstrap's. With replicates, their noise is that of each dose pair, drawn towards what
    all pairs share; with single wells it is what the drugs' own curves leave. Each draw repeats everything, the single
    drugs' curves included.

    >>> doses = np.array([0.0, 0.1, 0.3, 1, 3, 10])
    >>> alone = 0.9 * doses / (doses + 1)
    >>> effects = independent(alone, alone)[None]
    >>> score = score_combination(Surface(("A", "B"), (doses, doses), effects, 0.0, "nominal"))
    >>> abs(score.summary["mean_score"][1]) < 1e-6
    True
    """
    settings = settings or CombinationSettings()
    drugs = _fit_drugs(surface.replicates, surface, settings)
    scores, expected = (one[0] for one in _score_all(surface.replicates[None], surface, [drugs]))
    draws, source = _draw(surface, drugs, settings)
    again, _ = _score_all(draws, surface, [_fit_drugs(one, surface, settings) for one in draws])
    tails = [50 * (1 - settings.confidence), 50 * (1 + settings.confidence)]
    pairs: dict[str, object] = {
        "dose_a": np.repeat(surface.doses[0][1:], surface.doses[1].size - 1),
        "dose_b": np.tile(surface.doses[1][1:], surface.doses[0].size - 1),
        "effect": 100 * surface.effects[1:, 1:].ravel(),
    }
    rows = []
    for number, name in enumerate(REFERENCES):
        pairs[f"{name}_expected"] = 100 * expected[number].ravel()
        pairs[f"{name}_score"] = 100 * scores[number].ravel()
        for side, ends in zip(("low", "high"), _percentiles(again[:, number], tails), strict=True):
            pairs[f"{name}_score_{side}"] = 100 * ends.ravel()
        rows.append(_summarise(name, scores[number], again[:, number], tails, drugs=drugs))
    table = pl.DataFrame({name: pl.Series(np.asarray(values)) for name, values in pairs.items()}).fill_nan(None)
    return CombinationScore(surface, drugs, table, pl.DataFrame(rows, schema=_SUMMARY), source)


def _fit_drugs(replicates: Array, surface: Surface, settings: CombinationSettings) -> tuple[SingleDrug, SingleDrug]:
    first = fit_single_drug(surface.drugs[0], surface.doses[0], replicates[:, :, 0], settings.flat_p_value)
    second = fit_single_drug(surface.drugs[1], surface.doses[1], replicates[:, 0, :], settings.flat_p_value)
    return first, second


def _score_all(draws: Array, surface: Surface, drugs: list[tuple[SingleDrug, SingleDrug]]) -> tuple[Array, Array]:
    """Give scores and expectations [draw, reference, dose of a, dose of b] of the pairs of both drugs."""
    effects = np.array([average(one) for one in draws])
    fitted_a, fitted_b = (np.array([pair[side].effect() for pair in drugs]) for side in (0, 1))
    expected = np.array([
        [
            expect_hsa(seen[:, 0], seen[0, :]), independent(seen[:, 0], seen[0, :]),
            expect_loewe(*pair), independent(alone_a, alone_b),
        ]
        for seen, pair, alone_a, alone_b in zip(effects, drugs, fitted_a, fitted_b, strict=True)
    ])  # fmt: skip
    # ZIP's surface: the mean of the curves along one drug and along the other.
    along_b = fit_along(effects, fitted_a, surface.doses[1])
    along_a = fit_along(effects.transpose(0, 2, 1), fitted_b, surface.doses[0]).transpose(0, 2, 1)
    observed = np.stack([effects, effects, effects, 0.5 * (along_b + along_a)], axis=1)
    return (observed - expected)[:, :, 1:, 1:], expected[:, :, 1:, 1:]


def _draw(surface: Surface, drugs: tuple[SingleDrug, SingleDrug], settings: CombinationSettings) -> tuple[Array, str]:
    rng = np.random.default_rng(settings.seed)
    values = surface.replicates
    count = np.isfinite(values).sum(axis=0)
    draws = np.empty((settings.resamples, *values.shape))
    if np.median(count[count > 0]) >= 2:
        centre, (deviation, freedom) = average(values), share_noise(values)
        for draw in draws:
            tails = np.sqrt(freedom / rng.chisquare(freedom))
            draw[:] = np.where(np.isfinite(values), centre + rng.normal(size=values.shape) * deviation * tails, np.nan)
        told = f"bootstrap of {int(np.median(count))} replicates, {settings.resamples} draws"
        return draws, f"{told}, noise shared between dose pairs"
    left = np.concatenate([one.observed - one.effect() for one in drugs if one.kind in ("curve", "flat", "unresolved")])
    left = left[np.isfinite(left)]
    noise = float(np.sqrt(np.sum(left**2) / max(left.size - 3 * len(drugs), 1))) if left.size else 0.0
    draws[:] = values + rng.normal(0, noise, draws.shape)
    draws[:, :, 0, 0] = values[:, 0, 0]
    told = f"single wells, noise {100 * noise:.1f} % from the drugs alone"
    return draws, f"parametric bootstrap, {settings.resamples} draws: {told}"


def _percentiles(again: Array, tails: list[float]) -> tuple[Array, Array]:
    lost = ~np.isfinite(again).any(axis=0)
    safe = np.where(lost, 0.0, again)
    low, high = np.nanpercentile(safe, tails, axis=0)
    return np.where(lost, np.nan, low), np.where(lost, np.nan, high)


def _summarise(
    name: str, scores: Array, again: Array, tails: list[float], *, drugs: tuple[SingleDrug, SingleDrug]
) -> dict[str, object]:
    row: dict[str, object] = {"reference": name, "mean_score": None, "mean_low": None, "mean_high": None}
    row |= {"highest_score": None, "n_pairs": int(np.isfinite(scores).sum()), "reason": None}
    if not np.isfinite(scores).any():
        bad = [one.reason for one in drugs if one.kind not in ("curve", "flat")]
        return row | {"reason": "; ".join(bad)}
    means = np.array([100 * np.nanmean(one) for one in again if np.isfinite(one).any()])
    low, high = np.percentile(means, tails) if means.size else (np.nan, np.nan)
    row |= {"mean_score": 100 * float(np.nanmean(scores)), "mean_low": float(low), "mean_high": float(high)}
    return row | {"highest_score": 100 * float(np.nanmax(scores))}
