"""Illumination: what is left of the simulated lamp after correction, beside BaSiC where basicpy is installed.

    python benchmarks/illumination.py [--seeds 2]

Per plate and channel the field is estimated from 32 fields. What is left is the relative standard deviation of the
lamp's true field over the estimated one. BaSiC (Peng et al., Nature Communications 8:14836, 2017) is called with its
own defaults, with and without a dark field, in this process and on one thread. Installing basicpy needs numpy < 2: run
this in an environment of its own.
"""

import argparse
import importlib.util
import time
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from swanneck.imaging.illumination import FlatField, correct_illumination, estimate_flat_field
from swanneck.screening import simulation
from swanneck.screening._stamps import draw_stamps
from swanneck.screening.simulation import CHANNELS, SimulationSettings, design_plate, simulate_well

N_FIELDS = 32


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2)
    chosen = parser.parse_args()
    peer = importlib.util.find_spec("basicpy") is not None
    if not peer:
        print("basicpy is not installed: no peer")
    for difficulty in ("easy", "default", "hard"):
        for seed in range(1, chosen.seeds + 1):
            design = design_plate(SimulationSettings(wells=96, fields=1, difficulty=difficulty, seed=seed))
            lamps = true_light(design)
            wells = [simulate_well(design, well) for well in design.layout["well"][::3]][:N_FIELDS]
            for channel in CHANNELS:
                images = np.stack([well.images[channel][0] for well in wells])
                report(f"{difficulty} {seed} {channel}", images, lamps[channel], peer=peer)


def true_light(design: simulation.PlateDesign) -> dict[str, NDArray[np.float64]]:
    """Give the lamp's field of each channel: what the painter multiplies the scene by."""
    with mock.patch.object(simulation, "paint_field", wraps=simulation.paint_field) as painter:
        simulate_well(design, design.layout["well"][0])
    optics = painter.call_args.args[1]
    return {name: light.astype(np.float64) for name, light in draw_stamps(optics).light.items()}


def report(name: str, images: NDArray[np.uint16], light: NDArray[np.float64], *, peer: bool) -> None:
    begin = time.process_time()
    flat = estimate_flat_field(list(images))
    ours = time.process_time() - begin
    left = spread(correct_illumination(light.astype(np.float32), FlatField(flat.grid)))
    line = f"{name}: uncorrected {spread(light):.3f}, ours {left:.4f}"
    for dark in (True, False) if peer else ():
        begin = time.process_time()
        field = fit_basic(images, dark=dark)
        ratio = (time.process_time() - begin) / ours
        line += (
            f", BaSiC {'with' if dark else 'without'} dark field {spread(light / field):.4f} in {ratio:.1f} x our time"
        )
    print(line)


def fit_basic(images: NDArray[np.uint16], *, dark: bool) -> NDArray[np.float64]:
    import torch
    from basicpy import BaSiC

    torch.set_num_threads(1)
    model = BaSiC(get_darkfield=dark)
    model.fit(images)
    return np.asarray(model.flatfield, np.float64)


def spread(field: NDArray[np.floating]) -> float:
    return float(np.std(field / field.mean()))


if __name__ == "__main__":
    main()
