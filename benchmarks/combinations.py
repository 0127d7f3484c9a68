"""Claim: 95 % intervals of combination scores hold the truth in 90 to 98 % of simulated plates, mean scores and single
dose pairs, with 2 to 4 replicates. Prints each share beside what resampling the replicates themselves would hold, and
how long one combination takes.

    python benchmarks/combinations.py [--plates 40]
"""

import argparse
import time

import numpy as np

from swanneck.screening.combinations.expected import independent
from swanneck.screening.combinations.scoring import score_combination
from swanneck.screening.combinations.surfaces import CombinationSettings, Surface

DOSES = np.array([0.0, 0.1, 0.3, 1.0, 3.0, 10.0])
NOISE = 0.05


def simulate(replicates: int, rng: np.random.Generator) -> Surface:
    """Make a plate of two independent drugs."""
    with np.errstate(divide="ignore"):
        alone = 0.9 / (1 + (1 / DOSES) ** 1.3)
    values = independent(alone, alone) + rng.normal(0, NOISE, (replicates, DOSES.size, DOSES.size))
    return Surface(("A", "B"), (DOSES, DOSES), values, 0.0, "nominal")


def resample_bliss(surface: Surface, draws: int, rng: np.random.Generator) -> float:
    """Give the share of dose pairs whose plain bootstrap interval holds 0."""
    values = surface.replicates
    places = rng.integers(0, values.shape[0], (draws, *values.shape))
    means = np.take_along_axis(np.broadcast_to(values, places.shape), places, axis=1).mean(axis=1)
    a, b = means[:, :, :1], means[:, :1, :]
    low, high = np.percentile((means - (a + b - a * b))[:, 1:, 1:], [2.5, 97.5], axis=0)
    return float(((low <= 0) & (high >= 0)).mean())


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plates", type=int, default=40)
    plates, rng = parser.parse_args().plates, np.random.default_rng(1)
    score_combination(simulate(2, rng), CombinationSettings(resamples=20))  # compile first
    print(f"{plates} simulated plates each; share of intervals that hold the truth (limit 0.90 to 0.98)")
    for replicates in (2, 3, 4):
        held = {"bliss": 0, "zip": 0}
        pairs, plain, before = [], [], time.process_time()
        for seed in range(plates):
            surface = simulate(replicates, rng)
            score = score_combination(surface, CombinationSettings(resamples=100, seed=seed))
            for row in score.summary.iter_rows(named=True):
                if row["reference"] in held:
                    held[row["reference"]] += row["mean_low"] <= 0 <= row["mean_high"]
            ends = score.pairs["bliss_score_low"], score.pairs["bliss_score_high"]
            pairs.append(float(((ends[0] <= 0) & (ends[1] >= 0)).mean()))
            plain.append(resample_bliss(surface, 100, rng))
        seconds = (time.process_time() - before) / plates
        shares = ", ".join(f"mean {name} {count / plates:.2f}" for name, count in held.items())
        print(f"  {replicates} replicates: {shares}, dose pairs {np.mean(pairs):.2f} (resampling {np.mean(plain):.2f})"
              f"; {seconds:.2f} s for 100 draws")  # fmt: skip


if __name__ == "__main__":
    main()
