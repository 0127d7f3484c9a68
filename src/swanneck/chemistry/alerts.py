"""Structural alerts: groups that make trouble in assays or in people. A flag to look at, not a verdict.

- `pains`: interference in many assays (Baell and Holloway 2010, J Med Chem 53:2719), 480 patterns.
- `brenk`: unwanted in lead compounds (Brenk et al. 2008, ChemMedChem 3:435), 105 patterns.
- `reactive`: reactive and unstable groups (Hann et al. 1999, J Chem Inf Comput Sci 39:897).
- `aggregator`: fat and flat enough to form colloids (logP above 3 as in Irwin et al. 2015, J Med Chem 58:7076, and
  three aromatic rings or more); `autofluorescence`: large conjugated ring systems (Simeonov et al. 2008, J Med Chem
  51:2363); `phospholipidosis`: a basic amine on a fat molecule, which looks antiviral in cells without being so
  (Tummino et al. 2021, Science 373:541). These are hints: measure with detergent, without stain, and lipid staining.

The patterns are RDKit's catalogues. A pattern is tried only where the molecule's pattern fingerprint has every bit of
the pattern's own (RDKit's substructure screen), which leaves one in thirteen; verdicts are those of the full catalogue.
"""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rdkit import RDConfig
from rdkit.Chem import FilterCatalog, rdMolDescriptors

from swanneck.chemistry._rdkit import Chem, DataStructs, rdBase
from swanneck.foundation.settings import Settings

__all__ = ["AlertLimits", "AlertScreen"]

_CATALOGUES = {"pains": "PAINS", "brenk": "BRENK", "reactive": "CHEMBL_Glaxo"}
_BITS = 2048
# An amine between saturated carbons: no amide, aniline, amidine, hydrazine, sulfonamide.
_BASIC_AMINE = Chem.MolFromSmarts("[NX3;!$(N~[!#6;!#1]);!$(N-[#6]=[#7,#8,#16]);!$(N-[c,n]);!$(N-C=C);!$(N-C#*)]-[CX4]")


class AlertLimits(Settings):
    """Where hints begin: see the module for their sources."""

    aggregator_logp: float = 3.0
    aggregator_aromatic_rings: int = 3
    amphiphilic_logp: float = 3.0
    fluorescent_atoms: int = 12
    fluorescent_fused_rings: int = 3


class AlertScreen:
    """The catalogues, loaded once.

    >>> AlertScreen(["pains"]).find(Chem.MolFromSmiles("O=C1C=CC(=O)C=C1"))
    {'pains': ['quinone_A(370)']}
    """

    def __init__(self, catalogues: Sequence[str] = ("pains", "brenk", "reactive"), limits: AlertLimits | None = None):
        self._limits = limits or AlertLimits()
        self._catalogues = {name: _load(name) for name in catalogues}

    def find(self, molecule: Chem.Mol, *, hints: bool = False) -> dict[str, list[str]]:
        """Give the alerts of a molecule by catalogue, without those that found none; `hints` adds the three hints."""
        bits = _words(Chem.PatternFingerprint(molecule, _BITS))
        found = {}
        with rdBase.BlockLogs():
            for name, (entries, needed) in self._catalogues.items():
                candidates = np.flatnonzero(~((needed & ~bits).any(axis=1))).tolist()
                matches = [entries[place] for place in candidates if entries[place].HasFilterMatch(molecule)]
                if matches:
                    found[name] = [entry.GetDescription() for entry in matches]
        return found | self._hints(molecule) if hints else found

    def _hints(self, molecule: Chem.Mol) -> dict[str, list[str]]:
        limits, found = self._limits, {}
        logp, rings = (
            rdMolDescriptors.CalcCrippenDescriptors(molecule)[0],
            rdMolDescriptors.CalcNumAromaticRings(molecule),
        )
        if logp > limits.aggregator_logp and rings >= limits.aggregator_aromatic_rings:
            found["aggregator"] = [f"logP {logp:.1f}, {rings} aromatic rings"]
        if logp >= limits.amphiphilic_logp and molecule.HasSubstructMatch(_BASIC_AMINE):
            found["phospholipidosis"] = [f"cationic amphiphilic: basic amine, logP {logp:.1f}"]
        atoms, fused = _conjugation(molecule)
        if atoms >= limits.fluorescent_atoms and fused >= limits.fluorescent_fused_rings:
            found["autofluorescence"] = [f"{atoms} conjugated atoms around {fused} fused aromatic rings"]
        return found


def _load(name: str) -> tuple[list[FilterCatalog.FilterCatalogEntry], NDArray[np.uint64]]:
    parameters = FilterCatalog.FilterCatalogParams()
    parameters.AddCatalog(getattr(FilterCatalog.FilterCatalogParams.FilterCatalogs, _CATALOGUES[name]))
    catalogue = FilterCatalog.FilterCatalog(parameters)
    entries = [catalogue.GetEntryWithIdx(place) for place in range(catalogue.GetNumEntries())]
    needed = np.zeros((len(entries), _BITS // 64), dtype=np.uint64)
    patterns = _pains_patterns() if name == "pains" else {}
    for place, entry in enumerate(entries):
        pattern = patterns.get(entry.GetDescription())
        # Without its pattern an entry has no bits of its own and is always tried.
        if pattern is not None:
            needed[place] = _words(Chem.PatternFingerprint(pattern, _BITS))
    return entries, needed


def _pains_patterns() -> dict[str, Chem.Mol]:
    path = Path(RDConfig.RDDataDir) / "Pains" / "wehi_pains.csv"
    patterns = {}
    if path.is_file():
        with path.open(encoding="utf-8") as stream, rdBase.BlockLogs():
            for smarts, name in csv.reader(stream):
                pattern = Chem.MergeQueryHs(Chem.MolFromSmarts(smarts))
                pattern.UpdatePropertyCache(strict=False)
                patterns[name.removeprefix("<regId=").removesuffix(">")] = pattern
    return patterns


def _words(bits: DataStructs.ExplicitBitVect) -> NDArray[np.uint64]:
    return np.frombuffer(DataStructs.BitVectToBinaryText(bits), dtype=np.uint64)


def _conjugation(molecule: Chem.Mol) -> tuple[int, int]:
    """Give the atoms of the largest conjugated system, and the rings of the largest fused aromatic system."""
    bonds = [
        (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
        for bond in molecule.GetBonds()
        if bond.GetIsConjugated() or bond.GetIsAromatic()
    ]
    aromatic = [
        set(ring) for ring in molecule.GetRingInfo().AtomRings()
        if all(molecule.GetAtomWithIdx(atom).GetIsAromatic() for atom in ring)
    ]  # fmt: skip
    fused = [
        (one, other)
        for one in range(len(aromatic))
        for other in range(one)
        if len(aromatic[one] & aromatic[other]) >= 2  # noqa: PLR2004 - fused rings share a bond: two atoms
    ]
    return _largest(bonds), _largest(fused) or int(bool(aromatic))


def _largest(pairs: list[tuple[int, int]]) -> int:
    leader: dict[int, int] = {}

    def lead(member: int) -> int:
        while leader.setdefault(member, member) != member:
            member = leader[member]
        return member

    for one, other in pairs:
        leader[lead(one)] = lead(other)
    counts: dict[int, int] = {}
    for member in leader:
        counts[lead(member)] = counts.get(lead(member), 0) + 1
    return max(counts.values(), default=0)
