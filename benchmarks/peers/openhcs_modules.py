"""Run in an environment with OpenHCS and mahotas: CPU seconds of each module over one field, as JSON.

    PYTHON openhcs_modules.py FIELD.npz

The field has `image_<Channel>` in single precision and `labels_<Object>`. A run on a corner compiles before; `import`
and `first` are the seconds of loading the modules and of that run.
"""

import itertools
import json
import logging
import sys
import time
import warnings

import numpy as np

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
BEGUN = time.perf_counter()

from openhcs.core.runtime_image_values import ImageMetadataPayload, ImagePayloadMetadata  # noqa: E402
from openhcs.core.runtime_object_label_domains import ObjectLabelDomain  # noqa: E402
from openhcs.core.runtime_object_labels import ObjectLabelPayload, ObjectLabelVariantData  # noqa: E402
from openhcs.processing.backends.cellprofiler import (  # noqa: E402
    colocalization,
    granularity,
    intensity,
    intensity_distribution,
    neighbors,
    shape,
    texture,
)

IMPORTED = time.perf_counter() - BEGUN
BOTH = intensity_distribution.IntensityDistributionZernikeMode.MAGNITUDES_AND_PHASE
METHODS = {
    "Nuclei": [(neighbors.DistanceMethod.ADJACENT, 1), (neighbors.DistanceMethod.EXPAND, 1)],
    "Cells": [(neighbors.DistanceMethod.WITHIN, 5)],
}


def wrap(labels: np.ndarray) -> ObjectLabelPayload:
    domain = ObjectLabelDomain.declared(declared_object_count=int(labels.max()))
    return ObjectLabelPayload(variant_data=ObjectLabelVariantData(labels=labels.astype(np.int32)), domain=domain)


def run(images: dict[str, np.ndarray], labels: dict[str, np.ndarray]) -> dict[str, float]:
    masks = {name: wrap(image) for name, image in labels.items()}
    every = list(itertools.product(masks.values(), images.values()))
    first = next(iter(images.values()))
    named = [
        (ImageMetadataPayload(image, ImagePayloadMetadata(source_image_names=(name,))), mask)
        for mask in masks.values()
        for name, image in images.items()
    ]
    pairs = [np.stack(pair) for pair in itertools.combinations(images.values(), 2)]
    jobs = {
        "AreaShape": lambda: [shape.measure_object_size_shape(first, mask) for mask in masks.values()],
        "Intensity": lambda: [intensity.measure_object_intensity(image, mask) for mask, image in every],
        "IntensityDistribution": lambda: [
            intensity_distribution.measure_object_intensity_distribution(image, mask, wants_zernikes=BOTH)
            for image, mask in named
        ],
        "Granularity": lambda: [granularity.measure_granularity_objects(image, mask) for mask, image in every],
        "Texture": lambda: [texture.measure_texture_objects(image, mask, scale=(3, 5, 10)) for mask, image in every],
        "Correlation": lambda: [
            colocalization.measure_colocalization_objects(pair, mask) for mask in masks.values() for pair in pairs
        ],
        "Neighbors": lambda: [
            neighbors.measure_object_neighbors(first, masks[name], distance_method=method, neighbor_distance=distance)
            for name, methods in METHODS.items()
            if name in masks
            for method, distance in methods
        ],
    }
    return {module: clock(job) for module, job in jobs.items()}


def clock(job) -> float:
    begun = time.process_time()
    job()
    return time.process_time() - begun


if __name__ == "__main__":
    data = np.load(sys.argv[1])
    images = {name[6:]: data[name] for name in data if name.startswith("image_")}
    labels = {name[7:]: data[name] for name in data if name.startswith("labels_")}
    corner = np.zeros((60, 60), np.int32)
    corner[10:30, 10:30], corner[35:55, 30:50] = 1, 2
    small = run({name: np.ascontiguousarray(image[:60, :60]) for name, image in images.items()},
                {"Nuclei": corner, "Cells": corner})  # fmt: skip
    print(json.dumps({"import": IMPORTED, "first": sum(small.values())} | run(images, labels)))
