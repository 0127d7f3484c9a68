"""`swanneck measure`: files and names in, CellProfiler's columns out."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import tifffile

FIELD = Path(__file__).parents[1] / "golden" / "golden_u8"
WORDS = (
    "measure", "--image", f"DNA={FIELD}/image_DNA.tif", "--image", f"Virus={FIELD}/image_Virus.tif",
    "--labels", f"Nuclei={FIELD}/Nuclei.tif", "--labels", f"Cells={FIELD}/Cells.tif",
)  # fmt: skip


def test_one_file_has_all_objects_side_by_side(swanneck, tmp_path):
    code, out, _ = swanneck(*WORDS, "--out", tmp_path / "features.parquet")

    table = pl.read_parquet(tmp_path / "features.parquet")
    assert code == 0
    assert "Nuclei: 19 objects" in out
    assert table["ObjectNumber"].to_list() == list(range(1, 20))
    assert {name.split("_")[0] for name in table.columns[1:]} == {"Nuclei", "Cells", "Cytoplasm"}
    truth = pl.read_parquet(FIELD / "features_Cells.parquet")["Texture_Entropy_Virus_3_00_256"]
    assert table["Cells_Texture_Entropy_Virus_3_00_256"].to_list() == pytest.approx(truth.to_list(), rel=1e-9)


def test_a_folder_has_a_file_per_kind_of_object(swanneck, tmp_path):
    code, _, _ = swanneck(*WORDS, "--out", tmp_path / "features", "--modules", "AreaShape, Location")

    names = {path.name: pl.read_parquet(path).columns for path in (tmp_path / "features").iterdir()}
    assert code == 0
    assert set(names) == {"Nuclei.parquet", "Cells.parquet", "Cytoplasm.parquet"}
    assert {name.split("_")[0] for name in names["Cells.parquet"]} == {"ObjectNumber", "AreaShape", "Location"}


def test_settings_come_from_a_file(swanneck, tmp_path):
    (tmp_path / "few.toml").write_text('modules = ["Texture"]\n[texture]\nscales = [2]\n')

    code, _, _ = swanneck(*WORDS, "--out", tmp_path / "few.csv", "--settings", tmp_path / "few.toml")

    columns = pl.read_csv(tmp_path / "few.csv").columns
    assert code == 0
    assert "Nuclei_Texture_Contrast_DNA_2_00_256" in columns
    assert not any("_3_00_" in name or "AreaShape" in name for name in columns)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--modules", "Texure"), "there is no module 'Texure'. Did you mean Texture?"),
        (("--image", "DNA"), "--image wants NAME=FILE, got 'DNA'"),
        (("--labels", "Nuclei=other.tif"), "--labels names Nuclei twice"),
        (("--image", "Far=no.tif"), "no.tif"),
        (("--settings", "no.toml"), "the settings cannot be read"),
    ],
    ids=["module", "pair", "twice", "no file", "no settings"],
)
def test_what_is_wrong_is_one_line(swanneck, tmp_path, words, message):
    code, _, err = swanneck(*WORDS, "--out", tmp_path / "features.parquet", *words)

    assert code == 1
    assert message in err
    assert len(err.splitlines()) == 1


def test_settings_that_do_not_exist_are_named(swanneck, tmp_path):
    (tmp_path / "odd.toml").write_text("[texture]\nscale = 3\n")

    code, _, err = swanneck(*WORDS, "--out", tmp_path / "x.parquet", "--settings", tmp_path / "odd.toml")

    assert code == 1
    assert "texture.scale: no such key" in err


def test_a_stack_is_no_image(swanneck, tmp_path):
    tifffile.imwrite(tmp_path / "stack.tif", np.zeros((3, 256, 256), np.uint8), photometric="minisblack")

    code, _, err = swanneck(*WORDS, "--image", f"Far={tmp_path}/stack.tif", "--out", tmp_path / "x.parquet")

    assert code == 1
    assert "image Far has 3 planes, where one is wanted" in err
