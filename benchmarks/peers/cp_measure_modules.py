"""Run in an environment with cp_measure[numba]: CPU seconds of each module over one field, as JSON.

    PYTHON cp_measure_modules.py FIELD.npz

The field has `image_<Channel>` in single precision and `labels_<Object>`. A run on a corner compiles before.
"""

import itertools
import json
import sys
import time
import warnings

import cp_measure
import numpy as np
from cp_measure.bulk import get_core_measurements, get_correlation_measurements

warnings.simplefilter("ignore")
cp_measure.set_accelerator("numba")
CORE = get_core_measurements(legacy=True, sanitize=False)
PAIRS = get_correlation_measurements(sanitize=False)
SHAPE = ("sizeshape", "zernike", "feret")
LIGHT = {
    "Intensity": ("intensity",),
    "IntensityDistribution": ("radial_distribution", "radial_zernikes"),
    "Granularity": ("granularity",),
}


def run(images: dict[str, np.ndarray], labels: dict[str, np.ndarray]) -> dict[str, float]:
    spent = {"AreaShape": clock(lambda: [CORE[name](mask, None) for mask in labels.values() for name in SHAPE])}
    every = list(itertools.product(labels.values(), images.values()))
    for module, names in LIGHT.items():
        spent[module] = clock(lambda names=names: [CORE[name](mask, image) for mask, image in every for name in names])
    spent["Texture"] = clock(
        lambda: [CORE["texture"](mask, image, scale=s) for mask, image in every for s in (3, 5, 10)]
    )
    pairs = list(itertools.combinations(images.values(), 2))
    names = ("pearson", "manders_fold", "rwc")
    spent["Correlation"] = clock(
        lambda: [PAIRS[name](*pair, mask) for mask in labels.values() for pair in pairs for name in names]
    )
    return spent


def clock(job) -> float:
    begun = time.process_time()
    job()
    return time.process_time() - begun


if __name__ == "__main__":
    data = np.load(sys.argv[1])
    images = {name[6:]: data[name] for name in data if name.startswith("image_")}
    labels = {name[7:]: data[name].astype(np.int64) for name in data if name.startswith("labels_")}
    corner = np.zeros((60, 60), np.int64)
    corner[10:30, 10:30], corner[35:55, 30:50] = 1, 2
    run({name: image[:60, :60] for name, image in images.items()}, {"Nuclei": corner})
    print(json.dumps(run(images, labels)))
