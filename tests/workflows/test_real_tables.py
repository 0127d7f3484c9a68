"""Published tables as a user would give them: plates of a drug-sensitivity screen, curves of a database."""

import gzip

import polars as pl
import pytest

from swanneck.foundation.errors import InputError
from swanneck.screening.readout_tables import read_readouts
from swanneck.workflows import analyse_table, compare_potencies, fit_table_curves
from swanneck.workflows.fit_table_curves import CurveQuestion


@pytest.mark.parametrize(("last", "well"), [(96, "H12"), (384, "P24"), (1536, "AF48")])
def test_wells_counted_to_the_end_of_a_plate_are_named(tmp_path, last, well):
    (tmp_path / "wells.csv").write_text("position,signal\n" + "".join(f"{n},{n}.5\n" for n in (1, 2, last)))
    assert read_readouts(tmp_path / "wells.csv").table["well"].to_list() == ["A01", "A02", well]


def test_a_gzipped_table_is_read_and_a_damaged_one_refused(tmp_path):
    path = tmp_path / "wells.csv.gz"
    path.write_bytes(gzip.compress(b"well,signal\nA1,1\nA2,2\n"))
    assert read_readouts(path).table.height == 2
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(InputError, match="the compressed file is damaged"):
        read_readouts(path)


@pytest.fixture(scope="module")
def sensitivity(shared_data, tmp_path_factory):
    """Results of the plates of four cell lines of the GDSC screen, with the tags written as roles."""
    folder = tmp_path_factory.mktemp("gdsc")
    raw = pl.read_csv(shared_data / "screens" / "gdsc_example" / "gdsc_example_12plates.csv.gz")
    raw = raw.filter(pl.col("CELL_LINE_NAME").is_in(["A375", "C32", "A549", "PC-14"]))
    tag = pl.col("TAG")
    role = (
        pl.when(tag.str.starts_with("NC")).then(pl.lit("negative_control"))
        .when(tag == "B").then(pl.lit("positive_control"))
        .when(tag == "UN-USED").then(pl.lit("empty")).otherwise(pl.lit("sample"))
    )  # fmt: skip
    drug = pl.when(role == "sample").then(pl.format("drug {}", pl.col("DRUG_ID").cast(pl.Int64)))
    table = raw.select(
        plate="BARCODE", position="POSITION", role=role, compound=drug, dose="CONC", unit=pl.lit("uM"),
        cell_line="CELL_LINE_NAME", INTENSITY="INTENSITY",
    )  # fmt: skip
    table.write_csv(folder / "wells.csv")
    return analyse_table(folder / "wells.csv", efficacy="INTENSITY", out=folder / "results"), folder


def test_wells_that_are_numbers_are_read_row_by_row(sensitivity):
    wells = sensitivity[0].tables.wells
    assert set(wells["well"].str.len_chars()) == {3, 4}
    assert wells.filter(pl.col("role") == "sample")["INTENSITY_inhibition"].null_count() == 0
    assert sensitivity[0].tables.plates["z_prime"].min() > 0.3


def test_braf_mutant_lines_alone_answer_to_the_inhibitors_of_their_pathway(sensitivity):
    """A375 and C32 carry BRAF V600E; drug 1036 (PLX-4720) inhibits it and drug 1060 (PD0325901) the kinase below."""
    curves = sensitivity[0].tables.curves.filter(pl.col("compound").is_in(["drug 1036", "drug 1060"]))
    reached = curves.filter(pl.col("ec50_relation") == "=")
    assert set(reached["cell_line"]) == {"A375", "C32"}
    assert curves.filter(~pl.col("cell_line").is_in(["A375", "C32"]))["ec50_relation"].unique().to_list() == [">"]
    compared = compare_potencies(sensitivity[1] / "results").table
    pair = compared.filter(
        (pl.col("first") == "A375") & (pl.col("second") == "A549") & (pl.col("compound") == "drug 1036")
    )
    assert pair["ratio_relation"].to_list() == [">"]


def test_curves_of_log_doses_in_a_gzipped_table(shared_data):
    path = shared_data / "screens" / "tcplfit2" / "mc3.csv.gz"
    fits = fit_table_curves(path, CurveQuestion(dose="logc", response="resp", log_dose=True, curve=("name", "spid")))
    table = fits.to_table()
    assert (table.height + len(fits.refused), fits.refused) == (186, {})
    # Agonists of the oestrogen receptor of known potency (µM) among the chemicals of the assay.
    bisphenol = table.filter(pl.col("curve").str.starts_with("Bisphenol A,"))
    assert bisphenol["fdr"].max() < 1e-6
    assert bisphenol["e"].is_between(0.05, 5).all()


def test_short_noisy_signatures_are_fitted_and_not_overstated(shared_data, tmp_path):
    raw = pl.read_csv(shared_data / "screens" / "tcplfit2" / "signatures.csv")
    points = raw.select("signature", pl.col("conc", "resp").str.split("|")).explode("conc", "resp")
    points.write_csv(tmp_path / "points.csv")
    fits = fit_table_curves(tmp_path / "points.csv", CurveQuestion(dose="conc", response="resp", curve=("signature",)))
    assert len(fits.curves) == 6
    assert (fits.to_table()["fdr"] > 0.001).all()
