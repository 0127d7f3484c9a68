"""Field quality: how many spoiled fields are found, and how many clean ones are marked, on simulated plates.

    python benchmarks/field_quality.py [--seeds 4] [--wells 96]

Each plate is painted without defects; then one field in eight gets one of five defects in one of its two channels. A
field counts as found where its channel is marked with its defect, and as falsely marked where a clean field has a mark;
`empty` is no false mark where the simulation painted no infected cell, or no cell at all.
"""

import argparse
from collections import Counter

import numpy as np
import polars as pl

from swanneck.imaging.illumination import estimate_flat_field
from swanneck.imaging.quality import measure_field_quality
from swanneck.screening.field_quality import DEFECTS, FieldSettings, mark_fields
from swanneck.screening.simulated_defects import spoil_image
from swanneck.screening.simulation import CHANNELS, SimulationSettings, design_plate, simulate_well


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--wells", type=int, default=96)
    chosen = parser.parse_args()
    for difficulty in ("easy", "default", "hard"):
        found, there, false, clean = Counter(), Counter(), Counter(), 0
        for seed in range(1, chosen.seeds + 1):
            truth, table = judge_plate(difficulty, seed, chosen.wells)
            for spoiled, row in zip(truth, table.iter_rows(named=True), strict=True):
                marks = (row["marks"] or "").split("; ")
                if spoiled:
                    there[spoiled] += 1
                    found[spoiled] += " ".join(spoiled) in marks
                else:
                    clean += 1
                    false.update(mark.split(" ")[1] for mark in marks if mark and not is_true(mark, row))
        print(f"{difficulty}: {chosen.seeds} plates, {clean} clean fields of two channels")
        for defect in DEFECTS:
            shares = ", ".join(f"{channel} {found[channel, defect]}/{there[channel, defect]}" for channel in CHANNELS)
            print(f"  {defect}: found in {shares}; falsely marked {false[defect]} ({false[defect] / clean:.2%})")


def judge_plate(difficulty: str, seed: int, wells: int) -> tuple[list[tuple[str, str] | None], pl.DataFrame]:
    settings = SimulationSettings(wells=wells, fields=1, difficulty=difficulty, seed=seed, out_of_focus=0.0)
    design, rng = design_plate(settings), np.random.default_rng(seed)
    painted = [simulate_well(design, well) for well in design.layout["well"]]
    flats = {name: estimate_flat_field([one.images[name][0] for one in painted[::3]]) for name in CHANNELS}
    kinds = [(channel, defect) for defect in DEFECTS for channel in CHANNELS]
    truth, rows = [], []
    for number, well in enumerate(painted):
        truth.append(kinds[(number // 8 + seed) % len(kinds)] if rng.random() < 1 / 8 else None)
        row = {"well": well.well, "status": "ok", "reason": None, "cell_count": well.cells, "infected": well.infected}
        for name in CHANNELS:
            image = well.images[name][0]
            if truth[-1] and truth[-1][0] == name:
                image = spoil_image(image, truth[-1][1], rng)
            row |= scores(name, measure_field_quality(image, flats[name]))
        rows.append(row)
    table = pl.DataFrame(rows, schema_overrides={"reason": pl.String})
    return truth, mark_fields(table, design.layout, FieldSettings())


def scores(name: str, quality) -> dict[str, float]:  # noqa: ANN001
    return {
        f"Focus_{name}": quality.focus_slope, f"Laplacian_{name}": quality.focus_laplacian,
        f"Saturated_{name}": quality.saturated_fraction, f"Brightest_{name}": quality.brightest,
        f"Shadow_{name}": quality.shadow, f"Empty_{name}": quality.is_empty,
    }  # fmt: skip


def is_true(mark: str, row: dict) -> bool:
    channel, defect = mark.split(" ")
    return defect == "empty" and row["infected" if channel == "Virus" else "cell_count"] == 0


if __name__ == "__main__":
    main()
