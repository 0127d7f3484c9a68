"""Images are found by the names they have."""

import itertools
from pathlib import Path

import numpy as np
import pytest
import tifffile

from swanneck.foundation.errors import InputError, SettingsError
from swanneck.imaging.readers import guess_pattern, read_pattern, refine_guess
from swanneck.imaging.readers.pattern import compile_pattern

WELLS = ("A01", "A02", "B01", "C05", "H12")


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"not opened")
    return folder


def shown(plate, well, field=1):
    return {channel: plane.shown[0].path.name for channel, plane in plate.fields[well, field].items()}


# --- reading


def test_a_flat_folder(tmp_path):
    touch(tmp_path, "A01_s1_w1.tif", "A01_s1_w2.tif", "b1_s3_w1.tif", "readme.txt")
    (plate,) = read_pattern(tmp_path, "{well}_s{field}_w{channel}.tif")
    assert (plate.name, plate.channels, plate.wells) == (tmp_path.name, ("1", "2"), ("A01", "B01"))
    assert shown(plate, "A01") == {"1": "A01_s1_w1.tif", "2": "A01_s1_w2.tif"}
    assert plate.missing_planes() == [("B01", 3, "2")]


def test_channels_can_be_named_and_left_out(tmp_path):
    touch(tmp_path, *(f"A01_w{channel}.tif" for channel in "123"))
    (plate,) = read_pattern(tmp_path, "{well}_w{channel}.tif", channels={"3": "Virus", "1": "DNA"})
    assert plate.channels == ("Virus", "DNA")
    assert shown(plate, "A01") == {"DNA": "A01_w1.tif", "Virus": "A01_w3.tif"}


def test_a_running_number_cycles_through_the_channels(tmp_path):
    touch(tmp_path, *(f"a1/file00{number}.tif" for number in (1, 2, 4)))
    (plate,) = read_pattern(tmp_path, "{well}/file{index}.tif", channels=["DNA", "Virus"])
    assert shown(plate, "A01", 1) == {"DNA": "file001.tif", "Virus": "file002.tif"}
    assert shown(plate, "A01", 2) == {"Virus": "file004.tif"}


def test_a_running_number_needs_the_channels_names(tmp_path):
    with pytest.raises(SettingsError, match="which number is which channel"):
        read_pattern(touch(tmp_path, "A01_1.tif"), "{well}_{index}.tif")


def test_pages_of_a_file_are_channels_in_order(tmp_path):
    (plate,) = read_pattern(touch(tmp_path, "A01.tif"), "{well}.tif", channels=["DNA", "Virus"])
    assert [plane.files[0].page for plane in plate.fields["A01", 1].values()] == [0, 1]


def test_rows_and_columns_may_be_letters_or_numbers(tmp_path):
    touch(tmp_path / "x", "C-07.tif")
    touch(tmp_path / "y", "3-7.tif")
    for folder in ("x", "y"):
        assert read_pattern(tmp_path / folder, "{row}-{column}.tif")[0].wells == ("C07",)


def test_fields_that_count_from_zero_are_moved_to_one(tmp_path):
    (plate,) = read_pattern(touch(tmp_path, "A01_0.tif", "A01_1.tif"), "{well}_{field}.tif")
    assert plate.fields_of("A01") == (1, 2)


def test_touching_numbers_are_told_apart_by_width(tmp_path):
    (plate,) = read_pattern(touch(tmp_path, "001002-3-001001004.tif"), "{well}-{field}-{z:3}{time:3}{channel:3}.tif")
    assert (plate.wells, plate.fields_of("A02"), plate.channels) == (("A02",), (3,), ("004",))


def test_only_the_extension_may_differ_in_case(tmp_path):
    (plate,) = read_pattern(touch(tmp_path, "A01_s1.TIF", "A02_S1.tif"), "{well}_s{field}.tif")
    assert plate.wells == ("A01",)


def test_wildcards_stand_for_text_in_a_name_or_for_folders(tmp_path):
    touch(tmp_path, "2024/x/A01_w1_9f.tif", "B01_w1_33.tif")
    assert read_pattern(tmp_path, "**{well}_w{channel}_??.tif")[0].wells == ("A01", "B01")


def test_a_well_told_twice_must_be_told_alike(tmp_path):
    (plate,) = read_pattern(touch(tmp_path, "A01/A01_1.tif", "A02/A01_2.tif"), "{well}/{well}_{field}.tif")
    assert list(plate.fields) == [("A01", 1)]


def test_two_files_for_one_image_are_an_error_that_names_both(tmp_path):
    touch(tmp_path, "A1_w1.tif", "A01_w1.tif")
    with pytest.raises(InputError, match=r"two files claim .*A01_w1.tif and .*A1_w1.tif .*well A01, field 1"):
        read_pattern(tmp_path, "{well}_w{channel}.tif")


def test_z_and_time_are_kept_and_the_first_is_shown(tmp_path):
    touch(tmp_path, *(f"A01_z{z}_t{time}.tif" for z in (1, 2, 3) for time in (0, 1)))
    plane = read_pattern(tmp_path, "{well}_z{z}_t{time}.tif")[0].fields["A01", 1]["Channel1"]
    assert len(plane.files) == 6 and [file.path.name for file in plane.shown] == ["A01_z1_t0.tif"]
    plane = read_pattern(tmp_path, "{well}_z{z}_t{time}.tif", z="max")[0].fields["A01", 1]["Channel1"]
    assert [file.path.name for file in plane.shown] == [f"A01_z{z}_t0.tif" for z in (1, 2, 3)]


def test_previews_and_hidden_files_are_left_out(tmp_path):
    touch(tmp_path, "A01_w1.tif", "A01_w1_thumb.tif", "._A02_w1.tif")
    assert read_pattern(tmp_path, "{well}_w*.tif")[0].wells == ("A01",)


def test_links_out_of_the_folder_are_not_followed(tmp_path):
    inside = touch(tmp_path / "plate", "A01.tif")
    (inside / "A02.tif").symlink_to(touch(tmp_path, "secret.tif") / "secret.tif")
    (inside / "A03.tif").symlink_to(inside / "A01.tif")
    (inside / "loop").symlink_to(inside)
    (plate,) = read_pattern(inside, "**{well}.tif")
    assert plate.wells == ("A01", "A03")
    assert plate.notes == ("1 links that lead out of the folder were left out",)


def test_names_that_only_look_like_wells_are_left_out(tmp_path):
    assert read_pattern(touch(tmp_path, "A01.tif", "A00.tif"), "{well}.tif")[0].wells == ("A01",)


@pytest.mark.parametrize("pattern, says", [
    ("{wel}.tif", "Did you mean {well}"), ("{field}.tif", "tell the well once"), ("{row}.tif", "tell the well once"),
    ("{well}{row}{column}.tif", "must tell the well once"), ("{well}{channel}{index}.tif", "channel twice"),
    ("{well}{z:x}.tif", "width"), ("{well}{}.tif", "unknown placeholder"),
])  # fmt: skip
def test_patterns_that_cannot_work_are_refused(pattern, says):
    with pytest.raises(SettingsError, match=says):
        compile_pattern(pattern)


def test_nothing_found_shows_what_is_there(tmp_path):
    with pytest.raises(InputError, match=r"no file name matches .* 1 files such as 'plateA1.tif'"):
        read_pattern(touch(tmp_path, "plateA1.tif"), "{well}.tif")
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_pattern(tmp_path / "absent", "{well}.tif")
    with pytest.raises(InputError, match="none of the channels Virus"):
        read_pattern(touch(tmp_path, "A01_w1.tif"), "{well}_w{channel}.tif", channels=["Virus"])


def test_a_plate_is_picked_or_named(tmp_path):
    touch(tmp_path, "P1/A01.tif", "P2/A01.tif")
    assert [plate.name for plate in read_pattern(tmp_path, "{plate}/{well}.tif", plate="P2")] == ["P2"]
    assert [plate.name for plate in read_pattern(tmp_path / "P1", "{well}.tif", plate="mine")] == ["mine"]
    with pytest.raises(InputError, match="no image is of plate 'P3', they are of P1, P2"):
        read_pattern(tmp_path, "{plate}/{well}.tif", plate="P3")


# --- guessing


def names(form: str, **values) -> list[str]:
    """Fill a form with all combinations; a well is also given as row and column, letter and number."""
    rows = [dict(zip(values, combination, strict=True)) for combination in itertools.product(*values.values())]
    for row in rows:
        well = row.get("w", "A01")
        row |= {"r": well[0], "c": int(well[1:]), "n": ord(well[0]) - 64, "low": well.lower(), "nth": WELLS.index(well)}
    return [form.format(**row) for row in rows]


TWO, BOTH = (1, 2), ("dapi", "gfp")
NAMED_LIKE = [
    ("P{p}_{w}_s{f}_w{ch}.TIF", "{plate}_{well}_s{field}_w{channel}.TIF", {"p": ("01", "02"), "f": TWO, "ch": TWO}),
    ("exp_{w}_s{f}_w{ch}9D0B2300-C57E-4A13-9664-D2CA89B4E7F0.tif", "{plate}_{well}_s{field}_w{channel}????????-*.tif",
     {"f": TWO, "ch": TWO}),
    ("TimePoint_1/ZStep_{z}/{w}_s{f}_w{ch}.TIF", "TimePoint_{time}/ZStep_{z}/{well}_s{field}_w{channel}.TIF",
     {"z": TWO, "f": TWO, "ch": TWO}),
    ("r{n:02d}c{c:02d}f{f:02d}p01-ch{ch}sk1fk1fl1.tiff", "{well}f{field}p{z}-ch{channel}sk{time}fk*fl*.tiff",
     {"f": TWO, "ch": TWO}),
    ("exp {p}__2020-01-01T12_00/Images/r{n:02d}c{c:02d}f{f:02d}p01-ch{ch}sk1fk1fl1.tiff",
     "{plate}/Images/{well}f{field}p{z}-ch{channel}sk{time}fk*fl*.tiff", {"p": TWO, "f": TWO, "ch": TWO}),
    ("{n:03d}{c:03d}-{f}-001001{ch:03d}.tif", "{well}-{field}-{z:3}{time:3}{channel:3}.tif", {"f": TWO, "ch": TWO}),
    ("Assay_#65_{w}_T0001F{f:03d}L01A0{ch}Z01C0{ch}.tif", "{plate}_{well}_T{time}F{field}L*A*Z{z}C{channel}.tif",
     {"f": TWO, "ch": TWO}),
    ("{r} - {c:02d}(fld {f} wv {ch} - {ch}).tif", "{well}(fld {field} wv {channel}).tif", {"f": TWO, "ch": BOTH}),
    ("{r}_{c}_f{f}_c{ch}_xUV_mDAPI_z1_t1.tif", "{well}_f{field}_c{channel}_x*_m*_z{z}_t{time}.tif",
     {"f": TWO, "ch": TWO}),
    ("{r}{c}_02_1_{f}_{ch}_001.tif", "{well}_*_*_{field}_{channel}_{time}.tif", {"f": TWO, "ch": BOTH}),
    ("MFGTMP_26_{w}f0{f}d{ch}.tif", "{plate}_{well}f{field}d{channel}.tif", {"f": (0, 1), "ch": (0, 1)}),
    ("Channel{ch}-{nth:02d}-{r}-{c:02d}.tif", "{channel}-*-{row}-{column}.tif", {"ch": TWO}),
    ("{r}{c}_HOECHST_33342_z01_t01.tiff", "{well}_{channel}_z{z}_t{time}.tiff", {}),
    ("{w}_f{f}_{ch}.tif", "{well}_f{field}_{channel}.tif", {"f": TWO, "ch": ("DNA", "Virus")}),
    ("{low}/file{i:03d}.tif", "{well}/file{index}.tif", {"i": (1, 2, 3, 4)}),
    ("p{p}/{w}/{f}_{ch}.tif", "{plate}/{well}/{field}_{channel}.tif", {"p": TWO, "f": (1, 2, 3), "ch": BOTH}),
    ("plate1/{w}/f{f:02d}_c{ch}.tiff", "{plate}/{well}/f{field}_c{channel}.tiff", {"f": TWO, "ch": TWO}),
    ("{w}_1_{ch}.tif", "{well}_1_{channel}.tif", {"ch": BOTH}),
    ("img_{w}_field{f}_{ch}.png", "img_{well}_field{field}_{channel}.png", {"f": (0, 1), "ch": ("virus", "nuclei")}),
    ("{w}/{ch}/{f}.tif", "{well}/{channel}/{field}.tif", {"ch": BOTH, "f": (1, 2, 3)}),
    ("{ch}/{w}_{f}.tif", "{channel}/{well}_{field}.tif", {"ch": BOTH, "f": (1, 2, 3)}),
    ("{r}/{c}/{ch}_{f}.tif", "{row}/{column}/{channel}_{field}.tif", {"ch": BOTH, "f": TWO}),
    ("row{n}_col{c}_field{f}_{ch}.tif", "row{row}_col{column}_field{field}_{channel}.tif", {"f": TWO, "ch": BOTH}),
    ("{w}_{f}_{ch}.tif", "{well}_{field}_{channel}.tif", {"f": TWO, "ch": ("DAPI", "Alexa_488", "Alexa 568")}),
    ("{w}-{f}-{ch}.tif", "{well}-{field}-{channel}.tif", {"f": TWO, "ch": (405, 488)}),
    ("well{w}_site{f}_{ch}.tif", "well{well}_site{field}_{channel}.tif", {"f": TWO, "ch": ("red", "green")}),
    ("{w}_{nth}x_f{f}_{ch}.tif", "{well}_*_f{field}_{channel}.tif", {"f": TWO, "ch": BOTH}),
    ("BR{p}-{w}-{ch}-{f:02d}.tif", "{plate}-{well}-{channel}-{field}.tif", {"p": TWO, "f": TWO, "ch": ("DNA", "ER")}),
    ("{w}.tif", "{well}.tif", {}),
]  # fmt: skip


@pytest.mark.parametrize("form, pattern, values", NAMED_LIKE, ids=[form for form, _, _ in NAMED_LIKE])
def test_names_are_understood(tmp_path, form, pattern, values):
    made = names(form, w=WELLS, **values)
    guess = guess_pattern(touch(tmp_path, *made))
    assert guess.pattern == pattern
    assert guess.n_matched == guess.n_files == len(made)
    plates = read_pattern(tmp_path, guess.pattern, channels=["a", "b"] if "{index}" in pattern else None)
    assert all(len(plate.wells) == 5 and not plate.missing_planes() for plate in plates)


def test_a_single_well_is_told_from_field_and_channel(tmp_path):
    touch(tmp_path, *names("A01/f{f}_c{ch}.tif", f=TWO, ch=TWO))
    assert guess_pattern(tmp_path).pattern == "{well}/f{field}_c{channel}.tif"


def test_stray_files_do_not_hide_the_pattern(tmp_path):
    touch(tmp_path, *names("{w}_f{f}_{ch}.tif", w=WELLS, f=TWO, ch=BOTH), "overview.tif", "notes.txt")
    guess = guess_pattern(tmp_path)
    assert (guess.pattern, guess.n_matched, guess.n_files) == ("{well}_f{field}_{channel}.tif", 20, 21)
    assert guess.channels == BOTH and "20 of 21 images" in guess.reason


def test_a_folder_without_images_or_wells_says_so(tmp_path):
    with pytest.raises(InputError, match="no TIFF or PNG image is here, 1 other files"):
        guess_pattern(touch(tmp_path, "notes.txt"))
    with pytest.raises(InputError, match="no well can be made out in names such as 'holiday.tif'"):
        guess_pattern(touch(tmp_path, "holiday.tif"))


# --- looking


def place(seed: int, channel: int) -> np.ndarray:
    """One place with cells, as one of its channels shows it: the same cells, other brightness, own noise."""
    rng = np.random.default_rng(seed)
    image = np.zeros((120, 150))
    for top, left in rng.integers(0, 110, (25, 2)):
        image[top : top + 10, left : left + 10] = 300 if channel == 0 else rng.choice([50, 900])
    return (image + 100 + np.random.default_rng([seed, channel]).normal(0, 10, image.shape)).astype(np.uint16)


def write_wells(folder: Path, form: str, channels: int, fields: int) -> Path:
    for number, well in enumerate(("A01", "B02", "C03")):
        (folder / well).mkdir()
        for index in range(channels * fields):
            image = place(100 * number + index // channels, index % channels)
            tifffile.imwrite(folder / form.format(w=well, i=index + 1), image)
    return folder


@pytest.mark.parametrize("channels, fields", [(1, 4), (2, 2), (2, 1), (3, 2), (4, 1), (4, 3)])
def test_the_cycle_of_channels_is_seen_in_the_images(tmp_path, channels, fields):
    write_wells(tmp_path, "{w}/file{i:03d}.tif", channels, fields)
    guess = refine_guess(tmp_path, guess_pattern(tmp_path))
    assert guess.channels == tuple(f"Channel{number + 1}" for number in range(channels))
    (plate,) = read_pattern(tmp_path, guess.pattern, channels=guess.channels)
    assert all(plate.fields_of(well) == tuple(range(1, fields + 1)) for well in plate.wells)


@pytest.mark.parametrize("channels, fields, pattern", [(1, 3, "{well}/{field}.tif"), (3, 1, "{well}/{channel}.tif")])
def test_a_lone_number_is_field_or_channel_as_the_images_say(tmp_path, channels, fields, pattern):
    write_wells(tmp_path, "{w}/{i}.tif", channels, fields)
    guess = refine_guess(tmp_path, guess_pattern(tmp_path))
    assert guess.pattern == pattern
    assert guess.channels == (("1", "2", "3") if channels == 3 else ())


def test_pages_are_seen_in_the_files(tmp_path):
    tifffile.imwrite(tmp_path / "A01.tif", np.zeros((2, 5, 5), np.uint8), photometric="minisblack")
    assert refine_guess(tmp_path, guess_pattern(tmp_path)).channels == ("Channel1", "Channel2")


def test_a_guess_is_kept_where_images_cannot_be_read(tmp_path):
    guess = guess_pattern(touch(tmp_path, "A01/file1.tif", "A01/file2.tif", "B02/file1.tif", "B02/file2.tif"))
    assert refine_guess(tmp_path, guess) == guess


def test_a_real_cycle_is_seen(shared_data):
    folder = shared_data / "plates" / "viral_antigen_titration"
    assert refine_guess(folder, guess_pattern(folder)).channels == ("Channel1", "Channel2")


@pytest.mark.parametrize("folder, pattern", [
    ("bbbc013_wortmannin/images", "{channel}-*-{row}-{column}.tif"),
    ("bbbc013_wortmannin/original_tif_sample", "{channel}-*-{row}-{column}.tif"),
    ("tcruzi_h9c2_A1/images", "{well}-{field}-{z:3}{time:3}{channel:3}.tif"),
    ("mayaro_vero_cpe/images", "{well}_{channel}_z{z}_t{time}.tiff"),
    ("viral_antigen_titration", "{well}/file{index}.tif"),
])  # fmt: skip
def test_real_plates_are_understood(shared_data, folder, pattern):
    guess = guess_pattern(shared_data / "plates" / folder)
    assert guess.pattern == pattern and guess.n_matched == guess.n_files
