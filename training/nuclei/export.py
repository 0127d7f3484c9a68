"""Write trained weights as the ONNX file that the package ships.

    python export.py FIRST/weights.pt SECOND/weights.pt nuclei.onnx

Weights of several stages are averaged: the mean answers better than either (Izmailov et al. 2018, arXiv:1803.05407).
Batch normalisation is folded into the convolutions by the exporter. The file is the same, byte by byte, for the same
weights and versions of torch and onnx.
"""

import argparse
from pathlib import Path

import torch
from torch import Tensor

from network import NucleiNetwork


def mean_of(stages: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    """The mean of weights; of what is counted, the last count."""
    last = stages[-1]
    return {
        name: torch.stack([stage[name] for stage in stages]).mean(dim=0) if one.is_floating_point() else one
        for name, one in last.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path, nargs="+")
    parser.add_argument("onnx", type=Path)
    chosen = parser.parse_args()
    network = NucleiNetwork()
    network.load_state_dict(mean_of([torch.load(path) for path in chosen.weights]))
    torch.onnx.export(
        network.eval(),
        (torch.zeros(1, 8, 32, 32),),
        str(chosen.onnx),
        input_names=["blocks"],
        output_names=["answer"],
        dynamic_axes={"blocks": {2: "rows", 3: "columns"}, "answer": {2: "rows", 3: "columns"}},
        opset_version=17,
        dynamo=False,
    )


if __name__ == "__main__":
    main()
