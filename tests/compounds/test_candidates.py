"""Candidates: names are joined or listed, the score explains itself, what is missing is said."""

import polars as pl
import pytest

from swanneck.compounds.annotations import hub_annotations, join_annotations
from swanneck.compounds.exposure import free_exposure
from swanneck.compounds.names import name_keys
from swanneck.compounds.ranking import RankingWeights, rank_candidates
from swanneck.compounds.targets import enrich_labels, suggest_targets
from swanneck.foundation.errors import InputError, SettingsError

pytest.importorskip("rdkit", reason="RDKit (the extra `chemistry`) is not installed")

from swanneck.workflows import rank_candidates as run_ranking  # noqa: E402
from swanneck.workflows import suggest_targets as run_targets  # noqa: E402
from swanneck.workflows.candidate_evidence import read_screen  # noqa: E402
from swanneck.workflows.candidate_settings import EvidenceFiles, ScreenColumns, TargetEvidence  # noqa: E402
from swanneck.workflows.rank_candidates import read_weights  # noqa: E402

DRUGS = "pert_iname\tclinical_phase\tmoa\ttarget\tdisease_area\tindication\n"


@pytest.mark.parametrize(("screened", "drug", "how"), [
    ("Oprozomib", "oprozomib", "same spelling"), ("VE 822", "VE-822", "name"),
    ("ixazomib-citrate", "ixazomib", "name without salt"),
    ("Vincristine (sulfate)", "vincristine", "name without salt"),
    ("Salinomycin (Procoxacin)", "salinomycin", "synonym in brackets"),
    ("crizotinib-(S)", "crizotinib", "name without stereochemistry"),
    ("monensin", "MONENSIN SODIUM", "name without salt"),
])  # fmt: skip
def test_names_are_joined_and_the_way_is_told(screened, drug, how):
    table = join_annotations([screened], pl.DataFrame({"drug": [drug, "other"]})).table
    assert table.select("drug", "joined_by").row(0) == (drug, how)


def test_the_same_spelling_goes_before_any_other_way():
    drugs = pl.DataFrame({"drug": ["pindolol", "pindolol-(-)"]})
    assert join_annotations(["Pindolol"], drugs).table["drug"][0] == "pindolol"


def test_ambiguous_names_are_listed_and_settled_by_hand():
    drugs = pl.DataFrame({"drug": ["rolipram-(R)", "rolipram-(S)"]})
    done = join_annotations(["rolipram"], drugs)
    assert done.table["drug"][0] is None
    assert done.ambiguous["candidates"].to_list() == ["rolipram-(R) | rolipram-(S)"]
    assert (
        join_annotations(["rolipram"], drugs, settled={"rolipram": "rolipram-(S)"}).table["drug"][0] == "rolipram-(S)"
    )
    with pytest.raises(InputError, match="no drug 'nothing'"):
        join_annotations(["rolipram"], drugs, settled={"rolipram": "nothing"})


def test_structures_go_before_names():
    drugs = pl.DataFrame({"drug": ["x", "y"], "inchi_key": ["LFQSCWFLJHTTHZ-UHFFFAOYSA-N", None]})
    done = join_annotations(["y"], drugs, inchi_keys={"y": "LFQSCWFLJHTTHZ-UHFFFAOYSA-N"})
    assert done.table.select("drug", "joined_by").row(0) == ("x", "InChIKey")


def test_a_salt_alone_keeps_its_name():
    assert name_keys("sodium nitrate")["same spelling"] == ["=sodium nitrate"]
    assert "name without salt" not in name_keys("sodium nitrate")


def test_free_exposure_is_missing_where_binding_is_unknown():
    table = pl.DataFrame({"compound": ["a", "b"], "cmax": [2.0, 1.0], "cmax_unit": ["uM", "nM"],
                          "protein_binding": [90.0, None]})  # fmt: skip
    assert free_exposure(table)["free_cmax_molar"].to_list() == [pytest.approx(2e-7), None]


@pytest.mark.parametrize("row", [
    {"cmax": -1.0, "cmax_unit": "uM"}, {"cmax": 1.0, "cmax_unit": "ug/mL"}, {"cmax": 1.0},
    {"cmax": 1.0, "cmax_unit": "uM", "protein_binding": 120.0}, {"cmax": "1,5", "cmax_unit": "uM"},
], ids=["negative", "mass", "no unit", "binding", "comma"])  # fmt: skip
def test_exposures_that_make_no_sense_are_refused(row):
    with pytest.raises(InputError):
        free_exposure(pl.DataFrame([{"compound": "a", **row}]))


def test_the_terms_add_up_to_the_score_and_what_is_missing_is_said():
    evidence = pl.DataFrame({
        "compound": ["a", "b", "c"], "ic50_molar": [1e-7, 1e-6, None], "free_cmax_molar": [1e-7, None, None],
        "phase": ["Launched", None, "Phase 1"], "inhibition": [99.0, 80.0, 20.0],
    })  # fmt: skip
    ranking = rank_candidates(evidence)
    assert ranking.table["compound"].to_list() == ["a", "b"]
    points = dict(ranking.terms.group_by("compound").agg(pl.col("points").sum()).rows())
    assert [points[name] for name in ("a", "b")] == pytest.approx(ranking.table["score"].to_list())
    assert ranking.table["missing"][1].split(", ")[:2] == ["second_readout", "selectivity"]
    assert "exposure" in ranking.table["missing"][1]
    assert "exposure" not in ranking.table["missing"][0]


def test_a_weight_of_nothing_takes_a_term_out():
    evidence = pl.DataFrame({"compound": ["a", "b"], "inhibition": [60.0, 90.0], "phase": ["Launched", "Preclinical"]})
    assert rank_candidates(evidence, RankingWeights(phase=0.0)).table["compound"][0] == "b"
    assert rank_candidates(evidence, RankingWeights(phase=10.0)).table["compound"][0] == "a"


def test_evidence_must_be_one_row_per_compound_with_activity():
    with pytest.raises(InputError, match="one row per compound"):
        rank_candidates(pl.DataFrame({"compound": ["a", "a"], "inhibition": [1.0, 2.0]}))
    with pytest.raises(InputError, match="no activity"):
        rank_candidates(pl.DataFrame({"compound": ["a"]}))
    with pytest.raises(SettingsError, match="no such setting: nonsense"):
        read_weights(["nonsense=1"])


def test_a_planted_target_is_found_and_noise_is_not():
    labels = ["PIKFYVE"] * 6 + [f"T{n % 30}" for n in range(194)]
    table = pl.DataFrame({"compound": [f"c{n}" for n in range(200)], "target": labels,
                          "is_hit": [True] * 5 + [n % 25 == 0 for n in range(195)],
                          "inhibition": [90.0] * 6 + [float(n % 40) for n in range(194)]})  # fmt: skip
    made = suggest_targets(enrich_labels(table, "target", activity="inhibition"), gene_hits=["PIKFYVE", "ACE2"])
    assert made["label"].to_list() == ["PIKFYVE"]
    assert made["support"][0] == 3
    assert made["refuted_by"][0]
    with pytest.raises(InputError, match="nothing to compare"):
        enrich_labels(table.with_columns(is_hit=pl.lit(False)), "target")


@pytest.fixture
def files(tmp_path):
    (tmp_path / "drugs.txt").write_text("!a comment\n" + DRUGS + "oldanib\tLaunched\tkinase\tGAK\t\t\n")
    (tmp_path / "samples.txt").write_text("pert_iname\tsmiles\tInChIKey\tvendor_name\noldanib\tCCO\t\tOldanib HCl\n")
    (tmp_path / "other.csv").write_text("compound,active\nOldanib,1\n")
    return EvidenceFiles(drugs=tmp_path / "drugs.txt", samples=tmp_path / "samples.txt",
                         other_screens=(tmp_path / "other.csv",))  # fmt: skip


COLUMNS = ScreenColumns(compound="Product", remaining="left")


def test_a_table_of_one_dose_becomes_pages(tmp_path, files):
    (tmp_path / "s.csv").write_text(
        "Product;dose uM;left\noldanib;10;20,0\noldanib;10;30,0\n<b>x</b>;10;10\nnone;0;5\n"
    )
    done = run_ranking(tmp_path / "s.csv", files, columns=COLUMNS, out=tmp_path / "out")
    row = done.ranking.table.row(by_predicate=pl.col("compound") == "oldanib", named=True)
    assert (row["inhibition"], row["n_replicates"], row["n_other_active"]) == (75.0, 2, 1)
    page = done.page.read_text(encoding="utf-8")
    assert "&lt;b&gt;x" in page
    assert "<b>x" not in page
    dossiers = sorted((tmp_path / "out" / "dossiers").glob("*.html"))
    assert len(dossiers) == 2
    assert any("<svg" in path.read_text(encoding="utf-8") for path in dossiers)


@pytest.mark.parametrize(("text", "told"), [
    ("Product,right\na,3\n", "no column 'left'"), ("Product,left\na,high\n", "no row has a compound and a number"),
    ("Product,left\n", "no row has"),
], ids=["column", "words", "empty"])  # fmt: skip
def test_tables_that_say_nothing_are_refused(tmp_path, text, told):
    (tmp_path / "s.csv").write_text(text)
    with pytest.raises(InputError, match=told):
        read_screen(tmp_path / "s.csv", COLUMNS)
    with pytest.raises(SettingsError, match="--remaining or --inhibition"):
        read_screen(tmp_path / "s.csv")


def test_the_real_screen_joins_with_the_real_hub(shared_data):
    from swanneck.workflows.candidate_evidence import join_drugs

    columns = ScreenColumns(compound="Product Name", remaining="infection rate (%)")
    screen = read_screen(next((shared_data / "screens" / "sarscov2_vero").glob("*.csv")), columns).table
    hub = next((shared_data / "compounds" / "repurposing_hub").glob("repurposing_drugs_*.txt"))
    samples = next(hub.parent.glob("repurposing_samples_*.txt"))
    joined = join_drugs(screen["compound"].to_list(), EvidenceFiles(drugs=hub, samples=samples))
    assert joined.rate > 0.98
    assert joined.ambiguous.height < 10


def test_other_tables_are_not_taken_for_the_hub():
    with pytest.raises(InputError, match="no table of drugs of the Repurposing Hub"):
        hub_annotations(pl.DataFrame({"pert_iname": ["a"]}))


@pytest.fixture
def libraries(tmp_path):
    rows = ["newish\tLaunched\t\t\t\t", "oldanib\tLaunched\tkinase\tGAK\t\t", "other\tPhase 1\tdye\tACE2\t\t"]
    (tmp_path / "drugs.txt").write_text(DRUGS + "\n".join(rows) + "\n")
    samples = ["newish\tCCOc1ccccc1N\t\t", "oldanib\tCCOc1ccccc1NC\t\t", "other\tCCCCCCCC\t\t"]
    (tmp_path / "samples.txt").write_text("\n".join(["pert_iname\tsmiles\tInChIKey\tvendor_name", *samples]))
    (tmp_path / "s.csv").write_text("compound,left\nnewish,10\noldanib,20\nother,100\n")
    return EvidenceFiles(drugs=tmp_path / "drugs.txt", samples=tmp_path / "samples.txt")


def test_hits_without_a_target_take_those_of_their_neighbours(tmp_path, libraries):
    profiles = pl.DataFrame({
        "compound": ["newish", "oldanib", "other"], "Cells_a": [1.0, 0.9, -1.0], "Cells_b": [0.5, 0.6, 0.4],
    })  # fmt: skip
    profiles.write_parquet(tmp_path / "p.parquet")
    (tmp_path / "g.csv").write_text("gene,is_hit\nGAK,1\nACE2,0\n")
    more = TargetEvidence(profiles=tmp_path / "p.parquet", genes=tmp_path / "g.csv")
    files = libraries.model_copy(update={"targets": more})
    done = run_targets(tmp_path / "s.csv", files, columns=ScreenColumns(remaining="left"), out=tmp_path)
    best = done.table.row(0, named=True)
    assert (best["label"], best["kind"], best["support"]) == ("GAK", "target", 3)
    assert "newish is near oldanib in profile space" in best["evidence"]
    assert best["refuted_by"]
    assert (tmp_path / "targets.csv").is_file()


def test_a_cluster_stands_for_the_hits_and_must_have_been_screened(tmp_path, libraries):
    (tmp_path / "cluster.csv").write_text("compound\nnewish\n")
    files = libraries.model_copy(update={"targets": TargetEvidence(members=tmp_path / "cluster.csv")})
    columns = ScreenColumns(remaining="left")
    done = run_targets(tmp_path / "s.csv", files, columns=columns)
    assert "oldanib (inactive here)" in done.table["evidence"][0]
    (tmp_path / "cluster.csv").write_text("compound\nunheard of\n")
    with pytest.raises(InputError, match="not screened: unheard of"):
        run_targets(tmp_path / "s.csv", files, columns=columns)


def test_weights_of_the_files_count_unless_others_are_given(tmp_path, libraries):
    files = libraries.model_copy(update={"weights": RankingWeights(phase=0.0)})
    done = run_ranking(tmp_path / "s.csv", files, columns=ScreenColumns(remaining="left"), out=tmp_path / "out")
    phases = done.ranking.terms.filter(pl.col("term") == "phase")
    assert set(phases["weight"]) == {0.0}
