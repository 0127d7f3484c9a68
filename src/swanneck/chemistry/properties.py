"""What a molecule is like: size, fat, bonds to hydrogen, likeness to drugs, its scaffold.

Lipinski et al. 1997, Adv Drug Deliv Rev 23:3; QED: Bickerton et al. 2012, Nat Chem 4:90; scaffolds: Bemis and Murcko
1996, J Med Chem 39:2887.
"""

from rdkit.Chem import QED, rdMolDescriptors
from rdkit.Chem.Scaffolds import MurckoScaffold

from swanneck.chemistry._rdkit import Chem, rdBase

__all__ = ["describe_molecule", "murcko_scaffold"]


def describe_molecule(molecule: Chem.Mol) -> dict[str, float | int]:
    """Give molecular weight, logP, donors, acceptors, polar surface, rotatable bonds, Lipinski violations and QED.

    >>> describe_molecule(Chem.MolFromSmiles("CC(=O)Oc1ccccc1C(=O)O"))["lipinski_violations"]
    0
    """
    with rdBase.BlockLogs():
        weight, logp = rdMolDescriptors.CalcExactMolWt(molecule), rdMolDescriptors.CalcCrippenDescriptors(molecule)[0]
        donors, acceptors = rdMolDescriptors.CalcNumHBD(molecule), rdMolDescriptors.CalcNumHBA(molecule)
        return {
            "molecular_weight": weight, "logp": logp, "h_donors": donors, "h_acceptors": acceptors,
            "polar_surface": rdMolDescriptors.CalcTPSA(molecule),
            "rotatable_bonds": rdMolDescriptors.CalcNumRotatableBonds(molecule),
            # Lipinski's four limits: 500 Da, logP 5, 5 donors, 10 acceptors.
            "lipinski_violations": sum([weight > 500, logp > 5, donors > 5, acceptors > 10]),  # noqa: PLR2004
            "qed": QED.qed(molecule),  # type: ignore[no-untyped-call]
        }  # fmt: skip


def murcko_scaffold(molecule: Chem.Mol) -> str | None:
    """Give the scaffold (rings and what links them) as SMILES; None where a molecule has no ring.

    >>> murcko_scaffold(Chem.MolFromSmiles("CC(=O)Oc1ccccc1C(=O)O"))
    'c1ccccc1'
    """
    with rdBase.BlockLogs():
        return MurckoScaffold.MurckoScaffoldSmiles(mol=molecule) or None  # type: ignore[no-untyped-call]
