"""Claim: standard forms, tautomer keys, fingerprints and PAINS of 400 compounds per second and core, with the verdicts
of plain RDKit calls. Prints both speeds, measured in turns in one run, and compares every verdict.

    python benchmarks/compounds.py [--compounds 1000]

The compounds are those of the Drug Repurposing Hub (SWANNECK_DATA or ../shared/data), evenly taken from all of them.
"""

import argparse
import os
import time
from pathlib import Path

from rdkit import Chem, rdBase
from rdkit.Chem import FilterCatalog, rdFingerprintGenerator
from rdkit.Chem.MolStandardize import rdMolStandardize

from swanneck.chemistry.alerts import AlertScreen
from swanneck.chemistry.fingerprints import make_fingerprints
from swanneck.chemistry.molecules import Standardiser, read_structure, split_structures

DATA = Path(os.environ.get("SWANNECK_DATA", Path(__file__).parents[2] / "shared" / "data"))
SAMPLES = DATA / "compounds" / "repurposing_hub" / "repurposing_samples_20200324.txt"
LEAST_PER_SECOND = 400


def read_smiles() -> list[str]:
    lines = [line for line in SAMPLES.read_text(encoding="utf-8").split("\n") if line and not line.startswith("!")]
    column = lines[0].split("\t").index("smiles")
    cells = [line.split("\t")[column].strip('"') for line in lines[1:]]
    return list(dict.fromkeys(split_structures(cell)[0] for cell in cells if cell))


def ours(smiles: list[str], standardiser: Standardiser, screen: AlertScreen) -> list[tuple[str, bool]]:
    found = []
    for text in smiles:
        standard = standardiser.standardise(read_structure(text))
        make_fingerprints([standard.molecule])
        found.append((standard.smiles, bool(screen.find(standard.molecule))))
    return found


def plain(smiles: list[str], catalogue: FilterCatalog.FilterCatalog) -> list[tuple[str, bool]]:
    found = []
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    uncharger = rdMolStandardize.Uncharger()
    for text in smiles:
        clean = rdMolStandardize.Cleanup(read_structure(text))
        parent = uncharger.uncharge(rdMolStandardize.FragmentParent(clean))
        Chem.SanitizeMol(parent)
        generator.GetFingerprint(parent)
        found.append((Chem.MolToSmiles(parent), catalogue.HasMatch(parent)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--compounds", type=int, default=1000)
    count = parser.parse_args().compounds
    if not SAMPLES.is_file():
        print("skipped: the Repurposing Hub is not on this machine (SWANNECK_DATA or ../shared/data)")
        return
    smiles = read_smiles()
    smiles = smiles[:: max(1, len(smiles) // count)][:count]
    parameters = FilterCatalog.FilterCatalogParams()
    parameters.AddCatalog(FilterCatalog.FilterCatalogParams.FilterCatalogs.PAINS)
    catalogue, screen, standardiser = FilterCatalog.FilterCatalog(parameters), AlertScreen(["pains"]), Standardiser()
    seconds = {"ours": 0.0, "plain": 0.0}
    verdicts: dict[str, list[tuple[str, bool]]] = {"ours": [], "plain": []}
    with rdBase.BlockLogs():
        for start in range(0, len(smiles), 100):  # in turns, so that a busy machine slows both alike
            part = smiles[start : start + 100]
            before = time.process_time()
            verdicts["ours"] += ours(part, standardiser, screen)
            between = time.process_time()
            verdicts["plain"] += plain(part, catalogue)
            seconds["ours"] += between - before
            seconds["plain"] += time.process_time() - between
    pairs = list(zip(verdicts["ours"], verdicts["plain"], strict=True))
    speed = {name: len(smiles) / value for name, value in seconds.items()}
    print(f"{len(smiles)} compounds, CPU time of one core")
    print(f"  ours           {speed['ours']:.0f} per second (limit {LEAST_PER_SECOND})")
    ratio = speed["ours"] / speed["plain"]
    print(f"  plain RDKit    {speed['plain']:.0f} per second, without tautomer keys: ratio {ratio:.2f}")
    print(f"  equal standard forms {sum(a[0] == b[0] for a, b in pairs)} of {len(pairs)}")
    alerts = sum(b[1] for _, b in pairs)
    print(f"  equal PAINS verdicts {sum(a[1] == b[1] for a, b in pairs)} of {len(pairs)}, {alerts} with an alert")


if __name__ == "__main__":
    main()
