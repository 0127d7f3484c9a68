"""Each form holds the cells and wells of a run, under the names that its readers expect."""

import sqlite3
from contextlib import closing

import polars as pl
import pytest

from swanneck.foundation.errors import InputError, SettingsError
from swanneck.workflows import export_results


@pytest.fixture(scope="module")
def profiles(results, tmp_path_factory):
    out = tmp_path_factory.mktemp("pycytominer")
    export_results(results, "pycytominer", out=out)
    return out


def test_a_profile_is_the_median_of_a_wells_cells(results, profiles):
    table = pl.read_parquet(profiles / "profiles.parquet")

    cells = pl.read_parquet(results / "cells/P1/C02.parquet")
    row = table.row(by_predicate=pl.col("Metadata_Well") == "C02", named=True)
    assert table.height == 30
    assert row["Metadata_Object_Count"] == cells.height
    assert row["Metadata_compound"] == "alpha"
    assert row["Metadata_concentration_molar"] == pytest.approx(0.01)
    name = "Cells_Intensity_MADIntensity_Virus"
    assert row[name] == pytest.approx(cells[name].median())


def test_cells_say_where_they_are(results, profiles):
    table = pl.read_parquet(profiles / "single_cells/P1.parquet")

    names = ["Metadata_Plate", "Metadata_Well", "Metadata_Site", "Metadata_ObjectNumber"]
    assert table.columns[:4] == names
    assert table.height == pl.read_parquet(results / "cells/P1/*.parquet").height
    assert {name.split("_")[0] for name in table.columns} == {"Metadata", "Nuclei", "Cells", "Cytoplasm"}
    assert "Metadata_Nuclei_TouchesBorder" in table.columns
    assert all(table.schema[name].is_numeric() for name in table.columns if not name.startswith("Metadata_"))


def test_readouts_are_no_metadata(profiles):
    names = pl.read_parquet(profiles / "profiles.parquet").columns
    assert not any("infected_fraction" in name for name in names)


def test_csv_has_the_same_cells_and_every_table(results, profiles, tmp_path):
    written = export_results(results, "csv", out=tmp_path)

    names = {path.relative_to(tmp_path).as_posix() for path in written}
    assert {"profiles.csv", "single_cells/P1.csv", "wells.csv", "hits.csv", "curves.csv"} <= names
    table = pl.read_csv(tmp_path / "single_cells/P1.csv")
    truth = pl.read_parquet(profiles / "single_cells/P1.parquet")
    assert table["Cells_AreaShape_Area"].to_list() == truth["Cells_AreaShape_Area"].to_list()


@pytest.fixture(scope="module")
def analyst(results, tmp_path_factory):
    out = tmp_path_factory.mktemp("analyst")
    export_results(results, "cellprofiler-analyst", out=out)
    return out


def properties(path):
    pairs = (line.partition(" =") for line in path.read_text().splitlines())
    return {key: value.strip() for key, _, value in pairs}


def test_the_properties_describe_the_database(analyst):
    told = properties(analyst / "screen.properties")

    with closing(sqlite3.connect(analyst / told["db_sqlite_file"])) as database:
        images = [row[1] for row in database.execute(f"PRAGMA table_info({told['image_table']})")]
        objects = [row[1] for row in database.execute(f"PRAGMA table_info({told['object_table']})")]
    assert {told["image_id"], told["plate_id"], told["well_id"]} <= set(images)
    assert {told["image_id"], told["object_id"], told["cell_x_loc"], told["cell_y_loc"]} <= set(objects)
    assert told["plate_type"] == "96"


def test_objects_belong_to_images(results, analyst):
    query = (
        "SELECT count(*), avg(Cells_AreaShape_Area) FROM Per_Object JOIN Per_Image USING (ImageNumber) "
        "WHERE Image_Metadata_Well = 'D03' AND Image_Metadata_compound = 'beta'"
    )
    with closing(sqlite3.connect(analyst / "screen.db")) as database:
        count, area = database.execute(query).fetchone()
        (fields,) = database.execute("SELECT count(*) FROM Per_Image").fetchone()

    cells = pl.read_parquet(results / "cells/P1/D03.parquet")
    assert (count, area) == (cells.height, pytest.approx(cells["Cells_AreaShape_Area"].mean()))
    assert fields == 60


def test_more_columns_than_sqlite_holds_are_a_table_per_kind_of_object(results, tmp_path, monkeypatch):
    monkeypatch.setattr("swanneck.exports.cellprofiler_analyst._MOST_COLUMNS", 200)

    written = export_results(results, "cellprofiler-analyst", out=tmp_path)

    names = {path.name for path in written}
    assert names == {"screen.db", *(f"screen_{kind}.properties" for kind in ("Nuclei", "Cells", "Cytoplasm"))}
    assert properties(tmp_path / "screen_Cells.properties")["object_table"] == "Per_Cells"


def test_too_many_columns_of_one_kind_are_an_error(results, tmp_path, monkeypatch):
    monkeypatch.setattr("swanneck.exports.cellprofiler_analyst._MOST_COLUMNS", 100)

    with pytest.raises(InputError, match="Nuclei have .* features, and a SQLite table holds 100"):
        export_results(results, "cellprofiler-analyst", out=tmp_path)


@pytest.mark.filterwarnings("ignore")
def test_anndata_has_features_and_what_is_known_of_cells(results, tmp_path):
    anndata = pytest.importorskip("anndata", reason="anndata is not installed")

    export_results(results, "anndata", out=tmp_path)

    cells = anndata.read_h5ad(tmp_path / "single_cells/P1.h5ad")
    assert cells.shape[0] == pl.read_parquet(results / "cells/P1/*.parquet").height
    assert cells.obs["Well"].nunique() == 30
    assert cells.var.loc["Cells_AreaShape_Area", "module"] == "AreaShape"
    assert cells.obsm["spatial"].shape == (cells.shape[0], 2)
    assert anndata.read_h5ad(tmp_path / "profiles.h5ad").shape[0] == 30


def test_without_anndata_one_is_told_how_to_install_it(results, tmp_path, monkeypatch):
    monkeypatch.setattr("swanneck.exports.annotated.find_spec", lambda name: None)

    with pytest.raises(SettingsError, match=r"swanneck\[anndata\]"):
        export_results(results, "anndata", out=tmp_path)


def test_a_form_that_does_not_exist_is_named(results, tmp_path):
    with pytest.raises(SettingsError, match="no form 'excel'"):
        export_results(results, "excel", out=tmp_path)


def test_a_folder_without_results_is_named(tmp_path):
    with pytest.raises(InputError, match="no results"):
        export_results(tmp_path, "csv", out=tmp_path / "out")


def test_a_second_export_replaces_the_first(results, tmp_path):
    for _ in range(2):
        export_results(results, "cellprofiler-analyst", out=tmp_path)

    with closing(sqlite3.connect(tmp_path / "screen.db")) as database:
        (fields,) = database.execute("SELECT count(*) FROM Per_Image").fetchone()
    assert fields == 60
    assert sorted(path.name for path in tmp_path.iterdir()) == ["screen.db", "screen.properties"]
