"""Bad input never loses work: a bad image costs its well and says why, the rest of the plate goes on."""

import errno
import os
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import tifffile

from swanneck.foundation.errors import InputError, StorageError, SwanneckError
from swanneck.workflows import check_campaign, measure_plates

ALL = 24


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:2000])


def write_text(path: Path) -> None:
    path.write_text("this is no image")


def write_another_size(path: Path) -> None:
    tifffile.imwrite(path, np.full((100, 192), 300, np.uint16))


def write_constant(path: Path) -> None:
    tifffile.imwrite(path, np.full((192, 192), 300, np.uint16))


def write_not_a_number(path: Path) -> None:
    pixels = tifffile.imread(path).astype(np.float32)
    pixels[3, 5] = np.nan
    tifffile.imwrite(path, pixels)


def write_colour(path: Path) -> None:
    tifffile.imwrite(path, np.random.default_rng(1).integers(0, 255, (192, 192, 3), np.uint8), photometric="rgb")


def write_8_bit(path: Path) -> None:
    tifffile.imwrite(path, (tifffile.imread(path) >> 8).astype(np.uint8))


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "inside.tif").write_bytes(b"")


def make_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


BAD_IMAGES = {
    "A03": (truncate, "truncated"),
    "A04": (lambda path: path.write_bytes(b""), "is empty"),
    "B03": (write_another_size, "192 x 192 pixels, this one 100 x 192"),
    "B04": (write_text, "neither"),
    "C03": (write_constant, "every pixel is 300"),
    "C04": (write_not_a_number, "not numbers"),
    "D03": (write_colour, "channels differ"),
    "D04": (write_8_bit, "of type uint16, this one uint8"),
    "A05": (Path.unlink, "Virus is missing"),
    "B05": (make_folder, "Virus is missing"),
    "C05": (make_pipe, "a folder or a device"),
}
"""For each well how an image is spoilt, and what the reason must say."""


@pytest.fixture(scope="module")
def spoilt(simulated, tmp_path_factory):
    """A plate with all kinds of bad images, and its run."""
    screen = simulated.copied_to(tmp_path_factory.mktemp("spoilt") / "screen")
    for well, (spoil, _) in BAD_IMAGES.items():
        spoil(screen.image(well, "Virus"))
    return screen, screen.run()


@pytest.mark.parametrize("well", BAD_IMAGES)
def test_a_bad_image_costs_its_well_and_says_why(spoilt, well) -> None:
    screen, run = spoilt
    row = screen.wells(run)[well]
    assert row["status"] == "failed"
    assert BAD_IMAGES[well][1] in row["reason"]
    assert str(screen.folder) not in row["reason"]
    assert row["infected_fraction"] is row["infected_fraction_inhibition"] is None


def test_bad_images_leave_the_other_wells(spoilt) -> None:
    screen, run = spoilt
    assert {well for well, row in screen.wells(run).items() if row["status"] == "failed"} == set(BAD_IMAGES)
    assert "11 of 24 wells failed" in run.tables.plates["reasons"][0]
    assert not run.tables.points.filter(pl.col("well").is_in(list(BAD_IMAGES)) & ~pl.col("masked")).height


def test_the_report_says_why_wells_failed(spoilt) -> None:
    page = spoilt[1].report.read_text(encoding="utf-8")
    assert [reason for _, reason in BAD_IMAGES.values() if reason not in page] == []


def test_a_field_that_fails_costs_the_field_and_does_not_make_the_well_look_toxic(fresh) -> None:
    for path in sorted((fresh.folder / "images").iterdir()):
        shutil.copyfile(path, path.with_name(path.name.replace("_f1_", "_f2_")))
    whole = fresh.wells(fresh.run())["C03"]
    truncate(fresh.image("C03", "Virus", field=2))
    row = fresh.wells(fresh.run())["C03"]
    assert (whole["status"], whole["n_fields"]) == ("ok", 2)
    assert (row["status"], row["n_fields"]) == ("warning", 1)
    assert row["reason"].startswith("field 2: the image is truncated")
    assert row["cell_count"] == whole["cell_count"]
    assert row["infected_fraction"] is not None


def test_a_well_without_cells_is_a_warning_with_no_share_of_infected_cells(done) -> None:
    noise = np.random.default_rng(1).normal(300, 10, (192, 192)).astype(np.uint16)
    done.replace_image("C03", noise)
    row = done.wells(done.run())["C03"]
    assert (row["status"], row["cell_count"], row["infected_fraction"]) == ("warning", 0, None)
    assert "0 cells, fewer than 20" in row["reason"]


def test_a_plate_without_any_cell_ends_with_a_report_and_no_hit(fresh) -> None:
    draw = np.random.default_rng(1)
    for path in (fresh.folder / "images").glob("*_DNA.tif"):
        tifffile.imwrite(path, draw.normal(300, 10, (192, 192)).astype(np.uint16))
    run = fresh.run()
    assert run.report.is_file()
    assert run.tables.plates["status"].to_list() != ["pass"]
    assert run.tables.hits["is_hit"].sum() == 0


@pytest.mark.parametrize("role", ["negative_control", "positive_control"])
def test_controls_that_cannot_be_read_leave_a_plate_without_hits(done, role) -> None:
    layout = pl.read_csv(done.folder / "platemap.csv")
    for well in layout.filter(pl.col("role") == role)["well"]:
        truncate(done.image(well, "Virus"))
    run = done.run()
    assert run.tables.plates["status"].to_list() != ["pass"]
    assert run.tables.hits["is_hit"].sum() == 0


def test_a_well_that_meets_a_defect_of_ours_is_listed_and_tried_again(done, monkeypatch) -> None:
    """Its cells of an earlier run, with other columns, are not taken for these."""
    whole = measure_plates.measure_well

    def measure(task):
        if task.well == "C03":
            raise KeyError("boom")
        return whole(task)

    done.edit('Virus = "pathogen"\n', "")
    done.edit('kind = "infection"', 'kind = "cell_count"')
    with monkeypatch.context() as patch:
        patch.setattr(measure_plates, "measure_well", measure)
        row = done.wells(done.run())["C03"]
    assert (row["status"], row["reason"]) == ("failed", "field 1: KeyError: 'boom'")
    assert done.run().n_wells_measured == 1
    assert done.wells()["C03"]["status"] == "ok"


def refusal(screen) -> str:
    """The one line that a run ends with before it starts."""
    with pytest.raises(SwanneckError) as caught:
        screen.run()
    assert not (screen.folder / "results" / "cells").exists()
    return " ".join(str(caught.value).split())


def test_no_image_can_be_read(fresh) -> None:
    for path in (fresh.folder / "images").iterdir():
        write_text(path)
    assert "none of the 48 sampled images can be read" in refusal(fresh)


def test_a_channel_that_the_plate_has_not(fresh) -> None:
    fresh.edit("Virus =", "Spike =")
    line = refusal(fresh)
    assert "Spike" in line and "there are DNA, Virus" in line and "plate P1" in line


def test_a_plate_map_for_another_plate(fresh) -> None:
    layout = pl.read_csv(fresh.folder / "platemap.csv")
    other = layout.with_columns(well=pl.Series([f"{row}{column}" for row in "IJKL" for column in range(10, 16)]))
    other.write_csv(fresh.folder / "platemap.csv")
    assert "not in the map: it is of another plate" in refusal(fresh)


def test_a_plate_map_with_other_plate_names(fresh) -> None:
    layout = pl.read_csv(fresh.folder / "platemap.csv")
    two = pl.concat([layout.with_columns(plate=pl.lit(name)) for name in ("X1", "X2")])
    two.write_csv(fresh.folder / "platemap.csv")
    assert "the map is for plates X1, X2, the images are of plates P1" in refusal(fresh)


@pytest.mark.parametrize("role", ["negative_control", "positive_control"])
def test_a_plate_without_a_control(fresh, role) -> None:
    fresh.edit(role, "empty", "platemap.csv")
    line = refusal(fresh)
    assert f"no {role.replace('_', ' ')}" in line and "P1" in line and "[layout.roles]" in line


def test_no_plate_map(fresh) -> None:
    (fresh.folder / "platemap.csv").unlink()
    assert "platemap.csv" in refusal(fresh)


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02\xff" * 50, b"well\n", b"a,b\n1,2\n"])
def test_a_plate_map_that_is_none(fresh, content) -> None:
    (fresh.folder / "platemap.csv").write_bytes(content)
    assert "platemap.csv" in refusal(fresh)


def test_no_folder_of_images(fresh) -> None:
    shutil.rmtree(fresh.folder / "images")
    assert "No such file or directory" in refusal(fresh)


def test_an_empty_folder_of_images(fresh) -> None:
    shutil.rmtree(fresh.folder / "images")
    (fresh.folder / "images").mkdir()
    assert "there are no files" in refusal(fresh)


def test_a_pattern_that_fits_nothing(fresh) -> None:
    fresh.edit("{well}_f{field}_{channel}.tif", "{well}_s{field}_{channel}.tif")
    assert "no file name matches" in refusal(fresh)


@pytest.mark.parametrize(
    ("assay", "words"),
    [
        ('efficacy = "shape"', "assay.efficacy is 'shape'"),
        ('readouts = {size = "avg(Nuclei_Area)"}', "Nuclei_Area"),
        ('readouts = {size = "avg("}', "avg("),
        ('readouts = {size = "Nuclei_AreaShape_Area"}', "Write for instance avg(Nuclei_AreaShape_Area)"),
        ('readouts = {well = "avg(Nuclei_AreaShape_Area)"}', "'well'"),
        ('readouts = {cell_count = "count(*)"}', "has the name of another"),
    ],
)
def test_a_readout_that_cannot_be_computed_is_told_before_the_work(fresh, assay, words) -> None:
    fresh.edit('kind = "infection"', f'kind = "infection"\n{assay}')
    assert words in refusal(fresh)


def test_a_file_in_the_place_of_the_results(fresh) -> None:
    (fresh.folder / "results").write_text("in the way")
    with pytest.raises(InputError, match="cannot write"):
        fresh.run()


def test_a_folder_in_the_place_of_the_log(fresh) -> None:
    (fresh.folder / "log.jsonl").mkdir()
    with pytest.raises(StorageError, match="cannot write the log"):
        fresh.run()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_a_disk_that_is_full_in_the_middle_ends_in_one_line_and_can_be_resumed(
    screened, fresh, monkeypatch, number
) -> None:
    flush, calls = os.fsync, iter(range(10**6))

    def fail_later(descriptor: int) -> None:
        if next(calls) > 30:
            raise OSError(number, os.strerror(number))
        flush(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail_later)
        with pytest.raises(StorageError, match=os.strerror(number)) as caught:
            fresh.run()
    assert "what is finished is kept" in str(caught.value)
    run = fresh.run()
    assert 0 < run.n_wells_kept < ALL
    assert fresh.results() == screened.results()


def test_a_disk_that_is_full_at_the_end_leaves_the_old_tables_whole(screened, done, monkeypatch) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    done.append("\n[analysis.hits]\nminimum_selectivity = 3\n")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(SwanneckError):
            done.run()
    assert done.results("wells", "hits") == screened.results("wells", "hits")


def test_check_lists_everything_at_once(fresh) -> None:
    fresh.edit("Virus =", "Spike =")
    fresh.edit("negative_control", "empty", "platemap.csv")
    fresh.image("A03").write_bytes(b"")
    fresh.image("A04").unlink()
    messages = " | ".join(str(finding) for finding in check_campaign(fresh.folder).findings)
    for words in ("Spike", "no negative control", "A03_f1_DNA.tif", "A04 field 1 DNA"):
        assert words in messages
