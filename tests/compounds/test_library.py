"""Libraries, layouts, transfers: faults are reported, plans keep to the rules."""

import polars as pl
import pytest

pytest.importorskip("rdkit", reason="RDKit (the extra `chemistry`) is not installed")

from swanneck.compounds.library import build_library, describe_library, read_sdf  # noqa: E402
from swanneck.compounds.plate_layouts import LayoutDesign, design_layout  # noqa: E402
from swanneck.compounds.transfers import TransferRules, plan_transfers  # noqa: E402
from swanneck.foundation.errors import InputError, SettingsError  # noqa: E402
from swanneck.foundation.wells import is_edge_well  # noqa: E402
from swanneck.screening.layout_linter import lint_layout  # noqa: E402
from swanneck.screening.layouts import Layout  # noqa: E402
from swanneck.workflows.check_compounds import read_library  # noqa: E402


def library(*rows):
    return build_library(pl.DataFrame(rows, schema=["compound", "structure"], orient="row"))


def kinds(*rows):
    return set(library(*rows).findings["kind"])


def test_each_fault_is_reported():
    assert kinds(("a", "CCO"), ("b", "OCC.Cl")) == {"duplicate"}
    assert kinds(("a", "C[C@H](N)C(=O)O"), ("b", "CC(N)C(=O)O")) == {"stereo_conflict"}
    assert "same_tautomer" in kinds(("a", "CC(=O)C=C(C)O"), ("b", "CC(=O)CC(C)=O"))
    assert kinds(("a", "CCO"), ("a", "CCN")) == {"name_twice"}
    assert kinds(("a", "CCO,CCN")) == {"several_structures"}
    assert kinds(("a", "C1CC")) == {"unreadable"}
    assert kinds(("a", "CCO,OCC")) == set()


def test_a_supplier_key_of_another_structure_is_reported():
    table = pl.DataFrame({"compound": ["a"], "structure": ["CCO"], "InChIKey": ["BSYNRYMUTXBXSQ-UHFFFAOYSA-N"]})
    assert build_library(table).findings["kind"].to_list() == ["inchi_key_differs"]


def test_a_missing_structure_stays_missing():
    made = library(("a", None), ("b", "CCO"))
    assert made.table["status"].to_list() == ["missing", "ok"]
    assert describe_library(made)["qed"][0] is None


def test_libraries_are_read_from_all_kinds_of_files(tmp_path):
    from rdkit import Chem

    writer = Chem.SDWriter(str(tmp_path / "a.sdf"))
    molecule = Chem.MolFromSmiles("CCO")
    molecule.SetProp("_Name", "ethanol")
    writer.write(molecule)
    writer.close()
    (tmp_path / "a.smi").write_text("CCO ethanol\n")
    (tmp_path / "a.csv").write_text("Name;SMILES\nethanol;CCO\n")
    for name in ("a.sdf", "a.smi", "a.csv"):
        assert read_library(tmp_path / name).table.select("compound", "smiles").rows() == [("ethanol", "CCO")]
    assert read_sdf(tmp_path / "a.sdf").height == 1


def test_a_library_without_structures_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("name,price\nethanol,3\n")
    with pytest.raises(InputError, match="no column of structures"):
        read_library(tmp_path / "a.csv")
    (tmp_path / "b.sdf").write_text("")
    with pytest.raises(InputError):
        read_library(tmp_path / "b.sdf")


@pytest.mark.parametrize("edge", ["empty", "controls", "used"])
def test_a_layout_keeps_its_promises(edge):
    settings = LayoutDesign(wells=96, doses_molar=(1e-5, 1e-6, 1e-7, 1e-8), negative_controls=6, positive_controls=6,
                            edge=edge)  # fmt: skip
    layout = design_layout([f"c{n}" for n in range(30)], settings)
    samples = layout.filter(pl.col("role") == "sample")
    assert samples.group_by("compound").agg(pl.col("plate").n_unique(), pl.len())["plate"].max() == 1
    assert samples.height == 120
    on_edge = [is_edge_well(well, (8, 12)) for well in samples["well"]]
    assert any(on_edge) == (edge == "used")
    controls = layout.filter(pl.col("role").str.ends_with("control")).group_by("plate", "role").len()["len"]
    assert set(controls) == {6}
    assert not [one for one in lint_layout(Layout(layout)) if one.level == "error"]
    assert layout.equals(design_layout([f"c{n}" for n in range(30)], settings))


@pytest.mark.parametrize("settings", [{"doses_molar": (-1.0,)}, {"replicates": 100}, {"negative_controls": 400}])
def test_layouts_that_cannot_be_are_refused(settings):
    with pytest.raises(SettingsError):
        design_layout(["a"], LayoutDesign(wells=96, **settings))


def layout_of(*doses) -> pl.DataFrame:
    rows = [("P1", f"B{n:02d}", "a", dose, "sample") for n, dose in enumerate(doses, 2)]
    rows.append(("P1", "B20", None, None, "negative_control"))
    return pl.DataFrame(rows, schema=["plate", "well", "compound", "concentration_molar", "role"], orient="row")


def stocks(**changes) -> pl.DataFrame:
    row = {"compound": "a", "source_plate": "S", "source_well": "A1", "stock_molar": 1e-2, "volume_nl": 30_000.0}
    dmso = {"compound": "DMSO", "source_plate": "S", "source_well": "P24", "stock_molar": 0.0, "volume_nl": 60_000.0}
    return pl.DataFrame([row | changes, dmso])


def test_transfers_are_whole_drops_and_all_wells_get_the_same_volume():
    plan = plan_transfers(layout_of(1e-5, 3e-6, 1e-6), stocks())
    assert ((plan.transfers["volume_nl"] / 2.5) % 1 == 0).all()
    totals = plan.transfers.group_by("destination_well").agg(pl.col("volume_nl").sum())
    assert set(totals["volume_nl"]) == {50.0}
    assert totals.height == 4
    used = plan.transfers.filter(pl.col("compound") == "a")["volume_nl"].sum()
    assert plan.sources["left_nl"][0] == 30_000 - used


@pytest.mark.parametrize(("dose", "changes", "told"), [
    (1e-5, {"compound": "other"}, "no stock"), (1e-8, {}, "no whole drop"), (1e-4, {}, "% DMSO"),
    (1e-5, {"volume_nl": 15_010.0}, "too little stock"), (1e-3, {}, "at most 1000 nL"), (-1e-5, {}, "must be positive"),
], ids=["stock", "drop", "dmso", "volume", "large", "negative"])  # fmt: skip
def test_what_cannot_be_dispensed_is_told(dose, changes, told):
    plan = plan_transfers(layout_of(dose), stocks(**changes), TransferRules(backfill=False))
    assert told in plan.problems["problem"][0]
    assert plan.transfers.height == 0


def test_stocks_must_make_sense():
    with pytest.raises(InputError, match="lack the columns stock_molar"):
        plan_transfers(layout_of(1e-5), stocks().drop("stock_molar"))
    with pytest.raises(InputError, match="positive concentration"):
        plan_transfers(layout_of(1e-5), stocks(stock_molar=-1.0))
    with pytest.raises(InputError, match="named twice"):
        plan_transfers(layout_of(1e-5), pl.concat([stocks(), stocks()]))
