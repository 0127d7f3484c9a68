"""Write trained weights as the ONNX file that the package ships.

    python export.py OUT/weights.pt nuclei.onnx

Batch normalisation is folded into the convolutions by the exporter. The file is the same, byte by byte, for the same
weights and versions of torch and onnx.
"""

import argparse
from pathlib import Path

import torch

from network import NucleiNetwork


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("onnx", type=Path)
    chosen = parser.parse_args()
    network = NucleiNetwork()
    network.load_state_dict(torch.load(chosen.weights))
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
