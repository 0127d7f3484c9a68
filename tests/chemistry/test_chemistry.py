"""Structures: standard forms and alerts are RDKit's own, told quicker."""

import pytest

from swanneck.foundation.errors import InputError

Chem = pytest.importorskip("rdkit.Chem", reason="RDKit (the extra `chemistry`) is not installed")

from rdkit.Chem import FilterCatalog  # noqa: E402 - after the check that RDKit is there
from rdkit.Chem.MolStandardize import rdMolStandardize  # noqa: E402

from swanneck.chemistry.alerts import AlertScreen  # noqa: E402
from swanneck.chemistry.fingerprints import choose_diverse, cluster_structures, make_fingerprints  # noqa: E402
from swanneck.chemistry.molecules import (  # noqa: E402
    Standardiser,
    draw_structure,
    inchi_key,
    read_structure,
    split_structures,
)
from swanneck.chemistry.properties import describe_molecule  # noqa: E402

SMILES = [
    "CC(=O)Oc1ccccc1C(=O)O", "CN1CCc2cccc3c2[C@H]1Cc1ccc(O)c(O)c1-3.Cl", "[Na+].CC(=O)[O-]", "O=C1C=CC(=O)C=C1",
    "C[N+](C)(C)CC([O-])=O", "CCN(CC)CCCC(C)Nc1ccnc2cc(Cl)ccc12", "c1ccc2c(c1)ccc1ccccc12", "CC(=O)C=C(C)O",
    "O=[N+]([O-])c1ccc(cc1)N=Nc1ccc(O)cc1", "[O-][N+](=O)c1ccccc1", "C[S+](C)[O-]",
    "NC(=O)c1ccc[n+](c1)[C@@H]1OC[C@H]1O",
    "OB(O)c1ccccc1", "[Pt+2].[Cl-].[Cl-].N.N", "CC1=NN(C(=O)C1=Cc1ccco1)c1ccccc1", "S=C1NC(=O)C(=Cc2ccccc2)S1",
]  # fmt: skip


@pytest.fixture(scope="module")
def standardiser():
    return Standardiser()


@pytest.mark.parametrize("smiles", SMILES)
def test_the_standard_form_is_that_of_plain_calls(smiles, standardiser):
    molecule = read_structure(smiles)
    parent = rdMolStandardize.Uncharger().uncharge(rdMolStandardize.FragmentParent(rdMolStandardize.Cleanup(molecule)))
    assert standardiser.standardise(molecule).smiles == Chem.MolToSmiles(parent)


def test_pains_are_those_of_the_full_catalogue(standardiser):
    parameters = FilterCatalog.FilterCatalogParams()
    parameters.AddCatalog(FilterCatalog.FilterCatalogParams.FilterCatalogs.PAINS)
    catalogue, screen = FilterCatalog.FilterCatalog(parameters), AlertScreen(["pains"])
    found = 0
    for smiles in SMILES:
        molecule = standardiser.standardise(read_structure(smiles)).molecule
        names = [entry.GetDescription() for entry in catalogue.GetMatches(molecule)]
        assert screen.find(molecule).get("pains", []) == names
        found += bool(names)
    assert found > 2


def test_tautomers_share_a_key_and_stereoisomers_do_not(standardiser):
    def key(smiles):
        return standardiser.standardise(read_structure(smiles)).tautomer_key

    assert key("CC(=O)C=C(C)O") == key("CC(O)=CC(C)=O")
    assert key("C[C@H](N)C(=O)O") != key("C[C@@H](N)C(=O)O")


def test_hints_of_trouble_in_cells():
    chloroquine = read_structure("CCN(CC)CCCC(C)Nc1ccnc2cc(Cl)ccc12")
    assert "phospholipidosis" in AlertScreen([]).find(chloroquine, hints=True)
    assert AlertScreen([]).find(read_structure("CC(=O)Nc1ccc(O)cc1"), hints=True) == {}
    assert "autofluorescence" in AlertScreen([]).find(read_structure("c1ccc2c(c1)ccc1ccccc12"), hints=True)


def test_several_structures_in_one_cell():
    assert split_structures('"CCO, CCN"') == ["CCO", "CCN"]
    assert split_structures("C[C@H](O)F |&1:1,r|,CCO") == ["C[C@H](O)F |&1:1,r|", "CCO"]
    assert read_structure("C[C@H](O)F |&1:99,r|").GetNumAtoms() == 4


@pytest.mark.parametrize("text", ["", "C1CC", "hello world", "C(C)(C)(C)(C)C"])
def test_what_is_no_structure_is_refused(text):
    with pytest.raises(InputError, match="this is no structure"):
        read_structure(text)


def test_keys_drawings_properties():
    aspirin = read_structure(SMILES[0])
    assert inchi_key(aspirin) == "BSYNRYMUTXBXSQ-UHFFFAOYSA-N"
    assert draw_structure(aspirin).startswith("<svg")
    assert describe_molecule(aspirin)["molecular_weight"] == pytest.approx(180.04, abs=0.01)


def test_clusters_and_diverse_choices():
    fingerprints = make_fingerprints([read_structure(text) for text in ("CCCCCO", "CCCCCCO", "c1ccccc1", "c1ccccc1C")])
    assert cluster_structures(fingerprints)[:2] == [1, 1]
    chosen = choose_diverse(fingerprints, 2)
    assert chosen == choose_diverse(fingerprints, 2)
    assert len(set(chosen)) == 2
