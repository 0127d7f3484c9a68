"""What people really have: awkward paths and names, several plates, other kinds of images. All end in the same hits."""

import json
import shutil
from pathlib import Path

import imagecodecs
import numpy as np
import polars as pl
import pytest
import tifffile

from swanneck.foundation.units import to_molar
from swanneck.workflows import check_campaign, screen_plate


def decided(tables) -> list[tuple]:
    return tables.hits.select("compound", "is_hit", "ic50_relation", "cc50_relation", "reason").sort("compound").rows()


@pytest.fixture(scope="module")
def usual(screened) -> list[tuple]:
    """What the plate gives in its plain form."""
    return decided(screened.run().tables)


def in_plates(screen, names) -> None:
    """Put the images into a folder per plate, and the folder into the pattern."""
    for name in names:
        shutil.copytree(screen.folder / "images", screen.folder / "plates" / name)
    shutil.rmtree(screen.folder / "images")
    screen.edit('folder = "images"', 'folder = "plates"')
    screen.edit('"{well}_f', '"{plate}/{well}_f')
    screen.edit('plate = "P1"\n', "")


def rewrite_layout(screen, change) -> pl.DataFrame:
    layout = change(pl.read_csv(screen.folder / "platemap.csv"))
    layout.write_csv(screen.folder / "platemap.csv")
    return layout


def test_paths_with_signs_spaces_and_links_run_from_elsewhere(fresh, tmp_path, monkeypatch, usual) -> None:
    awkward = tmp_path / "scrëen [1]{x} 100 % *"
    fresh.folder.rename(awkward)
    (awkward / "images").rename(tmp_path / "raw images ß")
    (awkward / "images").symlink_to(tmp_path / "raw images ß")
    (tmp_path / "link").symlink_to(awkward)
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    assert decided(screen_plate(Path("../link"), workers=1).tables) == usual
    assert screen_plate(Path("../link/campaign.toml"), workers=1).n_wells_measured == 0
    assert list((tmp_path / "cwd").iterdir()) == []


def test_plate_names_with_signs(done, usual) -> None:
    done.edit('plate = "P1"', 'plate = "P[1] %20{x} é"')
    run = done.run()
    assert decided(run.tables) == usual
    assert set(run.tables.wells["plate"]) == {"P[1] %20{x} é"}


@pytest.mark.parametrize("name", ["..", "a/b", "a\\\\b", "con:1"])
def test_plate_names_that_cannot_be_folders_are_refused(fresh, name) -> None:
    fresh.edit('plate = "P1"', f'plate = "{name}"')
    assert any("cannot be the name of a folder" in str(finding) for finding in check_campaign(fresh.folder).errors)


def test_channel_names_with_signs(fresh, usual) -> None:
    fresh.edit('plate = "P1"', 'plate = "P1"\nchannels = {DNA = "HOECHST 33342", Virus = "anti-N (488)"}')
    fresh.edit('DNA = "nuclei"', '"HOECHST 33342" = "nuclei"')
    fresh.edit('Virus = "pathogen"', '"anti-N (488)" = "pathogen"')
    assert decided(fresh.run().tables) == usual


def test_compound_names_with_signs_reach_the_tables_and_the_page_unharmed(done) -> None:
    names = {"C001": "=1+1", "C002": "<b>bold</b></script>", "C003": "a/b, \"c\"; 'd'", "C004": "β" * 300}
    rewrite_layout(done, lambda layout: layout.with_columns(pl.col("compound").replace(names)))
    run = done.run()
    assert set(run.tables.hits["compound"]) == set(names.values())
    assert pl.read_csv(run.report.with_name("hits.csv"))["compound"].sort().to_list() == sorted(names.values())
    assert "<b>bold" not in run.report.read_text(encoding="utf-8")


def test_doses_in_mixed_units_and_roles_in_other_words(done, usual) -> None:
    def mix(layout: pl.DataFrame) -> pl.DataFrame:
        odd = pl.int_range(pl.len()) % 2 == 1
        return layout.with_columns(
            concentration=pl.when(odd).then(1000 * pl.col("concentration")).otherwise("concentration"),
            unit=pl.when(odd & pl.col("unit").is_not_null()).then(pl.lit("nM")).otherwise("unit"),
            role=pl.col("role").replace({"negative_control": "mock+virus", "sample": "dose_series"}),
        )

    layout = rewrite_layout(done, mix)
    done.edit('file = "platemap.csv"', 'file = "platemap.csv"\nroles = {"mock+virus" = "negative_control"}')
    assert layout["unit"].n_unique() == 3
    assert decided(done.run().tables) == usual
    doses = done.table("wells")["concentration_molar"].drop_nulls()
    assert doses.max() == pytest.approx(to_molar(50, "uM"))


def test_wells_twice_and_columns_that_wells_have(done, usual) -> None:
    rewrite_layout(done, lambda layout: pl.concat([layout, layout.head(3)]).with_columns(cell_count=pl.lit("many")))
    run = done.run()
    assert decided(run.tables) == usual
    assert run.tables.wells["cell_count (layout)"].unique().to_list() == ["many"]
    assert any("more than once" in message for message in json_messages(done))


def json_messages(screen) -> list[str]:
    return json.loads((screen.folder / "results" / "provenance.json").read_text())["messages"]


def test_two_plates_and_batches(fresh) -> None:
    in_plates(fresh, ["P 1", "P 2"])
    rewrite_layout(fresh, lambda layout: pl.concat([
        layout.with_columns(plate=pl.lit(plate), batch=pl.lit(batch)) for plate, batch in (("P 1", "x"), ("P 2", "y"))
    ]))  # fmt: skip
    tables = fresh.run().tables
    assert tables.plates["plate"].to_list() == ["P 1", "P 2"]
    assert set(tables.hits["batch"]) == set(tables.curves["batch"]) == {"x", "y"}
    assert tables.wells.height == 48


def test_a_plate_that_is_not_in_the_map_or_unreadable_does_not_stop_the_others(fresh, usual) -> None:
    in_plates(fresh, ["P1", "P2", "P3"])
    for path in (fresh.folder / "plates" / "P3").iterdir():
        path.write_text("no image")
    rewrite_layout(fresh, lambda layout: pl.concat([layout, layout.with_columns(plate=pl.lit("P3"))]))
    run = fresh.run()
    assert decided(run.tables) == usual
    wells = run.tables.wells.group_by("plate").agg(pl.col("status").first(), pl.col("reason").first()).sort("plate")
    assert wells.rows()[0] == ("P1", "ok", None)
    assert wells.rows()[1] == ("P2", "warning", "not in the layout")
    assert wells.rows()[2][1] == "failed" and "can be read" in wells.rows()[2][2]


def test_palette_images_and_png_give_cells_as_plain_images_do(fresh, tmp_path) -> None:
    grey = {
        path: (tifffile.imread(path) // 8).clip(0, 255).astype(np.uint8) for path in (fresh.folder / "images").iterdir()
    }
    ramp = np.zeros((3, 256), np.uint16)
    ramp[1] = np.arange(256) * 257
    writers = {
        "plain.tif": lambda path, image: tifffile.imwrite(path, image),
        "palette.tif": lambda path, image: tifffile.imwrite(path, image, photometric="palette", colormap=ramp),
        "grey.png": lambda path, image: path.write_bytes(imagecodecs.png_encode(image)),
    }
    counts = {}
    for name, write in writers.items():
        screen = fresh.copied_to(tmp_path / name)
        for path, image in grey.items():
            if path.name[0] == "A":
                write((screen.folder / "images" / path.name).with_suffix(Path(name).suffix), image)
        for path in (screen.folder / "images").iterdir():
            if path.name[0] != "A" or path.suffix != Path(name).suffix:
                path.unlink()
        screen.edit('{channel}.tif"', f'{{channel}}{Path(name).suffix}"')
        counts[name] = screen.run().tables.wells["cell_count"].to_list()
    assert counts["palette.tif"] == counts["grey.png"] == counts["plain.tif"]
