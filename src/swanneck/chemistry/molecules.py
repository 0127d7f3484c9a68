"""Structures as people write them, and the one standard form that compounds are compared in.

The standard form is RDKit's: clean up (metals off, normal groups, charges to the usual places), the largest fragment
without its salts and solvents, uncharged (Bento et al. 2020, J Cheminform 12:51 describe the same steps). Two keys
tell compounds apart: the InChIKey, and a tautomer key (RDKit's hash of heavy atoms with mobile hydrogens), which is
the same for tautomers and costs a hundredth of a canonical tautomer.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rdkit.Chem import rdMolHash
from rdkit.Chem.Draw import rdMolDraw2D
from rdkit.Chem.MolStandardize import rdMolStandardize

from swanneck.chemistry._rdkit import Chem, rdBase
from swanneck.foundation.errors import InputError

__all__ = [
    "Standard", "Standardiser", "draw_structure", "inchi_key", "read_structure", "read_structures", "split_structures",
]  # fmt: skip

_EXTENSION = re.compile(r"\s*\|[^|]*\|\s*")


def split_structures(text: str) -> list[str]:
    """Split a cell that holds several SMILES with commas between them; ChemAxon's extension stays with its structure.

    >>> split_structures("CCO, CCN")
    ['CCO', 'CCN']
    >>> split_structures("C[C@H](N)O |&1:1,r|")
    ['C[C@H](N)O |&1:1,r|']
    """
    parts, start, inside = [], 0, False
    for place, letter in enumerate(text):
        inside ^= letter == "|"
        if letter == "," and not inside:
            parts.append(text[start:place])
            start = place + 1
    return [part.strip().strip('"') for part in [*parts, text[start:]] if part.strip().strip('"')]


def read_structure(text: str) -> Chem.Mol:
    """Read one structure: SMILES, with or without ChemAxon's extension, or a mol block.

    Raises `InputError` where it is none.

    >>> read_structure("CCO").GetNumAtoms()
    3
    """
    with rdBase.BlockLogs():
        if "\n" in text:
            molecule = Chem.MolFromMolBlock(text)
        else:
            molecule = Chem.MolFromSmiles(text) or Chem.MolFromSmiles(_EXTENSION.sub("", text))
    if molecule is None or not molecule.GetNumAtoms():
        problem = f"this is no structure: {text.strip()[:60]!r}"
        raise InputError(problem, remedy="Give SMILES or a mol block that RDKit can read")
    return molecule


@dataclass(frozen=True)
class Standard:
    """A compound in standard form.

    `removed` are the SMILES of fragments left out (salts, solvents); `tautomer_key` is equal for tautomers and, unlike
    the InChIKey, still tells stereoisomers apart.
    """

    molecule: Chem.Mol
    smiles: str
    removed: tuple[str, ...]
    tautomer_key: str
    changed_charge: bool


class Standardiser:
    """RDKit's standardisation with its parts made once: a call for each step makes them anew for each compound.

    >>> standard = Standardiser().standardise(read_structure("CC(=O)[O-].[Na+]"))
    >>> standard.smiles, standard.removed
    ('CC(=O)O', ('[Na+]',))
    """

    def __init__(self) -> None:
        with rdBase.BlockLogs():
            self._metals = rdMolStandardize.MetalDisconnector()
            self._groups = rdMolStandardize.Normalizer()
            self._charges = rdMolStandardize.Reionizer()
            self._largest = rdMolStandardize.LargestFragmentChooser()
            self._neutral = rdMolStandardize.Uncharger()

    def standardise(self, molecule: Chem.Mol) -> Standard:
        """Give the standard form of one compound. Raises `InputError` where RDKit cannot make it."""
        try:
            with rdBase.BlockLogs():
                clean = self._clean(molecule)
                parent = self._largest.choose(clean) if len(Chem.GetMolFrags(clean)) > 1 else clean
                charge = Chem.GetFormalCharge(parent)
                final = self._neutral.uncharge(parent)
                Chem.SanitizeMol(final)
                smiles = Chem.MolToSmiles(final)
                key = rdMolHash.MolHash(final, rdMolHash.HashFunction.HetAtomTautomerv2)
                removed = self._removed(clean, parent)
        except (ValueError, RuntimeError) as error:
            problem = f"the structure cannot be standardised: {' '.join(str(error).split())[:80]}"
            raise InputError(problem) from error
        return Standard(final, smiles, removed, key, charge != 0)

    def _clean(self, molecule: Chem.Mol) -> Chem.Mol:
        # Reading SMILES has removed hydrogens already; doing it again would cost a second sanitisation.
        bare = molecule if molecule.GetNumHeavyAtoms() == molecule.GetNumAtoms() else Chem.RemoveHs(molecule)
        clean = self._metals.Disconnect(bare)
        clean = self._charges.reionize(self._groups.normalize(clean))
        Chem.AssignStereochemistry(clean, force=True, cleanIt=True)
        return clean

    @staticmethod
    def _removed(clean: Chem.Mol, parent: Chem.Mol) -> tuple[str, ...]:
        if clean is parent or clean.GetNumAtoms() == parent.GetNumAtoms():
            return ()
        fragments = sorted(Chem.MolToSmiles(fragment) for fragment in Chem.GetMolFrags(clean, asMols=True))
        kept = Chem.MolToSmiles(parent)
        if kept in fragments:
            fragments.remove(kept)
        return tuple(fragments)


def inchi_key(molecule: Chem.Mol) -> str:
    """Give the standard InChIKey; its first 14 letters are the skeleton without stereochemistry.

    >>> inchi_key(read_structure("CCO"))
    'LFQSCWFLJHTTHZ-UHFFFAOYSA-N'
    """
    with rdBase.BlockLogs():
        return str(Chem.MolToInchiKey(molecule))  # type: ignore[no-untyped-call]


def draw_structure(molecule: Chem.Mol, *, width: int = 320, height: int = 240) -> str:
    """Draw a structure as SVG.

    >>> draw_structure(read_structure("CCO")).count("</svg>")
    1
    """
    drawer = rdMolDraw2D.MolDraw2DSVG(width, height)
    drawer.drawOptions().clearBackground = False  # type: ignore[assignment]
    rdMolDraw2D.PrepareAndDrawMolecule(drawer, molecule)
    drawer.FinishDrawing()
    text = str(drawer.GetDrawingText())
    return text[text.index("<svg") :]


def read_structures(texts: Iterable[str | None]) -> list[Chem.Mol | None]:
    """Read many structures; None where there is none or it cannot be read. Of several in a cell the first counts."""
    found: list[Chem.Mol | None] = []
    for text in texts:
        parts = split_structures(text) if text else []
        try:
            found.append(read_structure(parts[0]) if parts else None)
        except InputError:
            found.append(None)
    return found
