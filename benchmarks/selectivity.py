"""Claims: the 95 % interval of a selectivity index holds the true one in 93 to 97 of 100 compounds, censored or not;
the probability of an index above 10 is near a half where it is 10.

    python benchmarks/selectivity.py [--compounds NUMBER]

Compounds are drawn in eight doses, two wells each, with 5 % noise on inhibition and viability; slopes vary. Potencies
beyond the doses are among them: where the index is 300, most toxicities are censored.
"""

import argparse

import numpy as np
import polars as pl

from swanneck.screening.dose_response import fit_dose_responses
from swanneck.screening.hits import add_selectivity, call_hits

LOWEST, HIGHEST = 0.93, 0.97
DOSES = np.repeat(np.geomspace(1e-8, 5e-5, 8), 2)
NOISE = 5.0


def draw_compound(
    name: str, toxic: float, index: float, draw: np.random.Generator, *, slope: tuple[float, float] = (1.2, 0.3)
) -> pl.DataFrame:
    """Draw the wells of a compound; `slope` is the median of slopes and the deviation of their logarithm."""
    slopes = np.exp(draw.normal(np.log(slope[0]), slope[1], 2))
    truths = {
        "efficacy": 100 / (1 + (toxic / index / DOSES) ** slopes[0]),
        "viability": 100 / (1 + (DOSES / toxic) ** slopes[1]),
    }
    return pl.concat(
        pl.DataFrame({
            "compound": name, "readout": role, "role": role, "plate": "P1",
            "well": [f"A{number:02d}" for number in range(1, DOSES.size + 1)], "concentration_molar": DOSES,
            "response": truth + draw.normal(0, NOISE, DOSES.size), "deviation_without_effect": NOISE,
            "deviation_at_full_effect": NOISE, "variance_curvature": 0.0,
            "mask_reason": pl.Series([None] * DOSES.size, dtype=pl.String),
        })
        for role, truth in truths.items()
    )  # fmt: skip


def judge(index: float, toxic: tuple[float, float], compounds: int) -> pl.DataFrame:
    draw = np.random.default_rng(int(index))
    points = [
        draw_compound(f"c{number:04d}", 10 ** draw.uniform(*np.log10(toxic)), index, draw)
        for number in range(compounds)
    ]
    fitted = fit_dose_responses(pl.concat(points), ["compound", "readout"])
    return add_selectivity(call_hits(fitted.curves, ["compound"]).hits, fitted, ["compound"])


def calibrate(compounds: int) -> None:
    """Of compounds whose toxicity is beyond the doses: how often the index is above 10 where P says so."""
    for slope in ((1.2, 0.3), (1.2, 0.7), (2.5, 0.4)):
        draw = np.random.default_rng(7)
        active, toxic = (10 ** draw.uniform(*np.log10(ends), compounds) for ends in ((3e-6, 4e-5), (5e-6, 5e-2)))
        truth = pl.DataFrame({"compound": [f"c{one:04d}" for one in range(compounds)], "index": toxic / active})
        points = [
            draw_compound(name, toxic[one], index, draw, slope=slope)
            for one, (name, index) in enumerate(truth.iter_rows())
        ]
        fitted = fit_dose_responses(pl.concat(points), ["compound", "readout"])
        hits = add_selectivity(call_hits(fitted.curves, ["compound"]).hits, fitted, ["compound"])
        hits = hits.join(truth, on="compound").filter(cc50_relation=">").drop_nulls("selectivity_probability")
        print(f"toxicity beyond the doses, slopes about {slope[0]} ({slope[1]}), {hits.height} compounds:")
        for low, high in ((0.0, 0.8), (0.8, 0.95), (0.95, 1.0)):
            part = hits.filter(pl.col("selectivity_probability").is_between(low, high, closed="left"))
            right, told = 100 * (part["index"] > 10).mean(), 100 * part["selectivity_probability"].mean()
            print(f"  P {low:.2f} to {high:.2f}: {right:.0f} % of {part.height}, {told:.0f} % told")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--compounds", type=int, default=100, help="of each index")
    compounds = parser.parse_args().compounds
    calibrate(4 * compounds)
    held = []
    for index, toxic in ((3, (6e-6, 3e-5)), (10, (6e-6, 3e-5)), (30, (6e-6, 3e-5)), (300, (3e-5, 3e-4))):
        hits = judge(index, toxic, compounds)
        low, high = hits["selectivity_low"].fill_null(0.0), hits["selectivity_high"].fill_null(float("inf"))
        inside = ((low <= index) & (high >= index)).to_list()
        held += inside
        censored = (hits["selectivity_relation"] != "=").sum()
        probable = hits["selectivity_probability"].mean()
        print(
            f"index {index}: interval holds it in {100 * np.mean(inside):.0f} %, mean P(SI > 10) {probable:.2f}, "
            f"{censored} of {compounds} censored"
        )
    print(f"all: {100 * np.mean(held):.1f} % (limits {100 * LOWEST:.0f} to {100 * HIGHEST:.0f})")


if __name__ == "__main__":
    main()
