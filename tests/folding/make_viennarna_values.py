"""Write viennarna_values.json: run by hand with a Python that has ViennaRNA (2.7.2 wrote what is there)."""

import importlib
import json
import random
from pathlib import Path

SPECIAL = {
    "tetraloop": "GGGGCUACGGCCCC",
    "triloop": "GGCAACGGAAGUUACUU",
    "hexaloop": "GGCACAGUACUGCC",
    "long bulge": "GGGGCCAAAAAAAAAAGGCGCUUCGGCGCCCCCCC",
    "interior 2x3": "GGGGAACCCCGAAAGGGGAAACCCC",
    "long hairpin": "GGGGC" + "A" * 41 + "GCCCC",
    "wide interior": "GGCGC" + "A" * 14 + "CGCGGAAACCGCG" + "C" * 15 + "GCGCC",
}


def cases() -> dict[str, str]:
    source = random.Random(11)
    sequences = dict(SPECIAL)
    for size in (40, 80, 120, 200, 300):
        sequences[f"random {size}"] = "".join(source.choices("ACGU", k=size))
        half = "".join(source.choices("ACGU", weights=(1, 2, 2, 1), k=size // 2))
        sequences[f"stem {size}"] = half + "GAAA" + half[::-1].translate(str.maketrans("ACGU", "UGCA"))[: size // 3]
    return sequences


def main() -> None:
    vienna = importlib.import_module("RNA")
    details = vienna.md()
    details.dangles, details.uniq_ML = 0, 1
    lines = []
    for name, sequence in cases().items():
        compound, n = vienna.fold_compound(sequence, details), len(sequence)
        energy = compound.mfe()[1]
        compound.exp_params_rescale(energy)
        ensemble, table, drawn = compound.pf()[1], compound.bpp(), compound.pbacktrack()
        paired = [sum(table[min(i, j)][max(i, j)] for j in range(1, n + 1) if i != j) for i in range(1, n + 1, 10)]
        case = {"name": name, "sequence": sequence, "energy": round(energy, 2), "ensemble": round(ensemble, 5)}
        case |= {"unpaired": [round(1 - one, 6) for one in paired], "drawn": drawn}
        case["drawn_energy"] = round(compound.eval_structure(drawn), 2)
        lines.append(json.dumps(case))
    path = Path(__file__).parent / "viennarna_values.json"
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
