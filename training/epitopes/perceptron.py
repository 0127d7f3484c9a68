"""One network with one hidden layer that learns all alleles at once, in NumPy."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from measurements import STRONGER, WEAKER

__all__ = ["Recipe", "train_network"]

_Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Recipe:
    """Chosen on two folds of the cross-validation."""

    units: int = 64
    rounds: int = 30
    batch: int = 256
    rate: float = 2e-3
    decay: float = 1e-5
    dropped: float = 0.2


def train_network(
    features: _Floats, target: _Floats, kind: npt.NDArray[np.int8], *, seed: int, recipe: Recipe | None = None
) -> list[_Floats]:
    """Weights and biases of both layers: Adam (Kingma and Ba 2015) on squared errors, dropout of hidden units.

    A pair that was not measured costs nothing, nor does a prediction on the right side of a bound.
    """
    recipe, random = recipe or Recipe(), np.random.default_rng(seed)
    sizes = [(features.shape[1], recipe.units), (recipe.units,), (recipe.units, target.shape[1]), (target.shape[1],)]
    spread = [0.25, 0.0, 1 / np.sqrt(recipe.units), 0.0]  # ten features of a peptide are 1
    layers = [(random.normal(size=size) * scale).astype(np.float32) for size, scale in zip(sizes, spread, strict=True)]
    mean, square = ([np.zeros_like(layer) for layer in layers] for _ in range(2))
    measured, known = ~np.isnan(target), np.nan_to_num(target)
    rows, step = np.flatnonzero(measured.any(axis=1)), 0
    steps = recipe.rounds * -(-rows.size // recipe.batch)
    for _ in range(recipe.rounds):
        random.shuffle(rows)
        for start in range(0, rows.size, recipe.batch):
            chosen, step = rows[start : start + recipe.batch], step + 1
            slopes = _slopes(
                layers, features[chosen], (known[chosen], kind[chosen], measured[chosen]), recipe=recipe, random=random
            )
            rate = recipe.rate * (1 - step / steps) + 1e-5
            for number, slope in enumerate(slopes):
                mean[number] += 0.1 * (slope - mean[number])
                square[number] += 0.001 * (slope**2 - square[number])
                move = (mean[number] / (1 - 0.9**step)) / (np.sqrt(square[number] / (1 - 0.999**step)) + 1e-8)
                layers[number] -= np.float32(rate) * (move + np.float32(recipe.decay) * layers[number])
    return layers


def _slopes(
    layers: list[_Floats],
    features: _Floats,
    answers: tuple[_Floats, npt.NDArray[np.int8], npt.NDArray[np.bool_]],
    *,
    recipe: Recipe,
    random: np.random.Generator,
) -> list[_Floats]:
    known, kind, measured = answers
    before = features @ layers[0] + layers[1]
    kept = (random.random(before.shape, dtype=np.float32) > recipe.dropped) / np.float32(1 - recipe.dropped)
    hidden = np.maximum(before, 0) * kept
    score = 1 / (1 + np.exp(-(hidden @ layers[2] + layers[3])))
    error = np.where(measured, score - known, 0)
    error[((kind == STRONGER) & (error > 0)) | ((kind == WEAKER) & (error < 0))] = 0
    outer = (8 / recipe.batch * error * score * (1 - score)).astype(np.float32)
    inner = (outer @ layers[2].T * kept * (before > 0)).astype(np.float32)
    return [features.T @ inner, inner.sum(axis=0), hidden.T @ outer, outer.sum(axis=0)]
